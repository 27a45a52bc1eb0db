#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sql/file_io.h"

// Private to the room: may be included from its .cc files only. The line that ends a backup file:
//   whence-backup sha256:<64 hexadecimal digits of everything before it>\n
// SQLite takes the number of pages from the file's header and ignores what follows them.
namespace whence::sql::internal {

// A database file from outside, as far as it can be judged without SQLite.
struct FileShape {
  uint64_t database_bytes = 0;               // whole pages
  std::optional<std::string> sealed_digest;  // 64 hexadecimal digits, when there is a seal
  uint32_t application_id = 0;
};

// Reads header, size and seal. Fails with DATABASE_DAMAGED when they do not fit together.
absl::StatusOr<FileShape> ReadShape(const File& file);

// The digest of the first `bytes` bytes.
absl::StatusOr<std::string> DigestOf(const File& file, uint64_t bytes);

// Appends the seal to a complete database file.
absl::Status Seal(const std::string& path);

// DATABASE_DAMAGED for `path`: "<path> is damaged: <what>".
absl::Status Damaged(const std::string& path, std::string_view what);

}  // namespace whence::sql::internal
