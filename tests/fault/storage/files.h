// The files of a folder, kept and put back.
#pragma once

#include <map>
#include <string>

namespace whence::fault {

using Files = std::map<std::string, std::string>;  // bytes by path

Files ReadFiles(const std::string& folder);
// The folder then has these files only, and no shared memory: that goes with the power.
void PutBack(const std::string& folder, const Files& files);
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& bytes);

}  // namespace whence::fault
