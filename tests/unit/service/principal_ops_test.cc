// Principals, groups and their members through the corridor.

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "service/access_operations.h"
#include "service/ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::FieldOf;
using test::HintOf;

template <class Items>
std::string Names(const Items& items) {
  return absl::StrJoin(items, " ",
                       [](std::string* out, const auto& item) { out->append(item.name()); });
}

TEST_CASE("principal_ops: a principal is made, found, changed and deleted") {
  Asked house;
  const v1::Principal made =
      house.Ask(kCreatePrincipal,
                "principal { name: 'user:bo' display_name: 'Bo' emails: 'bo@corp.example' "
                "external_id: 'x-1' max_calls_per_second: 5 max_request_bytes_per_second: 6000 }");
  CHECK(made.kind() == v1::PRINCIPAL_KIND_USER);
  CHECK(made.active());
  CHECK(made.state() == v1::STATE_ACTIVE);
  CHECK(made.creator() == "user:ana");
  CHECK(made.position() == 1);
  CHECK(made.id() == 2);
  CHECK(house.Ask(kGetPrincipal, "name: 'user:bo'").DebugString() == made.DebugString());
  CHECK(house.Why(kGetPrincipal, "name: 'user:bo' as_of { position: 0 }") == "PRINCIPAL_NOT_FOUND");
  CHECK(house.Why(kCreatePrincipal, "principal { name: 'user:bo' }") == "PRINCIPAL_ALREADY_EXISTS");
  CHECK(house.position() == 1);

  SECTION("what is set changes, what the mask names is emptied") {
    const v1::Principal changed = house.Ask(
        kUpdatePrincipal, "principal { name: 'user:bo' display_name: 'Bo B.' emails: 'b@c' }");
    CHECK(changed.display_name() == "Bo B.");
    CHECK(changed.emails(0) == "b@c");
    CHECK(changed.external_id() == "x-1");
    CHECK(changed.active());
    CHECK(changed.position() == 2);
    const v1::Principal emptied =
        house.Ask(kUpdatePrincipal,
                  "principal { name: 'user:bo' } update_mask { paths: 'external_id' paths: "
                  "'max_calls_per_second' paths: 'max_request_bytes_per_second' }");
    CHECK(emptied.external_id().empty());
    CHECK(changed.max_request_bytes_per_second() == 6000);
    CHECK(emptied.max_calls_per_second() == 0);
    CHECK(emptied.max_request_bytes_per_second() == 0);
    CHECK(emptied.display_name() == "Bo B.");
    // The same again changes nothing and takes no position.
    CHECK(house.Ask(kUpdatePrincipal, "principal { name: 'user:bo' display_name: 'Bo B.' }")
              .position() == 3);
    CHECK(house.position() == 3);
    CHECK(house.Ask(kGetPrincipal, "name: 'user:bo' as_of { position: 1 }").DebugString() ==
          made.DebugString());
  }
  SECTION("the etag tells of changes by others") {
    house.Ask(kUpdatePrincipal, "principal { name: 'user:bo' display_name: 'B' }");
    const std::string old = absl::StrCat("etag: '", made.etag(), "'");
    CHECK(house.Why(kUpdatePrincipal, absl::StrCat("principal { name: 'user:bo' display_name: 'C' ",
                                                   old, " }")) == "ETAG_MISMATCH");
    CHECK(house.Why(kDeletePrincipal, absl::StrCat("name: 'user:bo' ", old)) == "ETAG_MISMATCH");
  }
  SECTION("who is inactive is kept, and may nothing") {
    const v1::Principal off = house.Ask(
        kUpdatePrincipal, "principal { name: 'user:bo' } update_mask { paths: 'active' }");
    CHECK_FALSE(off.active());
    CHECK(house
              .Ask(kExplainAccess,
                   "principal: 'user:bo' privilege: 'BROWSE' securable { type: "
                   "SECURABLE_TYPE_METASTORE }")
              .outcome() == v1::ACCESS_OUTCOME_PRINCIPAL_INACTIVE);
    CHECK(house.Ask(kUpdatePrincipal, "principal { name: 'user:bo' active: true }").active());
  }
  SECTION("a tombstone answers, and the name is free") {
    const v1::Principal gone = house.Ask(kDeletePrincipal, "name: 'user:bo'");
    CHECK(gone.state() == v1::STATE_DELETED);
    CHECK(house.Why(kGetPrincipal, "name: 'user:bo'") == "PRINCIPAL_NOT_FOUND");
    CHECK(house.Ask(kGetPrincipal, "name: 'user:bo' as_of { position: 1 }").id() == made.id());
    CHECK(house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }").id() == made.id() + 1);
  }
}

