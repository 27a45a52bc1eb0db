// A few threads for work that is too long for the thread on which it arrived.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "service/fair_queue.h"

namespace whence::service {

// Purpose: runs tasks, a fixed number at a time, with a bounded queue in which callers take turns
// (fair_queue.h). There is one thread more than one caller may have tasks running at a time, so
// that long ones of a single caller do not stop the others. Ownership: owns its threads.
// Thread-safety: Run may be called from any thread; Stop once.
class WorkerPool {
 public:
  // Called with OK when it is the task's turn, or with WORKERS_BUSY (ResourceExhausted) or
  // SERVER_STOPPING (Unavailable) at once when it never will be; with WORKERS_BUSY also later, when
  // its place goes to a caller who has fewer.
  using Task = FairQueue::Task;

  // `share`: tasks of one caller at a time.
  explicit WorkerPool(int share);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // `bytes`: what the task holds while it waits.
  void Run(const std::string& caller, size_t bytes, Task task);
  // Tasks that wait for their turn.
  size_t waiting() const;
  // Finishes what is queued, takes no more, joins the threads.
  void Stop();

 private:
  void Loop();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue queue_;        // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace whence::service
