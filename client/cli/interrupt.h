#pragma once

// Ctrl-C for commands that go on until then, and have something to say at the end.

#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "absl/time/time.h"

namespace whence::cli {

// Purpose: while it lives, the first SIGINT or SIGTERM asks to stop, and a second one ends the
// process at once. Made before the connection: threads that are there already would take the
// signals as ever. Thread-safe.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool interrupted() const { return stop_.stop_requested(); }
  // Waits so long, or until interrupted.
  void Sleep(absl::Duration duration);

 private:
  void Wait(const std::stop_token& gone);

  sigset_t signals_;
  sigset_t before_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace whence::cli
