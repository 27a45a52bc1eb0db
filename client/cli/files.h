#pragma once

// The few things the command line does with files. Errors are LocalErrors that name the file.

#include <istream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence::cli {

// All of the file, or of `in` for "-". At most `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::istream& in,
                                     size_t max_bytes = size_t{256} << 20);

// The file as a message names it: "standard input" for "-".
std::string NameOfFile(const std::string& path);

// Replaces the file in one step: whoever reads it sees the old or the new content, also after a
// crash. Folders above it are made. `mode` are its permissions.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content,
                                 unsigned mode = 0644);

// Syncs the folder of `path`, so that a rename or a new file in it is durable.
absl::Status SyncFolderOf(const std::string& path);

// "cannot <verb> <path>: <the system's reason>".
absl::Status FileError(std::string_view verb, std::string_view path, int error_number);

}  // namespace whence::cli
