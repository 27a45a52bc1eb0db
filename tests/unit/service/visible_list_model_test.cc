// Lists of callers who see but a part, put together from what these have, against the same lists
// by looking at everything: random worlds, and the same on every page.

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ask.h"
#include "service/access_operations.h"
#include "service/policy_operations.h"
#include "service/visible_list.h"
#include "support/sanitizer.h"

namespace whence::service {
namespace {

using catalog::ListEnd;
using catalog::ListQuery;
using whence::test::Fewer;

const std::vector<std::string> kUsers = {"user:u0", "user:u1", "user:u2"};
const std::vector<std::string> kGroups = {"group:g0", "group:g1", "group:g2", "group:g3"};

// A page as its reader sees it.
struct ReadPage {
  std::string items;
  std::string error;
  bool complete = true;
  catalog::ListPlace next;
  int64_t looked_at = 0;
  bool known = false;  // something was taken by its id
};

// Purpose: a metastore in which everything changes at random. Thread-safety: one thread.
class World : public test::Asked {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    for (const std::string& name : kUsers) Known(name);
    for (const std::string& name : kGroups) Known(name);
    for (int i = 0; i < 60; ++i) StepTree();
    for (int i = 0; i < 10; ++i) StepAccess();
  }

  size_t Number(size_t below) { return random_() % below; }
  bool Once(size_t in) { return Number(in) == 0; }
  const std::string& Any(const std::vector<std::string>& list) { return list[Number(list.size())]; }

  void Step() { return Once(2) ? StepTree() : StepAccess(); }

  // Somebody, now and then with a token for few things, or of an issuer that names groups.
  CallInfo Somebody() {
    CallInfo info{.via = "test"};
    const access::Snapshot access = house().access().snapshot();
    info.identity = access.IdentityOf(Any(kUsers)).value();
    info.principal = info.identity.name;
    if (Once(5)) {
      std::vector<int64_t> scope;
      for (int i = 0; i < 2; ++i) scope.push_back(static_cast<int64_t>(Number(60)));
      info.identity.scope = std::make_shared<const std::vector<int64_t>>(std::move(scope));
    }
    if (Once(4)) {
      auto claims = std::make_shared<access::IssuerClaims>();
      const access::PrincipalId group = access.Find(Any(kGroups));
      if (group != access::kNobody) claims->groups.push_back(group);
      info.identity.claims = std::move(claims);
    }
    return info;
  }

  ListQuery AnyQuery() {
    ListQuery query;
    query.depth = 1 + Number(3);
    query.as_of =
        Once(2) ? position() : static_cast<Position>(1 + Number(static_cast<size_t>(position())));
    query.show_deleted = Once(3);
    if (query.depth > 1 && Once(2)) query.parent.push_back(absl::StrCat("c", Number(2)));
    if (query.depth > 2 && !query.parent.empty() && Once(2)) {
      query.parent.push_back(absl::StrCat("s", Number(3)));
    }
    return query;
  }

  // `list` is ListVisible, or looks at everything.
  template <class List>
  ReadPage Read(const CallInfo& info, const ListQuery& query, size_t limit, bool filter,
                const List& list) {
    const sql::Lease lease = house().readers().Acquire().value();
    Call call(info, house(), lease.connection());
    ReadPage page;
    size_t taken = 0;
    const auto visit = [&](const catalog::Securable& item) -> absl::StatusOr<bool> {
      if (filter && item.id % 3 == 0) return true;
      WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().Sees(item));
      if (!sees) return true;
      if (taken == limit) return false;
      ++taken;
      absl::StrAppend(&page.items, item.FullName(), "#", item.id, item.live() ? " " : "- ");
      return true;
    };
    // Every other one is known.
    const auto take_known = [&](int64_t id) -> absl::StatusOr<std::optional<bool>> {
      if (id % 2 == 0) return std::nullopt;
      WHENCE_ASSIGN_OR_RETURN(const catalog::Securable item,
                              catalog::GetSecurableById(call.connection(), query.as_of, id));
      REQUIRE(item.live());
      page.known = true;
      return visit(item);
    };
    const absl::StatusOr<ListEnd> end = list(call, query, visit, take_known);
    page.error = test::ReasonOf(end.status());
    if (!end.ok()) return page;
    page.complete = end->complete;
    page.next = end->place;
    page.looked_at = end->looked_at;
    return page;
  }

