// Tables that grow without moving, in memory taken page by page from the kernel.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/assert.h"

namespace whence::lineage::internal {

// Zeroed memory that costs nothing until it is touched. `large` asks for 2 MiB pages, which
// halve the cost of random access but are resident as a whole. Throws std::bad_alloc.
void* MapPages(size_t bytes, bool large);
void UnmapPages(void* pages, size_t bytes);

// Words that the writer stores and readers load. std::atomic_ref would say the same; hardened
// standard libraries check alignment at each use of one, in the middle of the walks' inner loop.
template <typename T>
T LoadAcquire(const T& word) {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
template <typename T>
void StoreRelease(T& word, T value) {
  __atomic_store_n(&word, value, __ATOMIC_RELEASE);
}

// Purpose: an array of zero-initialised T whose elements never move, so that readers may look at
// some while the writer adds others. Chunks of 2^18 elements hang in a table of pointers that
// has room for kMaxChunks from the start (untouched, it costs nothing).
// Ownership: owns its chunks until destroyed.
// Thread-safety: one writer (Ensure, MapRun); any number of readers at the same time. Elements
// themselves are synchronised by whoever uses them.
template <typename T, size_t kMaxChunks = 8192>
class SegmentedTable {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  static constexpr size_t kChunkBits = 18;
  static constexpr size_t kChunkSize = size_t{1} << kChunkBits;
  static constexpr size_t kCapacity = kMaxChunks * kChunkSize;

  SegmentedTable() : chunks_(static_cast<T**>(MapPages(kMaxChunks * sizeof(T*), false))) {}
  ~SegmentedTable() {
    for (const Mapping& mapping : mappings_) UnmapPages(mapping.pages, mapping.bytes);
    UnmapPages(chunks_, kMaxChunks * sizeof(T*));
  }
  SegmentedTable(const SegmentedTable&) = delete;
  SegmentedTable& operator=(const SegmentedTable&) = delete;

  // The element, or null when its chunk does not exist (yet).
  T* Find(size_t index) const {
    if (index >= kCapacity) return nullptr;
    T* chunk = Chunk(index >> kChunkBits);
    return chunk == nullptr ? nullptr : chunk + (index & (kChunkSize - 1));
  }

  // The element, which must exist: the caller learned of `index` from something that was
  // published after the element was made.
  T* At(size_t index) const { return Chunk(index >> kChunkBits) + (index & (kChunkSize - 1)); }

  // Writer: the element, made when missing.
  T* Ensure(size_t index) {
    WHENCE_ASSERT(index < kCapacity);
    if (Chunk(index >> kChunkBits) == nullptr) MapRun(index >> kChunkBits, 1);
    if (index >= used_.load(std::memory_order_relaxed)) {
      used_.store(index + 1, std::memory_order_relaxed);
    }
    return At(index);
  }

  // Writer: makes `count` missing chunks in one piece, so that the elements of all of them are
  // contiguous in memory.
  void MapRun(size_t first, size_t count) {
    WHENCE_ASSERT(first + count <= kMaxChunks);
    const size_t bytes = count * kChunkSize * sizeof(T);
    // The first chunk stays on small pages: an empty catalog should cost next to nothing.
    T* pages = static_cast<T*>(MapPages(bytes, first + count > 1));
    mappings_.push_back({pages, bytes});
    mapped_bytes_.store(mapped_bytes_.load(std::memory_order_relaxed) + bytes,
                        std::memory_order_relaxed);
    for (size_t i = 0; i < count; ++i) {
      WHENCE_ASSERT(Chunk(first + i) == nullptr);
      StoreRelease(chunks_[first + i], pages + i * kChunkSize);
    }
  }

  // Bytes of the elements up to the last one made.
  size_t UsedBytes() const { return used_.load(std::memory_order_relaxed) * sizeof(T); }
  // Bytes that are resident: touched pages of a single small chunk, else whole chunks. From any
  // thread; approximate while the writer writes.
  size_t MemoryBytes() const {
    const size_t mapped = mapped_bytes_.load(std::memory_order_relaxed);
    if (mapped > kChunkSize * sizeof(T)) return mapped;
    return std::min(mapped, (UsedBytes() + 4095) / 4096 * 4096);
  }

 private:
  struct Mapping {
    void* pages;
    size_t bytes;
  };

  T* Chunk(size_t number) const { return LoadAcquire(chunks_[number]); }

  T** const chunks_;
  std::vector<Mapping> mappings_;  // writer
  std::atomic<size_t> mapped_bytes_{0};
  std::atomic<size_t> used_{0};
};

}  // namespace whence::lineage::internal
