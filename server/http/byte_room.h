// How many bytes all connections may hold of one sort.
#pragma once

#include <cstddef>
#include <mutex>

namespace whence::http {

// Purpose: counts bytes that are held. Ownership: none. Thread-safety: any thread.
class ByteRoom {
 public:
  explicit ByteRoom(size_t most) : most_(most) {}
  ByteRoom(const ByteRoom&) = delete;
  ByteRoom& operator=(const ByteRoom&) = delete;

  // Whether there is room for so many bytes more; what is alone, or must not be refused, always
  // gets it. True: to be given back.
  bool Take(size_t bytes, bool must = false) {
    const std::lock_guard lock(mutex_);
    if (!must && bytes_ > 0 && bytes_ + bytes > most_) return false;
    bytes_ += bytes;
    return true;
  }
  void GiveBack(size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ -= bytes;
  }
  size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  const size_t most_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;  // guarded by mutex_
};

}  // namespace whence::http