 private:
  // What may not be done is not done.
  template <class Request, class Response, template <class, class> class Operation>
  void Try(const Operation<Request, Response>& operation, const std::string& text) {
    clock.Advance(absl::Seconds(1));
    (void)Run(operation, test::Parse<Request>(text));
  }

  std::string AnyPlace(size_t parts) {
    std::string name = absl::StrCat("c", Number(2));
    if (parts > 1) absl::StrAppend(&name, ".s", Number(3));
    if (parts > 2) absl::StrAppend(&name, ".a", Number(6));
    return name;
  }

  std::string Anybody() { return Once(2) ? Any(kUsers) : Any(kGroups); }

  void StepTree() {
    const std::string catalog = AnyPlace(1);
    const std::string schema = AnyPlace(2);
    const std::string asset = AnyPlace(3);
    switch (Number(16)) {
      case 0:
        return Try(kRenameCatalog, absl::StrCat("name: '", catalog, "' new_name: 'c0'"));
      case 1:
        return Try(kRenameSchema,
                   absl::StrCat("name: '", schema, "' new_name: '", AnyPlace(2), "'"));
      case 2:
      case 3:
        return Try(kRenameAsset, absl::StrCat("name: '", asset, "' new_name: '", AnyPlace(3), "'"));
      case 4:
        return Try(kDeleteAsset, absl::StrCat("name: '", asset, "'"));
      case 5:
        if (!Once(3)) return;
        return Try(kDeleteSchema, absl::StrCat("name: '", schema, "' force: true"));
      case 6:
        if (!Once(6)) return;
        return Try(kDeleteCatalog, absl::StrCat("name: '", catalog, "' force: true"));
      case 7:
        Try(kUndeleteCatalog, absl::StrCat("name: '", catalog, "'"));
        Try(kUndeleteSchema, absl::StrCat("name: '", schema, "'"));
        return Try(kUndeleteAsset, absl::StrCat("name: '", asset, "'"));
      case 8:
        return Try(kCreateCatalog, absl::StrCat("catalog { name: '", catalog, "' }"));
      case 9:
        return Try(kCreateSchema, absl::StrCat("schema { name: '", schema, "' }"));
      default:
        static const std::vector<std::string> kKinds = {"TABLE", "MODEL", "VOLUME", "JOB"};
        Try(kCreateCatalog, absl::StrCat("catalog { name: '", catalog, "' }"));
        Try(kCreateSchema, absl::StrCat("schema { name: '", catalog, ".s1' }"));
        return Try(kCreateAsset,
                   absl::StrCat("asset { name: '", asset, "' kind: KIND_", Any(kKinds), " }"));
    }
  }

  void StepAccess() {
    switch (Number(10)) {
      case 0:
        return StepOwner();
      case 1:
        return StepMember();
      case 2:
        return StepGroup();
      case 3:
        return StepDeny();
      default:
        return StepGrant();
    }
  }

  void StepGrant() {
    static const std::vector<std::string> kAll = {
        "USE CATALOG", "USE SCHEMA", "USE CATALOG", "USE SCHEMA",   "BROWSE",        "SELECT",
        "EXECUTE",     "MODIFY",     "MANAGE",      "CREATE TABLE", "ALL PRIVILEGES"};
    const std::string privilege = Any(kAll);
    // Mostly on single things: most of a world is hidden from everybody.
    size_t parts = Once(12) ? 0 : (Once(5) ? 1 + Number(2) : 3);
    if (privilege == "USE CATALOG" || privilege == "USE SCHEMA") parts = 1 + Number(2);
    const std::string where = parts == 0 ? "type: SECURABLE_TYPE_METASTORE"
                                         : absl::StrCat("name: '", AnyPlace(parts), "'");
    const std::string text =
        absl::StrCat("securable { ", where, " } principal: '", Anybody(), "' ");
    if (parts == 0) {
      // One at a time: most of the world is hidden from most.
      Try(kChangeGrants, std::exchange(undo_, absl::StrCat(text, "remove: '", privilege, "'")));
    }
    Try(kChangeGrants, absl::StrCat(text, Once(3) ? "remove" : "add", ": '", privilege, "'"));
  }

  void StepOwner() {
    const size_t parts = Once(3) ? 1 + Number(2) : 3;
    const std::string what = absl::StrCat(" { name: '", AnyPlace(parts), "' owner: '",
                                          Once(3) ? std::string("user:ana") : Anybody(), "' }");
    if (parts == 1) return Try(kUpdateCatalog, absl::StrCat("catalog", what));
    if (parts == 2) return Try(kUpdateSchema, absl::StrCat("schema", what));
    Try(kUpdateAsset, absl::StrCat("asset", what));
  }

