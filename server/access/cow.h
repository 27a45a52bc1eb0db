// Copy-on-write containers: a copy shares everything, and a change copies the few blocks on the way
// to it. Used by the index, whose states are such copies of each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"

namespace whence::access {

// What `shared` points to, for writing: itself when nobody else has it, else a copy that takes its
// place; a new one when there is none.
//
// That the count is 1 means that no reader has it only when the same holds for everything above it:
// callers go down from the root. A root that was published is kept by its publisher while its copy
// is worked on, so whatever readers can reach has a count of 2 somewhere on the way.
template <class T>
T& Own(std::shared_ptr<T>& shared) {
  if (shared == nullptr) {
    shared = std::make_shared<T>();
  } else if (shared.use_count() != 1) {
    shared = std::make_shared<T>(*shared);
  }
  return *shared;
}

// Purpose: a map whose copies cost one pointer and whose changes cost three small blocks, at any
// size up to some millions. Ownership: owns its keys and values, shared with its copies.
// Thread-safety: as a value; copies are independent.
template <class Key, class Value, class Hash = absl::Hash<Key>, class Equal = std::equal_to<Key>>
class CowMap {
 public:
  // Null when it is not there. Valid until the next change of this copy.
  template <class K>
  const Value* Find(const K& key) const {
    if (root_ == nullptr) return nullptr;
    const Place place(Hash{}(key));
    const Branch* const branch = root_->branches[place.branch].get();
    if (branch == nullptr) return nullptr;
    const Leaf* const leaf = branch->leaves[place.leaf].get();
    if (leaf == nullptr) return nullptr;
    const auto found = leaf->find(key);
    return found == leaf->end() ? nullptr : &found->second;
  }

  // The value, for writing; made when it is not there.
  Value& Edit(const Key& key) { return EditLeaf(key)[key]; }
  void Erase(const Key& key) {
    if (Find(key) != nullptr) EditLeaf(key).erase(key);
  }

  // Calls visit(key, value) for each, in no particular order.
  template <class Visit>
  void ForEach(const Visit& visit) const {
    if (root_ == nullptr) return;
    for (const auto& branch : root_->branches) {
      if (branch == nullptr) continue;
      for (const auto& leaf : branch->leaves) {
        if (leaf == nullptr) continue;
        for (const auto& [key, value] : *leaf) visit(key, value);
      }
    }
  }

 private:
  static constexpr size_t kFan = 64;
  using Leaf = absl::flat_hash_map<Key, Value, Hash, Equal>;
  struct Branch {
    std::array<std::shared_ptr<Leaf>, kFan> leaves;
  };
  struct Root {
    std::array<std::shared_ptr<Branch>, kFan> branches;
  };
  struct Place {
    explicit Place(size_t hash)
        : branch(static_cast<size_t>(hash * kMix >> 58)),
          leaf(static_cast<size_t>(hash * kMix >> 52 & (kFan - 1))) {}
    // The upper bits choose the leaf; a hash may have its best bits below.
    static constexpr uint64_t kMix = 0x9E3779B97F4A7C15U;
    size_t branch;
    size_t leaf;
  };

  Leaf& EditLeaf(const Key& key) {
    const Place place(Hash{}(key));
    return Own(Own(Own(root_).branches[place.branch]).leaves[place.leaf]);
  }

  std::shared_ptr<Root> root_;
};

// Purpose: the same for small dense indices from 0. Ownership, thread-safety: as CowMap.
template <class Value>
class CowArray {
 public:
  // Null where nothing was written near; beside what was written there are empty values.
  const Value* Find(size_t index) const {
    const size_t top = index / (kLeaf * kFan);
    if (branches_ == nullptr || top >= branches_->size()) return nullptr;
    const Branch* const branch = (*branches_)[top].get();
    if (branch == nullptr) return nullptr;
    const Leaf* const leaf = branch->leaves[index / kLeaf % kFan].get();
    return leaf == nullptr ? nullptr : &leaf->values[index % kLeaf];
  }

  Value& Edit(size_t index) {
    const size_t top = index / (kLeaf * kFan);
    auto& branches = Own(branches_);
    if (top >= branches.size()) branches.resize(top + 1);
    return Own(Own(branches[top]).leaves[index / kLeaf % kFan]).values[index % kLeaf];
  }

 private:
  static constexpr size_t kLeaf = 32;
  static constexpr size_t kFan = 256;
  struct Leaf {
    std::array<Value, kLeaf> values;
  };
  struct Branch {
    std::array<std::shared_ptr<Leaf>, kFan> leaves;
  };

  std::shared_ptr<std::vector<std::shared_ptr<Branch>>> branches_;
};

}  // namespace whence::access
