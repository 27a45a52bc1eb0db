#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/limits.h"
#include "sql/connection.h"

namespace whence::sql {

// The dense sequences of the server. The writer hands out their next numbers; what was handed out
// by a task or a batch that failed is handed out again, so the stored sequences have no gaps.
enum class Counter {
  kPosition,
  kObjectId,
  kColumnId,
  kOriginId,
  kPrincipalId,
  kTokenId,
  kPolicyId,
  kCount
};

namespace internal {
class BatchRunner;
}  // namespace internal

// What a task may use while it runs. Made by the writer, on the writer's thread; a task must not
// keep a reference to it.
// Thread-safety: none, none needed.
class WriteContext {
 public:
  // The one writing connection, inside the batch's transaction and the task's savepoint. Tasks run
  // statements on it; they never begin, commit or roll back the transaction (a Savepoint is fine).
  Connection& connection() { return *connection_; }

  // The next number of a sequence: the first call after SetCounter(c, n) returns n + 1. Given back
  // when the task or the commit fails.
  int64_t Next(Counter counter) { return ++counters_[Index(counter)]; }
  // The number given last (by this or an earlier task), or the one set at start.
  int64_t Last(Counter counter) const { return counters_[Index(counter)]; }

  // Runs `hook` once the batch is durable, on the writer's thread: after COMMIT, in the order of
  // the tasks and of the calls within one, before the first reply of the batch. Never runs when the
  // task or the commit fails. This is where in-memory views advance.
  void OnCommit(absl::AnyInvocable<void() &&> hook) { hooks_.push_back(std::move(hook)); }

  // Tells of bytes that a task writes beyond those of its request, for example a large value that
  // it copies: they count towards the end of the batch (WriterOptions::max_batch_bytes).
  void Weigh(size_t bytes) { weight_ += bytes; }

  // For a task that has overwritten what must be nowhere any more: once the batch is durable, all
  // of the write-ahead log is moved into the file and the log is emptied, before the first reply of
  // the batch; where readers of an older state are in the way, for a second, as soon as they are
  // gone.
  void EmptyLog() {
    OnCommit([this] { empty_log_ = true; });
  }

  // For work that is done anew after each of many changes and of which the last doing alone counts,
  // such as the text by which an asset is found. The first call for a key in a batch returns false:
  // the task does the work itself. Later ones return true: `work`, as the last of them gave it, is
  // done once before the commit. It finds what the whole batch did, and fails the whole batch.
  bool Postpone(int64_t key, absl::AnyInvocable<absl::Status(WriteContext&)> work);

  // The task's time: the clock's at its start, in whole microseconds (as it is stored), never
  // earlier than an earlier task's, also when the clock was set back. The same during the whole
  // task.
  absl::Time now() const { return now_; }

 private:
  friend class internal::BatchRunner;
  using Counters = std::array<int64_t, static_cast<size_t>(Counter::kCount)>;

  explicit WriteContext(Connection* connection) : connection_(connection) {}
  static size_t Index(Counter counter) { return static_cast<size_t>(counter); }

  Connection* connection_;
  Counters counters_{};
  absl::Time now_ = absl::InfinitePast();
  size_t weight_ = 0;       // of the transaction so far
  bool empty_log_ = false;  // a committed task asked for it, and it is not done yet
  std::vector<absl::AnyInvocable<void() &&>> hooks_;
  // By key, what was postponed in this batch; null where there was one call only.
  absl::flat_hash_map<int64_t, absl::AnyInvocable<absl::Status(WriteContext&)>> postponed_;
  std::vector<int64_t> keys_;  // of postponed_, in order of their first calls
};

// One mutation. `execute` runs on the writer's thread inside a savepoint; when it returns an error
// its work is undone and its neighbours are not touched. `finish` is called exactly once, with no
// lock held: on the writer's thread with the outcome, after the batch is durable; or, when the task
// is not accepted, at once on the thread that called Submit. Neither may block or throw.
struct WriteTask {
  absl::AnyInvocable<absl::Status(WriteContext&) &&> execute;
  absl::AnyInvocable<void(absl::Status) &&> finish;
  // Of the request that it executes, roughly.
  size_t bytes = 0;
};

// Who takes part in every batch, for what is to be written once for all of its tasks. Everything on
// the writer's thread (without a thread: on that of RunQueued). Not owned; must outlive the writer.
class BatchObserver {
 public:
  virtual ~BatchObserver() = default;

  // Before a task runs, in its savepoint: nothing of an earlier one that failed is there any more.
  virtual void TaskBegins() = 0;
  // After a task has succeeded, before its savepoint is released. An error fails the task.
  virtual absl::Status TaskEnds(WriteContext& context) = 0;
  // After all tasks of the batch and what they postponed, in their transaction; whatever became of
  // them, so there may be nothing to do. May register hooks, which run after the tasks' own. An
  // error fails the whole batch.
  virtual absl::Status BeforeCommit(WriteContext& context) = 0;

