// Callers of HTTP that each make the next request when the one before is answered.
#pragma once

#include <chrono>
#include <string>

#include "support/closed_loop.h"

namespace whence::bench {

// Lets so many connections send the same request for `duration` (after a tenth of it to warm up,
// not counted), on one thread that does nothing else. Ends the process unless each answer is a 200.
LoopResult RunHttpLoop(const std::string& address, const std::string& request, int connections,
                       std::chrono::milliseconds duration);

}  // namespace whence::bench
