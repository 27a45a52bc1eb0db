// Memory for adjacency lists: blocks of 8-byte words, named by index, recycled by epochs.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "lineage/epoch.h"
#include "lineage/graph_table.h"

namespace whence::lineage::internal {

// The sizes in which blocks come: 1, 2, 3, 4, 6, 8, 12, 16, ... A list that grows through them
// wastes a seventh on average; doubling alone would waste a quarter.
constexpr size_t BlockCapacity(size_t needed) {
  const size_t power = std::bit_ceil(needed);
  return power >= 4 && needed <= power / 4 * 3 ? power / 4 * 3 : power;
}

// Purpose: hands out blocks of words to the writer and takes back what lists have outgrown, once
// no reader can see it any more. Indexes of 33 bits address 64 GiB.
// Ownership: owns the memory; borrows the epochs.
// Thread-safety: At() from any thread, for blocks that its epoch guard protects; all else is the
// writer's.
class BlockArena {
 public:
  static constexpr uint64_t kMaxIndex = (uint64_t{1} << 33) - 1;

  explicit BlockArena(EpochManager* epochs) : epochs_(epochs) {}

  void* At(uint64_t index) const { return words_.At(index); }

  // A block of `words`, a value that BlockCapacity returns.
  uint64_t Allocate(size_t words);
  // One contiguous run of any length, for bulk loading.
  uint64_t AllocateRun(size_t words);
  // Gives back any part of what was allocated; reused after a later Recycle(), which must not be
  // called before the part is out of reach for readers that come then.
  void Retire(uint64_t index, size_t words);
  // Makes reusable what no reader can see any more. Called once per batch.
  void Recycle();
  // The same, when enough has piled up to be worth it: for long stretches without a batch's end.
  void RecycleWhenMany() {
    if (retired_.size() >= recycle_at_) Recycle();
  }

  // From any thread, approximate while the writer writes. Words given out and not yet retired:
  size_t live_words() const { return live_words_.load(std::memory_order_relaxed); }
  // Words retired, or free for reuse:
  size_t recyclable_words() const { return recyclable_words_.load(std::memory_order_relaxed); }
  size_t MemoryBytes() const { return words_.MemoryBytes(); }

 private:
  using Words = SegmentedTable<uint64_t, size_t{1} << (33 - 18)>;
  struct Retired {
    uint64_t epoch;
    uint64_t index;
    size_t words;
  };
  static constexpr size_t kRecycleAt = 1024;
  static constexpr uint64_t kNone = ~uint64_t{0};

  static size_t ClassOf(size_t words);
  static size_t SizeOfClass(size_t number);
  uint64_t TakeFree(size_t words);
  uint64_t TakeRun(size_t words);
  static void Add(std::atomic<size_t>& count, size_t delta) {
    count.store(count.load(std::memory_order_relaxed) + delta, std::memory_order_relaxed);
  }
  void Free(uint64_t index, size_t words);
  void FreePiece(uint64_t index, size_t words);

  EpochManager* const epochs_;
  Words words_;
  uint64_t next_ = 0;  // the unused rest of the newest chunk: [next_, end_)
  uint64_t end_ = 0;
  // Free blocks by size; each one's first word names the next.
  std::array<uint64_t, 64> free_ = [] {
    std::array<uint64_t, 64> all{};
    all.fill(kNone);
    return all;
  }();
  std::deque<Retired> retired_;
  uint64_t free_classes_ = 0;  // bit i: free_[i] has blocks
  size_t recycle_at_ = kRecycleAt;
  std::atomic<size_t> live_words_{0};
  std::atomic<size_t> recyclable_words_{0};
};

}  // namespace whence::lineage::internal
