// Reads of what a policy audits are on the record before they are answered.
#include <catch2/catch.hpp>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "ledger/entry_list.h"
#include "policy_house.h"
#include "service/audit.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"
#include "service/tag_operations.h"
#include "support/ledger_check.h"
#include "tlog/canonical_json.h"

namespace whence::service::test {
namespace {

using ledger::EntryKind;
using whence::test::HeldWriter;
using whence::test::Pending;

using Lines = std::vector<std::string>;

class WatchedHouse : public PolicyHouse {
 public:
  WatchedHouse() {
    Grant("BROWSE", "prod", "group:analysts");
    begin = position();
  }

  v1::Policy Audit(const std::string& name, const std::string& on, const std::string& more = "") {
    const v1::Policy policy = Policy(name, on, absl::StrCat("kind: POLICY_KIND_AUDIT ", more));
    begin = position();
    return policy;
  }

  std::vector<ledger::Entry> Entries(EntryKind kind) {
    sql::Lease lease = house().readers().Acquire().value();
    const ledger::EntryQuery query{.filter = {.kind = kind},
                                   .as_of = position(),
                                   .oldest_first = true,
                                   .after = begin,
                                   .limit = 1000,
                                   .max_rows = 100'000};
    std::vector<ledger::Entry> entries;
    ledger::EntryPage page =
        ledger::ListEntries(lease.connection(), house().ledger(), query).value();
    for (ledger::StoredEntry& stored : page.entries) entries.push_back(std::move(stored.entry));
    CHECK(whence::test::LedgerFaults(lease.connection()) == "");
    return entries;
  }
  // "user:bo GetAsset prod.fraud.users: BROWSE prod.fraud.users for who-reads"
  Lines Reads() {
    Lines lines;
    for (const ledger::Entry& entry : Entries(EntryKind::kRead)) {
      CHECK(entry.outcome == "OK");
      std::string line = absl::StrCat(entry.actor, " ", entry.action, " ", entry.resource, ":");
      const tlog::Json detail = tlog::ParseJson(entry.detail).value();
      for (const tlog::Json& read : *detail.Find("reads")->array()) {
        absl::StrAppend(&line, " ", *read.Find("privilege")->text(), " ",
                        *read.Find("securable")->text(), " for");
        for (const tlog::Json& policy : *read.Find("policies")->array()) {
          absl::StrAppend(&line, " ", *policy.text());
        }
      }
      lines.push_back(line);
    }
    return lines;
  }

  Position begin = kNoPosition;
};

TEST_CASE("without an audit no read is on the record") {
  WatchedHouse house;
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  CHECK(house.Decision().allowed());
  CHECK(house.position() == house.begin);
}

TEST_CASE("each read of what is audited is an entry, whoever reads") {
  WatchedHouse house;
  house.Audit("who-reads", "prod.fraud");
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  CHECK(house.position() == house.begin + 1);
  const auto get = Parse<v1::GetAssetRequest>("name: 'prod.fraud.users'");
  CHECK(house.RunAs(house.bo, kGetAsset, get).ok());
  CHECK(house.RunAs(house.bo, kGetAsset, get).ok());
  house.Ask(kGetCatalog, "name: 'prod'");  // above it
  house.Ask(kListCatalogs, "");
  house.Ask(kListVersions, "asset: 'prod.fraud.users'");
  house.Ask(kGetEffectiveTags, "reference: 'prod.fraud.users'");
  CHECK(house
            .Run(kGetLineage, Parse<v1::GetLineageRequest>("reference: 'prod.fraud.users'"
                                                           " direction: DIRECTION_UPSTREAM"))
            .ok());
  const std::string read = ": BROWSE prod.fraud.users for who-reads";
  CHECK(house.Reads() == Lines{"user:ana GetAsset prod.fraud.users" + read,
                               "user:bo GetAsset prod.fraud.users" + read,
                               "user:bo GetAsset prod.fraud.users" + read,
                               "user:ana ListVersions prod.fraud.users" + read,
                               "user:ana GetEffectiveTags prod.fraud.users" + read,
                               "user:ana GetLineage prod.fraud.users" + read});
}

TEST_CASE("an audit is for whom it says, for what it says, and only while it is enabled") {
  WatchedHouse house;
  const auto reads = [&] {
    house.begin = house.position();
    const auto get = Parse<v1::GetAssetRequest>("name: 'prod.fraud.users'");
    CHECK(house.RunAs(house.bo, kGetAsset, get).ok());
    house.Ask(kGetAsset, "name: 'prod.fraud.users'");
    return absl::StrJoin(house.Reads(), "; ");
  };
  const std::string read = " GetAsset prod.fraud.users: BROWSE prod.fraud.users for a";
  SECTION("to") {
    house.Audit("a", "prod", "to: 'group:analysts'");
    CHECK(reads() == "user:bo" + read);
  }
  SECTION("except") {
    house.Audit("a", "", "except: 'user:bo'");
    CHECK(reads() == "user:ana" + read);
  }
  SECTION("by privilege") {
    house.Audit("a", "prod", "privileges: 'SELECT'");
    CHECK(reads() == "");
  }
  SECTION("by a tag of the asset") {
    house.Audit("a", "", "asset_tags { all: 'tier' } to: 'user:bo'");
    CHECK(reads() == "");
    house.Ask(kSetTags, "reference: 'prod.fraud' set { key: 'tier' value: 'gold' }");
    CHECK(reads() == "user:bo" + read);
  }
  SECTION("by a tag of a column") {
    house.Audit("a", "", "column_tags { all: 'pii' } to: 'user:bo'");
    CHECK(reads() == "user:bo" + read);
    house.Ask(kSetTags, "reference: 'prod.fraud.users#email' remove: 'pii'");
    CHECK(reads() == "");
  }
  SECTION("in dry run") {
    house.Audit("a", "prod", "state: POLICY_STATE_DRY_RUN");
    CHECK(reads() == "");
  }
  SECTION("dropped") {
    house.Audit("a", "prod");
    house.Drop("a");
    CHECK(reads() == "");
  }
  SECTION("two of them") {
    house.Audit("a", "prod", "to: 'user:bo'");
    house.Audit("b", "prod.fraud.users", "to: 'user:bo'");
    CHECK(reads() == "user:bo" + read + " b");
  }
}

TEST_CASE("a read that is refused, or finds nothing, is none") {
  WatchedHouse house;
  house.Audit("a", "");
  const auto get = Parse<v1::GetAssetRequest>("name: 'prod.fraud.none'");
  CHECK_FALSE(house.RunAs(house.bo, kGetAsset, get).ok());
  CHECK_FALSE(
      house.RunAs(house.bo, kListTokens, Parse<v1::ListTokensRequest>("all_principals: true"))
          .ok());
  CHECK(house.Reads().empty());
  CHECK(house.Entries(EntryKind::kDenied).size() == 1);
}

TEST_CASE("a change of what is audited is one entry, its own") {
  WatchedHouse house;
  house.Audit("a", "prod");
  house.Ask(kUpdateAsset, "asset { name: 'prod.fraud.users' comment: 'x' }");
  CHECK(house.position() == house.begin + 1);
  CHECK(house.Reads().empty());
}

TEST_CASE("who reads predictions of an audited model is on the record, by id and in lists") {
  WatchedHouse house;
  house.Asset("prod.fraud.model", v1::KIND_MODEL);
  house.Asset("prod.fraud.other", v1::KIND_MODEL);
  house.Ask(kRecordPredictions,
            "predictions { id: 'p-1' model: 'prod.fraud.model' output_text: 'secret' }"
            "predictions { id: 'p-2' model: 'prod.fraud.model' output_text: 'secret' }"
            "predictions { id: 'p-3' model: 'prod.fraud.other' output_text: 'open' }");
  house.Audit("a", "prod.fraud.model", "privileges: 'SELECT'");
  house.Ask(kGetPrediction, "id: 'p-1'");
  house.Ask(kGetPrediction, "id: 'p-3'");
  house.Ask(kListPredictions, "");
  CHECK(house.Run(kExplain, Parse<v1::ExplainRequest>("reference: 'prediction:p-2'")).ok());
  const std::string read = " prod.fraud.model: SELECT prod.fraud.model for a";
  CHECK(house.Reads() == Lines{"user:ana GetPrediction" + read, "user:ana ListPredictions" + read,
                               "user:ana Explain" + read});
}

TEST_CASE("a decision that lets somebody read what is audited is on the record, always") {
  WatchedHouse house;
  house.Audit("a", "prod.fraud.users", "privileges: 'SELECT' to: 'group:analysts'");
  CHECK(house.Decision().allowed());
  CHECK(house.position() == house.begin + 1);
  // Of an asker that is not in the group, about others: nothing of the asker's own.
  house.Ask(kDecideBatch,
            "questions { principal: 'user:bo' privilege: 'SELECT'"
            " securable { name: 'prod.fraud.users' } }"
            "questions { principal: 'user:bo' privilege: 'BROWSE'"
            " securable { name: 'prod.fraud' } }");
  house.Ask(kDecide,
            "principal: 'user:ana' privilege: 'SELECT' securable { name: 'prod.fraud.users' }");
  CHECK(house.Reads().empty());
  const auto decided = house.Entries(EntryKind::kDecision);
  REQUIRE(decided.size() == 2);
  CHECK(decided[0].action == "Decide");
  CHECK(decided[0].outcome == "ALLOW");
  CHECK(decided[0].resource == "prod.fraud.users");
  CHECK(decided[0].rate == 1);
  CHECK(decided[0].detail ==
        R"({"audits":["a"],"decisions":[{"outcome":"ALLOW","principal":"user:bo",)"
        R"("privilege":"SELECT","securable":"prod.fraud.users"}],"denied":0,"questions":1})");
  CHECK(decided[1].action == "DecideBatch");
  CHECK(*tlog::ParseJson(decided[1].detail)->Find("questions")->number() == 2);
}

TEST_CASE("a decision is audited by the columns that it is about") {
  WatchedHouse house;
  house.Audit("a", "", "column_tags { all: 'pii' } privileges: 'SELECT'");
  CHECK(house.Decision("columns: 'id'").allowed());
  CHECK(house.Entries(EntryKind::kDecision).empty());
  CHECK(house.Decision("columns: 'id' columns: 'EMAIL'").allowed());
  CHECK(house.Entries(EntryKind::kDecision).size() == 1);
  CHECK(house.Decision().allowed());
  CHECK(house.Entries(EntryKind::kDecision).size() == 2);
}

TEST_CASE("what is audited is answered once it is durable, and not where it cannot be") {
  WatchedHouse house;
  house.Audit("a", "prod");
  const auto get = Parse<v1::GetAssetRequest>("name: 'prod.fraud.users'");
  {
    HeldWriter held(house.house());
    Pending<v1::Asset> pending;
    house.Begin(house.bo, kGetAsset, get, &pending);
    CHECK_FALSE(pending.answered());
    CHECK(house.position() == house.begin);
    held.Release();
    CHECK(pending.Wait().ok());
    CHECK(house.position() == house.begin + 1);
  }
  house.house().writer().Stop();
  CHECK(ReasonOf(house.RunAs(house.bo, kGetAsset, get).status()) == "SERVER_STOPPING");
}

TEST_CASE("an entry describes so many reads and counts the others") {
  WatchedHouse house;
  const auto more = static_cast<int64_t>(kMaxAuditedReads) + 1;
  CallInfo info{.via = "test", .principal = "user:bo"};
  sql::Lease lease = house.house().readers().Acquire().value();
  Call call(info, house.house(), lease.connection());
  for (int64_t i = 0; i < more; ++i) {
    call.NoteAudited({absl::StrCat("prod.t", i), "SELECT", {"a"}});
    call.NoteAudited({absl::StrCat("prod.t", i), "SELECT", {"a"}});  // the same again
    if (i + 2 == more) CHECK(call.audited().size() == kMaxAuditedReads);
  }
  CHECK(call.audited().size() == kMaxAuditedReads);
  const ledger::Entry entry = EntryOfReads(call, "ListPredictions");
  CHECK(entry.resource == "");
  const tlog::Json detail = tlog::ParseJson(entry.detail).value();
  CHECK(*detail.Find("count")->number() == static_cast<double>(more));
  CHECK(detail.Find("reads")->array()->size() == kMaxAuditedReads);
}

TEST_CASE("a backup is a read of everything, where anything is audited") {
  WatchedHouse house;
  CallInfo info = house.Admitted();
  REQUIRE(house.corridor().RecordBackup(info).ok());
  CHECK(house.position() == house.begin);
  house.Audit("a", "prod.fraud.users");
  REQUIRE(house.corridor().RecordBackup(info).ok());
  const auto entries = house.Entries(EntryKind::kRead);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].actor == "user:ana");
  CHECK(entries[0].action == "Backup");
  CHECK(entries[0].resource == "metastore");
}

}  // namespace
}  // namespace whence::service::test
