// Statements that end when nobody waits for what they find.
#pragma once

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace whence::sql {

class Connection;

// Purpose: while this object lives, statements of the connection ask every kStatementStepsPerLook
// steps of SQLite's machine whether to go on, and end with the answer when it is an error: also
// those that go through a million rows, or pages of the full-text index, to give one.
// Ownership: borrows the connection, which must outlive it and must not be watched yet (asserted).
// Thread-safety: none; lives on the thread that uses the connection.
class StatementWatch {
 public:
  using Ask = absl::AnyInvocable<absl::Status()>;

  StatementWatch(Connection& connection, Ask ask);
  ~StatementWatch();
  StatementWatch(const StatementWatch&) = delete;
  StatementWatch& operator=(const StatementWatch&) = delete;

  // What ended a statement; OK while none was ended.
  const absl::Status& status() const { return status_; }

 private:
  // SQLite's: not 0 ends the statement.
  static int Look(void* self);

  Connection& connection_;
  Ask ask_;
  absl::Status status_;
};

}  // namespace whence::sql
