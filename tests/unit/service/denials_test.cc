// Refused calls are on the record before they are answered.
#include "service/denials.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "ledger/entry_list.h"
#include "policy_house.h"
#include "service/prediction_operations.h"
#include "support/ledger_check.h"

namespace whence::service::test {
namespace {

using ledger::EntryKind;
using whence::test::HeldWriter;
using whence::test::Pending;

class DeniedHouse : public PolicyHouse {
 public:
  DeniedHouse() : begin(position()) {}

  // The denied entries since the beginning: "actor via action resource outcome +repeats".
  std::vector<std::string> Denied() {
    sql::Lease lease = house().readers().Acquire().value();
    ledger::EntryQuery query{.filter = {.kind = EntryKind::kDenied},
                             .as_of = position(),
                             .oldest_first = true,
                             .after = begin,
                             .limit = 100'000,
                             .max_rows = 1'000'000};
    std::vector<std::string> lines;
    const ledger::EntryPage page =
        ledger::ListEntries(lease.connection(), house().ledger(), query).value();
    for (const ledger::StoredEntry& stored : page.entries) {
      const ledger::Entry& entry = stored.entry;
      std::string line = absl::StrCat(entry.actor, " ", entry.via, " ", entry.action, " ",
                                      entry.resource, " ", entry.outcome);
      if (entry.repeats > 0) absl::StrAppend(&line, " +", entry.repeats);
      lines.push_back(line);
    }
    return lines;
  }
  std::string Faults() {
    sql::Lease lease = house().readers().Acquire().value();
    return whence::test::LedgerFaults(lease.connection());
  }

  Position begin;
  const CallInfo nobody{.via = "test"};
  const CallInfo wrong{.bearer = "whence_wrong", .via = "test"};
};

using Lines = std::vector<std::string>;

v1::GetPolicyRequest AnyPolicy() { return Parse<v1::GetPolicyRequest>("name: 'p'"); }

TEST_CASE("a denied change is on the record when it is answered, each time") {
  DeniedHouse house;
  const auto request = Parse<v1::CreateCatalogRequest>("catalog { name: 'x' } request_id: 'r-9'");
  for (int i = 1; i <= 2; ++i) {
    CHECK(ReasonOf(house.RunAs(house.bo, kCreateCatalog, request).status()) == "PERMISSION_DENIED");
    CHECK(house.position() == house.begin + i);
  }
  const std::string line = "user:bo test CreateCatalog metastore PERMISSION_DENIED";
  CHECK(house.Denied() == Lines{line, line});
  sql::Lease lease = house.house().readers().Acquire().value();
  const ledger::Entry entry =
      house.house().ledger().GetEntry(lease.connection(), house.position()).value();
  CHECK(entry.request_id == "r-9");
  CHECK(entry.digest.size() == 32);
  CHECK(house.Faults() == "");
}

TEST_CASE("a denied read is on the record once in a second, and then with its number") {
  DeniedHouse house;
  const auto request = Parse<v1::ListTokensRequest>("all_principals: true");
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      CHECK_FALSE(house.RunAs(house.bo, kListTokens, request).ok());
    }
  };
  ask(1);
  const std::string line = "user:bo test ListTokens metastore PERMISSION_DENIED";
  REQUIRE(house.Denied() == Lines{line});
  ask(4);
  CHECK(house.Denied() == Lines{line});
  house.clock.Advance(kDenialWindow);
  // Any call brings them to paper.
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  house.house()
      .writer()
      .RunAndWait([](sql::WriteContext&) { return absl::OkStatus(); })
      .IgnoreError();
  CHECK(house.Denied() == Lines{line, line + " +3"});
  // Who goes on is counted for longer each time, up to a bound.
  absl::Duration window = 2 * kDenialWindow;
  for (int round = 0; round < 9; ++round) {
    ask(2);
    const size_t before = house.Denied().size();
    house.clock.Advance(window - absl::Milliseconds(1));
    ask(1);
    CHECK(house.Denied().size() == before);
    house.clock.Advance(absl::Milliseconds(1));
    house.Ask(kGetAsset, "name: 'prod.fraud.users'");
    house.house()
        .writer()
        .RunAndWait([](sql::WriteContext&) { return absl::OkStatus(); })
        .IgnoreError();
    const Lines now = house.Denied();
    REQUIRE(now.size() == before + 1);
    CHECK(now.back() == line + " +2");
    window = std::min(2 * window, kMaxDenialWindow);
  }
  CHECK(window == kMaxDenialWindow);
  // Who has stopped for a while is like anybody else.
  house.clock.Advance(2 * kMaxDenialWindow);
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  ask(1);
  CHECK(house.Denied().back() == line);
  CHECK(house.Faults() == "");
}

