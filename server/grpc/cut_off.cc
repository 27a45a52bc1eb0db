#include "grpc/cut_off.h"

#include <utility>

#include "absl/time/clock.h"

namespace whence::rpc {

CutOff::CutOff(grpc::CallbackServerContext* context, absl::Duration time)
    : timer_(std::make_shared<Timer>()) {
  timer_->context = context;
  timer_->alarm.Set(absl::ToChronoTime(absl::Now() + time), [timer = timer_](bool rang) mutable {
    // An alarm keeps its callback for as long as it lives itself: what the callback owns, and the
    // alarm is part of it, it must let go.
    const std::shared_ptr<Timer> mine = std::move(timer);
    const std::lock_guard lock(mine->mutex);
    if (rang && mine->context != nullptr) mine->context->TryCancel();
  });
}

CutOff::~CutOff() {
  {
    const std::lock_guard lock(timer_->mutex);
    timer_->context = nullptr;
  }
  timer_->alarm.Cancel();
}

absl::Duration ReadTime(absl::Duration grace, size_t min_bytes_a_second, size_t bytes) {
  return grace +
         absl::Seconds(static_cast<double>(bytes) / static_cast<double>(min_bytes_a_second));
}

}  // namespace whence::rpc
