#include "service/metrics.h"

#include <algorithm>
#include <memory>

#include "base/assert.h"

namespace whence::service {

CallMetrics::~CallMetrics() {
  for (Slot& slot : slots_) {
    for (std::atomic<Cell*>& cell : slot.cells) delete cell.load();
  }
}

CallMetrics::Cell* CallMetrics::CellOf(std::string_view operation, std::string_view via) {
  WHENCE_ASSERT(!operation.empty());
  // Literals stand close together: the lowest bits tell them apart well.
  size_t at = reinterpret_cast<uintptr_t>(operation.data()) % kSlots;
  for (size_t tries = 0;; ++tries, at = (at + 1) % kSlots) {
    WHENCE_ASSERT(tries < kSlots);
    const char* name = slots_[at].name.load(std::memory_order_acquire);
    if (name == nullptr && slots_[at].name.compare_exchange_strong(name, operation.data(),
                                                                   std::memory_order_acq_rel)) {
      slots_[at].size.store(operation.size(), std::memory_order_release);
      break;
    }
    if (name == operation.data()) break;
  }
  const auto* const door = std::find(kDoors.begin(), kDoors.end() - 1, via);
  std::atomic<Cell*>& cell = slots_[at].cells[static_cast<size_t>(door - kDoors.begin())];
  Cell* found = cell.load(std::memory_order_acquire);
  if (found != nullptr) return found;
  auto made = std::make_unique<Cell>();
  // Another thread may have been faster: then `found` is its cell.
  return cell.compare_exchange_strong(found, made.get(), std::memory_order_acq_rel) ? made.release()
                                                                                    : found;
}

CallMetrics::Timer CallMetrics::Begin(std::string_view operation, std::string_view via) {
  return {CellOf(operation, via), std::chrono::steady_clock::now()};
}

void CallMetrics::Timer::End(absl::StatusCode code) const {
  const auto time = std::chrono::steady_clock::now() - begin_;
  const auto* const step = std::lower_bound(kSteps.begin(), kSteps.end(), time);
  const auto index = std::min(static_cast<size_t>(code), kCodes - 1);
  cell_->codes[index].fetch_add(1, std::memory_order_relaxed);
  cell_->steps[static_cast<size_t>(step - kSteps.begin())].fetch_add(1, std::memory_order_relaxed);
  cell_->nanoseconds.fetch_add(
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()),
      std::memory_order_relaxed);
}

std::map<CallMetrics::Key, CallMetrics::Counts> CallMetrics::Read() const {
  std::map<Key, Counts> all;
  for (const Slot& slot : slots_) {
    const size_t size = slot.size.load(std::memory_order_acquire);
    if (size == 0) continue;
    const std::string name(slot.name.load(std::memory_order_relaxed), size);
    for (size_t door = 0; door < kDoors.size(); ++door) {
      const Cell* cell = slot.cells[door].load(std::memory_order_acquire);
      if (cell == nullptr) continue;
      // A name that two files spell out is one operation.
      Counts& counts = all[{name, std::string(kDoors[door])}];
      for (size_t i = 0; i < kCodes; ++i) counts.codes[i] += cell->codes[i].load();
      for (size_t i = 0; i < counts.steps.size(); ++i) counts.steps[i] += cell->steps[i].load();
      counts.time += std::chrono::nanoseconds(cell->nanoseconds.load());
    }
  }
  return all;
}

}  // namespace whence::service