TEST_CASE("principal_ops: what is refused, and where") {
  Asked house;
  CHECK(house.WhyAt(kCreatePrincipal, "principal { name: 'bo' }") ==
        "PRINCIPAL_MALFORMED at principal.name");
  CHECK(house.WhyAt(kCreatePrincipal, "principal { name: 'user:bo' emails: 'bo' }") ==
        "EMAIL_MALFORMED at principal.emails[0]");
  for (const char* email : {"@x", "x@", "a@b@c", "a b@c", "a b"}) {
    CHECK(house.Why(kCreatePrincipal, absl::StrCat("principal { name: 'user:bo' emails: 'a@b' ",
                                                   "emails: '", email, "' }")) ==
          "EMAIL_MALFORMED");
  }
  CHECK(house.WhyAt(kCreatePrincipal, "principal { name: 'user:bo' display_name: 'a\\nb' }") ==
        "TEXT_HAS_CONTROL_CHARACTER at principal.display_name");
  CHECK(house.WhyAt(kCreatePrincipal,
                    absl::StrCat("principal { name: 'user:bo' external_id: '",
                                 std::string(kMaxPrincipalBytes + 1, 'x'), "' }")) ==
        "TEXT_TOO_LONG at principal.external_id");
  CHECK(house.WhyAt(kUpdatePrincipal,
                    "principal { name: 'user:ana' } update_mask { paths: 'name' }") ==
        "UPDATE_MASK_INVALID at update_mask.paths[0]");
  CHECK(house.Why(kUpdatePrincipal, "principal { name: 'user:bo' display_name: 'x' }") ==
        "PRINCIPAL_NOT_FOUND");
  CHECK(house.WhyAt(kListPrincipals, "kind: 9") == "ENUM_VALUE_UNKNOWN at kind");
  CHECK(house.position() == 0);
}

TEST_CASE("principal_ops: both sides of its bounds") {
  Asked house;
  const auto with_emails = [](size_t count) {
    std::string text = "principal { name: 'user:bo' ";
    for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, "emails: 'a", i, "@b' ");
    return text + "}";
  };
  CHECK(house.WhyAt(kCreatePrincipal, with_emails(kMaxEmails + 1)) ==
        "TOO_MANY_EMAILS at principal.emails");
  CHECK(house.Ask(kCreatePrincipal, with_emails(kMaxEmails)).emails_size() ==
        static_cast<int>(kMaxEmails));
  const auto with_calls = [](int64_t calls) {
    return absl::StrCat("principal { name: 'user:bo' max_calls_per_second: ", calls, " }");
  };
  CHECK(house.WhyAt(kUpdatePrincipal, with_calls(-1)) ==
        "RATE_OUT_OF_RANGE at principal.max_calls_per_second");
  CHECK(house.WhyAt(kUpdatePrincipal, with_calls(kMaxCallsPerSecond + 1)) ==
        "RATE_OUT_OF_RANGE at principal.max_calls_per_second");
  CHECK(house.Ask(kUpdatePrincipal, with_calls(kMaxCallsPerSecond)).max_calls_per_second() ==
        kMaxCallsPerSecond);
  const auto with_bytes = [](int64_t bytes) {
    return absl::StrCat("principal { name: 'user:bo' max_request_bytes_per_second: ", bytes, " }");
  };
  CHECK(house.WhyAt(kUpdatePrincipal, with_bytes(-1)) ==
        "RATE_OUT_OF_RANGE at principal.max_request_bytes_per_second");
  CHECK(house.WhyAt(kUpdatePrincipal, with_bytes(kMaxRequestBytesPerSecond + 1)) ==
        "RATE_OUT_OF_RANGE at principal.max_request_bytes_per_second");
  CHECK(house.Ask(kUpdatePrincipal, with_bytes(kMaxRequestBytesPerSecond))
            .max_request_bytes_per_second() == kMaxRequestBytesPerSecond);
}

