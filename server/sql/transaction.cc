#include "sql/transaction.h"

#include "base/assert.h"
#include "base/error.h"
#include "sql/connection.h"

namespace whence::sql {
namespace {

constexpr Query kBeginImmediate{"BEGIN IMMEDIATE"};
constexpr Query kCommit{"COMMIT"};
constexpr Query kRollback{"ROLLBACK"};
// BEGIN, which comes before it, takes none: the first read does.
constexpr Query kTakeSnapshot{"SELECT 1 FROM sqlite_schema LIMIT 1"};
// Names nest in SQLite: RELEASE and ROLLBACK TO mean the innermost one.
constexpr Query kSavepoint{"SAVEPOINT part"};
constexpr Query kRelease{"RELEASE part"};
constexpr Query kRollbackTo{"ROLLBACK TO part"};

}  // namespace

ReadTransaction::ReadTransaction(Connection& connection, Taken taken) : connection_(connection) {
  WHENCE_ASSERT(!connection.InTransaction() && !connection.begin_due_);
  connection_.begin_due_ = true;
  if (taken == Taken::kNow) status_ = connection_.Execute(kTakeSnapshot);
}

ReadTransaction::~ReadTransaction() {
  connection_.begin_due_ = false;  // nothing was read
  if (connection_.InTransaction() && !connection_.Execute(kCommit).ok()) {
    // A read has nothing to lose; what matters is that the snapshot is let go.
    connection_.Execute(kRollback).IgnoreError();
  }
}

WriteTransaction::WriteTransaction(Connection& connection) : connection_(connection) {
  WHENCE_ASSERT(!connection.InTransaction());
  status_ = connection_.Execute(kBeginImmediate);
  open_ = status_.ok();
}

WriteTransaction::~WriteTransaction() {
  if (open_ && connection_.InTransaction()) {
    connection_.Execute(kRollback).IgnoreError();  // SQLite also rolls back when it is reopened
  }
}

absl::Status WriteTransaction::Commit() {
  WHENCE_ASSERT(open_);
  open_ = false;
  absl::Status status = connection_.Execute(kCommit);
  if (!status.ok() && connection_.InTransaction()) {
    connection_.Execute(kRollback).IgnoreError();
  }
  return status;
}

Savepoint::Savepoint(Connection& connection) : connection_(connection) {
  status_ = connection_.Execute(kSavepoint);
  open_ = status_.ok();
}

Savepoint::~Savepoint() {
  if (open_) {
    Rollback().IgnoreError();  // fails only when nothing of the transaction is left
  }
}

absl::Status Savepoint::Release() {
  WHENCE_ASSERT(open_);
  open_ = false;
  return connection_.Execute(kRelease);
}

absl::Status Savepoint::Rollback() {
  WHENCE_ASSERT(open_);
  open_ = false;
  if (!connection_.InTransaction()) {
    return Aborted("TRANSACTION_LOST", "SQLite rolled the whole transaction back by itself",
                   "look for the error before this one; then repeat the call");
  }
  absl::Status status = connection_.Execute(kRollbackTo);
  status.Update(connection_.Execute(kRelease));
  return status;
}

}  // namespace whence::sql
