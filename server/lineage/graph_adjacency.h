// Adjacency lists: for each id a list of entries in order of position, in one 8-byte header.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "base/assert.h"
#include "lineage/graph.h"
#include "lineage/graph_arena.h"
#include "lineage/graph_table.h"

namespace whence::lineage::internal {

// A header says everything about a list, so one atomic load gives a reader a consistent view:
//   0                                        the empty list
//   1 | node:31 | position:32                one entry, inside the header (8-byte entries only)
//   0 | kind:2 | size:28 | block index:33    entries in the arena
// Most versions are written by one run and most runs write one version: the inline form halves
// what those cost.
enum class ListKind : uint64_t {
  kGrowing = 0,    // one block with room for BlockCapacity(size)
  kExact = 1,      // one block of exactly `size`, made by the bulk loader
  kDirectory = 2,  // a block of indexes of segments; all segments full but the last
};

inline constexpr uint64_t kInlineBit = uint64_t{1} << 63;
inline constexpr size_t kMaxListSize = (size_t{1} << 28) - 1;
// Room for the edges of one commit, which are counted before it: each takes several bytes of its
// requests.
static_assert(kMaxListSize - kMaxNodeEdges > (kMaxWriterBatchBytes + kMaxRequestBytes) / 4);
// Beyond this a list grows by segments: the writer never copies more than 2 KiB of edges at once,
// however long a list is, and what long lists outgrow is little.
inline constexpr size_t kSegmentSize = 256;

// A non-inline header, taken apart.
struct ListView {
  ListKind kind;
  size_t size;
  uint64_t block;

  static ListView Unpack(uint64_t header) {
    return {static_cast<ListKind>(header >> 61), static_cast<size_t>(header >> 33) & kMaxListSize,
            header & BlockArena::kMaxIndex};
  }
  static uint64_t Pack(ListKind kind, size_t size, uint64_t block) {
    return static_cast<uint64_t>(kind) << 61 | static_cast<uint64_t>(size) << 33 | block;
  }
};

// Purpose: the lists of one direction. Entries are only ever added; a list that must move (full,
// or an entry arrives out of order) is copied and its old block retired.
// Ownership: owns the headers, borrows the arena.
// Thread-safety: one writer (Append, BulkLoad); readers at the same time, under an epoch guard.
template <typename Entry>
class Adjacency {
  static_assert(std::is_trivially_copyable_v<Entry> && sizeof(Entry) % sizeof(uint64_t) == 0);

 public:
  static constexpr size_t kEntryWords = sizeof(Entry) / sizeof(uint64_t);
  static constexpr bool kInline = std::is_same_v<Entry, Edge>;

  explicit Adjacency(BlockArena* arena) : arena_(arena) {}

  // --- reading ---

  // The header of an id that may not be known (0 then).
  uint64_t Find(uint32_t id) const {
    uint64_t* header = headers_.Find(id);
    return header == nullptr ? 0 : LoadAcquire(*header);
  }
  // The header of an id taken from an entry or from a published node.
  uint64_t Header(uint32_t id) const { return LoadAcquire(*headers_.At(id)); }

  void PrefetchHeader(uint32_t id) const { __builtin_prefetch(headers_.At(id)); }
  // After the header has come: fetches the start of the list. No branch: whether a list is in
  // its header is a coin toss for the processor.
  void PrefetchList(uint32_t id) const {
    __builtin_prefetch(arena_->At(OutOfHeader(Header(id)) & BlockArena::kMaxIndex));
  }

  // Calls visit(const Entry* begin, const Entry* end) -> bool for each contiguous part of what
  // the list has up to `bound`, until it returns false; returns false then. Written with one
  // call and few branches, as walks spend their time here.
  template <typename Visit>
  bool ForEachSpan(uint64_t header, uint32_t bound, Visit&& visit) const {
    const bool in_header = kInline && (header & kInlineBit) != 0;
    const ListView list = ListView::Unpack(OutOfHeader(header));
    const Entry single = UnpackInline(header);
    const Entry* begin = in_header ? &single : At(list.block);
    size_t left = in_header ? 1 : list.size;
    size_t count = left;
    const uint64_t* segment = nullptr;
    if (list.kind == ListKind::kDirectory) [[unlikely]] {
      segment = Words(list.block);
      begin = At(*segment);
      count = std::min(left, kSegmentSize);
    }
    for (;;) {
      const Entry* end = Seen(begin, begin + count, bound);
      if (!visit(begin, end)) return false;
      left -= count;
      if (left == 0 || end != begin + count) [[likely]]
        return true;
      begin = At(*++segment);
      count = std::min(left, kSegmentSize);
    }
  }

