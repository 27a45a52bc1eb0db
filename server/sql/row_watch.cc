// The hook is an option of SQLite's build, and so are its declarations. Debian's has it; without
// it this does not link.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include "sql/row_watch.h"

#include <sqlite3.h>

#include "base/assert.h"
#include "sql/connection.h"

namespace whence::sql {
namespace internal {

ColumnValue ToColumnValue(sqlite3_value* value) {
  ColumnValue out;
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      out.kind = ColumnValue::Kind::kInteger;
      out.integer = sqlite3_value_int64(value);
      break;
    case SQLITE_FLOAT:
      out.kind = ColumnValue::Kind::kReal;
      out.real = sqlite3_value_double(value);
      break;
    case SQLITE_TEXT: {
      out.kind = ColumnValue::Kind::kText;
      const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(value));
      out.bytes = {text == nullptr ? "" : text, static_cast<size_t>(sqlite3_value_bytes(value))};
      break;
    }
    case SQLITE_BLOB: {
      out.kind = ColumnValue::Kind::kBlob;
      const auto* const blob = static_cast<const char*>(sqlite3_value_blob(value));
      out.bytes = {blob == nullptr ? "" : blob, static_cast<size_t>(sqlite3_value_bytes(value))};
      break;
    }
    default:
      break;
  }
  return out;
}

}  // namespace internal

ColumnValue RowChange::Old(int column) {
  WHENCE_ASSERT(has_old_);
  sqlite3_value* value = nullptr;
  const int code = sqlite3_preupdate_old(db_, column, &value);
  if (code == SQLITE_OK && value != nullptr) return internal::ToColumnValue(value);
  connection_->NoteErrorCode(code == SQLITE_OK ? SQLITE_NOMEM : code);
  return {};
}

ColumnValue RowChange::New(int column) {
  WHENCE_ASSERT(has_new_);
  sqlite3_value* value = nullptr;
  const int code = sqlite3_preupdate_new(db_, column, &value);
  if (code == SQLITE_OK && value != nullptr) return internal::ToColumnValue(value);
  connection_->NoteErrorCode(code == SQLITE_OK ? SQLITE_NOMEM : code);
  return {};
}

void Connection::Watch(RowWatcher* watcher) {
  watcher_ = watcher;
  const auto changed = [](void* self, sqlite3* db, int op, const char* /*database*/,
                          const char* table, sqlite3_int64 /*old_rowid*/,
                          sqlite3_int64 /*new_rowid*/) {
    auto* const connection = static_cast<Connection*>(self);
    RowChange change(connection, db, table, op != SQLITE_INSERT, op != SQLITE_DELETE);
    connection->watcher_->RowChanged(change);
  };
  sqlite3_preupdate_hook(db_, watcher == nullptr ? nullptr : +changed, this);
}

}  // namespace whence::sql