  // Whether it would write something though no task asks for a batch. When that is so for
  // `idle_after`, and when the writer stops, a batch without tasks is run: IdleBatchBegins, then
  // BeforeCommit.
  virtual bool WantsIdleBatch() const { return false; }
  virtual void IdleBatchBegins() {}
};

struct WriterOptions {
  const Clock* clock = nullptr;  // required; must outlive the writer
  // Tasks waiting at most; one more gets WRITER_QUEUE_FULL.
  size_t max_queue = kMaxWriterQueue;
  // Tasks of one transaction at most: bounds how long the first of a batch waits for the last.
  size_t max_batch_tasks = kMaxWriterBatch;
  // A transaction ends after the task with which it has this many bytes, in requests and in what
  // they say they write (Weigh).
  size_t max_batch_bytes = kMaxWriterBatchBytes;
  // Bytes of the tasks waiting; a task beyond gets WRITER_QUEUE_FULL, unless it is the only one.
  size_t max_queue_bytes = kMaxWriterQueueBytes;
  // Frames (pages) in the write-ahead log that call for a checkpoint. Small values cost a factor of
  // three on random inserts; large ones cost start-up time after a crash.
  int64_t checkpoint_pages = 40'000;
  // The same when nothing has been written for `idle_after`: done early, it is in nobody's way. So
  // long an observer waits, too, that wants an idle batch.
  // The log keeps its size for the next commits to overwrite.
  int64_t idle_checkpoint_pages = 4'000;
  absl::Duration idle_after = absl::Seconds(1);
  // False: no thread is started and batches run when RunQueued is called, so that a simulation
  // decides the order of everything.
  bool threaded = true;
  // Null: nobody.
  BatchObserver* observer = nullptr;
};

// Counts since start, for metrics and tests.
struct WriterStats {
  int64_t batches = 0;       // committed
  int64_t tasks = 0;         // executed, whatever their outcome
  int64_t failed_tasks = 0;  // finished with an error
  int64_t lost_batches = 0;  // rolled back as a whole
  int64_t checkpoints = 0;
  int64_t largest_batch = 0;
  int64_t wal_frames = 0;     // in the log now
  int64_t waiting_tasks = 0;  // queued now
  int64_t waiting_bytes = 0;
};

// The one writer thread: everything that changes the database goes through it, in batches that
// share one sync (group commit).
//
// A batch is everything that is queued when the one before is finished, up to some count and some
// bytes; nothing waits for more to come. From Start to Stop the writer keeps SQLite's write and
// checkpoint locks, also between transactions, so that no other connection or process can ever
// write or checkpoint (DESIGN, one writer); on a file system whose locks do not work it notices
// another's write at the next batch, and stops.
//
// When a batch cannot be committed, all of its tasks finish with that error, its counters are
// restored and none of its hooks run. After a full disk or lack of memory the writer goes on:
// nothing was synced. After any other failure of the disk (a failed sync above all) nothing can be
// trusted: it refuses all further work with WRITER_FAILED (Unavailable) until the server is
// restarted.
//
// Ownership: owns its connection; the clock is borrowed.
// Thread-safety: Submit, RunAndWait, status, stats and Stop may be called from any thread.
class Writer {
 public:
  // Takes the locks and starts the thread. Fails with DATABASE_BUSY when another connection holds
  // one of them, else with the errors of connection.h.
  static absl::StatusOr<std::unique_ptr<Writer>> Start(std::unique_ptr<Connection> connection,
                                                       WriterOptions options);
  ~Writer();  // Stop()
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Where a sequence stands, and the time of the newest thing stored (now() never runs behind it).
  // Before the first Submit.
  void SetCounter(Counter counter, int64_t last);
  void SetLastTime(absl::Time last);

  // Queues a task and returns at once, whatever happens. Refused tasks are finished on this thread
  // with
  // WRITER_QUEUE_FULL (ResourceExhausted), SERVER_STOPPING (Unavailable) or WRITER_FAILED
  // (Unavailable).
  void Submit(WriteTask task);

  // Submits and waits for the outcome. For start-up, admin work and tests; not on the writer's
  // thread (asserted).
  absl::Status RunAndWait(absl::FunctionRef<absl::Status(WriteContext&)> execute);

  // Without a thread: runs one batch of what is queued and returns how many tasks it held (0 when
  // nothing is queued, and then an idle checkpoint when one is due).
  size_t RunQueued();

  // Accepts no more, finishes everything queued and what the observer has left, empties the log and
  // closes the connection. Later
  // calls wait for the first one.
  void Stop();

  // OK, or the WRITER_FAILED that every Submit gets.
  absl::Status status() const;
  WriterStats stats() const;

 private:
  explicit Writer(std::unique_ptr<internal::BatchRunner> runner, const WriterOptions& options);
  void Loop();
  bool WaitForTasks();
  size_t RunTaken();
  absl::Status Refusal(size_t bytes) const;

  const WriterOptions options_;
  std::unique_ptr<internal::BatchRunner> runner_;
  std::vector<WriteTask> taken_;  // the running thread's: swapped with queue_

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<WriteTask> queue_;  // guarded by mutex_, as is all up to stopping_
  size_t taken_waiting_ = 0;      // of taken_, those not yet begun
  size_t bytes_waiting_ = 0;      // of queue_ and these
  bool sleeping_ = false;
  bool stopping_ = false;

  std::once_flag stop_once_;
  std::thread thread_;
  std::thread::id thread_id_;  // of thread_, also once it is joined; of no thread without one
};

}  // namespace whence::sql
