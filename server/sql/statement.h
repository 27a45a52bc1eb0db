#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "sql/connection.h"
#include "sql/value.h"

// Private to the room: may be included from its .cc files only.
namespace whence::sql::internal {

// One prepared statement in a connection's cache. Busy while a Rows or an Execute uses it; the
// chain holds the further statements that nested use of the same query needed. Ownership: owned by
// its Connection. Thread-safety: as the Connection.
class Statement {
 public:
  Statement(Connection* connection, const char* text, sqlite3_stmt* raw);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds the arguments. With `copy`, text and blobs are first copied into the statement's buffer;
  // otherwise they must live until Reset. Returns SQLite's result code.
  int Bind(const Argument* args, size_t count, bool copy);

  // Makes it ready for its next use.
  void Reset();

  sqlite3_stmt* raw() const { return raw_; }
  const char* text() const { return text_; }
  Connection& connection() const { return *connection_; }
  int columns() const { return columns_; }
  size_t parameters() const { return parameters_; }

  bool busy = false;
  Statement* next = nullptr;

 private:
  // A buffer larger than this is given back after use, so that one large prompt does not stay.
  static constexpr size_t kKeptBuffer = size_t{64} << 10;

  int BindOne(int index, const Argument& argument, std::string_view bytes);

  Connection* connection_;
  const char* text_;
  sqlite3_stmt* raw_;
  int columns_;
  size_t parameters_;
  std::string buffer_;
};

}  // namespace whence::sql::internal