  // Calls visit(const Entry&) -> bool for the entries with a position <= bound, until it returns
  // false; returns false then.
  template <typename Visit>
  bool ForEach(uint64_t header, uint32_t bound, Visit&& visit) const {
    return ForEachSpan(header, bound, [&visit](const Entry* entry, const Entry* end) {
      for (; entry != end; ++entry) {
        if (!visit(*entry)) return false;
      }
      return true;
    });
  }

  // Entries with a position <= bound.
  size_t Count(uint64_t header, uint32_t bound) const {
    size_t count = 0;
    ForEachSpan(header, bound, [&count](const Entry* begin, const Entry* end) {
      count += static_cast<size_t>(end - begin);
      return true;
    });
    return count;
  }

  // Entries in all, without looking at any.
  static size_t Size(uint64_t header) {
    if (header == 0) return 0;
    return (header & kInlineBit) != 0 ? 1 : ListView::Unpack(header).size;
  }

  // --- writer ---

  // Makes room for the lists of ids up to `id`.
  void Ensure(uint32_t id) { static_cast<void>(headers_.Ensure(id)); }

  void Append(uint32_t id, const Entry& entry) {
    uint64_t* slot = headers_.Ensure(id);
    const uint64_t header = *slot;
    uint64_t changed = 0;
    if (header == 0) {
      changed = First(entry);
    } else if (LastPosition(header) > entry.position) {
      changed = InsertLate(header, entry);
    } else if ((header & kInlineBit) != 0 || !IsDirectoryNext(header)) {
      changed = AppendToBlock(header, entry);
    } else {
      changed = AppendToDirectory(header, entry);
    }
    StoreRelease(*slot, changed);
    ++entry_count_;
    arena_->RecycleWhenMany();  // not earlier: until the store, readers find the old block
  }

  // For the loader: the header slot itself.
  uint64_t* Slot(uint32_t id) { return headers_.Ensure(id); }
  static uint64_t PackInline(const Entry& entry) requires(kInline) {
    return kInlineBit | static_cast<uint64_t>(entry.node) << 32 | entry.position;
  }
  void AddToCount(size_t entries) { entry_count_ += entries; }

  size_t entry_count() const { return entry_count_; }
  size_t HeaderBytes() const { return headers_.UsedBytes(); }
  // Headers, with those of ids to come.
  size_t TableBytes() const { return headers_.MemoryBytes(); }

 private:
  // Meaningless unless the entry is in the header.
  static Entry UnpackInline(uint64_t header) {
    if constexpr (kInline) {
      return {static_cast<NodeId>(header >> 32) & kMaxNodeId, static_cast<uint32_t>(header)};
    } else {
      return {};
    }
  }
  // The header, or that of an empty list when its entry is in the header.
  static uint64_t OutOfHeader(uint64_t header) {
    return kInline && (header & kInlineBit) != 0 ? 0 : header;
  }
  // The end of what is seen of [begin, end).
  static const Entry* Seen(const Entry* begin, const Entry* end, uint32_t bound) {
    if (begin == end || (end - 1)->position <= bound) return end;
    if (end - begin > 16) {
      return std::upper_bound(begin, end, bound,
                              [](uint32_t b, const Entry& e) { return b < e.position; });
    }
    do {
      --end;
    } while (end != begin && (end - 1)->position > bound);
    return end;
  }
  Entry* At(uint64_t block) const { return static_cast<Entry*>(arena_->At(block)); }
  uint64_t* Words(uint64_t block) const { return static_cast<uint64_t*>(arena_->At(block)); }

  static bool IsDirectoryNext(uint64_t header) {
    const ListView list = ListView::Unpack(header);
    return list.kind == ListKind::kDirectory || list.size >= kSegmentSize;
  }

  uint32_t LastPosition(uint64_t header) const {
    if constexpr (kInline) {
      if ((header & kInlineBit) != 0) return UnpackInline(header).position;
    }
    const ListView list = ListView::Unpack(header);
    const size_t last = list.size - 1;
    if (list.kind != ListKind::kDirectory) return At(list.block)[last].position;
    return At(Words(list.block)[last / kSegmentSize])[last % kSegmentSize].position;
  }

  uint64_t First(const Entry& entry) {
    if constexpr (kInline) {
      return PackInline(entry);
    } else {
      const uint64_t block = arena_->Allocate(kEntryWords);
      *At(block) = entry;
      return ListView::Pack(ListKind::kGrowing, 1, block);
    }
  }

