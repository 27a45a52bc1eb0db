#include "sql/batch_runner.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/sqlite_error.h"

namespace whence::sql::internal {
namespace {

constexpr Query kBegin{"BEGIN IMMEDIATE"};
constexpr Query kCommit{"COMMIT"};
constexpr Query kRollback{"ROLLBACK"};
constexpr Query kSavepoint{"SAVEPOINT task"};
constexpr Query kRelease{"RELEASE task"};
constexpr Query kRollbackTo{"ROLLBACK TO task"};
constexpr Query kDataVersion{"PRAGMA data_version"};
constexpr Query kUserVersion{"PRAGMA user_version"};
constexpr Query kForgetSchema{"PRAGMA writable_schema = RESET"};

// When readers have kept the log from starting anew until it is this many times its size, the next
// checkpoint waits for them a moment; else it would grow as long as somebody reads at every moment.
constexpr int64_t kCrowded = 4;
constexpr absl::Duration kPatience = absl::Milliseconds(50);
constexpr absl::Duration kClosingPatience = absl::Seconds(1);
// For readers that keep a log from being emptied of what was erased.
constexpr absl::Duration kEmptyingPatience = absl::Seconds(1);

// Counts are written by the writer's thread only: no atomic read-modify-write is needed.
void Add(std::atomic<int64_t>& count, int64_t more) {
  count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

absl::StatusOr<int64_t> OneInteger(Connection& connection, const Query& query) {
  Rows rows = connection.Run(query);
  const int64_t value = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  return value;
}

absl::Status OpenForeignKeys() {
  return FailedPrecondition("SQL_CONSTRAINT", "a row refers to something missing",
                            "create what it refers to first");
}

// Deferred foreign keys are checked at COMMIT, where they would fail the neighbours too.
bool HasOpenForeignKeys(sqlite3* db) {
  int current = 0;
  int high = 0;
  return sqlite3_db_status(db, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &high, 0) == SQLITE_OK &&
         current != 0;
}

}  // namespace

BatchRunner::BatchRunner(std::unique_ptr<Connection> connection, const WriterOptions& options)
    : connection_(std::move(connection)), options_(options), context_(connection_.get()) {}

absl::Status BatchRunner::Open() {
  WHENCE_RETURN_IF_ERROR(connection_->HoldLocks());
  return CheckUnchanged();  // notes the count to compare with
}

void BatchRunner::SetCounter(Counter counter, int64_t last) {
  context_.counters_[WriteContext::Index(counter)] = last;
}

absl::Status BatchRunner::failure() const {
  const std::lock_guard lock(failure_mutex_);
  return failure_;
}

WriterStats BatchRunner::stats() const {
  WriterStats out;
  out.batches = counts_.batches.load(std::memory_order_relaxed);
  out.tasks = counts_.tasks.load(std::memory_order_relaxed);
  out.failed_tasks = counts_.failed_tasks.load(std::memory_order_relaxed);
  out.lost_batches = counts_.lost_batches.load(std::memory_order_relaxed);
  out.checkpoints = counts_.checkpoints.load(std::memory_order_relaxed);
  out.largest_batch = counts_.largest_batch.load(std::memory_order_relaxed);
  out.wal_frames = counts_.wal_frames.load(std::memory_order_relaxed);
  return out;
}

// ---- a batch ------------------------------------------------------------------------------------

void BatchRunner::Run(std::span<WriteTask> tasks) {
  while (!tasks.empty()) {
    if (failed()) {
      outcomes_.assign(tasks.size(), failure());
    } else {
      RunTransaction(tasks);
    }
    tasks = tasks.subspan(Finish(tasks));
    if (!tasks.empty()) {
      CheckpointIfDue(/*idle=*/false);
    }
  }
}

bool BatchRunner::WantsIdle() const {
  return !failed() && options_.observer != nullptr && options_.observer->WantsIdleBatch();
}

void BatchRunner::RunIdle() {
  if (!WantsIdle()) return;
  options_.observer->IdleBatchBegins();
  RunTransaction({});
}

// The replies to those tasks, from the first on, that have an outcome; returns how many.
size_t BatchRunner::Finish(std::span<WriteTask> tasks) {
  const size_t count = outcomes_.size();
  const auto failed_tasks = std::count_if(outcomes_.begin(), outcomes_.end(),
                                          [](const absl::Status& status) { return !status.ok(); });
  Add(counts_.failed_tasks, failed_tasks);
  counts_.wal_frames.store(connection_->wal_frames(), std::memory_order_relaxed);
  for (size_t i = 0; i < count; ++i) {
    std::move(tasks[i].finish)(std::move(outcomes_[i]));
  }
  return count;
}

void BatchRunner::RunTransaction(std::span<WriteTask> tasks) {
  const WriteContext::Counters counters = context_.counters_;
  connection_->ClearLastErrorCode();
  const absl::Status begun = Begin();
  if (!begun.ok()) {
    const bool recoverable = IsRecoverable(connection_->last_error_code());
    if (!recoverable) {
      Fail(begun);
    }
    outcomes_.assign(tasks.size(), recoverable ? begun : failure());
    return;
  }
  Loss loss;
  outcomes_.clear();
  context_.weight_ = 0;
  context_.postponed_.clear();
  context_.keys_.clear();
  for (WriteTask& task : tasks) {
    outcomes_.push_back(RunTask(task, &loss));
    if (!loss.cause.ok()) {
      return GiveUp(loss, counters);
    }
    context_.weight_ += task.bytes;
    if (context_.weight_ >= options_.max_batch_bytes) {
      break;  // the rest has the next transaction
    }
  }
  loss = DoPostponed();
  if (loss.cause.ok()) {
    loss = TellObserver();
  }
  if (loss.cause.ok()) {
    loss = Commit();
  }
  if (!loss.cause.ok()) {
    return GiveUp(loss, counters);
  }
  const auto size = static_cast<int64_t>(outcomes_.size());
  const int64_t largest = counts_.largest_batch.load(std::memory_order_relaxed);
  counts_.largest_batch.store(std::max(largest, size), std::memory_order_relaxed);
  Add(counts_.batches, 1);
  RunHooks();
  if (context_.empty_log_) EmptyLog(kEmptyingPatience);
}

absl::Status BatchRunner::RunTask(WriteTask& task, Loss* loss) {
  const WriteContext::Counters counters = context_.counters_;
  const size_t hooks = context_.hooks_.size();
  const size_t keys = context_.keys_.size();
  Add(counts_.tasks, 1);
  context_.now_ =
      std::max(context_.now_, absl::FromUnixMicros(absl::ToUnixMicros(options_.clock->Now())));
  connection_->ClearLastErrorCode();

  absl::Status status = connection_->Execute(kSavepoint);
  const bool begun = status.ok();
  if (begun) {
    connection_->RequireTransaction(true);
    status = Execute(task);
    connection_->RequireTransaction(false);
    status = WithOverlooked(std::move(status));
  }
  if (status.ok() && connection_->InTransaction()) {
    status = HasOpenForeignKeys(connection_->handle()) ? OpenForeignKeys()
                                                       : connection_->Execute(kRelease);
  }
  if (status.ok() && connection_->InTransaction()) {
    return status;
  }

  context_.counters_ = counters;
  context_.hooks_.erase(context_.hooks_.begin() + static_cast<std::ptrdiff_t>(hooks),
                        context_.hooks_.end());
  while (context_.keys_.size() > keys) {
    context_.postponed_.erase(context_.keys_.back());
    context_.keys_.pop_back();
  }
  if (connection_->InTransaction()) {
    absl::Status undone = begun ? connection_->Execute(kRollbackTo) : absl::OkStatus();
    if (begun && undone.ok()) {
      undone = connection_->Execute(kRelease);
    }
    if (!undone.ok()) {
      *loss = LossOf(undone);
    }
  } else {
    *loss = LossOf(status);
  }
  if (!loss->cause.ok()) {
    loss->in_task = true;
    status = loss->cause;
  }
  return status;
}

absl::Status BatchRunner::Execute(WriteTask& task) {
  BatchObserver* const observer = options_.observer;
  if (observer != nullptr) observer->TaskBegins();
  absl::Status status = std::move(task.execute)(context_);
  // One that overlooked an error fails anyway, and may have left what no observer expects.
  if (observer == nullptr || !status.ok() || !WithOverlooked(status).ok()) return status;
  return observer->TaskEnds(context_);
}

BatchRunner::Loss BatchRunner::TellObserver() {
  if (options_.observer == nullptr) {
    return {};
  }
  connection_->ClearLastErrorCode();
  connection_->RequireTransaction(true);
  absl::Status status = options_.observer->BeforeCommit(context_);
  connection_->RequireTransaction(false);
  status = WithOverlooked(std::move(status));
  if (status.ok() && connection_->InTransaction()) {
    return {};
  }
  Loss loss = LossOf(status);
  loss.recoverable = loss.recoverable || connection_->last_error_code() == 0;
  return loss;
}

// Nothing is synced yet, so whatever fails here is rolled back with the batch and the writer goes
// on, unless the disk failed.
BatchRunner::Loss BatchRunner::DoPostponed() {
  connection_->ClearLastErrorCode();
  for (const int64_t key : context_.keys_) {
    auto& work = context_.postponed_.at(key);
    if (work == nullptr) {
      continue;
    }
    connection_->RequireTransaction(true);
    absl::Status status = work(context_);
    connection_->RequireTransaction(false);
    status = WithOverlooked(std::move(status));
    if (!status.ok() || !connection_->InTransaction()) {
      Loss loss = LossOf(status);
      loss.recoverable = loss.recoverable || connection_->last_error_code() == 0;
      return loss;
    }
  }
  return {};
}

void BatchRunner::RunHooks() {
  for (auto& hook : context_.hooks_) {
    std::move(hook)();
  }
  context_.hooks_.clear();
}

// ---- the transaction around it ------------------------------------------------------------------

absl::Status BatchRunner::Begin() {
  if (must_forget_) {
    WHENCE_RETURN_IF_ERROR(connection_->Execute(kForgetSchema));
    must_forget_ = false;
  }
  WHENCE_RETURN_IF_ERROR(connection_->Execute(kBegin));
  absl::Status status = CheckUnchanged();
  if (!status.ok() && connection_->InTransaction()) {
    status.Update(connection_->Execute(kRollback));
  }
  return status;
}

// The write lock makes it impossible; where file locks are broken (network file systems) it is not.
absl::Status BatchRunner::CheckUnchanged() {
  WHENCE_ASSIGN_OR_RETURN(const int64_t version, OneInteger(*connection_, kDataVersion));
  if (data_version_ >= 0 && version != data_version_) {
    return FailedPrecondition(
        "DATABASE_CHANGED", StrCat("another program has written to ", connection_->path()),
        "let only the server write to its database file, and keep it on a local disk");
  }
  data_version_ = version;
  return absl::OkStatus();
}

BatchRunner::Loss BatchRunner::Commit() {
  const absl::Status status = connection_->Execute(kCommit);
  if (status.ok()) {
    return {};
  }
  Loss loss = LossOf(status);
  loss.at_commit = true;
  return loss;
}

// A task that took a row it could not read for one that is not there has decided on what is not so,
// whatever it says. Constraints are part of the language and may be overlooked on purpose.
absl::Status BatchRunner::WithOverlooked(absl::Status outcome) const {
  const int code = connection_->last_error_code();
  if (code == 0 || (code & 0xff) == SQLITE_CONSTRAINT ||
      GetErrorDetail(outcome).metadata.contains("sqlite_code")) {
    return outcome;
  }
  return SqliteError(nullptr, code, "");
}

BatchRunner::Loss BatchRunner::LossOf(const absl::Status& cause) const {
  const int code = connection_->last_error_code();
  Loss loss;
  loss.recoverable = code != 0 && IsRecoverable(code);
  loss.cause = WithOverlooked(cause);
  if (loss.cause.ok()) {  // the task ended the transaction itself: a bug
    loss.cause = Internal("TRANSACTION_LOST", "a mutation ended the transaction");
  }
  return loss;
}

namespace {

// The error of a task that was done, but went down with its batch.
absl::Status LostWithBatch(const absl::Status& cause, bool certain) {
  ErrorDetail detail = GetErrorDetail(cause);
  if (detail.reason.empty()) {
    detail.reason = "TRANSACTION_LOST";
  }
  const std::string_view before =
      certain ? "not committed, with everything in its batch: "
              : "the commit failed, and only a restart will tell whether this was kept: ";
  return MakeError(cause.code(), StrCat(before, ToStd(cause.message())), detail);
}

}  // namespace

void BatchRunner::GiveUp(Loss loss, const WriteContext::Counters& counters) {
  Add(counts_.lost_batches, 1);
  context_.counters_ = counters;
  context_.hooks_.clear();
  if (connection_->InTransaction() && !connection_->Execute(kRollback).ok()) {
    loss.recoverable = false;
  }
  // A statement that finds no memory may take the whole transaction back while FTS5 is in the
  // middle of a change, and FTS5 keeps what it had in memory: the next change would rest on, and
  // write, what is not there. With the schema its tables begin anew.
  must_forget_ = true;
  // SQLite's count also moves when it throws its own cache away after an error.
  data_version_ = -1;
  if (loss.recoverable && loss.at_commit) {
    loss.recoverable = OverwriteLog();
  }
  // One refused after another was done may have been refused because of it (a name that was taken):
  // what it saw is not there, so that is no answer. One refused before saw only what is stored. The
  // last one brought the loss itself, unless that came after it.
  bool saw_lost = false;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    saw_lost = saw_lost || outcomes_[i].ok();
    if (saw_lost && (!loss.in_task || i + 1 < outcomes_.size() || outcomes_[i].ok())) {
      outcomes_[i] = LostWithBatch(loss.cause, loss.recoverable || !loss.at_commit);
    }
  }
  if (!loss.recoverable) {
    Fail(loss.cause);
  }
}

// A COMMIT that failed for lack of memory may have left its last frame whole in the log: a crash
// now would bring back what was answered as failed. Any further commit overwrites it; this makes
// one. When the disk is too full for that, it was too full for the frame.
bool BatchRunner::OverwriteLog() {
  const absl::StatusOr<int64_t> version = OneInteger(*connection_, kUserVersion);
  if (!version.ok()) {
    return false;
  }
  connection_->ClearLastErrorCode();
  const absl::Status status =
      connection_->ExecuteScript(StrCat("PRAGMA user_version = ", *version));
  return status.ok() || (connection_->last_error_code() & 0xff) == SQLITE_FULL;
}

void BatchRunner::Fail(const absl::Status& cause) {
  if (connection_->InTransaction()) {
    connection_->Execute(kRollback).IgnoreError();  // closing the file rolls back as well
  }
  ErrorDetail detail;
  detail.reason = "WRITER_FAILED";
  detail.hint =
      "find out why (disk, system log), then restart the server; all it confirmed is kept";
  detail.metadata["cause"] = GetErrorDetail(cause).reason;
  {
    const std::lock_guard lock(failure_mutex_);
    failure_ =
        MakeError(absl::StatusCode::kUnavailable,
                  StrCat("the server takes no more changes: ", ToStd(cause.message())), detail);
  }
  failed_.store(true, std::memory_order_release);
}

// ---- checkpoints --------------------------------------------------------------------------------

bool BatchRunner::IdleCheckpointDue() const {
  return !failed() && (context_.empty_log_ || connection_->wal_frames() - checkpointed_frames_ >=
                                                  options_.idle_checkpoint_pages);
}

void BatchRunner::EmptyLog(absl::Duration patience) {
  const auto result = connection_->Checkpoint(Connection::CheckpointMode::kTruncate, patience);
  if (!result.ok()) {
    if (!IsRecoverable(connection_->last_error_code())) Fail(result.status());
    return;
  }
  Add(counts_.checkpoints, 1);
  if (!result->complete) return;
  context_.empty_log_ = false;
  checkpointed_frames_ = 0;
}

void BatchRunner::CheckpointIfDue(bool idle) {
  if (context_.empty_log_ && !failed()) EmptyLog(absl::ZeroDuration());
  const int64_t frames = connection_->wal_frames();
  checkpointed_frames_ = frames < checkpointed_frames_ ? 0 : checkpointed_frames_;  // began anew
  const int64_t due = idle ? options_.idle_checkpoint_pages : options_.checkpoint_pages;
  if (failed() || frames - checkpointed_frames_ < due) {
    return;
  }
  const bool crowded = frames >= kCrowded * due;
  const auto mode =
      idle || crowded ? Connection::CheckpointMode::kRestart : Connection::CheckpointMode::kMove;
  const auto result =
      connection_->Checkpoint(mode, crowded && !idle ? kPatience : absl::ZeroDuration());
  if (!result.ok() && !IsRecoverable(connection_->last_error_code())) {
    return Fail(result.status());  // a failed sync: what the file holds is not known
  }
  const bool moved = result.ok() && result->moved_frames == result->log_frames;
  // Not all moved: again when the log has grown by an eighth more.
  checkpointed_frames_ = moved ? connection_->wal_frames() : frames - due + (due + 7) / 8;
  Add(counts_.checkpoints, 1);
  counts_.wal_frames.store(connection_->wal_frames(), std::memory_order_relaxed);
}

void BatchRunner::Close() {
  if (!failed()) {
    // Not needed for what was answered: it is in the log, and the log is read at the next start.
    connection_->Checkpoint(Connection::CheckpointMode::kTruncate, kClosingPatience)
        .status()
        .IgnoreError();
  }
  connection_.reset();
}

}  // namespace whence::sql::internal
