#include "support/closed_loop.h"

#include <atomic>
#include <thread>

namespace whence::bench {
namespace {

// Purpose: the state that the callers share. Thread-safety: all members are atomic.
class Loop {
 public:
  Loop(int callers, const BeginCall& begin) : begin_(begin), active_(callers) {}

  void Next(int caller) {
    begin_(caller, [this, caller](bool ok) {
      (ok ? answered_ : failed_).fetch_add(1, std::memory_order_relaxed);
      if (stopping_.load(std::memory_order_relaxed)) {
        active_.fetch_sub(1, std::memory_order_release);
      } else {
        Next(caller);
      }
    });
  }

  long answered() const { return answered_.load(); }
  long failed() const { return failed_.load(); }

  void Stop() {
    stopping_.store(true);
    while (active_.load(std::memory_order_acquire) > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  const BeginCall& begin_;
  std::atomic<int> active_;
  std::atomic<bool> stopping_ = false;
  std::atomic<long> answered_ = 0;
  std::atomic<long> failed_ = 0;
};

}  // namespace

LoopResult RunClosedLoop(int callers, std::chrono::milliseconds duration, const BeginCall& begin) {
  Loop loop(callers, begin);
  for (int caller = 0; caller < callers; ++caller) loop.Next(caller);
  std::this_thread::sleep_for(duration / 10);
  const long before = loop.answered();
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(duration);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const long counted = loop.answered() - before;
  loop.Stop();
  return {.calls_per_second = static_cast<double>(counted) / took.count(), .failed = loop.failed()};
}

}  // namespace whence::bench
