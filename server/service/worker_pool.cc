#include "service/worker_pool.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"

namespace whence::service {

WorkerPool::WorkerPool(int threads) {
  threads_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Run(Task task) {
  std::unique_lock lock(mutex_);
  absl::Status refusal;
  if (stopping_) {
    refusal = Unavailable("SERVER_STOPPING", "the server is stopping", "retry when it is back");
  } else if (queue_.size() >= kMaxWorkerQueue) {
    refusal = ResourceExhausted("WORKERS_BUSY", "too many long reads are waiting",
                                "retry later, or ask for less");
  }
  if (!refusal.ok()) {
    lock.unlock();
    std::move(task)(std::move(refusal));
    return;
  }
  queue_.push_back(std::move(task));
  lock.unlock();
  wake_.notify_one();
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
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    std::move(task)(absl::OkStatus());
  }
}

}  // namespace whence::service
