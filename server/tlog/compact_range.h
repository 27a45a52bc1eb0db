// The right edge of a growing Merkle tree: all that is needed of it to append and to know its head.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/limits.h"
#include "tlog/hash.h"

namespace whence::tlog {

// Purpose: the hashes of the complete subtrees that the first size() leaves are made of, the
// largest first: one for each bit of the size. A value of 2 KiB that allocates nothing; copy it to
// be able to go back. One thread at a time.
class CompactRange {
 public:
  CompactRange() = default;

  uint64_t size() const { return size_; }

  // Appends a leaf: one hash on average. on_node(level, hash) is told every complete subtree that
  // ends with it, leaf first.
  template <class OnNode>
  void Append(const Hash& leaf_hash, const OnNode& on_node) {
    WHENCE_ASSERT(size_ < kMaxTreeSize);
    Hash hash = leaf_hash;
    on_node(0, hash);
    int level = 0;
    for (uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
      hash = NodeHash(edge_[--depth_], hash);
      on_node(++level, hash);
    }
    edge_[depth_++] = hash;
    ++size_;
  }
  void Append(const Hash& leaf_hash) {
    Append(leaf_hash, [](int, const Hash&) {});
  }

  // Puts a complete subtree of 2^level leaves behind what is there, which must be a multiple of
  // 2^(level + 1) leaves (asserted): how a range is put together from stored hashes.
  void Push(int level, const Hash& hash) {
    WHENCE_ASSERT(level >= 0 && (level >= 63 || size_ % (uint64_t{2} << level) == 0));
    edge_[depth_++] = hash;
    size_ += uint64_t{1} << level;
  }

  // The head of the tree: a hash for each bit of the size but one.
  Hash Head() const {
    if (depth_ == 0) return EmptyRoot();
    Hash head = edge_[depth_ - 1];
    for (size_t i = depth_ - 1; i-- > 0;) head = NodeHash(edge_[i], head);
    return head;
  }

 private:
  uint64_t size_ = 0;
  size_t depth_ = 0;  // one for each bit of size_
  std::array<Hash, 64> edge_;
};

}  // namespace whence::tlog
