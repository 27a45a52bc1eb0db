// SQLite without anything around it: what floors are measured with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace whence::bench {

// Purpose: a connection with the settings of the server's writer: WAL, synchronous FULL, its cache
// and its checkpoints. Every error ends the process.
// Ownership: owns the handle. Thread-safety: none.
class RawDatabase {
 public:
  enum class Mode {
    kRead,   // read only
    kWrite,  // as the server writes
    kBulk,   // to fill a database that nobody uses yet: no sync, no journal
  };
  RawDatabase(const std::string& path, Mode mode);
  ~RawDatabase();
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  void Run(const std::string& sql);
  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

// Purpose: a prepared statement. Ownership: owns it, borrows the database. Thread-safety: none.
class RawStatement {
 public:
  RawStatement(const RawDatabase& database, const std::string& sql);
  ~RawStatement();
  RawStatement(const RawStatement&) = delete;
  RawStatement& operator=(const RawStatement&) = delete;

  void Bind(int index, int64_t value);
  // The text must outlive the next Step or Reset.
  void Bind(int index, const std::string& text);
  // True while there is a row.
  bool Step();
  int64_t Int64(int column) const;
  void Reset();
  sqlite3_stmt* raw() const { return raw_; }

 private:
  sqlite3_stmt* raw_ = nullptr;
};

// Binds the values to ?1, ?2 ... and runs the insert.
template <class... Values>
void InsertRow(RawStatement& insert, const Values&... values) {
  int index = 0;
  (insert.Bind(++index, values), ...);
  insert.Step();
  insert.Reset();
}

// Purpose: the rows of a table in memory, to be inserted elsewhere.
// Ownership: owns copies of the values. Thread-safety: none.
class RawRows {
 public:
  // All rows of a query.
  RawRows(const RawDatabase& database, const std::string& sql);
  ~RawRows();
  RawRows(const RawRows&) = delete;
  RawRows& operator=(const RawRows&) = delete;

  size_t size() const;
  int columns() const { return columns_; }
  // Binds row `row` to the parameters of `insert`, in place: they must outlive the step.
  void BindRow(size_t row, RawStatement& insert) const;

 private:
  struct Values;
  int columns_ = 0;
  std::unique_ptr<Values> values_;
};

}  // namespace whence::bench
