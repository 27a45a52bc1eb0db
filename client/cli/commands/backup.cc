#include "cli/commands/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "base/digest.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/error.h"
#include "cli/files.h"
#include "cli/progress.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

absl::Status WriteAll(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return FileError("write", path, errno);
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Receives the stream into an open file; the last message.
absl::StatusOr<v1::BackupChunk> Receive(App& app, int file, const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(Connection * connection, app.connection());
  Sha256 sha256;
  Progress progress(app);
  v1::BackupChunk last;
  int64_t received = 0;
  WHENCE_RETURN_IF_ERROR(connection->ReadBackup([&](const v1::BackupChunk& chunk) -> absl::Status {
    sha256.Update(chunk.data());
    WHENCE_RETURN_IF_ERROR(WriteAll(file, chunk.data(), path));
    received += static_cast<int64_t>(chunk.data().size());
    progress.Show(received, chunk.total_bytes(), HumanBytes(received));
    if (!chunk.digest().empty()) last = chunk;
    return absl::OkStatus();
  }));
  if (last.digest().empty()) return LocalError("the backup ended without its digest");
  if (last.digest() != StrCat("sha256:", sha256.HexDigest()) || received != last.total_bytes()) {
    return LocalError("the backup was damaged on the way: its digest differs", "try again");
  }
  if (fsync(file) != 0) return FileError("sync", path, errno);
  return last;
}

}  // namespace

absl::StatusOr<v1::BackupChunk> ReceiveBackup(App& app, const std::string& path) {
  const std::string scratch = StrCat(path, ".partial-", getpid());
  const int file = open(scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return FileError("write", scratch, errno);
  absl::Cleanup remove = [&scratch] { unlink(scratch.c_str()); };
  absl::StatusOr<v1::BackupChunk> last = Receive(app, file, scratch);
  const bool closed = close(file) == 0;
  const int close_error = errno;
  if (!last.ok()) return last.status();
  if (!closed) return FileError("write", scratch, close_error);
  if (rename(scratch.c_str(), path.c_str()) != 0) return FileError("replace", path, errno);
  std::move(remove).Cancel();
  WHENCE_RETURN_IF_ERROR(SyncFolderOf(path));
  return last;
}

absl::Status BackupTo(App& app, const std::string& path, bool replace) {
  std::error_code error;
  if (!replace && std::filesystem::exists(path, error)) {
    return LocalError(StrCat(path, " exists"), "name another file, or replace it with --force");
  }
  WHENCE_ASSIGN_OR_RETURN(const v1::BackupChunk last, ReceiveBackup(app, path));
  app.Say(StrCat("backed up to ", path, " (", HumanBytes(last.total_bytes()), ", position ",
                 HumanCount(last.position()), ", ", ShortDigest(last.digest()), ")"));
  return absl::OkStatus();
}

absl::Status RestoreFrom(App& app, const std::string& path, const std::string& data,
                         const std::string& program) {
  std::string whenced = program;
  if (whenced.empty() && !app.environment().program_path.empty()) {
    const std::filesystem::path sibling =
        std::filesystem::path(app.environment().program_path).parent_path() / "whenced";
    std::error_code error;
    if (std::filesystem::exists(sibling, error)) whenced = sibling.string();
  }
  if (whenced.empty()) whenced = "whenced";
  std::array<std::string, 5> words = {whenced, "--restore", path, "--data", data};
  std::array<char*, 6> arguments{};
  for (size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  app.out().flush();
  app.err().flush();
  execvp(arguments[0], arguments.data());
  return WithHint(
      FileError("start", whenced, errno),
      "say where whenced is with --whenced, or run 'whenced --restore FILE --data DIR'");
}

}  // namespace whence::cli
