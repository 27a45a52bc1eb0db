// Who may do what with each asset: the list, its reasons, its pages, and who may ask for it.

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "access/principal.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "service/policy_house.h"

namespace whence::service {
namespace {

using test::PolicyHouse;

std::string Text(const v1::AccessReason& reason) {
  const std::string what = reason.kind() == v1::ACCESS_REASON_KIND_OWNER    ? "owner"
                           : reason.kind() == v1::ACCESS_REASON_KIND_POLICY ? reason.policy()
                                                                            : reason.privilege();
  const std::string where =
      reason.securable().name().empty() ? "metastore" : reason.securable().name();
  return absl::StrCat(what, " on ", where, reason.through().empty() ? "" : " via ",
                      absl::StrJoin(reason.through(), ">"));
}

template <class Items>
std::string Text(const Items& items) {
  return absl::StrJoin(items, "; ", [](std::string* out, const v1::EffectivePrivilege& item) {
    absl::StrAppend(
        out, item.privilege(), " by ",
        absl::StrJoin(item.reasons(), ", ", [](std::string* ways, const v1::AccessReason& reason) {
          ways->append(Text(reason));
        }));
  });
}

template <class Items>
std::string Names(const Items& items) {
  return absl::StrJoin(items, " ", [](std::string* out, const v1::EffectivePrivilege& item) {
    out->append(item.privilege());
  });
}

std::vector<v1::AssetAccess> All(PolicyHouse& house, const std::string& request) {
  const v1::ListAssetAccessResponse page =
      house.Ask(kListAssetAccess, absl::StrCat(request, " page_size: 1000"));
  CHECK(page.next_page_token().empty());
  return {page.items().begin(), page.items().end()};
}

// The only item about somebody; empty when there is none.
v1::AssetAccess Of(PolicyHouse& house, const std::string& who,
                   const std::string& asset = "prod.fraud.users") {
  std::vector<v1::AssetAccess> found;
  for (const v1::AssetAccess& item :
       All(house, absl::StrCat("securable { name: '", asset, "' }"))) {
    if (item.principal() == who) found.push_back(item);
  }
  REQUIRE(found.size() <= 1);
  return found.empty() ? v1::AssetAccess() : found.front();
}

std::string Who(const std::vector<v1::AssetAccess>& items) {
  return absl::StrJoin(items, ", ", [](std::string* out, const v1::AssetAccess& item) {
    absl::StrAppend(out, item.securable().name(), " ", item.principal());
  });
}

TEST_CASE("asset_access: each privilege with all ways to it, and the gates with theirs") {
  PolicyHouse house;
  house.Ask(kCreatePrincipal, "principal { name: 'group:all' }");
  house.Ask(kAddMember, "group: 'group:all' member: 'group:analysts'");
  house.Grant("SELECT", "prod.fraud.users", "user:bo");
  house.Grant("SELECT", "prod.fraud", "group:all");
  const v1::AssetAccess bo = Of(house, "user:bo");
  CHECK(Text(bo.privileges()) ==
        "SELECT by SELECT on prod via group:analysts, SELECT on prod.fraud via "
        "group:analysts>group:all, SELECT on prod.fraud.users");
  CHECK(Text(bo.gates()) ==
        "USE CATALOG by USE CATALOG on prod via group:analysts; "
        "USE SCHEMA by USE SCHEMA on prod via group:analysts");
  CHECK(bo.reads());
  CHECK_FALSE(bo.changes());
  CHECK(bo.securable().type() == v1::SECURABLE_TYPE_TABLE);
  // Who owns the metastore has everything, and passes.
  const v1::AssetAccess ana = Of(house, "user:ana");
  CHECK(ana.reads());
  CHECK(ana.changes());
  CHECK(Names(ana.privileges()) == "BROWSE SELECT MODIFY APPLY TAG MANAGE");
  CHECK(Names(ana.gates()) == "USE CATALOG USE SCHEMA");
  // Groups are told by their members.
  CHECK(Who(All(house, "securable { name: 'prod' }")) ==
        "prod.fraud.users user:ana, prod.fraud.users user:bo");
}

TEST_CASE("asset_access: it is what GetEffectivePrivileges says, where the gates are open") {
  PolicyHouse house;
  house.Grant("ALL PRIVILEGES", "prod.fraud", "user:cy");
  house.Grant("USE CATALOG", "prod", "user:cy");
  const v1::AssetAccess told = Of(house, "user:cy");
  const v1::GetEffectivePrivilegesResponse has = house.Ask(
      kGetEffectivePrivileges, "principal: 'user:cy' securable { name: 'prod.fraud.users' }");
  CHECK(absl::StrCat(Names(told.privileges()), " ALL PRIVILEGES") == Names(has.privileges()));
  CHECK(Text(told.privileges()) + "; ALL PRIVILEGES by ALL PRIVILEGES on prod.fraud" ==
        Text(has.privileges()));
  CHECK(told.changes());
}

TEST_CASE("asset_access: who does not pass the gates is left out, but for BROWSE") {
  PolicyHouse house;
  house.Grant("SELECT", "prod.fraud.users", "user:cy");
  CHECK(Of(house, "user:cy").principal().empty());
  house.Grant("BROWSE", "prod.fraud", "user:cy");
  CHECK(Names(Of(house, "user:cy").privileges()) == "BROWSE");
  CHECK(Of(house, "user:cy").gates().empty());
  CHECK_FALSE(Of(house, "user:cy").reads());
  house.Grant("USE CATALOG", "prod", "user:cy");
  // The gate that it passes is told also where the next one is shut.
  CHECK(Names(Of(house, "user:cy").gates()) == "USE CATALOG");
  CHECK_FALSE(Of(house, "user:cy").reads());
  house.Grant("USE SCHEMA", "prod.fraud", "user:cy");
  CHECK(Of(house, "user:cy").reads());
}

TEST_CASE("asset_access: neither who is inactive nor who is in an inactive group") {
  PolicyHouse house;
  house.Ask(kUpdatePrincipal,
            "principal { name: 'group:analysts' active: false } update_mask { paths: 'active' }");
  CHECK(Of(house, "user:bo").principal().empty());
  house.Ask(kUpdatePrincipal,
            "principal { name: 'group:analysts' active: true } update_mask { paths: 'active' }");
  CHECK(Of(house, "user:bo").reads());
  house.Ask(kUpdatePrincipal,
            "principal { name: 'user:bo' active: false } update_mask { paths: 'active' }");
  CHECK(Of(house, "user:bo").principal().empty());
}

TEST_CASE("asset_access: what policies deny, with the policy; also a gate's") {
  PolicyHouse house;
  house.Deny("no-select", "prod.fraud", "privileges: 'SELECT' to: 'group:analysts'");
  v1::AssetAccess bo = Of(house, "user:bo");
  CHECK(bo.privileges().empty());
  CHECK(Text(bo.denied()) == "SELECT by no-select on prod.fraud");
  CHECK_FALSE(bo.reads());
  house.Drop("no-select");
  house.Deny("shut", "prod.fraud", "privileges: 'USE SCHEMA' to: 'group:analysts'");
  bo = Of(house, "user:bo");
  CHECK(bo.privileges().empty());
  CHECK(Text(bo.denied()) == "SELECT by shut on prod.fraud");
  CHECK_FALSE(bo.reads());
}

TEST_CASE("asset_access: a deny of columns leaves the others") {
  PolicyHouse house;
  house.Deny("no-email", "prod.fraud", "privileges: 'SELECT' columns: 'EMAIL' to: 'user:bo'");
  v1::AssetAccess bo = Of(house, "user:bo");
  CHECK(bo.reads());
  CHECK(Names(bo.privileges()) == "SELECT");
  CHECK(Text(bo.denied()) == "SELECT by no-email on prod.fraud");
  CHECK(absl::StrJoin(bo.denied_columns(), " ") == "email");
  // Of all columns: nothing is left.
  house.Deny("no-others", "prod.fraud",
             "privileges: 'SELECT' columns: 'id' columns: 'region' to: 'user:bo'");
  bo = Of(house, "user:bo");
  CHECK_FALSE(bo.reads());
  CHECK(bo.denied_columns().empty());
  CHECK(bo.privileges().empty());
  // A deny of columns beside a gate that is shut leaves nothing either.
  house.Drop("no-others");
  house.Deny("shut", "prod.fraud", "privileges: 'USE SCHEMA' to: 'user:bo'");
  CHECK_FALSE(Of(house, "user:bo").reads());
}

TEST_CASE("asset_access: filters and masks of who reads, by policy; conflicts named") {
  PolicyHouse house;
  house.Mask("mask-email", "email", "columns: 'email' to: 'group:analysts'");
  house.Mask("mask-rest", "hash", "columns: 'id' columns: 'region' to: 'group:analysts'");
  house.Policy("eu", "prod",
               "kind: POLICY_KIND_FILTER filter { conditions: \"region = 'EU'\" }"
               " to: 'user:bo'");
  v1::AssetAccess bo = Of(house, "user:bo");
  REQUIRE(bo.masks_size() == 2);
  CHECK(bo.masks(0).policy() == "mask-rest");
  CHECK(absl::StrJoin(bo.masks(0).columns(), " ") == "id region");
  CHECK(bo.masks(1).mask() == "email");
  CHECK(absl::StrJoin(bo.row_filters(), " ") == "eu");
  CHECK(Of(house, "user:ana").masks().empty());
  CHECK(Of(house, "user:ana").row_filters().empty());
  house.Mask("other", "redact", "columns: 'email' to: 'user:bo'");
  bo = Of(house, "user:bo");
  CHECK(bo.mask_conflict().find("mask-email") != std::string::npos);
  CHECK(bo.mask_conflict().find("other") != std::string::npos);
  CHECK(bo.masks().empty());
  // Who only browses reads nothing: nothing is put on.
  house.Grant("BROWSE", "prod", "user:cy");
  house.Mask("for-all", "redact", "columns: 'email' priority: 9");
  CHECK(Of(house, "user:cy").masks().empty());
  // In dry run a policy does nothing yet.
  house.Ask(kUpdatePolicy,
            "policy { name: 'for-all' state: POLICY_STATE_DRY_RUN }"
            " update_mask { paths: 'state' }");
  CHECK_FALSE(Of(house, "user:bo").mask_conflict().empty());
}

TEST_CASE("asset_access: about one principal, also a group") {
  PolicyHouse house;
  house.Asset("prod.fraud.model", v1::KIND_MODEL);
  house.Grant("EXECUTE", "prod", "group:fraud");
  CHECK(Who(All(house, "principal: 'user:bo'")) ==
        "prod.fraud.model user:bo, prod.fraud.users user:bo");
  CHECK(Who(All(house, "principal: 'group:analysts'")) ==
        "prod.fraud.model group:analysts, prod.fraud.users group:analysts");
  CHECK(All(house, "principal: 'group:fraud'").empty());
  CHECK(house.Why(kListAssetAccess, "principal: 'user:nobody'") == "PRINCIPAL_NOT_FOUND");
  CHECK(house.Why(kListAssetAccess, "principal: 'nobody'") == "PRINCIPAL_MALFORMED");
  CHECK(house.Why(kListAssetAccess, "securable { name: 'prod.no' }") == "SCHEMA_NOT_FOUND");
  CHECK(house.Why(kListAssetAccess, "securable { name: 'prod' type: SECURABLE_TYPE_SCHEMA }") ==
        "SECURABLE_TYPE_MISMATCH");
}

// Pages of every size hold the same, whatever is written meanwhile.
TEST_CASE("asset_access: pages, also in the middle of an asset, as of the first") {
  PolicyHouse house;
  for (const char* name : {"prod.fraud.a", "prod.fraud.b", "prod.other.c", "zoo.x.d"}) {
    house.Asset(name, v1::KIND_TABLE);
  }
  for (int i = 0; i < 5; ++i) {
    const std::string name = absl::StrCat("user:p", i);
    house.Ask(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' }"));
    house.Ask(kAddMember, absl::StrCat("group: 'group:analysts' member: '", name, "'"));
  }
  const std::string whole = Who(All(house, ""));
  CHECK(std::count(whole.begin(), whole.end(), ',') + 1 == 4 * 7 + 1);
  for (const int size : {1, 2, 3, 7, 28}) {
    std::vector<v1::AssetAccess> items;
    std::string token;
    do {
      const v1::ListAssetAccessResponse page = house.Ask(
          kListAssetAccess, absl::StrCat("page_size: ", size, " page_token: '", token, "'"));
      items.insert(items.end(), page.items().begin(), page.items().end());
      token = page.next_page_token();
      if (!token.empty()) CHECK(page.items_size() == size);
      if (items.size() == static_cast<size_t>(size)) {
        house.Ask(kRemoveMember, "group: 'group:analysts' member: 'user:p3'");
        house.Ask(kDeleteAsset, "name: 'prod.fraud.b'");
      }
    } while (!token.empty());
    CHECK(Who(items) == whole);
    house.Ask(kAddMember, "group: 'group:analysts' member: 'user:p3'");
    house.Ask(kUndeleteAsset, "name: 'prod.fraud.b'");
  }
  CHECK(house.Why(kListAssetAccess, "page_size: -1") == "PAGE_SIZE_NEGATIVE");
  CHECK(house.Why(kListAssetAccess, "page_token: 'x'") == "PAGE_TOKEN_INVALID");
}

// So many users in a group, in one commit.
void AddMany(PolicyHouse& house, const std::string& group, int64_t count) {
  const access::PrincipalId id = house.house().access().snapshot().Find(group);
  const ledger::Change change{
      .position = kNoPosition, .time = house.clock.Now(), .actor = "user:ana"};
  const auto make = [&](sql::WriteContext& context) -> absl::Status {
    for (int64_t i = 0; i < count; ++i) {
      access::NewPrincipal wanted;
      wanted.name = absl::StrCat("user:m", i, " of ", group);
      WHENCE_ASSIGN_OR_RETURN(const access::Principal made,
                              access::CreatePrincipal(context, change, wanted));
      WHENCE_RETURN_IF_ERROR(access::AddMember(context, change, id, made.id).status());
    }
    return absl::OkStatus();
  };
  REQUIRE(house.house().writer().RunAndWait(make).ok());
}

TEST_CASE("asset_access: a page looks at so many people and no more, and none is lost") {
  PolicyHouse house;
  // Named by a grant that opens nothing to them: looked at, and not told.
  for (const char* group : {"group:many", "group:more"}) {
    house.Ask(kCreatePrincipal, absl::StrCat("principal { name: '", group, "' }"));
    house.Grant("SELECT", "prod.fraud.users", group);
    AddMany(house, group, kMaxScanPerPage / 2 + 5);
  }
  house.Ask(kCreatePrincipal, "principal { name: 'user:z' }");
  house.Ask(kAddMember, "group: 'group:analysts' member: 'user:z'");
  const v1::ListAssetAccessResponse first = house.Ask(kListAssetAccess, "page_size: 1000");
  CHECK(Who({first.items().begin(), first.items().end()}) ==
        "prod.fraud.users user:ana, prod.fraud.users user:bo");
  REQUIRE_FALSE(first.next_page_token().empty());
  const v1::ListAssetAccessResponse second =
      house.Ask(kListAssetAccess,
                absl::StrCat("page_size: 1000 page_token: '", first.next_page_token(), "'"));
  CHECK(Who({second.items().begin(), second.items().end()}) == "prod.fraud.users user:z");
  CHECK(second.next_page_token().empty());
}

TEST_CASE("asset_access: as of a past position, page by page") {
  PolicyHouse house;
  house.Asset("prod.fraud.more", v1::KIND_TABLE);
  const int64_t then = house.Ask(kListAssetAccess, "").position();
  house.Ask(kRemoveMember, "group: 'group:analysts' member: 'user:bo'");
  house.Mask("later", "redact", "columns: 'email'");
  CHECK(Of(house, "user:bo").principal().empty());
  const std::string past = absl::StrCat("as_of { position: ", then, " } ");
  const std::vector<v1::AssetAccess> all = All(house, past);
  CHECK(Who(all) ==
        "prod.fraud.more user:ana, prod.fraud.more user:bo, "
        "prod.fraud.users user:ana, prod.fraud.users user:bo");
  CHECK(all.back().masks().empty());
  std::vector<v1::AssetAccess> paged;
  std::string token;
  do {
    const v1::ListAssetAccessResponse page =
        house.Ask(kListAssetAccess, absl::StrCat(past, "page_size: 1 page_token: '", token, "'"));
    CHECK(page.position() == then);
    paged.insert(paged.end(), page.items().begin(), page.items().end());
    token = page.next_page_token();
    // Another past in between: what was remembered of the one is not told of the other.
    CHECK(All(house, "as_of { position: 1 }").empty());
  } while (!token.empty());
  CHECK(Who(paged) == Who(all));
}

TEST_CASE("asset_access: who may ask, and what is left out") {
  PolicyHouse house;
  house.Asset("prod.fraud.hidden", v1::KIND_TABLE);
  const auto ask = [&](const std::string& text) {
    const auto answer =
        house.RunAs(house.bo, kListAssetAccess, test::Parse<v1::ListAssetAccessRequest>(text));
    return answer.ok() ? Who({answer->items().begin(), answer->items().end()})
                       : test::ReasonOf(answer.status());
  };
  const std::string schema = "securable { name: 'prod.fraud' } ";
  CHECK(ask(schema) == "PERMISSION_DENIED");
  CHECK(ask("") == "PERMISSION_DENIED");
  CHECK(ask(schema + "principal: 'user:cy'") == "PERMISSION_DENIED");
  // About oneself, what one sees.
  CHECK(ask(schema + "principal: 'user:bo'") ==
        "prod.fraud.hidden user:bo, prod.fraud.users user:bo");
  CHECK(ask("principal: 'user:bo'") == "prod.fraud.hidden user:bo, prod.fraud.users user:bo");
  house.Grant("MANAGE", "prod.fraud", "user:bo");
  CHECK(ask(schema) ==
        "prod.fraud.hidden user:ana, prod.fraud.hidden user:bo, "
        "prod.fraud.users user:ana, prod.fraud.users user:bo");
  CHECK(ask("") == "PERMISSION_DENIED");
  // What a policy hides from who asks is left out.
  house.Deny("hide", "prod.fraud.hidden", "to: 'user:bo'");
  CHECK(ask(schema) == "prod.fraud.users user:ana, prod.fraud.users user:bo");
  house.Grant("BROWSE", "", "user:bo");
  CHECK(ask("") == "prod.fraud.users user:ana, prod.fraud.users user:bo");
}

TEST_CASE("asset_access: a page token opens nothing that its name no longer means") {
  PolicyHouse house;
  house.Asset("prod.mine.a", v1::KIND_TABLE);
  house.Asset("prod.mine.b", v1::KIND_TABLE);
  house.Grant("MANAGE", "prod.mine", "user:bo");
  v1::ListAssetAccessRequest request =
      test::Parse<v1::ListAssetAccessRequest>("securable { name: 'prod.mine' } page_size: 1");
  const auto first = house.RunAs(house.bo, kListAssetAccess, request);
  REQUIRE(first.ok());
  // The schema is taken from it, and another one of that name is its own.
  house.Ask(kChangeGrants, "securable { name: 'prod.mine' } principal: 'user:bo' remove: 'MANAGE'");
  house.Ask(kRenameSchema, "name: 'prod.mine' new_name: 'prod.theirs'");
  house.Ask(kCreateSchema, "schema { name: 'prod.mine' owner: 'user:bo' }");
  request.set_page_token(first->next_page_token());
  CHECK(test::ReasonOf(house.RunAs(house.bo, kListAssetAccess, request).status()) ==
        "PERMISSION_DENIED");
  house.Grant("MANAGE", "prod.theirs", "user:bo");
  CHECK(house.RunAs(house.bo, kListAssetAccess, request).ok());
}

}  // namespace
}  // namespace whence::service
