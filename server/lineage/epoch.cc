#include "lineage/epoch.h"

#include <algorithm>

namespace whence::lineage {
namespace {

// Spreads threads over the slots, so that they do not meet in one cache line.
uint32_t ThreadHint() {
  static std::atomic<uint32_t> next{0};
  thread_local const uint32_t hint = next.fetch_add(1, std::memory_order_relaxed);
  return hint;
}

}  // namespace

EpochManager::~EpochManager() {
  Segment* segment = first_.next.load(std::memory_order_acquire);
  while (segment != nullptr) {
    Segment* next = segment->next.load(std::memory_order_acquire);
    delete segment;
    segment = next;
  }
}

EpochManager::Guard EpochManager::Enter() {
  const uint32_t hint = ThreadHint();
  for (Segment* segment = &first_;;) {
    for (uint32_t i = 0; i < segment->slots.size(); ++i) {
      Slot& slot = segment->slots[(hint + i) % segment->slots.size()];
      if (slot.epoch.load(std::memory_order_relaxed) != 0) continue;
      uint64_t expected = 0;
      const uint64_t epoch = epoch_.load(std::memory_order_relaxed);
      if (!slot.epoch.compare_exchange_strong(expected, epoch, std::memory_order_seq_cst)) {
        continue;
      }
      // The second read: see the class comment. An older announced epoch only delays recycling.
      static_cast<void>(epoch_.load(std::memory_order_seq_cst));
      return Guard(&slot);
    }
    Segment* next = segment->next.load(std::memory_order_acquire);
    if (next == nullptr) {
      auto* added = new Segment;
      if (segment->next.compare_exchange_strong(next, added, std::memory_order_seq_cst)) {
        next = added;
      } else {
        delete added;
      }
    }
    segment = next;
  }
}

uint64_t EpochManager::Advance() {
  uint64_t oldest = epoch_.fetch_add(1, std::memory_order_seq_cst) + 1;
  // A segment added after the increment holds only readers that see the new epoch.
  for (const Segment* segment = &first_; segment != nullptr;
       segment = segment->next.load(std::memory_order_seq_cst)) {
    for (const Slot& slot : segment->slots) {
      const uint64_t epoch = slot.epoch.load(std::memory_order_seq_cst);
      if (epoch != 0) oldest = std::min(oldest, epoch);
    }
  }
  return oldest;
}

}  // namespace whence::lineage
