#include "sql/data_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "sql/file_io.h"
#include "sql/file_system.h"
#include "sql/rewrite_log.h"

namespace whence::sql {
namespace {

constexpr size_t kHolderBytes = 1024;

absl::Status Unusable(
    std::string_view what,
    std::string_view hint = "name a folder on a local disk that the server's user may write to") {
  return FailedPrecondition("DATA_FOLDER_UNUSABLE", what, hint);
}

// The names in the folder that holds `path` are on the disk.
absl::Status SyncNames(const std::string& path) {
  const absl::Status synced = internal::SyncFolderOf(path);
  return synced.ok()
             ? synced
             : Unusable(ToStd(synced.message()), "name a folder on a local disk that is well");
}

// mkdir -p, every new part 0700 and its name synced: what is synced inside a folder is lost with
// the folder's name. One whose name cannot be kept is taken back, or the next start would think it
// kept. `first`: there is no database yet, and a start that made the folders may have been killed
// before it synced their names. Not all of these need be ours to sync.
absl::Status MakeFolders(const std::string& path, bool first) {
  FileSystem& files = FileSystem::Current();
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (files.MakeFolder(part.c_str(), 0700) == 0) {
      if (absl::Status synced = SyncNames(part); !synced.ok()) {
        files.RemoveFolder(part.c_str());
        return synced;
      }
    } else if (errno != EEXIST) {
      return Unusable(StrCat("make the folder ", part, ": ", std::strerror(errno)));
    } else if (first) {
      SyncNames(part).IgnoreError();
    }
    if (at == std::string::npos) {
      return absl::OkStatus();
    }
  }
}

// "key=value" lines, as WriteHolder writes them; shown to people, so nothing unprintable survives.
std::map<std::string, std::string> ReadHolder(const internal::File& file) {
  std::map<std::string, std::string> out;
  absl::StatusOr<std::string> text = file.Read(0, kHolderBytes);
  if (!text.ok()) {
    return out;
  }
  // A line without its end was not written to its end: half a process id is another's.
  text->resize(text->rfind('\n') + 1);
  for (const auto line : absl::StrSplit(*text, '\n')) {
    const std::pair<std::string, std::string> entry = absl::StrSplit(line, absl::MaxSplits('=', 1));
    if (IsValidUtf8(entry.second) && !HasControlCharacters(entry.second)) {
      out[entry.first] = entry.second;
    }
  }
  return out;
}

absl::Status InUse(const std::string& path, const internal::File& file) {
  // The other one has the lock and may not have written its name yet.
  std::map<std::string, std::string> holder = ReadHolder(file);
  for (int tries = 0; tries < 20 && holder["pid"].empty(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    holder = ReadHolder(file);
  }
  std::string message = StrCat(path, " is in use by ");
  StrAppend(&message,
            holder["pid"].empty() ? "another process" : StrCat("whenced, process ", holder["pid"]));
  if (!holder["started"].empty()) {
    StrAppend(&message, ", started ", holder["started"]);
  }
  if (!holder["address"].empty()) {
    StrAppend(&message, " (listening on ", holder["address"], ")");
  }
  return FailedPrecondition("DATA_IN_USE", message,
                            "stop it, or start this one with another --data");
}

// The lock, which another process may hold.
absl::StatusOr<internal::File> TakeLock(const std::string& path) {
  absl::StatusOr<internal::File> lock = internal::File::Open(path + "/LOCK", O_RDWR | O_CREAT);
  if (!lock.ok()) {
    return Unusable(ToStd(lock.status().message()));
  }
  const absl::StatusOr<bool> locked = lock->TryLock();
  if (!locked.ok()) {
    return Unusable(ToStd(locked.status().message()));
  }
  if (!*locked) {
    return InUse(path, *lock);
  }
  return lock;
}

absl::StatusOr<bool> IsThere(const std::string& path) {
  absl::StatusOr<bool> there = internal::Exists(path);
  if (!there.ok()) {
    return Unusable(ToStd(there.status().message()));
  }
  return there;
}

// Made here, so that it is private from its first byte: SQLite would go by the umask. With the lock
// held, so that it is nobody else's when it is taken back.
absl::Status MakeDatabase(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const bool there, IsThere(path));
  if (const absl::Status made = internal::File::Open(path, O_RDWR | O_CREAT).status(); !made.ok()) {
    return Unusable(ToStd(made.message()),
                    "make the database file and its folder writable for the server's user");
  }
  if (there) {
    return absl::OkStatus();
  }
  absl::Status synced = SyncNames(path);
  if (!synced.ok()) {
    internal::Remove(path).IgnoreError();
  }
  return synced;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataFolder>> DataFolder::Open(const std::string& path,
                                                             const Clock& clock) {
  if (path.empty()) {
    return Unusable("the data folder's path is empty");
  }
  WHENCE_ASSIGN_OR_RETURN(const bool there, IsThere(StrCat(path, "/whence.db")));
  WHENCE_RETURN_IF_ERROR(MakeFolders(path, /*first=*/!there));
  WHENCE_ASSIGN_OR_RETURN(internal::File lock, TakeLock(path));
  std::unique_ptr<DataFolder> folder(
      new DataFolder(path, std::move(lock),
                     absl::FormatTime("%Y-%m-%d %H:%MZ", clock.Now(), absl::UTCTimeZone())));
  // A courtesy to whoever comes next. That a full disk keeps it from being written is no reason not
  // to serve what is stored.
  folder->UpdateAddress("").IgnoreError();
  WHENCE_RETURN_IF_ERROR(MakeDatabase(folder->database_path()));
  WHENCE_RETURN_IF_ERROR(internal::RewriteLog(folder->database_path()));
  return folder;
}

DataFolder::DataFolder(std::string path, internal::File lock, std::string started)
    : path_(std::move(path)),
      lock_(std::make_unique<internal::File>(std::move(lock))),
      started_(std::move(started)) {}

DataFolder::~DataFolder() {
  // The next holder writes its own; until then nobody is named. The lock goes with the file.
  lock_->Truncate(0).IgnoreError();
}

std::string DataFolder::database_path() const { return StrCat(path_, "/whence.db"); }

absl::Status DataFolder::UpdateAddress(std::string_view address) {
  const std::string text =
      StrCat("pid=", ::getpid(), "\nstarted=", started_, "\naddress=", address, "\n");
  // Written first and cut afterwards, so that a reader never finds it empty.
  absl::Status status = lock_->Write(0, text);
  if (status.ok()) {
    status = lock_->Truncate(text.size());
  }
  return status.ok() ? status : Unusable(ToStd(status.message()));
}

absl::Status WriteSecretFile(const std::string& path, std::string_view content) {
  const std::string part = path + ".part";
  // Of a start that was killed; or a trap, which O_EXCL would walk into.
  WHENCE_ASSIGN_OR_RETURN(const bool left_over, internal::Exists(part));
  if (left_over) {
    WHENCE_RETURN_IF_ERROR(internal::Remove(part));
  }
  {
    WHENCE_ASSIGN_OR_RETURN(
        const internal::File file,
        internal::File::Open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    WHENCE_RETURN_IF_ERROR(file.Write(0, content));
    WHENCE_RETURN_IF_ERROR(file.Sync());
  }
  return internal::RenameOver(part, path);
}

absl::StatusOr<std::optional<std::string>> ReadSecretFile(const std::string& path) {
  FileSystem& system = FileSystem::Current();
  struct stat info = {};
  if (system.StatName(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return internal::ErrnoError(StrCat("look at ", path));
  }
  if (!S_ISREG(info.st_mode) || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return FailedPrecondition("SECRET_FILE_EXPOSED",
                              StrCat(path, " is not a file that its owner alone may read"),
                              "see who has read it; then chmod 600, or make a new one");
  }
  WHENCE_ASSIGN_OR_RETURN(const internal::File file,
                          internal::File::Open(path, O_RDONLY | O_NOFOLLOW));
  WHENCE_ASSIGN_OR_RETURN(std::string content, file.Read(0, kMaxSecretFileBytes + 1));
  if (content.size() > kMaxSecretFileBytes) {
    return Unavailable(
        "IO_ERROR", StrCat(path, " has over ", kMaxSecretFileBytes, " bytes: it is none of ours"),
        "put back the file that was there");
  }
  return content;
}

absl::Status RemoveSecretFile(const std::string& path) {
  WHENCE_ASSIGN_OR_RETURN(const bool there, internal::Exists(path));
  return there ? internal::Remove(path) : absl::OkStatus();
}

}  // namespace whence::sql
