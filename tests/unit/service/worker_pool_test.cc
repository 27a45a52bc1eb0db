#include "service/worker_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "support/scratch_database.h"

namespace whence::service {
namespace {

using test::ReasonOf;

// Something that happens once and is waited for.
class Signal {
 public:
  void Set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;  // guarded by mutex_
};

TEST_CASE("tasks of one caller run in the order in which they came") {
  std::string order;
  {
    WorkerPool pool(1);
    for (char c = 'a'; c <= 'z'; ++c) {
      pool.Run("user:ana", 0, [&order, c](absl::Status status) {
        if (status.ok()) order += c;
      });
    }
  }
  CHECK(order == "abcdefghijklmnopqrstuvwxyz");
}

TEST_CASE("a caller has its share of tasks at a time, and leaves a thread to others") {
  Signal release;
  Signal other;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  WorkerPool pool(kLongReadWorkers);
  for (int i = 0; i < 5; ++i) {
    pool.Run("user:ana", 0, [&](absl::Status) {
      most = std::max(most.load(), ++running);
      release.Wait();
      --running;
    });
  }
  // Runs although the other's tasks came first and do not end.
  pool.Run("user:bob", 0, [&](absl::Status) { other.Set(); });
  other.Wait();
  release.Set();
  pool.Stop();
  CHECK(most <= kLongReadWorkers);
  CHECK(running == 0);
}

TEST_CASE("as many tasks of a caller run at a time as it may have") {
  Signal first;
  Signal second;
  static_assert(kLongReadWorkers == 2);
  WorkerPool pool(kLongReadWorkers);
  // Each waits for the other: with one thread this would never end.
  pool.Run("user:ana", 0, [&](absl::Status) {
    first.Set();
    second.Wait();
  });
  pool.Run("user:ana", 0, [&](absl::Status) {
    second.Set();
    first.Wait();
  });
  pool.Stop();
}

TEST_CASE("too many waiting tasks are refused at once") {
  Signal started;
  Signal release;
  std::atomic<int> done = 0;
  WorkerPool pool(1);
  pool.Run("user:ana", 0, [&](absl::Status) {
    started.Set();
    release.Wait();
  });
  started.Wait();
  for (size_t i = 0; i < kMaxWorkerQueue; ++i) {
    pool.Run("user:ana", 0, [&](absl::Status status) {
      if (status.ok()) ++done;
    });
  }
  absl::Status refusal;
  pool.Run("user:ana", 0, [&](absl::Status status) { refusal = std::move(status); });
  CHECK(ReasonOf(refusal) == "WORKERS_BUSY");
  CHECK(refusal.code() == absl::StatusCode::kResourceExhausted);
  CHECK(done == 0);
  release.Set();
  pool.Stop();
  CHECK(done == kMaxWorkerQueue);
}

TEST_CASE("what is queued is finished at the end, and nothing more is taken") {
  Signal started;
  Signal release;
  std::atomic<int> given = 1;
  std::atomic<int> done = 0;
  std::atomic<bool> refused = false;
  WorkerPool pool(1);
  pool.Run("user:ana", 0, [&](absl::Status) {
    started.Set();
    release.Wait();
    ++done;
  });
  started.Wait();
  std::thread stopper([&pool] { pool.Stop(); });
  // It refuses as soon as it is stopping, which it is while the first task still runs.
  while (!refused) {
    ++given;
    pool.Run("user:ana", 0, [&](absl::Status status) {
      if (status.ok())
        ++done;
      else
        --given;
      if (ReasonOf(status) == "SERVER_STOPPING") refused = true;
    });
    std::this_thread::yield();
  }
  release.Set();
  stopper.join();
  CHECK(done == given);
}

TEST_CASE("a task may give another to its pool") {
  Signal done;
  WorkerPool pool(1);
  pool.Run("user:ana", 0,
           [&](absl::Status) { pool.Run("user:ana", 0, [&](absl::Status) { done.Set(); }); });
  done.Wait();
}

}  // namespace
}  // namespace whence::service