  void StepMember() {
    const std::string text = absl::StrCat("group: '", Any(kGroups), "' member: '", Anybody(), "'");
    if (Once(3)) return Try(kRemoveMember, text);
    Try(kAddMember, text);
  }

  // A group goes, comes back, sleeps, wakes.
  void StepGroup() {
    const std::string& name = Any(kGroups);
    if (Once(3)) {
      Try(kDeletePrincipal, absl::StrCat("name: '", name, "'"));
    } else {
      Try(kUpdatePrincipal,
          absl::StrCat("principal { name: '", name, "' active: ", Once(3) ? "false" : "true",
                       " } update_mask { paths: 'active' }"));
    }
    if (Once(2)) Try(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' }"));
  }

  void StepDeny() {
    const std::string name = absl::StrCat("p", Number(4));
    if (Once(2)) return Try(kDeletePolicy, absl::StrCat("name: '", name, "'"));
    const std::string where = Once(4) ? "type: SECURABLE_TYPE_METASTORE"
                                      : absl::StrCat("name: '", AnyPlace(1 + Number(3)), "'");
    static const std::vector<std::string> kDenied = {
        "", "privileges: 'BROWSE'", "privileges: 'SELECT'", "privileges: 'USE SCHEMA'"};
    Try(kSetTags, absl::StrCat("reference: '", AnyPlace(3), "' set { key: 'k' }"));
    Try(kCreatePolicy,
        absl::StrCat("policy { name: '", name, "' kind: POLICY_KIND_DENY except: 'user:ana' ",
                     Once(2) ? absl::StrCat("to: '", Anybody(), "' ") : "", Any(kDenied),
                     Once(2) ? " asset_tags { all: 'k' }" : "", " securable { ", where, " } }"));
  }

  std::mt19937_64 random_;
  std::string undo_;  // takes back the last grant on the metastore
};

absl::StatusOr<ListEnd> LookAtEverything(
    Call& call, const ListQuery& query,
    absl::FunctionRef<absl::StatusOr<bool>(const catalog::Securable&)> visit,
    absl::FunctionRef<absl::StatusOr<std::optional<bool>>(int64_t)>) {
  return catalog::ListSecurables(call.connection(), query, visit);
}

struct Seen {
  int pages = 0;     // with items
  int shorter = 0;   // that took fewer looks than looking at everything
  int known = 0;     // on which something was known
  int moved_on = 0;  // read as of a past of which the world has moved on
};

// All pages of one list, both ways, while the world goes on.
void CheckList(World& world, Seen& seen) {
  const CallInfo who = world.Somebody();
  ListQuery quick = world.AnyQuery();
  ListQuery plain = quick;
  const size_t limit = 1 + world.Number(4);
  const bool filter = world.Once(4);
  for (int pages = 0; pages < 200; ++pages) {
    CAPTURE(who.principal, quick.depth, quick.as_of, quick.parent.size(), pages);
    const ReadPage expected = world.Read(who, plain, limit, filter, LookAtEverything);
    const ReadPage got = world.Read(who, quick, limit, filter, ListVisible);
    REQUIRE(got.error == expected.error);
    REQUIRE(got.items == expected.items);
    REQUIRE(got.complete == expected.complete);
    seen.pages += got.items.empty() ? 0 : 1;
    seen.shorter += got.looked_at < expected.looked_at ? 1 : 0;
    seen.known += got.known ? 1 : 0;
    seen.moved_on += !got.items.empty() && quick.as_of < world.position() ? 1 : 0;
    if (got.complete) return;
    quick.after = got.next;
    plain.after = expected.next;
    if (world.Once(4)) world.Step();
  }
  FAIL("the list does not end");
}

TEST_CASE("visible_list_model: what is listed is what looking at everything would list") {
  const int seeds = std::max(1, Fewer(8));
  Seen seen;
  for (int seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    World world(static_cast<uint64_t>(seed));
    for (int step = 0; step < 150; ++step) {
      world.Step();
      for (int i = 0; i < 6; ++i) CheckList(world, seen);
    }
  }
  // It was about something.
  CAPTURE(seen.pages, seen.shorter, seen.known, seen.moved_on);
  CHECK(seen.pages > 100 * seeds);
  CHECK(seen.shorter > 100 * seeds);
  CHECK(seen.known > 30 * seeds);
  CHECK(seen.moved_on > 30 * seeds);
}

}  // namespace
}  // namespace whence::service
