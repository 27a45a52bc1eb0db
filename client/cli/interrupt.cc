#include "cli/interrupt.h"

#include <time.h>

#include <cstdlib>

namespace whence::cli {
namespace {

// How long the watch takes to see that it is no longer wanted.
constexpr long kLookNanos = 50'000'000;
// What a shell says of who was interrupted.
constexpr int kInterruptedExit = 130;

}  // namespace

InterruptWatch::InterruptWatch() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::jthread([this](const std::stop_token& gone) { Wait(gone); });
}

InterruptWatch::~InterruptWatch() {
  thread_.request_stop();
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void InterruptWatch::Wait(const std::stop_token& gone) {
  const timespec look{.tv_sec = 0, .tv_nsec = kLookNanos};
  while (!gone.stop_requested()) {
    if (sigtimedwait(&signals_, nullptr, &look) < 0) continue;
    // Whoever asks twice does not want to wait for what hangs.
    if (!stop_.request_stop()) std::_Exit(kInterruptedExit);
    wake_.notify_all();
  }
}

void InterruptWatch::Sleep(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop_.get_token(), absl::ToChronoMilliseconds(duration),
                 [] { return false; });
}

}  // namespace whence::cli
