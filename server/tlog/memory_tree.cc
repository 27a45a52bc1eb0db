#include "tlog/memory_tree.h"

#include <cstddef>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"

namespace whence::tlog {

void MemoryTree::Append(const Hash& leaf_hash) {
  edge_.Append(leaf_hash, [this](int level, const Hash& hash) {
    if (levels_.size() <= static_cast<size_t>(level)) levels_.emplace_back();
    levels_[static_cast<size_t>(level)].push_back(hash);
  });
}

absl::Status MemoryTree::ReadHashes(std::span<const Node> nodes, std::span<Hash> hashes) {
  WHENCE_ASSERT(nodes.size() == hashes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto level = static_cast<size_t>(nodes[i].level);
    if (level >= levels_.size() || nodes[i].index >= levels_[level].size()) {
      return InvalidArgument("TREE_TOO_SMALL", "",
                             StrCat("a tree of ", size(), " entries has no node ", nodes[i].index,
                                    " of level ", nodes[i].level),
                             "Ask about entries below the size of the tree.");
    }
    hashes[i] = levels_[level][nodes[i].index];
  }
  return absl::OkStatus();
}

}  // namespace whence::tlog
