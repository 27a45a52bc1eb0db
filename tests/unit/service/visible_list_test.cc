// Lists of callers who see few of very many: how much is looked at for them. What they list:
// visible_list_model_test.cc.

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/limits.h"
#include "lineage_house.h"
#include "service/access_operations.h"
#include "service/visible_list.h"

namespace whence::service {
namespace {

using access::Privilege;
using catalog::ListEnd;
using catalog::ListQuery;
using whence::test::LineageHouse;
using whence::test::RunOf;

// m.s has assets a00000, a00001 ...; user:bo passes the gates and sees nothing yet.
class Schema : public LineageHouse {
 public:
  explicit Schema(int assets) {
    Asset(Name(0), v1::KIND_TABLE);
    constexpr int kEach = 4000;
    for (int first = 1; first < assets; first += kEach) {
      v1::Run run = RunOf(first, {}, {});
      for (int i = first; i < std::min(first + kEach, assets); ++i) {
        v1::RunWrite* write = run.add_writes();
        write->set_reference(Name(i));
        write->set_create_kind(v1::KIND_TABLE);
      }
      Record(std::move(run));
    }
    Known("user:bo");
    Known("group:readers");
    v1::CreateTokenRequest token;
    token.mutable_token()->set_principal("user:bo");
    bo = {.bearer = Must(kCreateToken, token).secret(), .via = "test"};
    Grant("m", "USE CATALOG", "user:bo");
    Grant("m.s", "USE SCHEMA", "user:bo");
    v1::AddMemberRequest member;
    member.set_group("group:readers");
    member.set_member("user:bo");
    Must(kAddMember, member);
  }

  static std::string Name(int i) { return absl::StrFormat("m.s.a%05d", i); }

  void Grant(const std::string& on, const std::string& privilege, const std::string& to) {
    v1::ChangeGrantsRequest request;
    request.mutable_securable()->set_name(on);
    request.set_principal(to);
    request.add_add(privilege);
    Must(kChangeGrants, request);
  }

  // Grants on ids that nothing has: they are gone through, and found nowhere.
  void GrantOnNothing(int64_t count, const std::string& to) {
    const access::PrincipalId id = house().access().snapshot().Find(to);
    const ledger::Change change{.position = kNoPosition, .time = clock.Now(), .actor = "user:ana"};
    const auto grant = [&](sql::WriteContext& context) -> absl::Status {
      for (int64_t i = 0; i < count; ++i) {
        WHENCE_RETURN_IF_ERROR(
            access::ChangeGrants(context, change, 1'000'000 + i, id, Privilege::kSelect, {})
                .status());
      }
      return absl::OkStatus();
    };
    REQUIRE(house().writer().RunAndWait(grant).ok());
  }

  // What bo's list in the schema is, and how many rows were looked at; all on one page.
  std::pair<std::string, int64_t> List(const access::Identity* identity = nullptr) {
    CallInfo info = bo;
    REQUIRE(corridor().Admit(info, "Test").ok());
    if (identity != nullptr) info.identity = *identity;
    const sql::Lease lease = house().readers().Acquire().value();
    Call call(info, house(), lease.connection());
    std::string names;
    ListQuery query{.as_of = call.position()};
    if (identity == nullptr) query.parent = {"m", "s"};
    const auto visit = [&](const catalog::Securable& asset) -> absl::StatusOr<bool> {
      WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().Sees(asset));
      if (sees) absl::StrAppend(&names, names.empty() ? "" : " ", asset.path.back());
      return true;
    };
    const absl::StatusOr<ListEnd> end =
        ListVisible(call, query, visit, [](int64_t) { return std::nullopt; });
    REQUIRE(end.ok());
    return {names, end->looked_at};
  }

