// Calls whose time is over.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "absl/time/time.h"
#include "grpcpp/alarm.h"
#include "grpcpp/grpcpp.h"

namespace whence::rpc {

// Purpose: cancels a call unless it is destroyed within a time; for callers who do not read what
// they asked for. Ownership: none; the context must outlive it. Thread-safety: made and destroyed
// by one thread at a time.
class CutOff {
 public:
  CutOff(grpc::CallbackServerContext* context, absl::Duration time);
  ~CutOff();
  CutOff(const CutOff&) = delete;
  CutOff& operator=(const CutOff&) = delete;

 private:
  // Shared with the alarm, which may ring while the call ends.
  struct Timer {
    // Recursive, as cutting a call off may end it on the same thread.
    std::recursive_mutex mutex;
    grpc::CallbackServerContext* context = nullptr;  // null once it is destroyed
    grpc::Alarm alarm;
  };

  const std::shared_ptr<Timer> timer_;
};

// How long a reader may take for so many bytes.
absl::Duration ReadTime(absl::Duration grace, size_t min_bytes_a_second, size_t bytes);

}  // namespace whence::rpc
