#include "sql/sqlite_error.h"

#include <sqlite3.h>

#include <cctype>
#include <cstddef>

#include "base/error.h"
#include "base/strings.h"

namespace whence::sql::internal {
namespace {

constexpr size_t kShownWords = 6;
constexpr size_t kShownBytes = 60;

struct Meaning {
  absl::StatusCode code;
  const char* reason;
  const char* hint;
};

Meaning MeaningOfConstraint(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
      return {absl::StatusCode::kAlreadyExists, "SQL_CONSTRAINT",
              "a row with this key exists already: use another key or change that row"};
    default:
      return {absl::StatusCode::kFailedPrecondition, "SQL_CONSTRAINT",
              "the row refers to something missing, or a value is not allowed there"};
  }
}

Meaning MeaningOf(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return MeaningOfConstraint(code);
    case SQLITE_FULL:
      return {absl::StatusCode::kResourceExhausted, "DISK_FULL",
              "make room on the disk of the data folder, then repeat the call"};
    case SQLITE_READONLY:
      return {absl::StatusCode::kFailedPrecondition, "DATABASE_READ_ONLY",
              "make the database file and its folder writable for the server's user"};
    case SQLITE_NOMEM:
      return {absl::StatusCode::kResourceExhausted, "OUT_OF_MEMORY",
              "give the server more memory, or ask for less in one call"};
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_NOMEM) {
        return MeaningOf(SQLITE_NOMEM);
      }
      return {absl::StatusCode::kUnavailable, "IO_ERROR",
              "check the disk and the system log, then restart the server"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return {absl::StatusCode::kUnavailable, "IO_ERROR",
              "check that the file and its folder exist, that the server's user may use them, and "
              "that it has file descriptors left (ulimit -n)"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
              "stop the server, keep a copy of the data folder, and restore the newest backup"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {absl::StatusCode::kUnavailable, "DATABASE_BUSY",
              "close other programs that use the database file, then repeat the call"};
    default:
      return {absl::StatusCode::kInternal, "SQL_ERROR",
              "this is a bug in the server: report it with this message"};
  }
}

std::string TextOf(sqlite3* db, int code) {
  // The handle's text is about its most recent failure: use it only if that is the one meant.
  if (db != nullptr && sqlite3_extended_errcode(db) == code) {
    return sqlite3_errmsg(db);
  }
  return sqlite3_errstr(code);
}

}  // namespace

std::string FirstWords(std::string_view sql) {
  std::string out;
  size_t words = 0;
  bool in_space = true;
  for (const char c : sql) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && !in_space && ++words == kShownWords) {
      return out + " ...";
    }
    if (!space) {
      if (in_space && !out.empty()) {
        out += ' ';
      }
      if (out.size() >= kShownBytes) {
        return out + "...";
      }
      out += c;
    }
    in_space = space;
  }
  return out;
}

absl::Status SqliteError(sqlite3* db, int code, std::string_view sql) {
  const Meaning meaning = MeaningOf(code);
  const std::string text = TextOf(db, code);
  const std::string words = FirstWords(sql);
  ErrorDetail detail;
  detail.reason = meaning.reason;
  detail.hint = meaning.hint;
  detail.metadata["sqlite_code"] = std::to_string(code);
  return MakeError(meaning.code, words.empty() ? text : StrCat(words, ": ", text), detail);
}

bool IsRecoverable(int code) {
  return (code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_NOMEM ||
         code == SQLITE_IOERR_NOMEM;
}

}  // namespace whence::sql::internal