TEST_CASE("principal_ops: lists by kind, filter and page, as of a position") {
  Asked house;
  for (const char* name : {"user:bo", "svc:trainer", "group:all", "user:cy"}) {
    house.Ask(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' emails: '",
                                             absl::string_view(name).substr(4), "@c' }"));
  }
  house.Ask(kUpdatePrincipal, "principal { name: 'user:cy' } update_mask { paths: 'active' }");
  const auto list = [&](const std::string& text) {
    return Names(house.Ask(kListPrincipals, text).principals());
  };
  CHECK(list("") == "group:all svc:trainer user:ana user:bo user:cy");
  CHECK(list("kind: PRINCIPAL_KIND_USER") == "user:ana user:bo user:cy");
  CHECK(list("kind: PRINCIPAL_KIND_SERVICE") == "svc:trainer");
  CHECK(list("kind: PRINCIPAL_KIND_GROUP") == "group:all");
  CHECK(list("filter: 'active = false'") == "user:cy");
  CHECK(list("filter: 'emails:\":bo@c\"'") == "user:bo");
  CHECK(list("filter: 'name : \"tr\" OR name = \"user:bo\"'") == "svc:trainer user:bo");
  CHECK(list("as_of { position: 1 }") == "user:ana user:bo");
  CHECK(house.Why(kListPrincipals, "filter: 'shoe = 1'") == "FILTER_UNKNOWN_FIELD");

  const v1::ListPrincipalsResponse first = house.Ask(kListPrincipals, "page_size: 2");
  CHECK(Names(first.principals()) == "group:all svc:trainer");
  // What is made meanwhile is not in this list.
  house.Ask(kCreatePrincipal, "principal { name: 'user:abe' }");
  const std::string next = absl::StrCat("page_size: 3 page_token: '", first.next_page_token(), "'");
  const v1::ListPrincipalsResponse second = house.Ask(kListPrincipals, next);
  CHECK(Names(second.principals()) == "user:ana user:bo user:cy");
  CHECK(second.next_page_token().empty());
  CHECK(house.Why(kListPrincipals, next + " filter: 'active = true'") ==
        "PAGE_TOKEN_OTHER_REQUEST");
}

TEST_CASE("principal_ops: groups, direct and nested") {
  Asked house;
  for (const char* name : {"user:bo", "group:a", "group:b", "group:c"}) {
    house.Ask(kCreatePrincipal, absl::StrCat("principal { name: '", name, "' }"));
  }
  const v1::Membership added = house.Ask(kAddMember, "group: 'group:a' member: 'user:bo'");
  CHECK(added.changed());
  CHECK(added.position() == 5);
  const v1::Membership again = house.Ask(kAddMember, "group: 'group:a' member: 'user:bo'");
  CHECK_FALSE(again.changed());
  CHECK(again.position() == 0);
  CHECK(house.position() == 5);
  house.Ask(kAddMember, "group: 'group:b' member: 'group:a'");
  house.Ask(kAddMember, "group: 'group:c' member: 'group:b'");

  CHECK(Names(house.Ask(kListMembers, "group: 'group:b'").members()) == "group:a");
  CHECK(Names(house.Ask(kListGroups, "principal: 'user:bo'").groups()) == "group:a");
  CHECK(Names(house.Ask(kListGroups, "principal: 'user:bo' nested: true").groups()) ==
        "group:a group:b group:c");
  CHECK(Names(house.Ask(kListGroups, "principal: 'user:bo' nested: true as_of { position: 6 }")
                  .groups()) == "group:a group:b");
  const v1::ListGroupsResponse page =
      house.Ask(kListGroups, "principal: 'user:bo' nested: true page_size: 2");
  CHECK(Names(page.groups()) == "group:a group:b");
  CHECK(Names(house
                  .Ask(kListGroups, absl::StrCat("principal: 'user:bo' nested: true page_token: '",
                                                 page.next_page_token(), "'"))
                  .groups()) == "group:c");

  CHECK(house.Why(kAddMember, "group: 'group:a' member: 'group:c'") == "GROUP_CYCLE");
  CHECK(house.Why(kAddMember, "group: 'group:a' member: 'group:a'") == "GROUP_CYCLE");
  CHECK(house.WhyAt(kAddMember, "group: 'user:bo' member: 'user:ana'") ==
        "PRINCIPAL_NOT_A_GROUP at group");
  CHECK(house.Why(kListMembers, "group: 'user:bo'") == "PRINCIPAL_NOT_A_GROUP");
  CHECK(house.Why(kAddMember, "group: 'group:x' member: 'user:ana'") == "PRINCIPAL_NOT_FOUND");
  CHECK(house.WhyAt(kRemoveMember, "group: 'group:a' member: 'bo'") ==
        "PRINCIPAL_MALFORMED at member");

  CHECK(house.Ask(kRemoveMember, "group: 'group:a' member: 'user:bo'").changed());
  CHECK_FALSE(house.Ask(kRemoveMember, "group: 'group:a' member: 'user:bo'").changed());
  CHECK(house.Ask(kListGroups, "principal: 'user:bo' nested: true").groups().empty());
}

