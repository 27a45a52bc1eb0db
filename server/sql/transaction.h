#pragma once

#include "absl/status/status.h"

namespace whence::sql {

class Connection;

// A stable snapshot: every statement run on the connection while this object lives sees the
// database exactly as it stood when the snapshot was taken, whatever the writer commits meanwhile:
// when the object is made, or, where nobody needs it before, at the first read. Also cheaper than
// the same statements without it, because the snapshot's lock is taken once instead of per
// statement; and who finds in memory what it looks for runs none at all, not even BEGIN.
//
// Ownership: borrows the connection, which must be in no transaction (asserted) and must outlive
// it. Keep it short: a snapshot held long keeps the write-ahead log from shrinking.
// Thread-safety: none; lives on the thread that uses the connection.
class ReadTransaction {
 public:
  enum class Taken { kNow, kAtFirstRead };
  explicit ReadTransaction(Connection& connection, Taken taken = Taken::kNow);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  // Why the snapshot could not be taken when the object was made (DATABASE_BUSY, IO_ERROR, ...),
  // else OK. When it is not OK the statements still run, and may take it later or each on its own:
  // check it where the difference matters. One that waits for the first read fails with that.
  const absl::Status& status() const { return status_; }

 private:
  Connection& connection_;
  absl::Status status_;
};

// A write transaction of a connection that is not (yet) the writer's: migrations, restore, tests.
// Begins with BEGIN IMMEDIATE; rolls back on destruction unless Commit() succeeded.
// Ownership and thread-safety as ReadTransaction.
class WriteTransaction {
 public:
  explicit WriteTransaction(Connection& connection);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  // Whether it could begin (DATABASE_BUSY when another connection holds the write lock).
  const absl::Status& status() const { return status_; }

  // Makes it durable. On an error everything is rolled back and the error is returned.
  absl::Status Commit();

 private:
  Connection& connection_;
  absl::Status status_;
  bool open_ = false;
};

// A part of a transaction that can be undone alone. Rolls back on destruction unless Release() was
// called. Nests.
// Ownership and thread-safety as ReadTransaction.
class Savepoint {
 public:
  explicit Savepoint(Connection& connection);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  const absl::Status& status() const { return status_; }

  // Keeps what was done since; it becomes part of the enclosing transaction.
  absl::Status Release();

  // Undoes what was done since. Fails when SQLite has rolled back the whole transaction by itself
  // (disk full, I/O error, out of memory): then nothing of the enclosing transaction is left
  // either.
  absl::Status Rollback();

 private:
  Connection& connection_;
  absl::Status status_;
  bool open_ = false;
};

}  // namespace whence::sql
