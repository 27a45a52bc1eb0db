// Decisions on the record.
#include "service/audit.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "ledger/entry_list.h"
#include "policy_house.h"
#include "support/ledger_check.h"
#include "tlog/canonical_json.h"

namespace whence::service::test {
namespace {

using whence::test::HeldWriter;

class AuditedHouse : public PolicyHouse {
 public:
  AuditedHouse() : begin(position()) {}

  std::vector<ledger::Entry> Decided() {
    // What is queued is written by then: what is with the writer, and what waits behind that.
    for (int i = 0; i < 2; ++i) {
      const auto nothing = [](sql::WriteContext&) { return absl::OkStatus(); };
      CHECK(house().writer().RunAndWait(nothing).ok());
    }
    sql::Lease lease = house().readers().Acquire().value();
    ledger::EntryQuery query{.filter = {.kind = ledger::EntryKind::kDecision},
                             .as_of = position(),
                             .oldest_first = true,
                             .after = begin,
                             .limit = 100'000,
                             .max_rows = 1'000'000};
    std::vector<ledger::Entry> entries;
    ledger::EntryPage page =
        ledger::ListEntries(lease.connection(), house().ledger(), query).value();
    for (ledger::StoredEntry& stored : page.entries) {
      entries.push_back(std::move(stored.entry));
    }
    CHECK(whence::test::LedgerFaults(lease.connection()) == "");
    return entries;
  }

  Position begin;
};

v1::Decision Made(bool allowed) {
  v1::Decision decision;
  decision.set_allowed(allowed);
  decision.set_principal("user:bo");
  decision.set_privilege("SELECT");
  decision.mutable_securable()->set_name("prod.fraud.users");
  return decision;
}

void Note(Audit& audit, std::vector<v1::Decision> decisions, std::string_view operation) {
  std::vector<const v1::Decision*> list;
  for (const v1::Decision& decision : decisions) list.push_back(&decision);
  audit.NoteDecisions({.via = "trino", .principal = "svc:trino"}, operation, list);
}

TEST_CASE("a denied decision is on the record, an allowed one is not") {
  AuditedHouse house;
  CHECK(house.Decision().allowed());
  CHECK(house.Decided().empty());
  house.Deny("no", "prod.fraud", "to: 'group:analysts'");
  house.begin = house.position();
  CHECK_FALSE(house.Decision().allowed());
  const auto entries = house.Decided();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].actor == "user:ana");
  CHECK(entries[0].via == "test");
  CHECK(entries[0].action == "Decide");
  CHECK(entries[0].resource == "prod.fraud.users");
  CHECK(entries[0].outcome == "DENY");
  CHECK(entries[0].rate == 1);
  CHECK(entries[0].detail ==
        R"({"decisions":[{"outcome":"DENY","policies":["no"],"principal":"user:bo",)"
        R"("privilege":"SELECT","securable":"prod.fraud.users"}],"denied":1,"questions":1})");
}

TEST_CASE("a call with many questions is one entry, which tells of those that were denied") {
  AuditedHouse house;
  house.Ask(kDecideBatch,
            "questions { principal: 'user:bo' privilege: 'SELECT'"
            " securable { name: 'prod.fraud.users' } }"
            "questions { principal: 'user:cy' privilege: 'SELECT'"
            " securable { name: 'prod.fraud.users' } }"
            "questions { principal: 'user:bo' privilege: 'SELECT'"
            " securable { name: 'prod.fraud.none' } }");
  const auto entries = house.Decided();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].action == "DecideBatch");
  CHECK(entries[0].resource == "");
  CHECK(entries[0].outcome == "DENY");
  const tlog::Json detail = tlog::ParseJson(entries[0].detail).value();
  CHECK(*detail.Find("questions")->number() == 3);
  CHECK(*detail.Find("denied")->number() == 2);
  const tlog::Json::Array& decisions = *detail.Find("decisions")->array();
  REQUIRE(decisions.size() == 3);
  CHECK(*decisions[0].Find("principal")->text() == "user:cy");
  CHECK(*decisions[1].Find("error")->text() == "ASSET_NOT_FOUND");
  CHECK(*decisions[2].Find("outcome")->text() == "ALLOW");
}

