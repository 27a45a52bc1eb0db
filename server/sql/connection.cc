#include "sql/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/held_locks.h"
#include "sql/sqlite_error.h"
#include "sql/statement.h"
#include "sql/statement_watch.h"

namespace whence::sql {
namespace {

constexpr Query kBegin{"BEGIN"};

int Milliseconds(absl::Duration duration) {
  const int64_t ms = absl::ToInt64Milliseconds(duration);
  return static_cast<int>(std::min<int64_t>(std::max<int64_t>(ms, 0), 1'000'000));
}

absl::Status TransactionLost(const char* text) {
  return Aborted("TRANSACTION_LOST",
                 StrCat(internal::FirstWords(text),
                        ": not run, because SQLite ended the transaction on an earlier error"),
                 "repeat the call");
}

}  // namespace

uint32_t Query::AssignSlot() const {
  static std::atomic<uint32_t> last{0};
  // Two threads may both draw a number: the loser's stays unused.
  uint32_t expected = 0;
  const uint32_t drawn = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return slot_.compare_exchange_strong(expected, drawn, std::memory_order_relaxed) ? drawn
                                                                                   : expected;
}

Connection::Connection(std::string path, const OpenOptions& options)
    : path_(std::move(path)), read_only_(options.read_only), busy_timeout_(options.busy_timeout) {}

Connection::~Connection() {
  for (const auto& statement : owned_) {
    WHENCE_ASSERT(!statement->busy);  // a Rows outlives its connection
  }
  owned_.clear();
  held_locks_.reset();
  const int code = sqlite3_close(db_);
  WHENCE_ASSERT(code == SQLITE_OK);
}

absl::Status Connection::Failure(int code, std::string_view sql) {
  last_error_code_ = code;
  if (code == SQLITE_INTERRUPT && watch_ != nullptr) return watch_->status();
  return internal::SqliteError(db_, code, sql);
}

absl::Status Connection::HoldLocks() {
  held_locks_ = internal::HeldLocks::On(db_);
  if (held_locks_ == nullptr) {
    return absl::OkStatus();
  }
  absl::Status status = ExecuteScript("BEGIN IMMEDIATE; COMMIT");
  if (status.ok()) {
    const int code = held_locks_->TakeCheckpointLock();
    status = code == SQLITE_OK ? status : Failure(code, "lock against checkpoints");
  }
  if (!status.ok()) {
    held_locks_.reset();
  }
  return status;
}

absl::StatusOr<internal::Statement*> Connection::Prepare(const Query& query, uint32_t slot) {
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, query.text(), -1, SQLITE_PREPARE_PERSISTENT, &raw, &tail);
  if (code != SQLITE_OK) {
    return Failure(code, query.text());
  }
  WHENCE_ASSERT(raw != nullptr);  // an empty text is no query
  WHENCE_ASSERT(*tail == '\0');   // one query, one statement
  if (slot >= statements_.size()) {
    statements_.resize(slot + 1, nullptr);
  }
  owned_.push_back(std::make_unique<internal::Statement>(this, query.text(), raw));
  internal::Statement* statement = owned_.back().get();
  statement->next = statements_[slot];
  statements_[slot] = statement;
  return statement;
}

absl::Status Connection::BeginNow() {
  begin_due_ = false;  // first: it is a statement too
  return Execute(kBegin);
}

absl::StatusOr<internal::Statement*> Connection::Acquire(const Query& query,
                                                         size_t argument_count) {
  if (transaction_required_ && sqlite3_get_autocommit(db_) != 0) {
    return TransactionLost(query.text());
  }
  if (begin_due_) WHENCE_RETURN_IF_ERROR(BeginNow());
  const uint32_t slot = query.Slot();
  internal::Statement* statement = slot < statements_.size() ? statements_[slot] : nullptr;
  while (statement != nullptr && statement->busy) {
    statement = statement->next;
  }
  if (statement == nullptr) {
    WHENCE_ASSIGN_OR_RETURN(statement, Prepare(query, slot));
  }
  WHENCE_ASSERT(argument_count == statement->parameters());
  statement->busy = true;
  return statement;
}

