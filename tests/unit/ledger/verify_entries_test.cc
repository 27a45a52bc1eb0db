#include "ledger/verify_entries.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/strings.h"
#include "tlog/plain_hash.h"

namespace whence::ledger::internal {
namespace {

constexpr std::string_view kSalt = "0123456789abcdef";

// Adds entries 1 to `count`, whose texts are gone after each, and gives what comes back.
template <class TextOf>
std::vector<std::pair<Position, std::string>> PassThrough(EntryHasher& hasher, Position count,
                                                          TextOf text_of) {
  std::vector<std::pair<Position, std::string>> passed;
  const auto take = [&] {
    for (const HashedEntry& hashed : hasher.Next()) {
      CHECK(hashed.is_committed);
      REQUIRE(hashed.leaf_status.ok());
      std::string leaf;
      REQUIRE(FormatLeaf(hashed.entry, &leaf).ok());
      CHECK(hashed.leaf == tlog::LeafHash(leaf));
      CHECK(hashed.salt == kSalt);
      passed.emplace_back(hashed.entry.position, hashed.entry.actor);
    }
  };
  for (Position position = 1; position <= count; ++position) {
    const std::string actor = text_of(position);
    HashedEntry entry{.entry = {.position = position, .actor = actor}, .salt = kSalt};
    std::string erasable;
    REQUIRE(FormatErasable(entry.entry, &erasable).ok());
    const tlog::Hash commitment = tlog::PlainHash(kSalt, erasable);
    entry.entry.commitment = commitment.view();
    while (!hasher.Add(entry)) take();
  }
  while (hasher.busy()) take();
  return passed;
}

TEST_CASE("entries come back hashed, all of them, in order") {
  EntryHasher hasher;
  CHECK_FALSE(hasher.busy());
  CHECK(hasher.Next().empty());
  for (const Position count : {0, 1, 1023, 1024, 1025, 2048, 2049, 5000}) {
    INFO(count);
    const auto name = [](Position position) { return StrCat("user:", position); };
    const auto passed = PassThrough(hasher, count, name);
    REQUIRE(static_cast<Position>(passed.size()) == count);
    for (Position position = 1; position <= count; ++position) {
      const auto& [got, actor] = passed[static_cast<size_t>(position) - 1];
      REQUIRE(got == position);
      REQUIRE(actor == name(position));
    }
    CHECK_FALSE(hasher.busy());
  }
}

TEST_CASE("an entry larger than a batch has one of its own") {
  EntryHasher hasher;
  const auto text = [](Position position) {
    return std::string(position % 5 == 0 ? size_t{3} << 20 : size_t{300'000}, 'x');
  };
  const auto passed = PassThrough(hasher, 11, text);
  REQUIRE(passed.size() == 11);
  for (size_t i = 0; i < passed.size(); ++i) {
    CHECK(passed[i].first == static_cast<Position>(i) + 1);
    CHECK(passed[i].second.size() == text(passed[i].first).size());
  }
}

TEST_CASE("what makes no leaf, or is not what was committed to, says so") {
  EntryHasher hasher;
  std::string erasable;
  const EntryView right{.position = 1, .actor = "user:ana"};
  REQUIRE(FormatErasable(right, &erasable).ok());
  const tlog::Hash commitment = tlog::PlainHash(kSalt, erasable);
  for (const std::string_view actor : {"user:ana", "user:eve"}) {
    const EntryView view{.position = 1, .actor = actor, .commitment = commitment.view()};
    REQUIRE(hasher.Add({.entry = view, .salt = kSalt}));
  }
  REQUIRE(hasher.Add({.entry = {.position = 1, .action = "\xff"}, .salt = kSalt}));
  hasher.Next();
  const auto hashed = hasher.Next();
  REQUIRE(hashed.size() == 3);
  CHECK(hashed[0].is_committed);
  CHECK_FALSE(hashed[1].is_committed);
  CHECK(hashed[1].leaf_status.ok());
  CHECK(absl::IsInvalidArgument(hashed[2].leaf_status));
}

// What would go wrong is for the sanitizers to see.
TEST_CASE("who goes while entries are hashed waits for that") {
  EntryHasher hasher;
  while (hasher.Add({.entry = {.position = 1, .actor = "user:ana"}, .salt = kSalt})) {
  }
  hasher.Next();
  CHECK(hasher.busy());
}

}  // namespace
}  // namespace whence::ledger::internal
