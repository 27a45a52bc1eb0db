// Callers that each make the next call when the one before is answered, without a thread each.
#pragma once

#include <chrono>
#include <functional>

namespace whence::bench {

// Is told the outcome of a call, from any thread.
using Answered = std::function<void(bool ok)>;
// Begins one call of one caller and calls `answered` with its outcome.
using BeginCall = std::function<void(int caller, Answered answered)>;

struct LoopResult {
  double calls_per_second = 0;
  double p50_us = 0;  // from the call's begin to its answer
  double p99_us = 0;
  long failed = 0;
};

// Lets `callers` callers call for `duration` (after a tenth of it to warm up, not counted) and
// waits until all are answered.
LoopResult RunClosedLoop(int callers, std::chrono::milliseconds duration, const BeginCall& begin);

}  // namespace whence::bench
