#include "support/raw_sqlite.h"

#include <sqlite3.h>

#include "support/figure.h"

namespace whence::bench {

RawDatabase::RawDatabase(const std::string& path, Mode mode) {
  const int flags =
      mode == Mode::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Expect(code == SQLITE_OK, "cannot open " + path);
  Run("PRAGMA cache_size = -65536");
  if (mode == Mode::kWrite) {
    Run("PRAGMA journal_mode = WAL");
    Run("PRAGMA synchronous = FULL");
    Run("PRAGMA wal_autocheckpoint = 40000");
    Run("PRAGMA foreign_keys = OFF");
  }
  if (mode == Mode::kBulk) {
    Run("PRAGMA journal_mode = OFF");
    Run("PRAGMA synchronous = OFF");
    Run("PRAGMA cache_size = -1048576");
  }
}

RawDatabase::~RawDatabase() { sqlite3_close(handle_); }

void RawDatabase::Run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  Expect(code == SQLITE_OK, sql + ": " + sqlite3_errmsg(handle_));
}

RawStatement::RawStatement(const RawDatabase& database, const std::string& sql) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                                      &raw_, nullptr);
  Expect(code == SQLITE_OK, sql + ": " + sqlite3_errmsg(database.handle()));
}

RawStatement::~RawStatement() { sqlite3_finalize(raw_); }

void RawStatement::Bind(int index, int64_t value) { sqlite3_bind_int64(raw_, index, value); }

void RawStatement::Bind(int index, const std::string& text) {
  sqlite3_bind_text(raw_, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

bool RawStatement::Step() {
  const int code = sqlite3_step(raw_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    Expect(false, std::string(sqlite3_sql(raw_)) + ": " + sqlite3_errmsg(sqlite3_db_handle(raw_)));
  }
  return code == SQLITE_ROW;
}

int64_t RawStatement::Int64(int column) const { return sqlite3_column_int64(raw_, column); }

void RawStatement::Reset() { sqlite3_reset(raw_); }

struct RawRows::Values {
  std::vector<sqlite3_value*> all;  // row after row
};

RawRows::RawRows(const RawDatabase& database, const std::string& sql)
    : values_(std::make_unique<Values>()) {
  RawStatement statement(database, sql);
  columns_ = sqlite3_column_count(statement.raw());
  while (statement.Step()) {
    for (int i = 0; i < columns_; ++i) {
      values_->all.push_back(sqlite3_value_dup(sqlite3_column_value(statement.raw(), i)));
    }
  }
}

RawRows::~RawRows() {
  for (sqlite3_value* value : values_->all) sqlite3_value_free(value);
}

size_t RawRows::size() const { return values_->all.size() / static_cast<size_t>(columns_); }

void RawRows::BindRow(size_t row, RawStatement& insert) const {
  for (int i = 0; i < columns_; ++i) {
    const size_t place = row * static_cast<size_t>(columns_) + static_cast<size_t>(i);
    sqlite3_value* value = values_->all[place];
    // Bound in place where it is text or a blob: the floor does not pay for copies.
    switch (sqlite3_value_type(value)) {
      case SQLITE_INTEGER:
        sqlite3_bind_int64(insert.raw(), i + 1, sqlite3_value_int64(value));
        break;
      case SQLITE_TEXT:
        sqlite3_bind_text(
            insert.raw(), i + 1,
            static_cast<const char*>(static_cast<const void*>(sqlite3_value_text(value))),
            sqlite3_value_bytes(value), SQLITE_STATIC);
        break;
      case SQLITE_BLOB:
        sqlite3_bind_blob(insert.raw(), i + 1, sqlite3_value_blob(value),
                          sqlite3_value_bytes(value), SQLITE_STATIC);
        break;
      default:
        sqlite3_bind_null(insert.raw(), i + 1);
    }
  }
}

}  // namespace whence::bench