TEST_CASE("who asks just once in a while is counted like who asks often") {
  DeniedHouse house;
  const auto settle = [&house] {
    house.house()
        .writer()
        .RunAndWait([](sql::WriteContext&) { return absl::OkStatus(); })
        .IgnoreError();
  };
  constexpr int kMinutes = 30;
  for (int i = 0; i < kMinutes * 40; ++i) {
    CHECK(absl::IsUnauthenticated(house.RunAs(house.nobody, kGetPolicy, AnyPolicy()).status()));
    CHECK(absl::IsUnauthenticated(
        house.RunAs(house.nobody, kListTokens, v1::ListTokensRequest()).status()));
    house.clock.Advance(kDenialWindow + absl::Milliseconds(500));
    settle();
  }
  // About one in a minute, after the first few, whatever was asked for.
  CHECK(house.Denied().size() <= kMinutes + 8);
  // Nothing for a minute: like anybody.
  house.clock.Advance(kMaxDenialWindow);
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  settle();
  house.clock.Advance(kMaxDenialWindow);
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  settle();
  const size_t before = house.Denied().size();
  CHECK(absl::IsUnauthenticated(house.RunAs(house.nobody, kGetPolicy, AnyPolicy()).status()));
  CHECK(house.Denied().size() == before + 1);
  CHECK(house.Faults() == "");
}

TEST_CASE("who is nobody is on the record, too, and counted") {
  DeniedHouse house;
  for (int i = 0; i < 3; ++i) {
    CHECK(absl::IsUnauthenticated(house.RunAs(house.nobody, kGetPolicy, AnyPolicy()).status()));
    CHECK(
        absl::IsUnauthenticated(house
                                    .RunAs(house.wrong, kCreateCatalog,
                                           Parse<v1::CreateCatalogRequest>("catalog { name: 'x' }"))
                                    .status()));
  }
  CHECK(house.Denied() ==
        Lines{" test GetPolicy  CREDENTIAL_MISSING", " test CreateCatalog  TOKEN_INVALID"});
  // What is counted is written when the server stops.
  house.Reopen();
  Lines lines = house.Denied();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{" test *  CREDENTIAL_MISSING +1", " test *  TOKEN_INVALID +1",
                       " test CreateCatalog  TOKEN_INVALID",
                       " test GetPolicy  CREDENTIAL_MISSING"});
}

TEST_CASE("what doors refuse by themselves is on the record") {
  DeniedHouse house;
  CHECK(absl::IsUnauthenticated(house.corridor().Authenticate(house.nobody, "Trino")));
  CallInfo info = house.bo;
  REQUIRE(house.corridor().Admit(info, "Backup").ok());
  house.corridor().NoteRefused(info, "Backup", absl::PermissionDeniedError("no"));
  house.corridor().NoteRefused(info, "Backup", absl::NotFoundError("no"));
  house.corridor().NoteRefused(info, "Backup", absl::OkStatus());
  house.Reopen();
  CHECK(house.Denied() ==
        Lines{" test Trino  CREDENTIAL_MISSING", "user:bo test Backup  PERMISSION_DENIED"});
}

