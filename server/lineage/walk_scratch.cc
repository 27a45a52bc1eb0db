#include "lineage/walk_scratch.h"

#include <algorithm>
#include <new>
#include <utility>

namespace whence::lineage::internal {

void IdSet::Reserve(uint32_t max_id) {
  if (max_id < limit_) return;
  // Ahead of need, as graphs grow by the id; calloc hands out untouched zero pages.
  const size_t wanted = std::max<size_t>(4096, size_t{max_id} + max_id / 4 + 1);
  const size_t words = (wanted + 63) / 64;
  std::free(words_);
  limit_ = 0;
  words_ = static_cast<uint64_t*>(std::calloc(words, sizeof(uint64_t)));
  if (words_ == nullptr) throw std::bad_alloc();
  limit_ = words * 64;
}

void WalkScratch::Reserve(uint32_t max_id) {
  reached[0].Reserve(max_id);
  reached[1].Reserve(max_id);
  marks.Reserve(max_id);
}

void ReachedList::Grow(size_t count) {
  const size_t capacity = std::max({size_t{256}, capacity_ * 2, size_ + count + 1});
  auto* nodes = static_cast<Reached*>(std::malloc(capacity * sizeof(Reached)));
  if (nodes == nullptr) throw std::bad_alloc();
  std::copy_n(nodes_, size_, nodes);
  std::free(nodes_);
  nodes_ = nodes;
  capacity_ = capacity;
}

void ReachedList::Clear() {
  size_ = 0;
  if (capacity_ <= kKept) return;
  std::free(nodes_);
  nodes_ = nullptr;
  capacity_ = 0;
}

WalkScratchPool::Lease WalkScratchPool::Borrow(uint32_t max_id) {
  std::unique_ptr<WalkScratch> scratch;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      scratch = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (scratch == nullptr) scratch = std::make_unique<WalkScratch>();
  scratch->Reserve(max_id);
  return Lease(this, std::move(scratch));
}

void WalkScratchPool::Return(std::unique_ptr<WalkScratch> scratch) {
  if (scratch->dirty) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (free_.size() < kMaxKept) free_.push_back(std::move(scratch));
}

}  // namespace whence::lineage::internal