  CallInfo bo;
};

TEST_CASE("a page of few among very many is full, and its cost is that of the few") {
  for (const int assets : {100, static_cast<int>(kMaxScanPerPage) + 2000}) {
    CAPTURE(assets);
    Schema house(assets);
    const int last = assets - 1;
    house.Grant(Schema::Name(last), "SELECT", "group:readers");
    house.Grant(Schema::Name(7), "BROWSE", "user:bo");
    v1::UpdateAssetRequest owner;
    owner.mutable_asset()->set_name(Schema::Name(50));
    owner.mutable_asset()->set_owner("user:bo");
    house.Must(kUpdateAsset, owner);
    // Each is put in order, and passed.
    const auto [names, looked_at] = house.List();
    CHECK(names == absl::StrCat("a00007 a00050 ", Schema::Name(last).substr(4)));
    CHECK(looked_at == 6);

    // By its door: one page, though a scan would end before the last.
    v1::ListAssetsRequest request;
    request.set_parent("m.s");
    const auto page = house.RunAs(house.bo, kListAssets, request);
    REQUIRE(page.ok());
    CHECK(page->assets_size() == 3);
    CHECK(page->next_page_token().empty());
    request.set_page_size(2);
    const auto first = house.RunAs(house.bo, kListAssets, request);
    REQUIRE(first.ok());
    CHECK(first->assets_size() == 2);
    request.set_page_token(first->next_page_token());
    const auto second = house.RunAs(house.bo, kListAssets, request);
    REQUIRE(second.ok());
    CHECK(second->assets_size() == 1);
    CHECK(second->next_page_token().empty());
  }
}

TEST_CASE("who sees into a schema looks at all of it, and who sees nothing at nothing") {
  Schema house(200);
  CHECK(house.List() == std::pair<std::string, int64_t>("", 0));
  // What can be seen there depends on the kind of each.
  house.Grant("m.s", "EXECUTE", "user:bo");
  CHECK(house.List() == std::pair<std::string, int64_t>("", 200));
  house.Grant("m", "SELECT", "group:readers");
  CHECK(house.List().second == 200);
}

TEST_CASE("a token for one asset lists it, however many its principal may see") {
  Schema house(300);
  house.Grant("m", "ALL PRIVILEGES", "user:bo");
  CHECK(house.List().second == 300);
  access::Identity identity = house.house().access().snapshot().IdentityOf("user:bo").value();
  const std::vector<std::string> path = {"m", "s", "a00123"};
  const sql::Lease lease = house.house().readers().Acquire().value();
  const auto asset = catalog::RequireSecurable(lease.connection(), house.position(), path).value();
  identity.scope = std::make_shared<const std::vector<int64_t>>(1, asset.id);
  const auto [names, looked_at] = house.List(&identity);
  CHECK(names == "a00123");
  CHECK(looked_at == 6);  // with the catalog and the schema that it is in
}

TEST_CASE("a caller with more candidates than a list goes through is listed by looking at all") {
  constexpr int kAssets = 3000;
  // The principal and its group count too, both gates, and the asset.
  for (const bool too_many : {false, true}) {
    CAPTURE(too_many);
    Schema house(kAssets);
    house.Grant(Schema::Name(kAssets - 1), "SELECT", "group:readers");
    const auto held = static_cast<int64_t>(kMaxListCandidates) - 5 + (too_many ? 1 : 0);
    house.GrantOnNothing(held, "user:bo");
    const auto [names, looked_at] = house.List();
    CHECK(names == Schema::Name(kAssets - 1).substr(4));
    if (too_many) {
      CHECK(looked_at == kAssets);
    } else {
      // One row for twenty candidates, in case that the schema has few; then what is there.
      CHECK(looked_at == (held + 3) / 20 + 2);
    }
  }
}

TEST_CASE("a small schema is looked at before anything is put in order") {
  Schema house(60);
  house.GrantOnNothing(1300, "group:readers");
  house.Grant(Schema::Name(59), "SELECT", "user:bo");
  CHECK(house.List() == std::pair<std::string, int64_t>("a00059", 60));
}

}  // namespace
}  // namespace whence::service
