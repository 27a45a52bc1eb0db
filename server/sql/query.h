#pragma once

#include <atomic>
#include <cstdint>

namespace whence::sql {

class Connection;

// One reviewed SQL statement, written as a constant next to the code that owns the table:
//
//   static constexpr sql::Query kGetAsset{"SELECT asset_id, kind FROM asset WHERE asset_id = ?1"};
//
// Parameters are numbered ?1, ?2, ... in the order of the arguments given to Run or Execute.
//
// A Query must have static storage: its identity is the key of every connection's statement cache.
// The first use anywhere in the process gives it a small dense number, so that finding its prepared
// statement later is one array access. That number is the only thing that ever changes in it, which
// is why a constexpr object can carry it (and why copying is forbidden).
// Thread-safety: may be used from any number of threads and connections at once.
class Query {
 public:
  // `text` is one SQL statement with static storage; it is not copied.
  explicit constexpr Query(const char* text) : text_(text) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  constexpr const char* text() const { return text_; }

 private:
  friend class Connection;

  // The dense number, 1 or more; given on the first call.
  uint32_t Slot() const {
    const uint32_t slot = slot_.load(std::memory_order_relaxed);
    return slot != 0 ? slot : AssignSlot();
  }
  uint32_t AssignSlot() const;

  const char* text_;
  mutable std::atomic<uint32_t> slot_{0};
};

}  // namespace whence::sql
