#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/app.h"
#include "whence/v1/server.pb.h"

namespace whence::cli {

// Writes a consistent copy of the server's database to `path`. The file appears under its name only
// when it is whole, checked against the server's digest and on disk.
absl::Status BackupTo(App& app, const std::string& path, bool replace);

// The same without a word; replaces a file of that name. The last message of the stream.
absl::StatusOr<v1::BackupChunk> ReceiveBackup(App& app, const std::string& path);

// Becomes `whenced --restore FILE --data DIR`: the one next to this program, else that in PATH, or
// `program` where it is given. Returns only if that fails.
absl::Status RestoreFrom(App& app, const std::string& path, const std::string& data,
                         const std::string& program);

}  // namespace whence::cli
