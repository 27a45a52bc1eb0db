// A Merkle tree in memory, for what is small: the rows of one batch, of which a proof is asked.
#pragma once

#include <span>
#include <vector>

#include "tlog/compact_range.h"
#include "tlog/merkle.h"

namespace whence::tlog {

// Purpose: every hash of a tree, 64 bytes a leaf. One thread at a time while it is appended to, any
// number of them after that.
class MemoryTree : public HashReader {
 public:
  MemoryTree() = default;
  explicit MemoryTree(std::span<const Hash> leaf_hashes) {
    for (const Hash& hash : leaf_hashes) Append(hash);
  }

  void Append(const Hash& leaf_hash);

  uint64_t size() const { return edge_.size(); }
  Hash Head() const { return edge_.Head(); }

  // InvalidArgument TREE_TOO_SMALL for a node that is not complete yet.
  absl::Status ReadHashes(std::span<const Node> nodes, std::span<Hash> hashes) override;

 private:
  CompactRange edge_;
  std::vector<std::vector<Hash>> levels_;
};

}  // namespace whence::tlog
