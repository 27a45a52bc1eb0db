// Scratch memory of walks: kept between walks, so that a small walk on a huge graph costs little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "lineage/walk.h"

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

  // Ids at or above the limit (added to the graph after the walk began) are in no set.
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
  // Insert() without a branch, for the inner loop of walks. Needs id 0 to be in the set.
  bool InsertFast(uint32_t id) {
    const uint32_t safe = id < limit_ ? id : 0;
    uint64_t& word = words_[safe / 64];
    const uint64_t before = word;
    word = before | uint64_t{1} << (safe % 64);
    return (before >> (safe % 64) & 1) == 0;
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

// Purpose: the nodes reached on one side, in order; also the queue of the search. Written without
// checks after Reserve(). Ownership: owns its memory. Thread-safety: none.
class ReachedList {
 public:
  ReachedList() = default;
  ~ReachedList() { std::free(nodes_); }
  ReachedList(const ReachedList&) = delete;
  ReachedList& operator=(const ReachedList&) = delete;

  // Room for `count` nodes beyond the present size, and one that is written but not kept.
  void Reserve(size_t count) {
    if (capacity_ - size_ <= count) Grow(count);
  }
  // Appends, or, when `keep` is false, leaves the list as it was.
  void Append(const Reached& reached, bool keep) {
    nodes_[size_] = reached;
    size_ += keep ? 1 : 0;
  }
  const Reached& operator[](size_t index) const { return nodes_[index]; }
  const Reached* begin() const { return nodes_; }
  const Reached* end() const { return nodes_ + size_; }
  size_t size() const { return size_; }
  void Clear();

 private:
  // A list that an unusually large walk made is given back: 5 MiB may be kept.
  static constexpr size_t kKept = size_t{1} << 18;

  void Grow(size_t count);

  Reached* nodes_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// What one walk needs. All sets are empty and all lists clear between walks.
struct WalkScratch {
  // True while in use: scratch that an exception left half used is not lent again.
  bool dirty = false;
  IdSet reached[2];      // by side: 0 upstream, 1 downstream
  IdSet marks;           // for passes over a result; targets of a path search
  ReachedList found[2];  // by side

  void Reserve(uint32_t max_id);
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