TEST_CASE("principal_ops: somebody always owns the metastore") {
  Asked house;
  house.Ask(kCreatePrincipal, "principal { name: 'group:admins' }");
  house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  // A group with nobody in it, and the last who is active.
  CHECK(house.Why(kTransferMetastore, "owner: 'group:admins'") == "METASTORE_WITHOUT_ADMIN");
  CHECK(house.Why(kUpdatePrincipal,
                  "principal { name: 'user:ana' } update_mask { paths: 'active' }") ==
        "METASTORE_WITHOUT_ADMIN");
  CHECK(house.Ask(kGetMetastore, "").owner() == "user:ana");
  CHECK(house.position() == 2);

  house.Ask(kAddMember, "group: 'group:admins' member: 'user:ana'");
  house.Ask(kAddMember, "group: 'group:admins' member: 'user:bo'");
  CHECK(house.Ask(kTransferMetastore, "owner: 'group:admins'").position() == 5);
  CHECK(house.Ask(kTransferMetastore, "owner: 'group:admins'").position() == 0);
  CHECK(house.Ask(kGetMetastore, "").owner() == "group:admins");
  CHECK(house.Ask(kGetMetastore, "as_of { position: 4 }").owner() == "user:ana");
  CHECK(house.Why(kDeletePrincipal, "name: 'group:admins'") == "PRINCIPAL_OWNS");

  house.Ask(kRemoveMember, "group: 'group:admins' member: 'user:bo'");
  CHECK(house.Why(kRemoveMember, "group: 'group:admins' member: 'user:ana'") ==
        "METASTORE_WITHOUT_ADMIN");
  CHECK(house.Why(kUpdatePrincipal,
                  "principal { name: 'group:admins' } update_mask { paths: 'active' }") ==
        "METASTORE_WITHOUT_ADMIN");
  CHECK(house.Why(kDeletePrincipal, "name: 'user:ana'") == "METASTORE_WITHOUT_ADMIN");
}

TEST_CASE("principal_ops: who am I") {
  Asked house;
  house.Ask(kCreatePrincipal, "principal { name: 'group:all' }");
  house.Ask(kCreatePrincipal, "principal { name: 'group:team' }");
  house.Ask(kAddMember, "group: 'group:team' member: 'user:ana'");
  house.Ask(kAddMember, "group: 'group:all' member: 'group:team'");
  const v1::WhoAmIResponse me = house.Ask(kWhoAmI, "");
  CHECK(me.principal().name() == "user:ana");
  CHECK(absl::StrJoin(me.groups(), " ") == "group:all group:team");
  CHECK(me.metastore_admin());
  CHECK(me.token().id() == 1);
  CHECK(me.position() == 4);

  const auto other = house.RunAs(house.Colleague("user:bo"), kWhoAmI, v1::WhoAmIRequest());
  REQUIRE(other.ok());
  CHECK(other->principal().name() == "user:bo");
  CHECK_FALSE(other->metastore_admin());
}

}  // namespace
}  // namespace whence::service
