// A few threads for work that is too long for the thread on which it arrived.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace whence::service {

// Purpose: runs tasks in the order in which they came, a fixed number at a time, with a bounded
// queue. Ownership: owns its threads. Thread-safety: Run may be called from any thread; Stop once.
class WorkerPool {
 public:
  // Called with OK when it is the task's turn, or with WORKERS_BUSY (ResourceExhausted) or
  // SERVER_STOPPING (Unavailable) at once when it never will be.
  using Task = absl::AnyInvocable<void(absl::Status) &&>;

  explicit WorkerPool(int threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Run(Task task);
  // Finishes what is queued, takes no more, joins the threads.
  void Stop();

 private:
  void Loop();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;  // guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace whence::service
