#include "grpc/cut_off.h"

#include "absl/time/clock.h"

namespace whence::rpc {

CutOff::CutOff(grpc::CallbackServerContext* context, absl::Duration time)
    : timer_(std::make_shared<Timer>()) {
  timer_->context = context;
  timer_->alarm.Set(absl::ToChronoTime(absl::Now() + time), [timer = timer_](bool rang) {
    const std::lock_guard lock(timer->mutex);
    if (rang && timer->context != nullptr) timer->context->TryCancel();
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
