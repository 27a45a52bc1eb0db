#include "lineage/graph_arena.h"

#include <algorithm>

namespace whence::lineage::internal {

// 1, 2, 3, 4, 6, 8, 12, ... -> 0, 2, 3, 4, 5, 6, 7, ...
size_t BlockArena::ClassOf(size_t words) {
  const auto log = static_cast<size_t>(std::bit_width(words)) - 1;
  return 2 * log + (std::has_single_bit(words) ? 0 : 1);
}

size_t BlockArena::SizeOfClass(size_t number) {
  const size_t power = size_t{1} << (number / 2);
  return number % 2 == 0 ? power : power + power / 2;
}

// From the free blocks of this size or, cut up, of the next larger: lists that grow in step leave
// sizes behind that none of them needs again. kNone when there is none.
uint64_t BlockArena::TakeFree(size_t words) {
  const uint64_t fitting = free_classes_ >> ClassOf(words) << ClassOf(words);
  if (fitting == 0) return kNone;
  const auto number = static_cast<size_t>(std::countr_zero(fitting));
  const uint64_t index = free_[number];
  free_[number] = *words_.At(index);
  if (free_[number] == kNone) free_classes_ &= ~(uint64_t{1} << number);
  const size_t size = SizeOfClass(number);
  Add(recyclable_words_, 0 - size);
  Free(index + words, size - words);
  return index;
}

uint64_t BlockArena::Allocate(size_t words) {
  Add(live_words_, words);
  const uint64_t reused = TakeFree(words);
  if (reused != kNone) return reused;
  return TakeRun(words);
}

uint64_t BlockArena::AllocateRun(size_t words) {
  Add(live_words_, words);
  return TakeRun(words);
}

// From the unused rest of the newest chunk, or of as many new chunks as it takes.
uint64_t BlockArena::TakeRun(size_t words) {
  if (end_ - next_ < words) {
    Free(next_, end_ - next_);
    next_ = end_;
    const size_t chunks = (words + Words::kChunkSize - 1) / Words::kChunkSize;
    end_ = next_ + chunks * Words::kChunkSize;
    words_.MapRun(next_ >> Words::kChunkBits, chunks);
  }
  const uint64_t index = next_;
  next_ += words;
  if (words != 0) static_cast<void>(words_.Ensure(next_ - 1));
  return index;
}

void BlockArena::Retire(uint64_t index, size_t words) {
  Add(live_words_, 0 - words);
  Add(recyclable_words_, words);
  retired_.push_back({epochs_->current(), index, words});
}

void BlockArena::Recycle() {
  if (retired_.empty()) return;
  const uint64_t oldest = epochs_->Advance();
  while (!retired_.empty() && retired_.front().epoch < oldest) {
    const Retired block = retired_.front();
    retired_.pop_front();
    Add(recyclable_words_, 0 - block.words);
    Free(block.index, block.words);
  }
  // A slow reader holds blocks back: do not scan for it at every turn.
  recycle_at_ = retired_.size() + kRecycleAt;
}

void BlockArena::Free(uint64_t index, size_t words) {
  while (words != 0) {
    size_t piece = std::min(BlockCapacity(words), Words::kChunkSize);
    if (piece > words) {  // the next smaller size
      const size_t power = std::bit_floor(words);
      piece = words >= power / 2 * 3 && power >= 2 ? power / 2 * 3 : power;
    }
    FreePiece(index, piece);
    index += piece;
    words -= piece;
  }
}

void BlockArena::FreePiece(uint64_t index, size_t words) {
  const size_t number = ClassOf(words);
  *words_.At(index) = free_[number];
  free_[number] = index;
  free_classes_ |= uint64_t{1} << number;
  Add(recyclable_words_, words);
}

}  // namespace whence::lineage::internal
