#pragma once

#include <string>

#include "absl/status/status.h"
#include "cli/app.h"

namespace whence::cli {

// Writes a consistent copy of the server's database to `path`. The file appears under its name only
// when it is whole, checked against the server's digest and on disk.
absl::Status BackupTo(App& app, const std::string& path, bool replace);

// Becomes `whenced --restore FILE --data DIR`: the one next to this program, else that in PATH, or
// `program` where it is given. Returns only if that fails.
absl::Status RestoreFrom(App& app, const std::string& path, const std::string& data,
                         const std::string& program);

}  // namespace whence::cli
