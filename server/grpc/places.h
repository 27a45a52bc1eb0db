// How many calls of one sort may be open at once, and how much they may hold together.
#pragma once

#include <atomic>
#include <cstddef>

#include "absl/time/time.h"

namespace whence::rpc {

// Purpose: counts places. Ownership: none; must outlive every Place it gave. Thread-safety: all
// methods may be called from any thread.
class Places {
 public:
  explicit Places(int most) : most_(most) {}
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  // One place, given back on destruction; or none, when all were taken.
  class Place {
   public:
    explicit Place(Places& places) : places_(places.Take() ? &places : nullptr) {}
    ~Place() { GiveBack(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    bool taken() const { return places_ != nullptr; }
    void GiveBack() {
      if (places_ != nullptr) places_->open_.fetch_sub(1);
      places_ = nullptr;
    }
    // Once more, for who has none.
    void Take(Places& places) { places_ = places.Take() ? &places : nullptr; }

   private:
    Places* places_;
  };

 private:
  bool Take() {
    int open = open_.load();
    while (open < most_) {
      if (open_.compare_exchange_weak(open, open + 1)) return true;
    }
    return false;
  }

  const int most_;
  std::atomic<int> open_ = 0;
};

// What all streams of predictions share: places, and a count of the bytes that they hold.
struct StreamRoom {
  Places places;
  const size_t max_bytes;
  const absl::Duration idle;  // how long a stream may be when others want its place
  std::atomic<size_t> bytes = 0;
};

}  // namespace whence::rpc
