#include "ledger/entry.h"

#include <catch2/catch.hpp>

#include <set>

#include "absl/strings/escaping.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/scratch_database.h"
#include "tlog/canonical_json.h"

namespace whence::ledger {
namespace {

using test::ReasonOf;
using tlog::Json;

StoredEntry Example() {
  StoredEntry stored;
  stored.entry = {.position = 17,
                  .time = absl::FromUnixMicros(1'900'000'000'000'123),
                  .actor = "user:ana",
                  .via = "grpc",
                  .action = "CreateAsset",
                  .resource = "prod.\"raw\".tëst\n",
                  .request_id = "r-1",
                  .digest = std::string(32, '\x05')};
  stored.rows = {.count = 3, .root = tlog::LeafHash("rows")};
  stored.commitment = tlog::LeafHash("commitment");
  stored.salt.emplace();
  stored.salt->fill(9);
  return stored;
}

std::string HexOf(std::string_view bytes) { return absl::BytesToHexString(std::string(bytes)); }

TEST_CASE("a leaf is canonical JSON of what may not be erased") {
  const std::string leaf = LeafOf(Example()).value();
  Json::Object rows{{"count", 3}, {"root", HexOf(tlog::LeafHash("rows").view())}};
  const Json::Object expected{{"v", 1},
                              {"position", 17},
                              {"time", "2030-03-17T17:46:40.000123Z"},
                              {"kind", "mutation"},
                              {"via", "grpc"},
                              {"action", "CreateAsset"},
                              {"outcome", "OK"},
                              {"commitment", HexOf(tlog::LeafHash("commitment").view())},
                              {"rows", std::move(rows)}};
  CHECK(leaf == tlog::CanonicalJson(expected).value());
  for (const char* secret : {"ana", "raw", "r-1", "0505"}) {
    CHECK(leaf.find(secret) == std::string::npos);
  }
}

TEST_CASE("a leaf says how many it stands for, and of how many it is one") {
  StoredEntry stored = Example();
  stored.rows = {};
  stored.entry.kind = EntryKind::kDecision;
  stored.entry.outcome = "DENY";
  stored.entry.repeats = 12;
  stored.entry.rate = 100;
  const std::string leaf = LeafOf(stored).value();
  CHECK(tlog::IsCanonicalJson(leaf));
  const Json json = tlog::ParseJson(leaf).value();
  CHECK(*json.Find("kind")->text() == "decision");
  CHECK(*json.Find("outcome")->text() == "DENY");
  CHECK(*json.Find("repeats")->number() == 12);
  CHECK(*json.Find("rate")->number() == 100);
  CHECK(json.Find("rows") == nullptr);
}

TEST_CASE("the commitment is to salt and canonical JSON of the erasable half") {
  const StoredEntry stored = Example();
  const auto payload = [&](const Entry& entry) {
    Json::Object object{{"actor", entry.actor},
                        {"digest", HexOf(entry.digest)},
                        {"request_id", entry.request_id},
                        {"resource", entry.resource}};
    if (!entry.detail.empty()) object.push_back({"detail", tlog::ParseJson(entry.detail).value()});
    return tlog::CanonicalJson(object).value();
  };
  Entry entry = stored.entry;
  for (const char* detail : {"", R"({"privilege":"SELECT"})"}) {
    entry.detail = detail;
    const std::string salted(kSaltBytes, '\x09');
    CHECK(Commit(*stored.salt, entry).value().view() == Sha256Bytes(salted + payload(entry)));
  }
}

// Whatever somebody changes in a row, the leaf or the commitment is another one.
TEST_CASE("every field of an entry is in its leaf or its commitment") {
  const StoredEntry first = Example();
  std::set<std::string> leaves{LeafOf(first).value()};
  std::set<tlog::Hash> commitments{Commit(*first.salt, first.entry).value()};
  const auto another_leaf = [&](auto change) {
    StoredEntry stored = Example();
    change(stored);
    return leaves.insert(LeafOf(stored).value()).second;
  };
  CHECK(another_leaf([](StoredEntry& s) { ++s.entry.position; }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.time += absl::Microseconds(1); }));
  // Ten thousand years later is not the same day.
  CHECK(another_leaf([](StoredEntry& s) { s.entry.time += absl::Hours(24 * 146097 * 25L); }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.time = absl::FromUnixMicros(-1); }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.via = "http"; }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.action = "DeleteAsset"; }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.kind = EntryKind::kRead; }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.kind = EntryKind{0}; }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.outcome = "PERMISSION_DENIED"; }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.repeats = 1; }));
  CHECK(another_leaf([](StoredEntry& s) { s.entry.rate = 2; }));
  CHECK(another_leaf([](StoredEntry& s) { ++s.rows.count; }));
  CHECK(another_leaf([](StoredEntry& s) { s.rows = {}; }));
  CHECK(another_leaf([](StoredEntry& s) { s.rows.root.bytes[31] ^= 1; }));
  CHECK(another_leaf([](StoredEntry& s) { s.commitment.bytes[0] ^= 1; }));
  const auto another_commitment = [&](auto change) {
    StoredEntry stored = Example();
    change(stored);
    return commitments.insert(Commit(*stored.salt, stored.entry).value()).second;
  };
  CHECK(another_commitment([](StoredEntry& s) { s.entry.actor = "user:eve"; }));
  CHECK(another_commitment([](StoredEntry& s) { s.entry.resource = "prod"; }));
  CHECK(another_commitment([](StoredEntry& s) { s.entry.request_id = ""; }));
  CHECK(another_commitment([](StoredEntry& s) { s.entry.digest[31] ^= 1; }));
  CHECK(another_commitment([](StoredEntry& s) { s.entry.detail = "{}"; }));
  CHECK(another_commitment([](StoredEntry& s) { (*s.salt)[0] ^= 1; }));
}

TEST_CASE("kinds have names, and no other names have kinds") {
  for (const EntryKind kind :
       {EntryKind::kMutation, EntryKind::kDenied, EntryKind::kDecision, EntryKind::kRead}) {
    CHECK(EntryKindOf(NameOf(kind)) == kind);
  }
  CHECK(NameOf(EntryKind{77}) == "");
  CHECK_FALSE(EntryKindOf("").has_value());
  CHECK_FALSE(EntryKindOf("Mutation").has_value());
}

TEST_CASE("an entry has a bound, and is text") {
  StoredEntry stored = Example();
  const size_t rest = LeafOf(stored)->size() - stored.entry.action.size();
  stored.entry.action = std::string(kMaxLedgerEntryBytes - rest, 'a');
  CHECK(LeafOf(stored)->size() == kMaxLedgerEntryBytes);
  stored.entry.action += 'a';
  CHECK(ReasonOf(LeafOf(stored).status()) == "LEDGER_ENTRY_TOO_LARGE");
  stored.entry.action = "\xff";
  CHECK(ReasonOf(LeafOf(stored).status()) == "TEXT_NOT_UTF8");
  stored.entry.actor = "\xff";
  CHECK(ReasonOf(Commit(*stored.salt, stored.entry).status()) == "TEXT_NOT_UTF8");
}

}  // namespace
}  // namespace whence::ledger
