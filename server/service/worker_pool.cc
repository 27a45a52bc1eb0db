#include "service/worker_pool.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"

namespace whence::service {

WorkerPool::WorkerPool(int share) : queue_(kMaxWorkerQueue, share) {
  const int threads = share + 1;
  threads_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Run(const std::string& caller, size_t bytes, Task task) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    std::move(task)(
        Unavailable("SERVER_STOPPING", "the server is stopping", "retry when it is back"));
    return;
  }
  std::vector<Task> refused = queue_.Add(caller, 1 + bytes / kWorkerPlaceBytes, std::move(task));
  lock.unlock();
  wake_.notify_one();
  for (Task& each : refused) {
    std::move(each)(ResourceExhausted("WORKERS_BUSY", "too many long reads are waiting",
                                      "retry later, or ask for less"));
  }
}

size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void WorkerPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::Loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return queue_.Ready() || (stopping_ && queue_.empty()); });
    if (!queue_.Ready()) return;
    auto [task, caller] = queue_.Take();
    // Those that wait for a caller's share see that nothing is left.
    if (stopping_ && queue_.empty()) wake_.notify_all();
    lock.unlock();
    std::move(task)(absl::OkStatus());
    task = nullptr;
    lock.lock();
    queue_.Ended(caller);
  }
}

}  // namespace whence::service
