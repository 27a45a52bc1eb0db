// Restore: a backup becomes the database of a data folder.

#include <fcntl.h>

#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/backup.h"
#include "sql/backup_seal.h"
#include "sql/data_folder.h"
#include "sql/file_io.h"

namespace whence::sql {
namespace {

// A log beside the database would be replayed into it, so it counts as a database too.
absl::Status CheckEmpty(const DataFolder& folder) {
  for (const char* suffix : {"", "-wal", "-journal"}) {
    const std::string path = StrCat(folder.database_path(), suffix);
    WHENCE_ASSIGN_OR_RETURN(const bool there, internal::Exists(path));
    if (!there) {
      continue;
    }
    WHENCE_ASSIGN_OR_RETURN(const internal::File file, internal::File::Open(path, O_RDONLY));
    WHENCE_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
    if (size != 0) {
      return FailedPrecondition("RESTORE_TARGET_NOT_EMPTY",
                                StrCat(path, " exists: the folder has a database already"),
                                "restore into a new folder, or move the old database away first");
    }
  }
  return absl::OkStatus();
}

// The pages without the seal, synced.
absl::Status CopyPages(const std::string& from, const std::string& to) {
  WHENCE_ASSIGN_OR_RETURN(const internal::File source, internal::File::Open(from, O_RDONLY));
  WHENCE_ASSIGN_OR_RETURN(const internal::FileShape shape, internal::ReadShape(source));
  WHENCE_ASSIGN_OR_RETURN(const internal::File copy,
                          internal::File::Open(to, O_WRONLY | O_CREAT | O_TRUNC));
  uint64_t at = 0;
  WHENCE_RETURN_IF_ERROR(source.ForEachPiece(shape.database_bytes, [&](std::string_view piece) {
    absl::Status status = copy.Write(at, piece);
    at += piece.size();
    return status;
  }));
  return copy.Sync();
}

}  // namespace

absl::Status Restore(const std::string& backup, const std::string& data_folder) {
  WHENCE_RETURN_IF_ERROR(VerifyDatabaseFile(backup));
  const SystemClock clock;
  WHENCE_ASSIGN_OR_RETURN(const std::unique_ptr<DataFolder> folder,
                          DataFolder::Open(data_folder, clock));
  WHENCE_RETURN_IF_ERROR(CheckEmpty(*folder));
  const std::string partial = StrCat(folder->database_path(), ".partial");
  absl::Cleanup remove = [&partial] { internal::Remove(partial).IgnoreError(); };
  WHENCE_RETURN_IF_ERROR(CopyPages(backup, partial));
  WHENCE_RETURN_IF_ERROR(VerifyDatabaseFile(partial));
  WHENCE_RETURN_IF_ERROR(internal::RenameOver(partial, folder->database_path()));
  std::move(remove).Cancel();
  return absl::OkStatus();
}

}  // namespace whence::sql
