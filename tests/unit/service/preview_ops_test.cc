// What a policy would change, before it is in force.

#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "access/principal.h"
#include "base/limits.h"
#include "policy_house.h"
#include "service/audit.h"
#include "service/ledger_entry.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"

namespace whence::service {
namespace {

using test::PolicyHouse;
using test::ReasonOf;

std::string Text(const v1::PolicyEffect& effect) {
  std::string text = absl::StrCat(effect.principal(), " ", effect.securable().name(), ":");
  for (const auto& lost : effect.lost()) absl::StrAppend(&text, " -", lost);
  for (const auto& gained : effect.gained()) absl::StrAppend(&text, " +", gained);
  for (const auto& column : effect.columns()) {
    absl::StrAppend(&text, " ", column.column(), " ", column.before(), ">", column.after());
  }
  if (effect.rows_change()) text += " rows";
  if (!effect.conflict().empty()) text += " conflict";
  return text;
}

std::string Texts(const v1::PreviewPolicyResponse& answer) {
  return absl::StrJoin(
      answer.effects(), "; ",
      [](std::string* out, const v1::PolicyEffect& effect) { out->append(Text(effect)); });
}

constexpr char kMask[] =
    "policy { name: 'm' securable { name: 'prod' } kind: POLICY_KIND_MASK mask { type: 'redact' }"
    " column_tags { any: 'pii' } except: 'group:fraud' state: POLICY_STATE_DRY_RUN } ";

TEST_CASE("preview_ops: a mask that is not there yet, for everybody with access") {
  PolicyHouse house;
  const v1::PreviewPolicyResponse answer = house.Ask(kPreviewPolicy, kMask);
  CHECK(Texts(answer) ==
        "user:ana prod.fraud.users: email >redact by m; user:bo prod.fraud.users: email >redact by "
        "m");
  CHECK(answer.position() == house.position());
  CHECK(answer.truncated().empty());
  // Nothing was changed.
  CHECK(house.Ask(kListPolicies, "").policies().empty());
  CHECK(Texts(house.Ask(kPreviewPolicy, std::string(kMask) + "principal: 'user:bo'")) ==
        "user:bo prod.fraud.users: email >redact by m");
  CHECK(house.Ask(kPreviewPolicy, std::string(kMask) + "principal: 'user:cy'").effects().empty());
  house.Ask(kAddMember, "group: 'group:fraud' member: 'user:bo'");
  CHECK(Texts(house.Ask(kPreviewPolicy, kMask)) == "user:ana prod.fraud.users: email >redact by m");
}

TEST_CASE("preview_ops: what a deny takes, a filter hides, and a deletion opens") {
  PolicyHouse house;
  CHECK(Texts(house.Ask(kPreviewPolicy,
                        "policy { name: 'd' securable { name: 'prod.fraud' } kind: "
                        "POLICY_KIND_DENY to: 'user:bo' privileges: 'SELECT' privileges: 'BROWSE' "
                        "}")) == "user:bo prod.fraud.users: -SELECT");
  CHECK(Texts(house.Ask(kPreviewPolicy,
                        "policy { name: 'g' securable { name: 'prod' } kind: POLICY_KIND_DENY to: "
                        "'user:bo' privileges: 'USE CATALOG' }")) ==
        "user:bo prod.fraud.users: -SELECT");
  CHECK(Texts(house.Ask(kPreviewPolicy,
                        "policy { name: 'f' securable { name: 'prod.fraud.users' } kind: "
                        "POLICY_KIND_FILTER to: 'user:bo' filter { conditions: 'email = caller' } "
                        "}")) == "user:bo prod.fraud.users: rows");
  house.Deny("d", "prod", "privileges: 'SELECT' to: 'user:bo'");
  CHECK(Texts(house.Ask(kPreviewPolicy, "policy { name: 'd' state: POLICY_STATE_DISABLED }")) ==
        "user:bo prod.fraud.users: +SELECT");
  // Only what the mask of fields names would be another.
  CHECK(Texts(house.Ask(kPreviewPolicy,
                        "policy { name: 'd' to: 'user:cy' } update_mask { paths: 'to' }")) ==
        "user:bo prod.fraud.users: +SELECT");
}

TEST_CASE("preview_ops: another mask, and one that would collide") {
  PolicyHouse house;
  house.Mask("now", "nullify", "columns: 'email' to: 'user:bo'");
  CHECK(Texts(house.Ask(kPreviewPolicy, "policy { name: 'now' mask { type: 'redact' } }")) ==
        "user:bo prod.fraud.users: email nullify by now>redact by now");
  const v1::PreviewPolicyResponse collides =
      house.Ask(kPreviewPolicy, std::string(kMask) + "principal: 'user:bo'");
  REQUIRE(collides.effects_size() == 1);
  CHECK_THAT(collides.effects(0).conflict(), Catch::Contains("now") && Catch::Contains("m"));
  CHECK(house.Why(kPreviewPolicy, "policy { name: 'x' }") == "SECURABLE_MISSING");
  CHECK(house.Why(kPreviewPolicy, std::string(kMask) + "principal: 'user:none'") ==
        "PRINCIPAL_NOT_FOUND");
}

TEST_CASE("preview_ops: reads of the window are counted, by who and of what") {
  PolicyHouse house;
  const std::string run = "run { reads { reference: 'prod.fraud.users' } }";
  house.Ask(kRecordRun, run);
  house.clock.Advance(absl::Hours(24));
  house.Ask(kRecordRun, run);
  house.Asset("prod.fraud.model", v1::KIND_MODEL);
  house.Version("prod.fraud.model");
  house.Ask(kRecordPrediction,
            "prediction { id: 'p' model: 'prod.fraud.model@1' inputs: 'prod.fraud.users' }");
  const auto reads = [&](const std::string& more) {
    const auto answer = house.Ask(kPreviewPolicy, kMask + more);
    REQUIRE(answer.effects_size() == 2);
    CHECK(answer.effects(1).recent_reads() == 0);  // user:bo recorded none
    return answer.effects(0).recent_reads();
  };
  CHECK(reads("") == 3);
  CHECK(reads("window_seconds: 3600") == 2);
  CHECK(reads(absl::StrCat("window_seconds: ", absl::ToInt64Seconds(kMaxPreviewWindow))) == 3);
  for (const int64_t window : {int64_t{-1}, absl::ToInt64Seconds(kMaxPreviewWindow) + 1}) {
    CHECK(house.Why(kPreviewPolicy, absl::StrCat(kMask, "window_seconds: ", window)) ==
          "PREVIEW_WINDOW_OUT_OF_RANGE");
  }
  // Longer ago than is looked at unless it is asked for.
  house.clock.Advance(kDefaultPreviewWindow + absl::Seconds(1));
  CHECK(reads("") == 0);
}

// Puts a decision on the record, of which one in `rate` is there.
void Decided(PolicyHouse& house, std::string_view principal, std::string_view securable,
             int64_t rate) {
  v1::Decision decision;
  decision.set_allowed(true);
  decision.set_principal(std::string(principal));
  decision.mutable_securable()->set_name(std::string(securable));
  const v1::Decision* const one = &decision;
  ledger::Entry entry =
      EntryOfDecisions({.via = "trino", .principal = "service:trino"}, "Decide", {&one, 1});
  entry.rate = rate;
  const auto append = [&](sql::WriteContext& context) {
    return AppendEntry(house.house(), context, entry);
  };
  REQUIRE(house.house().writer().RunAndWait(append).ok());
}

TEST_CASE("preview_ops: decisions of the window that are on the record are counted") {
  PolicyHouse house;
  Decided(house, "user:bo", "prod.fraud.users", 1);
  house.clock.Advance(absl::Hours(24));
  Decided(house, "user:bo", "prod.fraud.users", 10);
  Decided(house, "user:bo", "prod.fraud.others", 1);
  Decided(house, "user:cy", "prod.fraud.users", 1);
  const auto decisions = [&](const std::string& more) {
    const auto answer = house.Ask(kPreviewPolicy, kMask + more);
    REQUIRE(answer.effects_size() == 2);
    CHECK(answer.effects(0).recent_decisions() == 0);  // user:ana was not asked about
    CHECK(answer.effects(1).recent_reads() == 0);
    return answer.effects(1).recent_decisions();
  };
  CHECK(decisions("") == 11);
  CHECK(decisions("window_seconds: 3600") == 10);
  house.clock.Advance(kDefaultPreviewWindow + absl::Seconds(1));
  CHECK(decisions("") == 0);
}

TEST_CASE("preview_ops: pages, which may end in the middle of an asset") {
  PolicyHouse house;
  for (const char* name : {"a", "b", "c"}) {
    house.Asset(absl::StrCat("prod.fraud.", name), v1::KIND_TABLE);
  }
  const std::string deny =
      "policy { name: 'd' securable { type: SECURABLE_TYPE_METASTORE } kind: POLICY_KIND_DENY"
      " privileges: 'SELECT' } ";
  const std::string all = Texts(house.Ask(kPreviewPolicy, deny));
  for (const int size : {1, 2, 3}) {
    std::string together;
    std::string token;
    do {
      const v1::PreviewPolicyResponse page = house.Ask(
          kPreviewPolicy, absl::StrCat(deny, "page_size: ", size, " page_token: '", token, "'"));
      CHECK(page.effects_size() <= size);
      absl::StrAppend(&together, together.empty() || page.effects().empty() ? "" : "; ",
                      Texts(page));
      token = page.next_page_token();
      // What changes meanwhile is not seen.
      house.Ask(kSetTags, absl::StrCat("reference: 'prod' set { key: 'k", size, "' }"));
    } while (!token.empty());
    CHECK(together == all);
  }
}

TEST_CASE("preview_ops: who manages the place may ask, nobody else") {
  PolicyHouse house;
  const auto ask = [&] {
    return ReasonOf(
        house.RunAs(house.bo, kPreviewPolicy, test::Parse<v1::PreviewPolicyRequest>(kMask))
            .status());
  };
  CHECK(ask() == "PERMISSION_DENIED");
  house.Grant("MANAGE", "prod", "user:bo");
  CHECK(ask() == "OK");
}

TEST_CASE("preview_ops: a page token leads nowhere that who asks does not manage") {
  PolicyHouse house;
  house.Grant("MANAGE", "prod", "user:bo");
  const std::string preview = "policy { name: 'd' state: POLICY_STATE_DISABLED } page_size: 1 ";
  house.Deny("d", "prod", "privileges: 'SELECT'");
  const auto ask = [&](const CallInfo& who, const std::string& token) {
    return house.RunAs(
        who, kPreviewPolicy,
        test::Parse<v1::PreviewPolicyRequest>(absl::StrCat(preview, "page_token: '", token, "'")));
  };
  const std::string token = ask(house.bo, "").value().next_page_token();
  REQUIRE_FALSE(token.empty());
  CHECK(ask(house.bo, token).ok());
  // Nobody else goes on with it.
  CHECK(ReasonOf(ask(house.caller, token).status()) == "PAGE_TOKEN_INVALID");
  // There was such a policy then, and there is none now.
  house.Drop("d");
  house.Ask(kChangeGrants, "remove: 'MANAGE' securable { name: 'prod' } principal: 'user:bo'");
  CHECK(ReasonOf(ask(house.bo, token).status()) == "PERMISSION_DENIED");
}

TEST_CASE("preview_ops: a page ends with its bytes") {
  PolicyHouse house;
  v1::UpdateAssetRequest wide;
  wide.mutable_asset()->set_name("prod.fraud.users");
  for (size_t i = 0; i < kMaxColumns; ++i) {
    wide.mutable_asset()->mutable_detail()->mutable_table()->add_columns()->set_name(
        i == 0 ? "email" : absl::StrCat(std::string(200, 'c'), i));
  }
  REQUIRE(house.Run(kUpdateAsset, wide).ok());
  for (const char* name : {"user:d", "user:e", "user:f"}) {
    house.Ask(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' }"));
    house.Ask(kAddMember, absl::StrCat("group: 'group:analysts' member: '", name, "'"));
  }
  const std::string mask =
      "policy { name: 'm' securable { name: 'prod' } kind: POLICY_KIND_MASK mask { type: 'redact' "
      "} } ";
  int effects = 0;
  std::string token;
  do {
    const v1::PreviewPolicyResponse page =
        house.Ask(kPreviewPolicy, absl::StrCat(mask, "page_token: '", token, "'"));
    CHECK(page.ByteSizeLong() < 2 * kMaxPageBytes);
    REQUIRE(page.effects_size() >= 1);
    CHECK(page.effects(0).columns_size() == static_cast<int>(kMaxColumns));
    effects += page.effects_size();
    token = page.next_page_token();
    if (effects < 5) REQUIRE_FALSE(token.empty());
  } while (!token.empty());
  CHECK(effects == 5);  // of user:ana too
}

TEST_CASE("preview_ops: of more principals than the bound it says that it looked at the first") {
  PolicyHouse house;
  const auto make = [&](size_t first, size_t count) {
    const ledger::Change change{
        .position = kNoPosition, .time = house.clock.Now(), .actor = "user:ana"};
    const absl::Status made =
        house.house().writer().RunAndWait([&](sql::WriteContext& context) -> absl::Status {
          for (size_t i = first; i < first + count; ++i) {
            access::NewPrincipal wanted;
            wanted.name = absl::StrCat("user:zz", i);
            WHENCE_RETURN_IF_ERROR(access::CreatePrincipal(context, change, wanted).status());
          }
          return absl::OkStatus();
        });
    CHECK(made.ok());
  };
  make(0, kMaxPreviewPrincipals - 3);  // user:ana, user:bo and user:cy are there
  CHECK(house.Ask(kPreviewPolicy, kMask).truncated().empty());
  make(kMaxPreviewPrincipals, 1);
  const v1::PreviewPolicyResponse answer = house.Ask(kPreviewPolicy, kMask);
  CHECK_THAT(answer.truncated(), Catch::StartsWith("the first 10000 users and services"));
  CHECK(answer.effects_size() == 2);
}

TEST_CASE("preview_ops: of more reads than the bound the newest are counted") {
  PolicyHouse house;
  house.Asset("prod.fraud.model", v1::KIND_MODEL);
  house.Version("prod.fraud.model");
  int64_t recorded = 0;
  const auto record = [&](int64_t count) {
    v1::RecordPredictionsRequest request;
    for (int64_t i = 0; i < count; ++i) {
      v1::Prediction* const prediction = request.add_predictions();
      prediction->set_id(absl::StrCat("p", recorded++));
      prediction->set_model("prod.fraud.model@1");
      prediction->add_inputs("prod.fraud.users");
    }
    REQUIRE(house.Run(kRecordPredictions, request).ok());
  };
  while (recorded < kMaxRecentReads) record(std::min<int64_t>(1000, kMaxRecentReads - recorded));
  v1::PreviewPolicyResponse answer = house.Ask(kPreviewPolicy, kMask);
  CHECK(answer.truncated().empty());
  CHECK(answer.effects(0).recent_reads() == kMaxRecentReads);
  record(1);
  answer = house.Ask(kPreviewPolicy, kMask);
  CHECK_THAT(answer.truncated(), Catch::Contains("100000"));
  CHECK(answer.effects(0).recent_reads() == kMaxRecentReads);
}

}  // namespace
}  // namespace whence::service