TEST_CASE("parts of a batch that are refused are on the record, beside what was recorded") {
  DeniedHouse house;
  house.Asset("prod.fraud.model", v1::KIND_MODEL);
  house.Asset("prod.fraud.secret", v1::KIND_MODEL);
  house.Grant("EXECUTE", "prod.fraud.model", "user:bo");
  house.Grant("USE CATALOG", "prod", "user:bo");
  house.Grant("USE SCHEMA", "prod.fraud", "user:bo");
  house.begin = house.position();
  const auto request = [](const std::string& id) {
    return Parse<v1::RecordPredictionsRequest>(absl::StrCat("predictions { id: 'good", id,
                                                            "' model: 'prod.fraud.model' }"
                                                            "predictions { id: 'bad",
                                                            id,
                                                            "' model: 'prod.fraud.secret' }"
                                                            "predictions { id: 'worse",
                                                            id, "' model: 'prod.fraud.secret' }"));
  };
  const auto answer = house.RunAs(house.bo, kRecordPredictions, request("-1"));
  INFO(answer.status());
  REQUIRE(answer.ok());
  CHECK(answer->refused_size() == 2);
  CHECK(house.position() == house.begin + 2);
  CHECK(answer->position() == house.begin + 1);
  const std::string line = "user:bo test RecordPredictions prod.fraud.secret PERMISSION_DENIED +1";
  CHECK(house.Denied() == Lines{line});
  // Also where nothing else is in the batch.
  auto refused = request("-2");
  refused.mutable_predictions()->DeleteSubrange(0, 1);
  REQUIRE(house.RunAs(house.bo, kRecordPredictions, refused).ok());
  CHECK(house.position() == house.begin + 3);
  CHECK(house.Denied() == Lines{line, line});
  CHECK(house.Faults() == "");
}

TEST_CASE("other errors are no denials") {
  DeniedHouse house;
  CHECK(house.Why(kGetAsset, "name: 'prod.fraud.none'") == "ASSET_NOT_FOUND");
  CHECK(house.Why(kCreateCatalog, "catalog { name: 'prod' }") == "CATALOG_ALREADY_EXISTS");
  CHECK(house.position() == house.begin);
}

TEST_CASE("a denial is answered only once it is durable, and before others see its position") {
  DeniedHouse house;
  HeldWriter held(house.house());
  const auto request = AnyPolicy();
  Pending<v1::Policy> pending;
  house.Begin(house.nobody, kGetPolicy, request, &pending);
  CHECK_FALSE(pending.answered());
  CHECK(house.position() == house.begin);
  // A second one is only counted, and waits for nothing.
  Pending<v1::Policy> second;
  house.Begin(house.nobody, kGetPolicy, request, &second);
  CHECK(second.answered());
  held.Release();
  CHECK(absl::IsUnauthenticated(pending.Wait().status()));
  CHECK(house.position() == house.begin + 1);
}

TEST_CASE("of too many kinds of denials the others are counted together") {
  DeniedHouse house;
  {
    Denials denials(&house.house());
    std::atomic<int> answered = 0;  // by the writer's thread, and as they ought to be
    for (size_t i = 0; i < kMaxDenialKeys + 5; ++i) {
      denials.Record({.actor = absl::StrCat("user:", i),
                      .via = "test",
                      .action = "Get",
                      .resource = {},
                      .request_id = {},
                      .digest = {}},
                     absl::PermissionDeniedError("no"), [&](const absl::Status& status) {
                       if (absl::IsPermissionDenied(status)) ++answered;
                     });
    }
    house.house()
        .writer()
        .RunAndWait([](sql::WriteContext&) { return absl::OkStatus(); })
        .IgnoreError();
    CHECK(answered == static_cast<int>(kMaxDenialKeys) + 5);
    CHECK(house.Denied().size() == kMaxDenialKeys);
  }
  house.Reopen();
  const Lines lines = house.Denied();
  CHECK(lines.size() == kMaxDenialKeys + 1);
  CHECK(lines.back() == "  *  PERMISSION_DENIED +4");
}

TEST_CASE("a denial is answered, and counted, where the writer takes nothing") {
  DeniedHouse house;
  house.house().writer().Stop();
  CHECK(ReasonOf(house.RunAs(house.nobody, kGetPolicy, AnyPolicy()).status()) ==
        "CREDENTIAL_MISSING");
}

}  // namespace
}  // namespace whence::service::test
