// Merkle trees as RFC 6962 and RFC 9162 have them: heads and proofs, made from stored hashes and
// checked without any. Subtrees [begin, end) as the Merkle Tree Certificates draft has them: the
// subtree that a head over its leaves alone would have, which a proof ties to the whole tree. An
// entry (a subtree of one leaf) and an older tree (one that begins at 0) are cases of it, so there
// is one way to make proofs.
//
// Nothing here recurses, does I/O or keeps state; all functions may be called on any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tlog/hash.h"

namespace whence::tlog {

// A complete subtree of 2^level leaves: that of the leaves [index << level, (index + 1) << level).
// Its hash never changes, however the tree grows; these are the hashes that are stored.
struct Node {
  int level = 0;
  uint64_t index = 0;
  friend bool operator==(const Node&, const Node&) = default;
};

// Leaves [begin, end) of a tree.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// Where the hashes of complete subtrees are read.
class HashReader {
 public:
  virtual ~HashReader() = default;

  // Puts the hash of nodes[i] into hashes[i]; both have the same size. All that one question needs
  // is asked for at once. Errors are the reader's own; TREE_TOO_SMALL for a node that is not there.
  virtual absl::Status ReadHashes(std::span<const Node> nodes, std::span<Hash> hashes) = 0;
};

// True if the leaves are those of a subtree: it is not empty, and begins at a multiple of the
// smallest power of two that holds it.
bool IsSubtree(Range range);

// The complete subtrees that `range` (a subtree, asserted) is made of, from left to right: at most
// one for each bit of its size.
std::vector<Node> CompleteSubtrees(Range range);

// --- Heads ---

// The head of the first `size` leaves. InvalidArgument TREE_TOO_SMALL: over kMaxTreeSize; or the
// reader's error.
absl::StatusOr<Hash> TreeHead(uint64_t size, HashReader& reader);

// The head of the subtree `range` (asserted to be one).
absl::StatusOr<Hash> SubtreeHead(Range range, HashReader& reader);

// The head over these leaves' hashes, as of the rows of one batch. Allocates nothing.
Hash HeadOf(std::span<const Hash> leaf_hashes);

// --- Proofs, made ---

// The hashes that lead from entry `index` to the head of the first `size` leaves, lowest first.
// InvalidArgument TREE_TOO_SMALL unless index < size <= kMaxTreeSize; or the reader's error.
absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t index, uint64_t size, HashReader& reader);

// That the tree of `new_size` begins with the tree of `old_size`. InvalidArgument TREE_TOO_SMALL
// unless 0 < old_size <= new_size <= kMaxTreeSize; or the reader's error.
absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size,
                                                   HashReader& reader);

// That `part` belongs to `whole`. Both are subtrees, or it is InvalidArgument TREE_TOO_SMALL, as it
// is where `part` is not within `whole` or that ends behind kMaxTreeSize.
absl::StatusOr<std::vector<Hash>> SubtreeProof(Range part, Range whole, HashReader& reader);

// --- Proofs, checked ---
// All of them: OK, or InvalidArgument PROOF_INVALID. Every number and hash may be an attacker's. A
// proof has exactly the hashes that it needs.

// RFC 9162, section 2.1.3.2.
absl::Status CheckInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash,
                            std::span<const Hash> proof, const Hash& root);

// RFC 9162, section 2.1.4.2. From an empty tree nothing can be shown, so that is no proof.
absl::Status CheckConsistency(uint64_t old_size, uint64_t new_size, const Hash& old_root,
                              const Hash& new_root, std::span<const Hash> proof);

// That the leaf at `index` of the whole tree is in the subtree with this head.
absl::Status CheckSubtreeInclusion(uint64_t index, Range subtree, const Hash& leaf_hash,
                                   std::span<const Hash> proof, const Hash& subtree_head);

// That the subtree with this head is in the tree of `size`. An empty subtree with the head that it
// must have is in every tree that reaches to it, without any proof: `root` is not looked at then.
absl::Status CheckSubtree(Range subtree, uint64_t size, const Hash& subtree_head, const Hash& root,
                          std::span<const Hash> proof);

}  // namespace whence::tlog
