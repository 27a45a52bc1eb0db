#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "sql/column_value.h"

struct sqlite3;

namespace whence::sql {

class Connection;

// One row that a statement is about to insert, update or delete. Lives for the time of one
// RowWatcher::RowChanged; so do the values that it gives.
class RowChange {
 public:
  // Only made by a Connection.
  RowChange(Connection* connection, sqlite3* db, std::string_view table, bool has_old, bool has_new)
      : connection_(connection), db_(db), table_(table), has_old_(has_old), has_new_(has_new) {}

  std::string_view table() const { return table_; }
  bool has_old() const { return has_old_; }  // of updates and deletes
  bool has_new() const { return has_new_; }  // of inserts and updates

  // The value of a column, numbered from 0 in the order of the table's declaration; only where
  // there is an old or new row (asserted). Where SQLite cannot tell (no memory) it is NULL, and the
  // connection's last error says so, which fails the writer's task.
  ColumnValue Old(int column);
  ColumnValue New(int column);

 private:
  Connection* connection_;
  sqlite3* db_;
  std::string_view table_;
  bool has_old_;
  bool has_new_;
};

// Who wants to know of every row that a connection writes, whatever statement writes it: all
// tables, also those that virtual tables keep, but not what virtual tables themselves show. Set by
// Connection::Watch.
// Thread-safety: called on the connection's thread, inside of its statements; must run none.
class RowWatcher {
 public:
  virtual ~RowWatcher() = default;

  virtual void RowChanged(RowChange& change) = 0;

  // How much was taken in so far, and back to that: a statement that fails half way has written
  // nothing, though it told of rows.
  virtual size_t Mark() const = 0;
  virtual void Rewind(size_t mark) = 0;
};

}  // namespace whence::sql
