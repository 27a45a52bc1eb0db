#include "tlog/merkle.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tlog/compact_range.h"

namespace whence::tlog {
namespace {

constexpr int kSizeBits = 64;

absl::Status TooSmall(std::string_view what) {
  return InvalidArgument("TREE_TOO_SMALL", "", what,
                         "Ask about entries below the size of the tree that you name.");
}

absl::Status Invalid(std::string_view what) {
  return InvalidArgument("PROOF_INVALID", "proof", what,
                         "Get a proof for just these sizes and hashes; if it fails again, what is "
                         "shown is not in the log.");
}

// The largest power of two below `width`, which is at least 2: where RFC 6962 splits a tree.
uint64_t SplitOf(uint64_t width) { return std::bit_floor(width - 1); }

// Appends the nodes of one subtree; says how many.
size_t AppendNodes(Range range, std::vector<Node>* nodes) {
  const size_t before = nodes->size();
  while (range.begin < range.end) {
    const int level = static_cast<int>(std::bit_width(range.end - range.begin)) - 1;
    nodes->push_back({level, range.begin >> level});
    range.begin += uint64_t{1} << level;
  }
  return nodes->size() - before;
}

// The head over complete subtrees that stand beside each other, the largest first.
Hash Fold(std::span<const Hash> hashes) {
  Hash head = hashes.back();
  for (size_t i = hashes.size() - 1; i-- > 0;) head = NodeHash(hashes[i], head);
  return head;
}

// The subtrees whose heads show that `part` belongs to `whole`, lowest first: on the way down to
// `part` the side that is not gone to. Where the way ends before the whole of `part` is met (it has
// a left side that is complete, and goes on to the right), its last piece is shown as well.
std::vector<Range> ProofRanges(Range part, Range whole) {
  std::vector<Range> ranges;
  bool is_known = true;  // whoever checks the proof has the head of what is left of `part`
  while (part != whole) {
    const uint64_t split = whole.begin + SplitOf(whole.end - whole.begin);
    if (part.end <= split) {
      ranges.push_back({split, whole.end});
      whole.end = split;
      continue;
    }
    ranges.push_back({whole.begin, split});
    if (part.begin < split) {  // both begin here, as subtrees do that are split
      part.begin = split;
      is_known = false;
    }
    whole.begin = split;
  }
  if (!is_known) ranges.push_back(whole);
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

// RFC 9162, 2.1.3.2, with the index and the last index of the leaves among themselves.
absl::Status CheckPath(uint64_t index, uint64_t last, Hash hash, std::span<const Hash> proof,
                       const Hash& root) {
  for (const Hash& sibling : proof) {
    if (last == 0) return Invalid("has more hashes than lead to the head");
    if ((index & 1) != 0 || index == last) {
      hash = NodeHash(sibling, hash);
      while ((index & 1) == 0 && index != 0) {
        index >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    index >>= 1;
    last >>= 1;
  }
  if (last != 0) return Invalid("has fewer hashes than lead to the head");
  if (hash != root) return Invalid("leads to another head");
  return absl::OkStatus();
}

absl::Status CheckEmpty(Range subtree, uint64_t size, const Hash& subtree_head,
                        std::span<const Hash> proof) {
  if (subtree.end > size) return Invalid("is about leaves that the tree does not have");
  if (!proof.empty()) return Invalid("has hashes, though there are no leaves to show");
  if (subtree_head != EmptyRoot()) return Invalid("is about no leaves, which have another head");
  return absl::OkStatus();
}

}  // namespace

bool IsSubtree(Range range) {
  if (range.begin >= range.end) return false;
  if (range.begin == 0) return true;
  const uint64_t width = range.end - range.begin;
  return width <= uint64_t{1} << (kSizeBits - 1) && range.begin % std::bit_ceil(width) == 0;
}

std::vector<Node> CompleteSubtrees(Range range) {
  WHENCE_ASSERT(IsSubtree(range));
  std::vector<Node> nodes;
  nodes.reserve(static_cast<size_t>(std::popcount(range.end - range.begin)));
  AppendNodes(range, &nodes);
  return nodes;
}

absl::StatusOr<Hash> TreeHead(uint64_t size, HashReader& reader) {
  if (size == 0) return EmptyRoot();
  if (size > kMaxTreeSize) return TooSmall(StrCat("no tree has ", size, " entries"));
  return SubtreeHead({0, size}, reader);
}

absl::StatusOr<Hash> SubtreeHead(Range range, HashReader& reader) {
  const std::vector<Node> nodes = CompleteSubtrees(range);
  std::vector<Hash> hashes(nodes.size());
  WHENCE_RETURN_IF_ERROR(reader.ReadHashes(nodes, hashes));
  return Fold(hashes);
}

Hash HeadOf(std::span<const Hash> leaf_hashes) {
  CompactRange range;
  for (const Hash& hash : leaf_hashes) range.Append(hash);
  return range.Head();
}

absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t index, uint64_t size,
                                                 HashReader& reader) {
  if (index >= size) {
    return TooSmall(StrCat("entry ", index, " is not in a tree of ", size, " entries"));
  }
  return SubtreeProof({index, index + 1}, {0, size}, reader);
}

absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size,
                                                   HashReader& reader) {
  if (old_size == 0) return TooSmall("an empty tree is the beginning of any; nothing shows it");
  if (old_size > new_size) {
    return TooSmall(
        StrCat("a tree of ", new_size, " entries does not begin with one of ", old_size));
  }
  return SubtreeProof({0, old_size}, {0, new_size}, reader);
}

absl::StatusOr<std::vector<Hash>> SubtreeProof(Range part, Range whole, HashReader& reader) {
  if (whole.end > kMaxTreeSize) return TooSmall(StrCat("no tree has ", whole.end, " entries"));
  if (!IsSubtree(part) || !IsSubtree(whole) || part.begin < whole.begin || part.end > whole.end) {
    return TooSmall(StrCat("entries ", part.begin, " to ", part.end, " are no subtree within ",
                           whole.begin, " to ", whole.end));
  }
  const std::vector<Range> ranges = ProofRanges(part, whole);
  std::vector<Node> nodes;
  nodes.reserve(ranges.size() + kSizeBits);  // at most one of them is not complete in itself
  std::vector<size_t> counts;
  counts.reserve(ranges.size());
  for (const Range& range : ranges) counts.push_back(AppendNodes(range, &nodes));
  std::vector<Hash> hashes(nodes.size());
  WHENCE_RETURN_IF_ERROR(reader.ReadHashes(nodes, hashes));
  std::vector<Hash> proof;
  proof.reserve(ranges.size());
  std::span<const Hash> rest = hashes;
  for (const size_t count : counts) {
    proof.push_back(Fold(rest.first(count)));
    rest = rest.subspan(count);
  }
  return proof;
}

absl::Status CheckInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash,
                            std::span<const Hash> proof, const Hash& root) {
  if (index >= size) {
    return Invalid(StrCat("is about entry ", index, " of a tree of ", size, " entries"));
  }
  return CheckPath(index, size - 1, leaf_hash, proof, root);
}

absl::Status CheckSubtreeInclusion(uint64_t index, Range subtree, const Hash& leaf_hash,
                                   std::span<const Hash> proof, const Hash& subtree_head) {
  if (!IsSubtree(subtree) || index < subtree.begin || index >= subtree.end) {
    return Invalid("is about an entry outside of the subtree, or about no subtree");
  }
  return CheckPath(index - subtree.begin, subtree.end - subtree.begin - 1, leaf_hash, proof,
                   subtree_head);
}

absl::Status CheckConsistency(uint64_t old_size, uint64_t new_size, const Hash& old_root,
                              const Hash& new_root, std::span<const Hash> proof) {
  if (old_size == 0) return Invalid("is from an empty tree, which is the beginning of any");
  return CheckSubtree({0, old_size}, new_size, old_root, new_root, proof);
}

// The draft's algorithm; with begin 0 it is that of RFC 9162, section 2.1.4.2.
absl::Status CheckSubtree(Range subtree, uint64_t size, const Hash& subtree_head, const Hash& root,
                          std::span<const Hash> proof) {
  if (subtree.begin == subtree.end) return CheckEmpty(subtree, size, subtree_head, proof);
  if (!IsSubtree(subtree)) return Invalid("is about leaves that are no subtree");
  if (subtree.end > size) return Invalid("is about leaves that the tree does not have");
  uint64_t first = subtree.begin;
  uint64_t last = subtree.end - 1;
  uint64_t end = size - 1;
  const auto up = [&] {
    first >>= 1;
    last >>= 1;
    end >>= 1;
  };
  // Up to the lowest node that is the subtree's alone, or that ends with it.
  const bool ends_with_tree = last == end;
  while (first != last && (ends_with_tree || (last & 1) != 0)) up();
  Hash subtree_side = subtree_head;
  Hash tree_side = subtree_head;
  if (first != last) {
    if (proof.empty()) return Invalid("has fewer hashes than lead to the head");
    subtree_side = tree_side = proof.front();
    proof = proof.subspan(1);
  }
  for (const Hash& hash : proof) {
    if (end == 0) return Invalid("has more hashes than lead to the head");
    if ((last & 1) != 0 || last == end) {
      if (first < last) subtree_side = NodeHash(hash, subtree_side);
      tree_side = NodeHash(hash, tree_side);
      while ((last & 1) == 0 && last != 0) up();
    } else {
      tree_side = NodeHash(tree_side, hash);
    }
    up();
  }
  if (end != 0) return Invalid("has fewer hashes than lead to the head");
  if (subtree_side != subtree_head) return Invalid("leads to another head of the older tree");
  if (tree_side != root) return Invalid("leads to another head");
  return absl::OkStatus();
}

}  // namespace whence::tlog
