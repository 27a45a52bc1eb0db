// Scratch memory of walks: kept between walks, so that a small walk on a huge graph costs little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace whence::lineage::internal {

// Purpose: a set of ids below a limit, as a bitmap. Whoever sets bits clears them (ClearWord for
// each id set): emptying costs what was touched. Growing costs nothing until pages are touched.
// Ownership: owns its words. Thread-safety: none.
class IdSet {
 public:
  IdSet() = default;
  ~IdSet() { std::free(words_); }
  IdSet(const IdSet&) = delete;
  IdSet& operator=(const IdSet&) = delete;

  // Makes room for ids 0..max_id. The set must be empty.
  void Reserve(uint32_t max_id);

  // Ids at or above the limit are in no set: they were added to the graph after the walk began.
  bool Contains(uint32_t id) const {
    return id < limit_ && (words_[id / 64] >> (id % 64) & 1) != 0;
  }
  // True when `id` was added: it was not in the set, and is below the limit.
  bool Insert(uint32_t id) {
    if (id >= limit_) return false;
    uint64_t& word = words_[id / 64];
    const uint64_t bit = uint64_t{1} << (id % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }
  void Erase(uint32_t id) {
    if (id < limit_) words_[id / 64] &= ~(uint64_t{1} << (id % 64));
  }
  // Removes `id` and some of its neighbours.
  void ClearWord(uint32_t id) {
    if (id < limit_) words_[id / 64] = 0;
  }
  size_t MemoryBytes() const { return limit_ / 8; }

 private:
  uint64_t* words_ = nullptr;
  size_t limit_ = 0;  // a multiple of 64
};

// What one walk needs. All sets are empty and all lists clear between walks.
struct WalkScratch {
  // True while in use: scratch that an exception left half used is not lent again.
  bool dirty = false;
  IdSet reached[2];               // by side: 0 upstream, 1 downstream
  IdSet marks;                    // targets of a path search
  std::vector<uint32_t> queue[2];

  void Reserve(uint32_t max_id);
  // Gives back queues that an unusually large walk made.
  void Trim();
};

// Purpose: lends scratch memory to walks. Ownership: owns what is not lent; must outlive leases.
// Thread-safety: any thread; the lock is held for a push or a pop of a pointer.
class WalkScratchPool {
 public:
  class Lease {
   public:
    Lease(WalkScratchPool* pool, std::unique_ptr<WalkScratch> scratch)
        : pool_(pool), scratch_(std::move(scratch)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_->Return(std::move(scratch_)); }
    WalkScratch* operator->() const { return scratch_.get(); }
    WalkScratch& operator*() const { return *scratch_; }

   private:
    WalkScratchPool* const pool_;
    std::unique_ptr<WalkScratch> scratch_;
  };

  // Scratch with room for ids up to `max_id`.
  Lease Borrow(uint32_t max_id);

 private:
  // More walks at once than this are rare; their scratch is freed when they end.
  static constexpr size_t kMaxKept = 16;

  void Return(std::unique_ptr<WalkScratch> scratch);

  std::mutex mutex_;
  std::vector<std::unique_ptr<WalkScratch>> free_;
};

}  // namespace whence::lineage::internal
