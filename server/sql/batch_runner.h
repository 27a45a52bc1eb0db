#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sql/connection.h"
#include "sql/writer.h"

// Private to the room: may be included from its .cc files only.
namespace whence::sql::internal {

// What the writer does with a batch, without its queue and its thread: one transaction, one
// savepoint per task, COMMIT, hooks, replies; and all the time the locks, and checkpoints.
//
// Ownership: owns the connection.
// Thread-safety: Run, RunIdle, CheckpointIfDue, Close and the setters belong to one thread;
// failed(), failure() and stats() may be called from any.
class BatchRunner {
 public:
  BatchRunner(std::unique_ptr<Connection> connection, const WriterOptions& options);

  // Takes the locks for good. Once, before anything else.
  absl::Status Open();

  void SetCounter(Counter counter, int64_t last);
  void SetLastTime(absl::Time last) { context_.now_ = last; }

  // Executes the tasks and finishes every one of them exactly once. One transaction, or more when
  // they are too heavy for one, or one is lost half way: the tasks after it go on in the next.
  void Run(std::span<WriteTask> tasks);

  // Checkpoints if the log has grown enough since the last time; `idle` when nothing is queued.
  void CheckpointIfDue(bool idle);
  // Whether an idle moment would be used for a checkpoint.
  bool IdleCheckpointDue() const;

  // Runs a batch without tasks, for the observer, if it wants one.
  void RunIdle();
  bool WantsIdle() const;

  // Gives the write lock up, empties the log, closes the connection.
  void Close();

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  absl::Status failure() const;
  WriterStats stats() const;

 private:
  // What is known of a batch that was rolled back as a whole.
  struct Loss {
    absl::Status cause;
    bool recoverable = false;
    bool in_task = false;  // the last one's, and it was told
    bool at_commit = false;
  };

  void RunTransaction(std::span<WriteTask> tasks);
  size_t Finish(std::span<WriteTask> tasks);
  absl::Status RunTask(WriteTask& task, Loss* loss);
  absl::Status WithOverlooked(absl::Status outcome) const;
  Loss LossOf(const absl::Status& cause) const;
  absl::Status Execute(WriteTask& task);
  Loss DoPostponed();
  Loss TellObserver();
  Loss Commit();
  void GiveUp(Loss loss, const WriteContext::Counters& counters);
  bool OverwriteLog();
  absl::Status Begin();
  absl::Status CheckUnchanged();
  void RunHooks();
  void EmptyLog(absl::Duration patience);
  void Fail(const absl::Status& cause);

  std::unique_ptr<Connection> connection_;
  const WriterOptions options_;
  WriteContext context_;
  std::vector<absl::Status> outcomes_;  // of the transaction's tasks, in order
  int64_t data_version_ = -1;           // SQLite's count of others' commits
  int64_t checkpointed_frames_ = 0;     // of the log, when it was last checkpointed

  std::atomic<bool> failed_{false};
  bool must_forget_ = false;  // what SQLite has in memory of a transaction that was lost
  mutable std::mutex failure_mutex_;
  absl::Status failure_;  // guarded by failure_mutex_

  struct Counts {
    std::atomic<int64_t> batches{0}, tasks{0}, failed_tasks{0}, lost_batches{0}, checkpoints{0},
        largest_batch{0}, wal_frames{0};
  } counts_;
};

}  // namespace whence::sql::internal
