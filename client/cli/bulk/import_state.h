#pragma once

// How far an import has come, on disk: what `--resume` goes on from.

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence::cli {

struct ImportState {
  int64_t offset = 0;         // bytes of the file whose lines are acknowledged
  int64_t line = 0;           // number of the last of these
  int64_t failed = 0;         // how many of them were refused
  int64_t rejects_bytes = 0;  // of the file of refused lines, with these
  // Of all these lines (DigestWith), to notice that the file is another one now.
  std::string digest;

  friend bool operator==(const ImportState&, const ImportState&) = default;
};

// The digest of some lines (empty: of none) and one more.
std::string DigestWith(std::string_view before, std::string_view line);

// "FILE.whence-import".
std::string ImportStatePath(std::string_view file);

// Nothing where there is no state file. A LocalError where it cannot be read, or the file does not
// begin with the lines that the state tells of; what follows them may have changed.
absl::StatusOr<std::optional<ImportState>> LoadImportState(const std::string& file);

// Durable when it returns.
absl::Status SaveImportState(const std::string& file, const ImportState& state);
absl::Status RemoveImportState(const std::string& file);

}  // namespace whence::cli
