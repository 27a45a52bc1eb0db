#include "support/closed_loop.h"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "support/figure.h"

namespace whence::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};

// Purpose: the state that the callers share. Thread-safety: `times_` belongs, caller by caller, to
// whichever thread answers that caller; all else is atomic.
class Loop {
 public:
  Loop(int callers, const BeginCall& begin)
      : begin_(begin), active_(callers), times_(static_cast<size_t>(callers)) {}

  void Next(int caller) {
    begin_(caller, [this, caller, start = Clock::now()](bool ok) {
      (ok ? answered_ : failed_).fetch_add(1, std::memory_order_relaxed);
      if (counting_.load(std::memory_order_relaxed)) {
        const std::chrono::duration<double, std::micro> took = Clock::now() - start;
        times_[static_cast<size_t>(caller)].push_back(took.count());
      }
      if (stopping_.load(std::memory_order_relaxed)) {
        active_.fetch_sub(1, std::memory_order_release);
      } else {
        Next(caller);
      }
    });
  }

  void Count(bool on) { counting_.store(on); }
  long answered() const { return answered_.load(); }
  long failed() const { return failed_.load(); }

  void Stop() {
    stopping_.store(true);
    while (active_.load(std::memory_order_acquire) > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  // Once stopped.
  std::vector<double> Times() const {
    std::vector<double> all;
    for (const std::vector<double>& times : times_) {
      all.insert(all.end(), times.begin(), times.end());
    }
    return all;
  }

 private:
  const BeginCall& begin_;
  std::atomic<int> active_;
  std::atomic<bool> counting_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<long> answered_ = 0;
  std::atomic<long> failed_ = 0;
  std::vector<std::vector<double>> times_;  // microseconds, by caller
};

}  // namespace

LoopResult RunClosedLoop(int callers, std::chrono::milliseconds duration, const BeginCall& begin) {
  Loop loop(callers, begin);
  for (int caller = 0; caller < callers; ++caller) loop.Next(caller);
  std::this_thread::sleep_for(duration / 10);
  loop.Count(true);
  const long before = loop.answered();
  const auto start = Clock::now();
  // On a busy machine a short while may go by without an answer, and rates are divided by one
  // another.
  do {
    std::this_thread::sleep_for(duration);
  } while (loop.answered() == before && Clock::now() - start < kPatience);
  const std::chrono::duration<double> took = Clock::now() - start;
  const long counted = loop.answered() - before;
  loop.Count(false);
  loop.Stop();
  LoopResult result;
  result.calls_per_second = static_cast<double>(counted) / took.count();
  result.failed = loop.failed();
  if (const std::vector<double> times = loop.Times(); !times.empty()) {
    result.p50_us = Quantile(times, 0.5);
    result.p99_us = Quantile(times, 0.99);
  }
  return result;
}

}  // namespace whence::bench
