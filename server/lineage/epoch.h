// Epochs: how a writer learns that no reader can still see memory it took out of a structure.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace whence::lineage {

// Purpose: safe recycling without locks. A reader holds a Guard while it follows pointers. The
// writer first unlinks a block, notes current(), and may reuse the block once Advance() returned
// a number greater than what it noted.
//
// Why it is right: a reader announces its epoch with a sequentially consistent exchange and then
// reads the epoch again. If the writer's scan misses the announcement, then in the single total
// order that second read comes after the writer's increment, synchronises with it, and the reader
// sees the unlinked state. If the scan sees the announcement, the block stays.
//
// Ownership: owns its slots. Must outlive all guards.
// Thread-safety: Enter() from any number of threads; it takes no lock and waits for nobody.
// current() and Advance() from the writer's thread only.
class EpochManager {
 private:
  struct alignas(64) Slot {
    std::atomic<uint64_t> epoch{0};  // 0: free
  };
  struct Segment {
    std::array<Slot, 32> slots;
    std::atomic<Segment*> next{nullptr};
  };

 public:
  // Keeps everything the reader can reach alive until it is destroyed. Movable, not copyable.
  class Guard {
   public:
    Guard(Guard&& other) noexcept : slot_(other.slot_) { other.slot_ = nullptr; }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (slot_ != nullptr) slot_->epoch.store(0, std::memory_order_release);
    }

   private:
    friend class EpochManager;
    explicit Guard(Slot* slot) : slot_(slot) {}
    Slot* slot_;
  };

  EpochManager() = default;
  ~EpochManager();
  EpochManager(const EpochManager&) = delete;
  EpochManager& operator=(const EpochManager&) = delete;

  Guard Enter();

  // The epoch in which something unlinked now was still visible.
  uint64_t current() const { return epoch_.load(std::memory_order_relaxed); }

  // Starts a new epoch. Returns the oldest epoch that a reader may be in; what was unlinked in
  // an epoch before that is out of every reader's sight.
  uint64_t Advance();

 private:
  std::atomic<uint64_t> epoch_{1};
  Segment first_;
};

}  // namespace whence::lineage