TEST_CASE("an entry describes so many decisions and counts the others") {
  AuditedHouse house;
  std::vector<v1::Decision> decisions(kMaxAuditedDecisions, Made(true));
  decisions.push_back(Made(false));
  Note(house.house().audit(), decisions, "DecideBatch");
  const auto entries = house.Decided();
  REQUIRE(entries.size() == 1);
  const tlog::Json detail = tlog::ParseJson(entries[0].detail).value();
  const tlog::Json::Array& described = *detail.Find("decisions")->array();
  CHECK(described.size() == kMaxAuditedDecisions);
  CHECK(*described[0].Find("outcome")->text() == "DENY");
  CHECK(*detail.Find("questions")->number() == static_cast<double>(kMaxAuditedDecisions) + 1);
}

TEST_CASE("rules say what is recorded, and a rate is in the entry") {
  AuditedHouse house;
  const whence::test::TemporaryFolder folder;
  const std::string path = folder.path() + "/audit.yaml";
  std::ofstream(path) << "decisions: {allowed: 1/4, denied: never,"
                         " operations: {DecideBatch: {allowed: always}}}";
  const auto file = access::WatchAuditRules(path, [](const absl::Status&) {}).value();
  Audit audit(&house.house(), file.get());
  for (int i = 0; i < 4000; ++i) {
    Note(audit, {Made(true)}, "Decide");
    Note(audit, {Made(false)}, "Decide");
    if (i % 100 == 0) house.Decided();
  }
  const auto sampled = house.Decided();
  CHECK(sampled.size() > 800);
  CHECK(sampled.size() < 1200);
  for (const ledger::Entry& entry : sampled) {
    CHECK(entry.outcome == "ALLOW");
    CHECK(entry.rate == 4);
  }
  house.begin = house.position();
  Note(audit, {Made(true)}, "DecideBatch");
  CHECK(house.Decided().size() == 1);
  Note(audit, {}, "DecideBatch");
  CHECK(house.Decided().size() == 1);
}

TEST_CASE("decisions wait for nobody; what is too much is counted") {
  AuditedHouse house;
  {
    const HeldWriter held(house.house());
    for (size_t i = 0; i < kMaxAuditQueue + 8; ++i) {
      Note(house.house().audit(), {Made(false)}, "Decide");
    }
  }
  house.Decided();
  const auto entries = house.Decided();
  // The first went to the writer alone, and the queue behind it.
  REQUIRE(entries.size() == kMaxAuditQueue + 2);
  CHECK(entries.back().action == "*");
  CHECK(entries.back().outcome == "DROPPED");
  CHECK(entries.back().repeats == 6);
}

TEST_CASE("decisions that wait are bounded in bytes as well") {
  AuditedHouse house;
  const std::string name(1000, 'n');
  std::vector<v1::Decision> many(kMaxAuditedDecisions, Made(false));
  for (v1::Decision& decision : many) decision.mutable_securable()->set_name(name);
  size_t noted = 0;
  {
    const HeldWriter held(house.house());
    // The first goes to the writer alone.
    for (; noted * name.size() * kMaxAuditedDecisions < 2 * kMaxAuditQueueBytes; ++noted) {
      Note(house.house().audit(), many, "DecideBatch");
    }
  }
  house.Decided();
  const auto entries = house.Decided();
  size_t bytes = 0;
  for (const ledger::Entry& entry : entries) bytes += entry.detail.size();
  CHECK(bytes > kMaxAuditQueueBytes / 2);
  CHECK(bytes < kMaxAuditQueueBytes + 2 * entries.front().detail.size());
  CHECK(entries.back().outcome == "DROPPED");
  CHECK(entries.size() + static_cast<size_t>(entries.back().repeats) == noted);
}

}  // namespace
}  // namespace whence::service::test
