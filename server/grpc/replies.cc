#include "grpc/replies.h"

#include <malloc.h>

#include <algorithm>

namespace whence::rpc {
namespace {

// A wave of large replies of so many bytes is worth the milliseconds that giving back its memory
// takes.
constexpr size_t kTrimBytes = size_t{64} << 20;

}  // namespace

Replies::Sending::Sending(Replies* replies, size_t bytes, grpc::CallbackServerContext* context)
    : replies_(replies),
      bytes_(bytes),
      cut_off_(context,
               ReadTime(replies->limits_.grace, replies->limits_.min_bytes_a_second, bytes)) {}

Replies::Sending::~Sending() { replies_->Release(bytes_); }

void Replies::Release(size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    bytes_ -= bytes;
    if (bytes_ > 0 || most_bytes_ < kTrimBytes) return;
    most_bytes_ = 0;
  }
  // The allocator keeps what such a wave has used: the machine may have other plans for it.
  malloc_trim(0);
}

bool Replies::Admit(size_t bytes, bool must, grpc::CallbackServerContext* context,
                    std::unique_ptr<Sending>* sending) {
  if (bytes < limits_.large_bytes) return true;
  {
    const std::lock_guard lock(mutex_);
    if (!must && bytes_ > 0 && bytes_ + bytes > limits_.max_bytes) return false;
    bytes_ += bytes;
    most_bytes_ = std::max(most_bytes_, bytes_);
  }
  *sending = std::make_unique<Sending>(this, bytes, context);
  return true;
}

size_t Replies::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace whence::rpc
