#include "files.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/assert.h"

namespace whence::fault {
namespace {

// Thousands of short lives: in memory, where that can be had, the real syncs of new folders cost
// nothing. Before main, so before the first temporary folder.
[[maybe_unused]] const bool in_memory =
    ::access("/dev/shm", W_OK) == 0 && ::setenv("TMPDIR", "/dev/shm", /*overwrite=*/0) == 0;

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  WHENCE_ASSERT(file.is_open());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  WHENCE_ASSERT(file.good());
}

Files ReadFiles(const std::string& folder) {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().string()] = ReadFile(entry.path().string());
  }
  return files;
}

void PutBack(const std::string& folder, const Files& files) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove_all(entry.path());
  }
  for (const auto& [path, bytes] : files) {
    if (!path.ends_with("-shm")) WriteFile(path, bytes);
  }
}

}  // namespace whence::fault
