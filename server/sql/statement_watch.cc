#include "sql/statement_watch.h"

#include <sqlite3.h>

#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "sql/connection.h"

namespace whence::sql {

StatementWatch::StatementWatch(Connection& connection, Ask ask)
    : connection_(connection), ask_(std::move(ask)) {
  WHENCE_ASSERT(connection_.watch_ == nullptr);
  connection_.watch_ = this;
  sqlite3_progress_handler(connection_.handle(), kStatementStepsPerLook, Look, this);
}

StatementWatch::~StatementWatch() {
  sqlite3_progress_handler(connection_.handle(), 0, nullptr, nullptr);
  connection_.watch_ = nullptr;
}

int StatementWatch::Look(void* self) {
  auto* watch = static_cast<StatementWatch*>(self);
  if (watch->status_.ok()) watch->status_ = watch->ask_();
  return watch->status_.ok() ? 0 : 1;
}

}  // namespace whence::sql
