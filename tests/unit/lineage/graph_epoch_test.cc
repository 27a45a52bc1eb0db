#include <catch2/catch.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "lineage/epoch.h"
#include "lineage/graph_arena.h"
#include "lineage/walk_scratch.h"

namespace whence::lineage {
namespace {

TEST_CASE("an epoch ends when its readers have left", "[lineage][epoch]") {
  EpochManager epochs;
  const uint64_t first = epochs.current();
  CHECK(epochs.Advance() > first);
  {
    const EpochManager::Guard guard = epochs.Enter();
    const uint64_t entered = epochs.current();
    CHECK(epochs.Advance() == entered);
    const EpochManager::Guard later = epochs.Enter();
    CHECK(epochs.Advance() == entered);
  }
  const uint64_t last = epochs.current();
  CHECK(epochs.Advance() > last);
}

TEST_CASE("there is a place for any number of readers", "[lineage][epoch]") {
  EpochManager epochs;
  std::vector<EpochManager::Guard> guards;
  for (int i = 0; i < 200; ++i) guards.push_back(epochs.Enter());
  const uint64_t entered = epochs.current();
  CHECK(epochs.Advance() == entered);
  while (guards.size() > 1) guards.pop_back();
  CHECK(epochs.Advance() == entered);
  guards.clear();
  CHECK(epochs.Advance() > entered);
}

// A pointer that the writer replaces: what a reader found must stay as it was until it leaves.
TEST_CASE("nothing is reused under a reader's eyes", "[lineage][epoch]") {
  EpochManager epochs;
  internal::BlockArena arena(&epochs);
  constexpr size_t kWords = 8;
  const auto fill = [&arena](uint64_t value) {
    const uint64_t block = arena.Allocate(kWords);
    auto* words = static_cast<uint64_t*>(arena.At(block));
    for (size_t i = 0; i < kWords; ++i) words[i] = value;
    return block;
  };
  std::atomic<uint64_t> current{fill(0)};
  std::atomic<bool> done{false};
  std::atomic<bool> torn{false};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const EpochManager::Guard guard = epochs.Enter();
        const auto* words =
            static_cast<const uint64_t*>(arena.At(current.load(std::memory_order_acquire)));
        for (size_t i = 1; i < kWords; ++i) torn = torn || words[i] != words[0];
      }
    });
  }
  for (uint64_t value = 1; value <= 20'000; ++value) {
    const uint64_t old = current.load();
    current.store(fill(value), std::memory_order_release);
    arena.Retire(old, kWords);
    if (value % 4 == 0) arena.Recycle();
    if (value % 512 == 0) std::this_thread::yield();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK_FALSE(torn.load());
  arena.Recycle();
  CHECK(arena.live_words() == kWords);
}

TEST_CASE("blocks of every size come apart and are used again", "[lineage][arena]") {
  for (size_t needed = 1; needed < 5000; ++needed) {
    const size_t capacity = internal::BlockCapacity(needed);
    REQUIRE(capacity >= needed);
    REQUIRE(capacity < needed * 2);
    REQUIRE(internal::BlockCapacity(capacity) == capacity);
  }
  EpochManager epochs;
  internal::BlockArena arena(&epochs);
  const size_t before = arena.MemoryBytes();
  for (int round = 0; round < 50; ++round) {
    std::vector<std::pair<uint64_t, size_t>> blocks;
    for (size_t size = 1; size <= 768; size = internal::BlockCapacity(size + 1)) {
      blocks.emplace_back(arena.Allocate(size), size);
    }
    blocks.emplace_back(arena.AllocateRun(1001), 1001);
    for (const auto& [index, size] : blocks) arena.Retire(index, size);
    arena.Recycle();
    REQUIRE(arena.live_words() == 0);
  }
  // Without reuse it would be 50 times that.
  CHECK(arena.MemoryBytes() < before + 51 * 1001 * 8 + 4 * 4096 * 8);
}

TEST_CASE("an id set forgets what is cleared", "[lineage][walk]") {
  internal::IdSet set;
  CHECK_FALSE(set.Contains(0));
  CHECK_FALSE(set.Insert(5));  // no room yet
  set.Reserve(100'000);
  CHECK(set.Insert(99'999));
  CHECK_FALSE(set.Insert(99'999));
  CHECK(set.Contains(99'999));
  set.Erase(99'999);
  CHECK_FALSE(set.Contains(99'999));
  CHECK(set.Insert(0));
  CHECK(set.InsertFast(64));
  CHECK_FALSE(set.InsertFast(64));
  CHECK_FALSE(set.InsertFast(0xFFFF'FFFF));
  set.ClearWord(64);
  CHECK_FALSE(set.Contains(64));
  CHECK(set.Contains(0));
}

}  // namespace
}  // namespace whence::lineage
