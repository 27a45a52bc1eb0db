#include "sql/rewrite_log.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "base/strings.h"
#include "sql/library.h"
#include "sql/sqlite_error.h"

namespace whence::sql::internal {
namespace {

// SQLite's own VFS writes less than 128 KiB at a time.
constexpr int64_t kPieceBytes = int64_t{64} * 1024;

// The log's format: https://www.sqlite.org/fileformat2.html#walformat
constexpr int kHeaderBytes = 32;
constexpr int kFrameHeaderBytes = 24;
constexpr int kSaltBytes = 8;
constexpr size_t kPageSizeAt = 8;  // big-endian
constexpr int64_t kMinPageBytes = 512;
constexpr int kSaltAt = 16;
constexpr int kFrameSaltAt = 8;

// Where the frames end that may belong to the log as it is: those with its salt. Behind them stand
// what is left of earlier logs, which nobody reads. The file's end when the header makes no sense.
int FindEnd(sqlite3_file* file, sqlite3_int64 size, sqlite3_int64* end) {
  *end = size;
  std::array<unsigned char, kHeaderBytes> header{};
  if (size < kHeaderBytes) return SQLITE_OK;
  int code = file->pMethods->xRead(file, header.data(), kHeaderBytes, 0);
  int64_t page_bytes = 0;
  for (size_t i = 0; i < 4; ++i) page_bytes = page_bytes << 8 | header[kPageSizeAt + i];
  if (code != SQLITE_OK || page_bytes < kMinPageBytes) return code;
  std::array<unsigned char, kFrameHeaderBytes> frame{};
  int64_t at = kHeaderBytes;
  for (; at + kFrameHeaderBytes + page_bytes <= size; at += kFrameHeaderBytes + page_bytes) {
    code = file->pMethods->xRead(file, frame.data(), kFrameHeaderBytes, at);
    if (code != SQLITE_OK) return code;
    if (std::memcmp(frame.data() + kFrameSaltAt, header.data() + kSaltAt, kSaltBytes) != 0) break;
  }
  *end = at;
  return SQLITE_OK;
}

int Rewrite(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  int code = file->pMethods->xFileSize(file, &size);
  if (code == SQLITE_OK) code = FindEnd(file, size, &size);
  const auto piece = std::make_unique<char[]>(kPieceBytes);
  for (int64_t at = 0; at < size && code == SQLITE_OK; at += kPieceBytes) {
    const int count = static_cast<int>(std::min<int64_t>(kPieceBytes, size - at));
    code = file->pMethods->xRead(file, piece.get(), count, at);
    if (code == SQLITE_OK) {
      code = file->pMethods->xWrite(file, piece.get(), count, at);
    }
  }
  return code == SQLITE_OK && size > 0 ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : code;
}

}  // namespace

// By SQLite's own way to files, so that tests can come between.
absl::Status RewriteLog(const std::string& database_path) {
  ConfigureLibrary();
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  const std::string log = StrCat(database_path, "-wal");
  int there = 0;
  int code = vfs->xAccess(vfs, log.c_str(), SQLITE_ACCESS_EXISTS, &there);
  if (code == SQLITE_OK && there != 0) {
    // The form in which a VFS expects the names of files.
    const sqlite3_filename names =
        sqlite3_create_filename(database_path.c_str(), "", log.c_str(), 0, nullptr);
    void* memory = sqlite3_malloc(vfs->szOsFile);
    const absl::Cleanup free = [&] {
      sqlite3_free(memory);
      sqlite3_free_filename(names);
    };
    if (names == nullptr || memory == nullptr) {
      return SqliteError(nullptr, SQLITE_NOMEM, "write the log again");
    }
    auto* file = static_cast<sqlite3_file*>(memory);
    file->pMethods = nullptr;
    int flags = 0;
    code = vfs->xOpen(vfs, sqlite3_filename_wal(names), file,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, &flags);
    if (code == SQLITE_OK) {
      code = Rewrite(file);
    }
    if (file->pMethods != nullptr) {
      file->pMethods->xClose(file);
    }
  }
  return code == SQLITE_OK ? absl::OkStatus()
                           : SqliteError(nullptr, code, StrCat("write the log again: ", log));
}

}  // namespace whence::sql::internal
