// Large replies on their way to their readers: how much they hold together, and how long each may
// take.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "absl/time/time.h"
#include "grpc/cut_off.h"
#include "grpcpp/grpcpp.h"

namespace whence::rpc {

struct ReplyLimits {
  size_t max_bytes = 0;           // of all of them
  size_t large_bytes = 0;         // from here on a reply counts
  absl::Duration grace;           // how long one may take
  size_t min_bytes_a_second = 1;  // and so much longer for its size
};

// Purpose: counts the bytes of large replies that are not read yet, and cuts off readers that are
// too slow. Ownership: none; must outlive every Sending. Thread-safety: any thread.
class Replies {
 public:
  explicit Replies(const ReplyLimits& limits) : limits_(limits) {}
  Replies(const Replies&) = delete;
  Replies& operator=(const Replies&) = delete;

  // One large reply between the moment it is handed to gRPC and the end of its call.
  class Sending {
   public:
    Sending(Replies* replies, size_t bytes, grpc::CallbackServerContext* context);
    ~Sending();
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;

   private:
    Replies* const replies_;
    const size_t bytes_;
    const CutOff cut_off_;
  };

  // Whether there is room for a reply of so many bytes, and the place of a large one in `sending`.
  // A reply that is alone, or that must not be refused, is always let through.
  bool Admit(size_t bytes, bool must, grpc::CallbackServerContext* context,
             std::unique_ptr<Sending>* sending);
  const ReplyLimits& limits() const { return limits_; }
  // Bytes on their way now.
  size_t bytes() const;

 private:
  void Release(size_t bytes);

  const ReplyLimits limits_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;       // guarded by mutex_
  size_t most_bytes_ = 0;  // since they were 0; guarded by mutex_
};

}  // namespace whence::rpc