  uint64_t AppendToBlock(uint64_t header, const Entry& entry) {
    if constexpr (kInline) {
      if ((header & kInlineBit) != 0) {
        const uint64_t block = arena_->Allocate(2 * kEntryWords);
        At(block)[0] = UnpackInline(header);
        At(block)[1] = entry;
        return ListView::Pack(ListKind::kGrowing, 2, block);
      }
    }
    const ListView list = ListView::Unpack(header);
    const size_t capacity = BlockSize(list);
    uint64_t block = list.block;
    if (list.size == capacity) {
      block = arena_->Allocate(BlockCapacity(list.size + 1) * kEntryWords);
      std::copy_n(At(list.block), list.size, At(block));
      arena_->Retire(list.block, capacity * kEntryWords);
    }
    At(block)[list.size] = entry;
    return ListView::Pack(ListKind::kGrowing, list.size + 1, block);
  }

  static size_t BlockSize(const ListView& list) {
    return list.kind == ListKind::kExact ? list.size : BlockCapacity(list.size);
  }

  uint64_t AppendToDirectory(uint64_t header, const Entry& entry) {
    ListView list = ListView::Unpack(header);
    WHENCE_ASSERT(list.size < kMaxListSize);
    if (list.kind != ListKind::kDirectory) list = ToDirectory(list);
    const size_t segment = list.size / kSegmentSize;
    if (list.size % kSegmentSize == 0) {
      if (segment == BlockCapacity(segment)) {
        const uint64_t wider = arena_->Allocate(BlockCapacity(segment + 1));
        std::copy_n(Words(list.block), segment, Words(wider));
        arena_->Retire(list.block, segment);
        list.block = wider;
      }
      Words(list.block)[segment] = arena_->Allocate(kSegmentSize * kEntryWords);
    }
    At(Words(list.block)[segment])[list.size % kSegmentSize] = entry;
    return ListView::Pack(ListKind::kDirectory, list.size + 1, list.block);
  }

  // The list as a directory whose full segments are parts of the old block; nothing but the rest
  // at the end is copied. The old header stays good for readers who have it.
  ListView ToDirectory(const ListView& list) {
    const size_t full = list.size / kSegmentSize;
    const size_t rest = list.size % kSegmentSize;
    const uint64_t directory = arena_->Allocate(BlockCapacity(full + (rest != 0 ? 1 : 0)));
    for (size_t i = 0; i < full; ++i) {
      Words(directory)[i] = list.block + i * kSegmentSize * kEntryWords;
    }
    if (rest != 0) {
      const uint64_t copy = arena_->Allocate(kSegmentSize * kEntryWords);
      const uint64_t old = list.block + full * kSegmentSize * kEntryWords;
      std::copy_n(At(old), rest, At(copy));
      arena_->Retire(old, rest * kEntryWords);
      Words(directory)[full] = copy;
    }
    return {ListKind::kDirectory, list.size, directory};
  }

  // Rare: the entry belongs before others. Visible entries never change, so the list is rebuilt.
  uint64_t InsertLate(uint64_t header, const Entry& entry) {
    std::vector<Entry> entries;
    entries.reserve(Size(header) + 1);
    ForEachSpan(header, ~uint32_t{0}, [&](const Entry* begin, const Entry* end) {
      entries.insert(entries.end(), begin, end);
      return true;
    });
    entries.insert(std::upper_bound(entries.begin(), entries.end(), entry.position,
                                    [](uint32_t p, const Entry& e) { return p < e.position; }),
                   entry);
    uint64_t rebuilt = First(entries.front());
    for (size_t i = 1; i < entries.size(); ++i) {
      rebuilt = (rebuilt & kInlineBit) != 0 || !IsDirectoryNext(rebuilt)
                    ? AppendToBlock(rebuilt, entries[i])
                    : AppendToDirectory(rebuilt, entries[i]);
    }
    RetireList(header);
    return rebuilt;
  }

  void RetireList(uint64_t header) {
    if ((header & kInlineBit) != 0) return;
    const ListView list = ListView::Unpack(header);
    if (list.kind != ListKind::kDirectory) {
      arena_->Retire(list.block, BlockSize(list) * kEntryWords);
      return;
    }
    const size_t segments = (list.size + kSegmentSize - 1) / kSegmentSize;
    for (size_t i = 0; i < segments; ++i) {
      arena_->Retire(Words(list.block)[i], kSegmentSize * kEntryWords);
    }
    arena_->Retire(list.block, BlockCapacity(segments));
  }

  BlockArena* const arena_;
  SegmentedTable<uint64_t> headers_;
  size_t entry_count_ = 0;  // writer
};

}  // namespace whence::lineage::internal
