#include "tlog/merkle.h"

#include <array>
#include <catch2/catch.hpp>
#include <limits>

#include "absl/strings/escaping.h"
#include "base/base_test_util.h"
#include "base/limits.h"
#include "naive_tree.h"
#include "tlog/memory_tree.h"
#include "tlog/plain_hash.h"

namespace whence::tlog {
namespace {

using testing::Leaves;
using testing::MakeLeaves;
using testing::NaiveHead;
using testing::NaiveInclusion;
using testing::NaiveSubproof;
using whence::testing::Random;
using whence::testing::ReasonOf;

std::string Hex(const Hash& hash) { return absl::BytesToHexString(ToAbsl(hash.view())); }

// The leaves of the trees that Certificate Transparency's own tests are about.
const std::array<std::string, 8> kKnownLeaves = {
    std::string(), std::string(1, '\0'), "\x10", " !", "01", "@ABC",
    "PQRSTUVW",    "`abcdefghijklmno"};

TEST_CASE("a plain hash is that of its two parts as one") {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  for (const auto& [first, second] :
       {std::pair("abc", ""), std::pair("", "abc"), std::pair("ab", "c")}) {
    CHECK(Hex(PlainHash(first, second)) == abc);
  }
}

TEST_CASE("heads are those of RFC 6962's known trees", "[merkle]") {
  const std::array<const char*, 9> heads = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MemoryTree tree;
  Leaves leaves;
  CHECK(Hex(tree.Head()) == heads[0]);
  CHECK(Hex(*TreeHead(0, tree)) == heads[0]);
  for (size_t i = 0; i < kKnownLeaves.size(); ++i) {
    leaves.push_back(LeafHash(kKnownLeaves[i]));
    tree.Append(leaves.back());
    CHECK(Hex(tree.Head()) == heads[i + 1]);
    CHECK(Hex(*TreeHead(i + 1, tree)) == heads[i + 1]);
    CHECK(Hex(HeadOf(leaves)) == heads[i + 1]);
  }
  CHECK(Hex(*TreeHead(5, tree)) == heads[5]);  // an older one
}

TEST_CASE("a leaf is no node, whatever it has in it", "[merkle]") {
  const Hash left = LeafHash("L123456");
  const Hash right = LeafHash("R");
  CHECK(Hex(left) == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  std::string both(left.view());
  both.append(right.view());
  CHECK(NodeHash(left, right) != LeafHash(both));
  CHECK(NodeHash(left, right) != NodeHash(right, left));
}

TEST_CASE("hashes are read from what is one and nothing else", "[merkle]") {
  const Hash hash = LeafHash("a");
  CHECK(Hash::FromBytes(hash.view()) == hash);
  CHECK(Hash::FromBase64(hash.ToBase64()) == hash);
  CHECK_FALSE(Hash::FromBytes(hash.view().substr(1)));
  CHECK_FALSE(Hash::FromBytes(std::string(hash.view()) + "x"));
  const std::string text = hash.ToBase64();
  CHECK_FALSE(Hash::FromBase64(text + "\n"));
  CHECK_FALSE(Hash::FromBase64(text.substr(0, text.size() - 1)));
  CHECK_FALSE(Hash::FromBase64(""));
}

TEST_CASE("all pairs of sizes up to 70: heads and proofs are RFC 6962's, and are accepted",
          "[merkle]") {
  constexpr size_t kMost = 70;
  const Leaves leaves = MakeLeaves(kMost);
  MemoryTree tree(leaves);
  for (size_t size = 1; size <= kMost; ++size) {
    const std::span<const Hash> part = std::span<const Hash>(leaves).first(size);
    const Hash root = NaiveHead(part);
    REQUIRE(*TreeHead(size, tree) == root);
    REQUIRE(HeadOf(part) == root);
    for (size_t index = 0; index < size; ++index) {
      const std::vector<Hash> proof = *InclusionProof(index, size, tree);
      REQUIRE(proof == NaiveInclusion(index, part));
      REQUIRE(CheckInclusion(index, size, leaves[index], proof, root).ok());
    }
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      const std::vector<Hash> proof = *ConsistencyProof(old_size, size, tree);
      REQUIRE(proof == NaiveSubproof(old_size, part, true));
      const Hash old_root = NaiveHead(part.first(old_size));
      REQUIRE(CheckConsistency(old_size, size, old_root, root, proof).ok());
    }
  }
}

TEST_CASE("trees of random sizes to a few thousand agree with the naive ones", "[merkle]") {
  Random random(1);
  const Leaves leaves = MakeLeaves(5000);
  MemoryTree tree(leaves);
  for (int round = 0; round < 60; ++round) {
    const size_t size = 1 + random.Below(leaves.size());
    const std::span<const Hash> part = std::span<const Hash>(leaves).first(size);
    const Hash root = NaiveHead(part);
    REQUIRE(*TreeHead(size, tree) == root);
    const size_t index = random.Below(size);
    const std::vector<Hash> inclusion = *InclusionProof(index, size, tree);
    REQUIRE(inclusion == NaiveInclusion(index, part));
    REQUIRE(CheckInclusion(index, size, leaves[index], inclusion, root).ok());
    const size_t old_size = 1 + random.Below(size);
    const std::vector<Hash> consistency = *ConsistencyProof(old_size, size, tree);
    REQUIRE(consistency == NaiveSubproof(old_size, part, true));
    REQUIRE(
        CheckConsistency(old_size, size, NaiveHead(part.first(old_size)), root, consistency).ok());
  }
}

TEST_CASE("every subtree of small trees is shown to belong to them", "[merkle]") {
  constexpr size_t kMost = 33;
  const Leaves leaves = MakeLeaves(kMost);
  MemoryTree tree(leaves);
  const std::span<const Hash> all(leaves);
  for (size_t begin = 0; begin < kMost; ++begin) {
    for (size_t end = begin + 1; end <= kMost; ++end) {
      const Range part{begin, end};
      if (!IsSubtree(part)) {
        REQUIRE(ReasonOf(SubtreeProof(part, {0, kMost}, tree)) == "TREE_TOO_SMALL");
        continue;
      }
      const Hash head = NaiveHead(all.subspan(begin, end - begin));
      REQUIRE(*SubtreeHead(part, tree) == head);
      for (size_t size = end; size <= kMost; ++size) {
        const std::vector<Hash> proof = *SubtreeProof(part, {0, size}, tree);
        REQUIRE(CheckSubtree(part, size, head, NaiveHead(all.first(size)), proof).ok());
      }
      for (size_t index = begin; index < end; ++index) {
        const std::vector<Hash> proof = *SubtreeProof({index, index + 1}, part, tree);
        REQUIRE(CheckSubtreeInclusion(index, part, leaves[index], proof, head).ok());
        REQUIRE(ReasonOf(CheckSubtreeInclusion(index + 1, part, leaves[index], proof, head)) ==
                "PROOF_INVALID");
      }
    }
  }
}

// Each bit of a hash flipped.
template <class Thing>
void ForEachFlip(Hash& hash, const Thing& thing) {
  for (size_t bit = 0; bit < 8 * kHashBytes; ++bit) {
    hash.bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    thing();
    hash.bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
}

TEST_CASE("every bit of an inclusion proof matters, and every size and place", "[merkle]") {
  const Leaves leaves = MakeLeaves(13);
  MemoryTree tree(leaves);
  for (const size_t size : {1u, 2u, 7u, 8u, 13u}) {
    for (size_t index = 0; index < size; ++index) {
      Hash root = *TreeHead(size, tree);
      Hash leaf = leaves[index];
      std::vector<Hash> proof = *InclusionProof(index, size, tree);
      const auto refused = [&] {
        return ReasonOf(CheckInclusion(index, size, leaf, proof, root)) == "PROOF_INVALID";
      };
      int missed = 0;
      for (Hash& hash : proof) ForEachFlip(hash, [&] { missed += !refused(); });
      ForEachFlip(root, [&] { missed += !refused(); });
      ForEachFlip(leaf, [&] { missed += !refused(); });
      REQUIRE(missed == 0);
      for (size_t other = 0; other <= 2 * size; ++other) {
        if (other == index) continue;
        REQUIRE_FALSE(CheckInclusion(other, size, leaf, proof, root).ok());
      }
      std::vector<Hash> longer = proof;
      longer.push_back(root);
      REQUIRE_FALSE(CheckInclusion(index, size, leaf, longer, root).ok());
      if (!proof.empty()) {
        proof.pop_back();
        REQUIRE(refused());
      }
    }
  }
}

TEST_CASE("every bit of a consistency proof matters, and both sizes and roots", "[merkle]") {
  const Leaves leaves = MakeLeaves(13);
  MemoryTree tree(leaves);
  for (size_t size = 1; size <= leaves.size(); ++size) {
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      Hash root = *TreeHead(size, tree);
      Hash old_root = *TreeHead(old_size, tree);
      std::vector<Hash> proof = *ConsistencyProof(old_size, size, tree);
      const auto refused = [&] {
        return ReasonOf(CheckConsistency(old_size, size, old_root, root, proof)) == "PROOF_INVALID";
      };
      int missed = 0;
      for (Hash& hash : proof) ForEachFlip(hash, [&] { missed += !refused(); });
      ForEachFlip(root, [&] { missed += !refused(); });
      ForEachFlip(old_root, [&] { missed += !refused(); });
      REQUIRE(missed == 0);
      REQUIRE_FALSE(CheckConsistency(old_size, old_size - 1, old_root, root, proof).ok());
      REQUIRE_FALSE(CheckConsistency(0, size, old_root, root, proof).ok());
      proof.push_back(root);
      REQUIRE(refused());
    }
  }
}

TEST_CASE("numbers from a stranger end in an error", "[merkle]") {
  constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();
  const Hash hash = LeafHash("a");
  const std::vector<Hash> none;
  const std::vector<Hash> many(100, hash);
  for (const uint64_t a : {uint64_t{0}, uint64_t{1}, kHuge / 2, kHuge / 2 + 1, kHuge - 1, kHuge}) {
    for (const uint64_t b :
         {uint64_t{0}, uint64_t{2}, kHuge / 2, kHuge / 2 + 1, kHuge - 1, kHuge}) {
      for (const std::vector<Hash>& proof : {none, many}) {
        CHECK_FALSE(CheckInclusion(a, b, hash, proof, EmptyRoot()).ok());
        CHECK_FALSE(CheckConsistency(a, b, hash, EmptyRoot(), proof).ok());
        CHECK_FALSE(CheckSubtree({a, b}, kHuge, hash, EmptyRoot(), proof).ok());
        CHECK_FALSE(CheckSubtreeInclusion(kHuge, {a, b}, hash, proof, EmptyRoot()).ok());
      }
    }
  }
}

TEST_CASE("proofs of what a tree does not have are refused", "[merkle]") {
  MemoryTree tree(MakeLeaves(5));
  CHECK(ReasonOf(InclusionProof(5, 5, tree)) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(InclusionProof(0, 0, tree)) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(InclusionProof(2, 6, tree)) == "TREE_TOO_SMALL");  // by the reader
  CHECK(ReasonOf(ConsistencyProof(0, 5, tree)) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(ConsistencyProof(5, 4, tree)) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(TreeHead(6, tree)) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(TreeHead(kMaxTreeSize + 1, tree)) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(TreeHead(kMaxTreeSize, tree)) == "TREE_TOO_SMALL");  // by the reader
  CHECK(ReasonOf(InclusionProof(0, kMaxTreeSize + 1, tree)) == "TREE_TOO_SMALL");
  CHECK(ReasonOf(SubtreeProof({0, 1}, {2, 4}, tree)) == "TREE_TOO_SMALL");
}

TEST_CASE("an empty subtree is in any tree that reaches to it", "[merkle]") {
  const Hash root = LeafHash("a");
  CHECK(CheckSubtree({1, 1}, 1, EmptyRoot(), root, {}).ok());
  CHECK(ReasonOf(CheckSubtree({2, 2}, 1, EmptyRoot(), root, {})) == "PROOF_INVALID");
  CHECK(ReasonOf(CheckSubtree({1, 1}, 1, root, root, {})) == "PROOF_INVALID");
  CHECK(ReasonOf(CheckSubtree({1, 1}, 1, EmptyRoot(), root, {&root, 1})) == "PROOF_INVALID");
}

}  // namespace
}  // namespace whence::tlog
