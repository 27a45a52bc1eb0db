#include "service/backup.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/ledger.h"
#include "sql/backup.h"
#include "sql/connection.h"

namespace whence::service {
namespace {

constexpr std::string_view kPrefix = "backup-";
constexpr std::string_view kSuffix = ".tmp";

// sql::Backup gives what is not whole yet a further ending.
bool IsCopy(std::string_view name) {
  return name.starts_with(kPrefix) && name.find(kSuffix) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BackupCopy>> BackupCopy::Make(House& house,
                                                             const std::atomic<bool>* cancelled) {
  const std::string path =
      StrCat(house.folder().path(), "/", kPrefix, house.ids().NewUuid(), kSuffix);
  std::unique_ptr<BackupCopy> copy(new BackupCopy(path));
  WHENCE_RETURN_IF_ERROR(sql::Backup(house.folder().database_path(), path, [](int64_t, int64_t) {},
                                     {.cancelled = cancelled}));
  WHENCE_RETURN_IF_ERROR(copy->OpenCopy());
  return copy;
}

absl::Status BackupCopy::OpenCopy() {
  {
    WHENCE_ASSIGN_OR_RETURN(std::unique_ptr<sql::Connection> connection,
                            sql::Connection::Open(path_, {.read_only = true}));
    ledger::Ledger ledger;
    WHENCE_ASSIGN_OR_RETURN(position_, ledger.Load(*connection));
  }
  std::error_code error;
  total_bytes_ = static_cast<int64_t>(std::filesystem::file_size(path_, error));
  file_.open(path_, std::ios::binary);
  if (error || !file_.is_open()) {
    return Unavailable("BACKUP_UNREADABLE",
                       StrCat("the copy ", path_, " cannot be read: ", error.message()),
                       "look at the server's data folder, then try again");
  }
  return absl::OkStatus();
}

void BackupCopy::RemoveLeftovers(const std::string& data_folder) {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator entry(data_folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (IsCopy(entry->path().filename().string())) found.push_back(entry->path());
  }
  for (const std::filesystem::path& path : found) std::filesystem::remove(path, error);
}

BackupCopy::~BackupCopy() {
  file_.close();
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

absl::StatusOr<bool> BackupCopy::ReadChunk(std::string* data) {
  data->resize(kBackupChunkBytes);
  file_.read(data->data(), static_cast<std::streamsize>(data->size()));
  data->resize(static_cast<size_t>(file_.gcount()));
  if (file_.bad()) {
    return Unavailable("BACKUP_UNREADABLE", StrCat("reading the copy ", path_, " failed"),
                       "look at the server's disk, then try again");
  }
  hash_.Update(*data);
  return !data->empty();
}

std::string BackupCopy::digest() const { return StrCat("sha256:", hash_.HexDigest()); }

}  // namespace whence::service
