#include "sql/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
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
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "sql/file_io.h"
#include "sql/rewrite_log.h"

namespace whence::sql {
namespace {

constexpr size_t kHolderBytes = 1024;

absl::Status Unusable(std::string_view what, int error) {
  return FailedPrecondition("DATA_FOLDER_UNUSABLE", StrCat(what, ": ", std::strerror(error)),
                            "name a folder on a local disk that the server's user may write to");
}

// The names in the folder that holds `path` are on the disk.
absl::Status SyncNames(const std::string& path) {
  const absl::Status synced = internal::SyncFolderOf(path);
  return synced.ok() ? synced
                     : FailedPrecondition("DATA_FOLDER_UNUSABLE", ToStd(synced.message()),
                                          "name a folder on a local disk that is well");
}

// mkdir -p, every new part 0700 and its name synced: what is synced inside a folder is lost with
// the folder's name.
absl::Status MakeFolders(const std::string& path) {
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), 0700) == 0) {
      WHENCE_RETURN_IF_ERROR(SyncNames(part));
    } else if (errno != EEXIST) {
      return Unusable(StrCat("make the folder ", part), errno);
    }
    if (at == std::string::npos) {
      return absl::OkStatus();
    }
  }
}

// "key=value" lines, as WriteHolder writes them; shown to people, so nothing unprintable survives.
std::map<std::string, std::string> ReadHolder(const internal::File& file) {
  std::map<std::string, std::string> out;
  const absl::StatusOr<std::string> text = file.Read(0, kHolderBytes);
  if (!text.ok()) {
    return out;
  }
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

}  // namespace

absl::StatusOr<std::unique_ptr<DataFolder>> DataFolder::Open(const std::string& path,
                                                             const Clock& clock) {
  if (path.empty()) {
    return Unusable("the data folder's path is empty", ENOENT);
  }
  WHENCE_RETURN_IF_ERROR(MakeFolders(path));
  absl::StatusOr<internal::File> lock =
      internal::File::Open(StrCat(path, "/LOCK"), O_RDWR | O_CREAT);
  if (!lock.ok()) {
    return FailedPrecondition("DATA_FOLDER_UNUSABLE", ToStd(lock.status().message()),
                              "name a folder on a local disk that the server's user may write to");
  }
  if (::flock(lock->fd(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? InUse(path, *lock)
                                : Unusable(StrCat("lock ", lock->path()), errno);
  }
  std::unique_ptr<DataFolder> folder(
      new DataFolder(path, *std::move(lock),
                     absl::FormatTime("%Y-%m-%d %H:%MZ", clock.Now(), absl::UTCTimeZone())));
  // A courtesy to whoever comes next. That a full disk keeps it from being written is no reason not
  // to serve what is stored.
  folder->UpdateAddress("").IgnoreError();
  // Made here, so that it is private from its first byte: SQLite would go by the umask.
  const bool is_new = !internal::Exists(folder->database_path());
  const absl::StatusOr<internal::File> database =
      internal::File::Open(folder->database_path(), O_RDWR | O_CREAT);
  if (!database.ok()) {
    return FailedPrecondition(
        "DATA_FOLDER_UNUSABLE", ToStd(database.status().message()),
        "make the database file and its folder writable for the server's user");
  }
  if (is_new) {
    WHENCE_RETURN_IF_ERROR(SyncNames(folder->database_path()));
  }
  WHENCE_RETURN_IF_ERROR(internal::RewriteLog(folder->database_path()));
  return folder;
}

DataFolder::DataFolder(std::string path, internal::File lock, std::string started)
    : path_(std::move(path)),
      lock_(std::make_unique<internal::File>(std::move(lock))),
      started_(std::move(started)) {}

DataFolder::~DataFolder() {
  // The next holder writes its own; until then nobody is named. The lock goes with the file.
  if (::ftruncate(lock_->fd(), 0) != 0) {
    return;
  }
}

std::string DataFolder::database_path() const { return StrCat(path_, "/whence.db"); }

absl::Status DataFolder::UpdateAddress(std::string_view address) {
  const std::string text =
      StrCat("pid=", ::getpid(), "\nstarted=", started_, "\naddress=", address, "\n");
  // Written first and cut afterwards, so that a reader never finds it empty.
  if (::pwrite(lock_->fd(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::ftruncate(lock_->fd(), static_cast<off_t>(text.size())) != 0) {
    return Unusable(StrCat("write ", lock_->path()), errno);
  }
  return absl::OkStatus();
}

}  // namespace whence::sql
