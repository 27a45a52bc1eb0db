// Policies made, shown, changed and dropped.

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/digest.h"
#include "base/limits.h"
#include "policy_house.h"
#include "service/blobs.h"
#include "sql/connection.h"

namespace whence::service {
namespace {

using test::PolicyHouse;
using test::ReasonOf;

std::string NamesOf(const v1::ListPoliciesResponse& answer) {
  return absl::StrJoin(answer.policies(), " ", [](std::string* out, const v1::Policy& policy) {
    out->append(policy.name());
  });
}

constexpr sql::Query kDigests{"SELECT digest FROM ledger_entry ORDER BY position"};

TEST_CASE("policy_ops: what is made is what is shown, but for the salt") {
  PolicyHouse house;
  const std::string salt = "planted-secret-salt";
  const v1::Policy made = house.Policy(
      "mask-email", "prod",
      "kind: POLICY_KIND_MASK mask { type: 'email' salt: '" + salt +
          "' } to: 'group:analysts' except: 'group:fraud' column_tags { any: 'pii=email' }"
          " asset_tags { none: 'public' } columns: 'email' priority: 3 comment: 'why'");
  CHECK(made.mask().salted());
  CHECK(made.mask().salt().empty());
  CHECK(made.state() == v1::POLICY_STATE_ENABLED);
  CHECK(made.creator() == "user:ana");
  CHECK(made.position() == house.position());
  CHECK(made.securable().name() == "prod");
  const v1::Policy got = house.Ask(kGetPolicy, "name: 'mask-email'");
  CHECK(got.SerializeAsString() == made.SerializeAsString());
  CHECK(got.to(0) == "group:analysts");
  CHECK(got.except(0) == "group:fraud");
  CHECK(got.column_tags().any(0) == "pii=email");
  CHECK(got.asset_tags().none(0) == "public");
  CHECK(got.DebugString().find(salt) == std::string::npos);
  // No decision, list or preview shows it either.
  CHECK(house.Decision().DebugString().find(salt) == std::string::npos);
  CHECK(house.Ask(kListPolicies, "").DebugString().find(salt) == std::string::npos);
}

TEST_CASE("policy_ops: the ledger's digest of a salt cannot be tried out, a repetition is known") {
  PolicyHouse house;
  const auto request = test::Parse<v1::CreatePolicyRequest>(
      "policy { name: 'm' kind: POLICY_KIND_MASK securable { name: 'prod' }"
      " mask { type: 'hash' salt: 'guess' } } request_id: 'r'");
  const v1::Policy first = house.Run(kCreatePolicy, request).value();
  CHECK(house.Run(kCreatePolicy, request).value().position() == first.position());
  v1::CreatePolicyRequest other = request;
  other.mutable_policy()->mutable_mask()->set_salt("other");
  CHECK(ReasonOf(house.Run(kCreatePolicy, other).status()) == "REQUEST_ID_REUSED");
  const std::string guessed = Sha256Bytes(SerializeDeterministic(request));
  const sql::Lease lease = house.house().readers().Acquire().value();
  sql::Rows rows = lease->Run(kDigests);
  int entries = 0;
  while (rows.Next()) {
    ++entries;
    CHECK(rows.Blob(0) != guessed);
  }
  CHECK(entries == house.position());
}

TEST_CASE("policy_ops: an update changes what it names; a salt left out stays") {
  PolicyHouse house;
  house.Policy("m", "prod",
               "kind: POLICY_KIND_MASK mask { type: 'hash' salt: 's' } columns: 'email'");
  v1::Policy policy = house.Ask(kUpdatePolicy, "policy { name: 'm' mask { type: 'email' } }");
  CHECK(policy.mask().type() == "email");
  CHECK(policy.mask().salted());
  CHECK(policy.columns_size() == 1);
  policy =
      house.Ask(kUpdatePolicy,
                "policy { name: 'm' to: 'user:bo' } update_mask { paths: 'columns' paths: 'to' "
                "paths: 'priority' }");
  CHECK(policy.columns().empty());
  CHECK(policy.to_size() == 1);
  CHECK(policy.mask().salted());
  // One without a use for it loses it.
  policy = house.Ask(kUpdatePolicy, "policy { name: 'm' mask { type: 'nullify' } }");
  CHECK_FALSE(policy.mask().salted());

  // What is so already takes no position.
  const Position before = house.position();
  CHECK(house.Ask(kUpdatePolicy, "policy { name: 'm' mask { type: 'nullify' } }").position() ==
        policy.position());
  CHECK(house.position() == before);

  const std::string etag = policy.etag();
  house.Ask(kUpdatePolicy, "policy { name: 'm' comment: 'x' etag: '" + etag + "' }");
  CHECK(house.Why(kUpdatePolicy, "policy { name: 'm' comment: 'y' etag: '" + etag + "' }") ==
        "ETAG_MISMATCH");
  CHECK(house.Why(kDeletePolicy, "name: 'm' etag: '" + etag + "'") == "ETAG_MISMATCH");
}

TEST_CASE("policy_ops: what cannot be a policy names the field") {
  PolicyHouse house;
  const auto why = [&](const std::string& policy) {
    return house.WhyAt(kCreatePolicy, "policy { " + policy + " }");
  };
  const std::string at = "name: 'p' securable { name: 'prod' } ";
  CHECK(why("") == "POLICY_NAME_MISSING at policy.name");
  CHECK(why("name: 'p'") == "SECURABLE_MISSING at policy.securable");
  CHECK(why(at) == "POLICY_ARGUMENT at policy.kind");
  CHECK(why(at + "kind: 9") == "ENUM_VALUE_UNKNOWN at policy.kind");
  CHECK(why(at + "kind: POLICY_KIND_DENY state: 9") == "ENUM_VALUE_UNKNOWN at policy.state");
  CHECK(why(at + "kind: POLICY_KIND_MASK") == "MASK_UNKNOWN at policy.mask.type");
  CHECK(why(at + "kind: POLICY_KIND_MASK mask { type: 'nullify' salt: 'x' }") ==
        "MASK_ARGUMENT at policy.mask");
  CHECK(why(at + "kind: POLICY_KIND_DENY mask { type: 'nullify' }") ==
        "POLICY_ARGUMENT at policy.mask");
  CHECK(why(at + "kind: POLICY_KIND_DENY filter { }") == "POLICY_ARGUMENT at policy.filter");
  CHECK(why(at + "kind: POLICY_KIND_FILTER") == "ROW_FILTER_EMPTY at policy.filter");
  CHECK(why(at + "kind: POLICY_KIND_FILTER filter { conditions: 'a >' }") ==
        "ROW_FILTER_MALFORMED at policy.filter.conditions");
  CHECK(why(at + "kind: POLICY_KIND_DENY privileges: 'ALL PRIVILEGES'") ==
        "POLICY_ARGUMENT at policy.privileges");
  CHECK(why(at + "kind: POLICY_KIND_DENY column_tags { any: '=x' }") ==
        "TAG_TERM_MALFORMED at policy.column_tags.any[0]");
  CHECK(why(at + "kind: POLICY_KIND_DENY to: 'bo'") == "PRINCIPAL_MALFORMED at policy.to[0]");
  CHECK(why(at + "kind: POLICY_KIND_MASK mask { type: 'custom' custom { key: 'oracle' } }") ==
        "DIALECT_UNKNOWN at policy.mask.custom");
  CHECK(house.Why(kCreatePolicy, "policy { " + at + "kind: POLICY_KIND_DENY to: 'user:none' }") ==
        "PRINCIPAL_NOT_FOUND");
  house.Deny("p", "prod", "privileges: 'APPLY TAG'");
  CHECK(house.Why(kCreatePolicy, "policy { " + at + "kind: POLICY_KIND_DENY }") ==
        "POLICY_ALREADY_EXISTS");
  CHECK(house.Why(kUpdatePolicy, "policy { name: 'p' kind: POLICY_KIND_MASK }") ==
        "POLICY_ARGUMENT");
  CHECK(house.Why(kUpdatePolicy, "policy { name: 'p' securable { name: 'prod.fraud' } }") ==
        "POLICY_ARGUMENT");
  CHECK(house.Why(kUpdatePolicy, "policy { name: 'p' } update_mask { paths: 'name' }") ==
        "UPDATE_MASK_INVALID");
  CHECK(house.Why(kUpdatePolicy, "policy { name: 'q' comment: 'x' }") == "POLICY_NOT_FOUND");
}

TEST_CASE("policy_ops: lists by place, what holds from above, kind, page and past") {
  PolicyHouse house;
  house.Deny("d", "prod.fraud", "privileges: 'APPLY TAG'");
  house.Mask("a", "redact", "columns: 'none'");
  house.Policy("c", "prod", "kind: POLICY_KIND_MASK mask { type: 'redact' } columns: 'none'");
  const Position three = house.position();
  house.Policy("b", "prod.fraud.users", "kind: POLICY_KIND_MASK mask { type: 'redact' }");
  CHECK(NamesOf(house.Ask(kListPolicies, "")) == "a b c d");
  CHECK(NamesOf(house.Ask(kListPolicies, "kind: POLICY_KIND_DENY")) == "d");
  CHECK(NamesOf(house.Ask(kListPolicies, "securable { name: 'prod.fraud' }")) == "d");
  CHECK(NamesOf(house.Ask(kListPolicies, "securable { name: 'prod.fraud' } inherited: true")) ==
        "a c d");
  CHECK(NamesOf(house.Ask(kListPolicies, "securable { type: SECURABLE_TYPE_METASTORE }")) == "a");
  CHECK(NamesOf(house.Ask(kListPolicies, absl::StrCat("as_of { position: ", three, " }"))) ==
        "a c d");
  for (const std::string where : {"", "securable { name: 'prod.fraud.users' } inherited: true "}) {
    std::string names;
    std::string token;
    do {
      const v1::ListPoliciesResponse page =
          house.Ask(kListPolicies, absl::StrCat(where, "page_size: 1 page_token: '", token, "'"));
      CHECK(page.policies_size() == 1);
      names += NamesOf(page);
      token = page.next_page_token();
    } while (!token.empty());
    CHECK(names == "abcd");
  }
  house.Drop("a");
  CHECK(house.Why(kGetPolicy, "name: 'a'") == "POLICY_NOT_FOUND");
  CHECK(house.Ask(kGetPolicy, absl::StrCat("name: 'a' as_of { position: ", three, " }")).name() ==
        "a");
}

TEST_CASE("policy_ops: policies are seen by who sees their place, and the same words hide them") {
  PolicyHouse house;
  house.Asset("secret.vault.keys", v1::KIND_TABLE);
  house.Deny("in-vault", "secret.vault", "privileges: 'APPLY TAG'");
  house.Deny("everywhere", "", "privileges: 'APPLY TAG'");
  house.Deny("in-fraud", "prod.fraud", "privileges: 'APPLY TAG'");
  const auto get = [&](const std::string& name) {
    v1::GetPolicyRequest request;
    request.set_name(name);
    absl::Status status = house.RunAs(house.bo, kGetPolicy, request).status();
    std::string text(status.message());
    if (const size_t at = text.find(name); at != std::string::npos)
      text.replace(at, name.size(), "X");
    return status.ok() ? "OK" : text;
  };
  CHECK(get("in-fraud") == "OK");
  CHECK(get("in-vault") == get("none"));
  CHECK(get("everywhere") == get("none"));  // names principals: for who has BROWSE there
  CHECK(NamesOf(house.RunAs(house.bo, kListPolicies, {}).value()) == "in-fraud");
  house.Grant("BROWSE", "", "user:bo");
  CHECK(NamesOf(house.RunAs(house.bo, kListPolicies, {}).value()) ==
        "everywhere in-fraud in-vault");
  // To see is not to manage.
  const absl::Status status =
      house.RunAs(house.bo, kDeletePolicy, test::Parse<v1::DeletePolicyRequest>("name: 'in-fraud'"))
          .status();
  CHECK(ReasonOf(status) == "PERMISSION_DENIED");
}

TEST_CASE("policy_ops: nobody is locked out where a deny was made, and those below it are") {
  PolicyHouse house;
  house.Deny("all", "");
  CHECK(house.Why(kGetAsset, "name: 'prod.fraud.users'") == "PERMISSION_DENIED");
  CHECK(house.Why(kCreatePrincipal, "principal { name: 'user:x' }") == "PERMISSION_DENIED");
  CHECK(house.Why(kCreatePolicy,
                  "policy { name: 'p' securable { name: 'prod' } kind: POLICY_KIND_DENY }") ==
        "PERMISSION_DENIED");
  // The administrator sees it, and drops it.
  CHECK(NamesOf(house.Ask(kListPolicies, "")) == "all");
  CHECK(house.Ask(kGetPolicy, "name: 'all'").name() == "all");
  house.Ask(kUpdatePolicy, "policy { name: 'all' state: POLICY_STATE_DRY_RUN }");
  house.Ask(kGetAsset, "name: 'prod.fraud.users'");
  house.Ask(kUpdatePolicy, "policy { name: 'all' state: POLICY_STATE_ENABLED }");
  house.Drop("all");

  // Who manages a schema makes and drops its policies; what stands above binds.
  house.Grant("MANAGE", "prod.fraud", "user:bo");
  const auto as_bo = [&](const auto& operation, const auto& request) {
    const auto answer = house.RunAs(house.bo, operation, request);
    return answer.ok() ? std::string("OK") : ReasonOf(answer.status());
  };
  const auto create = test::Parse<v1::CreatePolicyRequest>(
      "policy { name: 'his' securable { name: 'prod.fraud' } kind: POLICY_KIND_DENY }");
  const auto drop = test::Parse<v1::DeletePolicyRequest>("name: 'his'");
  CHECK(as_bo(kCreatePolicy, create) == "OK");
  CHECK(as_bo(kGetAsset, test::Parse<v1::GetAssetRequest>("name: 'prod.fraud.users'")) ==
        "PERMISSION_DENIED");
  CHECK(as_bo(kDeletePolicy, drop) == "OK");
  CHECK(as_bo(kCreatePolicy, create) == "OK");
  house.Deny("above", "prod", "privileges: 'MANAGE' to: 'user:bo'");
  CHECK(as_bo(kDeletePolicy, drop) == "PERMISSION_DENIED");
  house.Drop("above");
  CHECK(as_bo(kDeletePolicy, drop) == "OK");
}

TEST_CASE("policy_ops: who manages a schema does not beat the masks from above") {
  PolicyHouse house;
  house.Mask("mask-email", "nullify", "columns: 'email'");
  house.Grant("MANAGE", "prod.fraud", "user:bo");
  const auto create = [&](int priority) {
    const auto request = test::Parse<v1::CreatePolicyRequest>(absl::StrCat(
        "policy { name: 'his", priority,
        "' securable { name: 'prod.fraud' } kind: POLICY_KIND_MASK"
        " columns: 'email' mask { type: 'custom' custom { key: 'trino' value: '{col}' } }"
        " priority: ",
        priority, " }"));
    return house.RunAs(house.bo, kCreatePolicy, request).status();
  };
  const auto update = [&](const std::string& policy) {
    return house
        .RunAs(house.bo, kUpdatePolicy,
               test::Parse<v1::UpdatePolicyRequest>("policy { " + policy + " }"))
        .status();
  };
  const absl::Status status = create(1);
  CHECK(ReasonOf(status) == "PERMISSION_DENIED");
  CHECK(test::HintOf(status) == "take 0 or less, or ask who manages the metastore");
  CHECK(create(-1).ok());
  CHECK(PolicyHouse::Masks(house.Decision()) == "email: nullify by mask-email");
  CHECK(ReasonOf(update("name: 'his-1' priority: 1")) == "PERMISSION_DENIED");
  // With the same priority the two are a conflict, and nothing is shown.
  CHECK(update("name: 'his-1' priority: 0 comment: 'x'").ok());
  CHECK(create(0).ok());
  CHECK(house.WhyNotDecided() == "MASK_CONFLICT");
  // One that was given a higher priority is not made weaker by who may not give it.
  house.Ask(kDeletePolicy, "name: 'his0'");
  house.Ask(kUpdatePolicy, "policy { name: 'his-1' priority: 1 mask { type: 'redact' } }");
  CHECK(PolicyHouse::Masks(house.Decision()) == "email: redact by his-1");
  CHECK(ReasonOf(update("name: 'his-1' mask { type: 'year' }")) == "PERMISSION_DENIED");
  CHECK(house.RunAs(house.bo, kDeletePolicy, test::Parse<v1::DeletePolicyRequest>("name: 'his-1'"))
            .ok());
}

TEST_CASE("policy_ops: a view of a table, as somebody may see it") {
  PolicyHouse house;
  house.Mask("mask-email", "nullify", "columns: 'email' except: 'group:fraud'");
  house.Policy("eu", "prod", "kind: POLICY_KIND_FILTER filter { conditions: \"region = 'EU'\" }");
  const std::string table = " securable { name: 'prod.fraud.users' }";
  v1::CompileViewResponse view =
      house.Ask(kCompileView, "principal: 'group:analysts' dialect: SQL_DIALECT_DUCKDB" + table);
  REQUIRE(view.statements_size() == 1);
  CHECK_THAT(view.statements(0), Catch::Contains("\"users_secured\"") &&
                                     Catch::Contains("\"email\"") && Catch::Contains("'EU'"));
  CHECK(absl::StrJoin(view.policies(), " ") == "mask-email eu");
  CHECK(view.position() == house.position());
  view = house.Ask(
      kCompileView,
      "principal: 'user:bo' dialect: SQL_DIALECT_POSTGRESQL view: 'v' table: 't'" + table);
  CHECK(view.statements(0) == "DROP VIEW IF EXISTS \"v\"");
  // A column that is denied is not in it.
  house.Deny("no-id", "", "privileges: 'SELECT' columns: 'id' to: 'user:bo'");
  view = house.Ask(kCompileView, "principal: 'user:bo' dialect: SQL_DIALECT_DUCKDB" + table);
  CHECK(view.statements(0).find("\"id\"") == std::string::npos);
  house.Deny("none", "prod.fraud", "privileges: 'SELECT'");
  CHECK(house.Why(kCompileView, "principal: 'user:bo' dialect: SQL_DIALECT_DUCKDB" + table) ==
        "VIEW_SHOWS_NOTHING");
  CHECK(house.Why(kCompileView, "principal: 'user:cy' dialect: SQL_DIALECT_DUCKDB" + table) ==
        "VIEW_SHOWS_NOTHING");
  CHECK(house.Why(kCompileView, "principal: 'user:bo'" + table) == "DIALECT_MISSING");
  // Of a table without columns too it is asked first whether there is anything to see.
  house.Asset("prod.fraud.bare", v1::KIND_TABLE);
  const std::string bare = " dialect: SQL_DIALECT_DUCKDB securable { name: 'prod.fraud.bare' }";
  CHECK(house.Why(kCompileView, "principal: 'user:cy'" + bare) == "VIEW_SHOWS_NOTHING");
  CHECK(house.Why(kCompileView, "principal: 'user:ana'" + bare) == "VIEW_SHOWS_NOTHING");
  house.Ask(kUpdatePolicy, "policy { name: 'none' state: POLICY_STATE_DISABLED }");
  CHECK(house.Why(kCompileView, "principal: 'user:ana'" + bare) == "SECURED_VIEW_EMPTY");
  house.Ask(kUpdatePolicy, "policy { name: 'none' state: POLICY_STATE_ENABLED }");
  house.Deny("gate", "prod.fraud", "privileges: 'USE SCHEMA' to: 'user:bo'");
  house.Ask(kUpdatePolicy, "policy { name: 'none' state: POLICY_STATE_DISABLED }");
  const absl::Status shut =
      house.Fail(kCompileView, "principal: 'user:bo' dialect: SQL_DIALECT_DUCKDB" + table);
  CHECK_THAT(std::string(shut.message()), Catch::EndsWith(": policy gate denies it"));
  house.Drop("gate");
  std::string names;
  for (size_t i = 0; i < kMaxEngineNameParts; ++i) names += " view: 'v'";
  house.Drop("none");
  const std::string ask = "principal: 'user:bo' dialect: SQL_DIALECT_TRINO" + table;
  house.Ask(kCompileView, ask + names);
  CHECK(house.Why(kCompileView, ask + names + " view: 'v'") == "TOO_MANY_ITEMS");
  const std::string longest(kMaxEngineNamePartBytes, 'v');
  house.Ask(kCompileView, StrCat(ask, " table: '", longest, "'"));
  CHECK(house.WhyAt(kCompileView, StrCat(ask, " table: '", longest, "v'")) ==
        "TEXT_TOO_LONG at table[0]");
}

}  // namespace
}  // namespace whence::service
