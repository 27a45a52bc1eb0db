// The floor of walks: breadth-first search over flat arrays.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <vector>

#include "lineage/graph.h"
#include "support/edges.h"

namespace whence::bench {

// The graph keeps its lists on large pages; so does the floor, or it would be a low one.
template <typename T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <typename U>
  explicit LargePages(const LargePages<U>& /*other*/) {}
  T* allocate(size_t count) {
    constexpr size_t kPage = size_t{2} << 20;
    const size_t bytes = (count * sizeof(T) + kPage - 1) / kPage * kPage;
    void* memory = std::aligned_alloc(kPage, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t /*count*/) { std::free(memory); }
  friend bool operator==(const LargePages&, const LargePages&) { return true; }
};

// Purpose: offsets, targets, a bitmap and a queue: no positions, no way back, nothing that could
// grow. Ownership: owns copies of the edges. Thread-safety: none.
class FlatSearch {
 public:
  explicit FlatSearch(const Edges& edges);

  // The number of nodes reached downstream of `root`, itself included; when that is more than
  // `enough`, some number that is.
  size_t Run(lineage::NodeId root, size_t enough = std::numeric_limits<size_t>::max());
  // A version from which about `wanted` nodes are reached: the best of a sample.
  lineage::NodeId RootReaching(const Edges& edges, size_t wanted);

 private:
  std::vector<uint32_t, LargePages<uint32_t>> offsets_;
  std::vector<uint32_t, LargePages<uint32_t>> targets_;
  std::vector<uint64_t, LargePages<uint64_t>> visited_;
  std::vector<uint32_t, LargePages<uint32_t>> queue_;
};

}  // namespace whence::bench
