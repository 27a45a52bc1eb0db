// Callers that each make the next call when the one before is answered, without a thread each.
#pragma once

#include <chrono>
#include <functional>

namespace whence::bench {

// Begins one call of one caller and calls `answered` with its outcome, from any thread.
using BeginCall = std::function<void(int caller, std::function<void(bool ok)> answered)>;

struct LoopResult {
  double calls_per_second = 0;
  long failed = 0;
};

// Lets `callers` callers call for `duration` (after a tenth of it to warm up, not counted) and
// waits until all are answered.
LoopResult RunClosedLoop(int callers, std::chrono::milliseconds duration, const BeginCall& begin);

}  // namespace whence::bench