Rows Connection::RunList(const Query& query, const internal::Argument* args, size_t count) {
  absl::StatusOr<internal::Statement*> statement = Acquire(query, count);
  if (!statement.ok()) {
    return Rows(std::move(statement).status());
  }
  WHENCE_ASSERT(watcher_ == nullptr || sqlite3_stmt_readonly((*statement)->raw()) != 0);
  const int code = (*statement)->Bind(args, count, /*copy=*/true);
  if (code != SQLITE_OK) {
    absl::Status failure = Failure(code, query.text());
    (*statement)->Reset();
    return Rows(std::move(failure));
  }
  return Rows(*statement);
}

absl::Status Connection::ExecuteList(const Query& query, const internal::Argument* args,
                                     size_t count) {
  WHENCE_ASSIGN_OR_RETURN(internal::Statement * statement, Acquire(query, count));
  const size_t mark = watcher_ == nullptr ? 0 : watcher_->Mark();
  int code = statement->Bind(args, count, /*copy=*/false);
  if (code == SQLITE_OK) {
    do {
      code = sqlite3_step(statement->raw());
    } while (code == SQLITE_ROW);
  }
  absl::Status status;
  if (code != SQLITE_DONE) {
    status = Failure(code, query.text());  // before Reset, which may change SQLite's text
    if (watcher_ != nullptr) watcher_->Rewind(mark);
  }
  statement->Reset();
  return status;
}

int64_t Connection::Changes() const { return sqlite3_changes64(db_); }

bool Connection::InTransaction() const { return sqlite3_get_autocommit(db_) == 0; }

absl::Status Connection::ExecuteScript(std::string_view script) {
  const char* at = script.data();
  const char* const end = script.data() + script.size();
  while (at < end) {
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    int code = sqlite3_prepare_v2(db_, at, static_cast<int>(end - at), &raw, &tail);
    if (code == SQLITE_OK && raw != nullptr) {  // null: only space and comments were left
      do {
        code = sqlite3_step(raw);
      } while (code == SQLITE_ROW);
    }
    if (code != SQLITE_OK && code != SQLITE_DONE) {
      absl::Status failure = Failure(code, std::string_view(at, static_cast<size_t>(end - at)));
      sqlite3_finalize(raw);
      return failure;
    }
    sqlite3_finalize(raw);
    at = tail;
  }
  return absl::OkStatus();
}

absl::StatusOr<Connection::CheckpointResult> Connection::Checkpoint(CheckpointMode mode,
                                                                    absl::Duration wait) {
  WHENCE_ASSERT(!InTransaction());
  // Also kMove is SQLite's FULL, because unlike PASSIVE it holds the write lock meanwhile: whoever
  // tries to write at that moment is kept out. With no time to wait it moves as much as PASSIVE
  // does.
  int sqlite_mode = SQLITE_CHECKPOINT_FULL;
  if (mode == CheckpointMode::kRestart) {
    sqlite_mode = SQLITE_CHECKPOINT_RESTART;
  } else if (mode == CheckpointMode::kTruncate) {
    sqlite_mode = SQLITE_CHECKPOINT_TRUNCATE;
  }
  int log = -1;
  int moved = -1;
  sqlite3_busy_timeout(db_, Milliseconds(wait));
  const int code = sqlite3_wal_checkpoint_v2(db_, "main", sqlite_mode, &log, &moved);
  sqlite3_busy_timeout(db_, Milliseconds(busy_timeout_));
  if (code != SQLITE_OK && code != SQLITE_BUSY) {
    return Failure(code, "PRAGMA wal_checkpoint");
  }
  CheckpointResult result;
  result.log_frames = std::max(log, 0);
  result.moved_frames = std::max(moved, 0);
  result.complete = code == SQLITE_OK;
  if (code == SQLITE_OK && mode == CheckpointMode::kTruncate) {
    wal_frames_ = 0;
  }
  return result;
}

}  // namespace whence::sql
