#include "access/principal.h"

#include <catch2/catch.hpp>

#include "access_fixture.h"
#include "base/limits.h"
#include "catalog/securable_write.h"

namespace whence::access {
namespace {

using test::AccessFixture;
using test::kNow;
using test::ReasonOf;

std::vector<std::string> NamesOf(const std::vector<Principal>& principals) {
  std::vector<std::string> names;
  for (const Principal& principal : principals) names.push_back(principal.name);
  return names;
}

TEST_CASE("a name tells what a principal is") {
  CHECK(ParsePrincipalName("user:ana", "name").value() == PrincipalKind::kUser);
  CHECK(ParsePrincipalName("user:ana@example.org", "name").value() == PrincipalKind::kUser);
  CHECK(ParsePrincipalName("svc:trainer", "name").value() == PrincipalKind::kService);
  CHECK(ParsePrincipalName("group:\xc3\x84rzte", "name").value() == PrincipalKind::kGroup);
  for (const std::string_view wrong :
       {"", "ana", "user", "user:", "User:ana", "user: ana", "user:ana ", "user:an\na", "user:\xff",
        "user:\xc2\xa0"
        "ana",
        "role:x", " user:ana"}) {
    INFO(wrong);
    const absl::Status status = ParsePrincipalName(wrong, "principal").status();
    CHECK(ReasonOf(status) == "PRINCIPAL_MALFORMED");
    CHECK(GetErrorDetail(status).field == "principal");
  }
  const std::string longest = "user:" + std::string(kMaxPrincipalBytes - 5, 'a');
  CHECK(ParsePrincipalName(longest, "name").ok());
  CHECK(ReasonOf(ParsePrincipalName(longest + "a", "name").status()) == "PRINCIPAL_MALFORMED");
}

TEST_CASE("a principal is made, changed, deleted and made again, and all of it is remembered") {
  AccessFixture access;
  NewPrincipal wanted;
  wanted.name = "user:ana";
  wanted.display_name = "Ana";
  wanted.emails = {"ana@example.org", "ana@old.example.org"};
  wanted.external_id = "4711";
  wanted.max_calls_per_second = 50;
  wanted.max_request_bytes_per_second = 60;
  const Principal made = access.TryCreate(wanted).value();  // 1
  CHECK(made.id == 1);
  CHECK(made.max_calls_per_second == 50);
  CHECK(made.max_request_bytes_per_second == 60);
  CHECK(made.creator == "user:admin");
  CHECK(made.position == 1);
  CHECK(made == access.At("user:ana"));
  CHECK(ReasonOf(access.TryCreate(wanted).status()) == "PRINCIPAL_ALREADY_EXISTS");

  access.actor = "user:bob";
  Principal changed = made;
  changed.display_name = "Ana B.";
  changed.emails = {};
  changed.active = false;
  changed.name = "user:eve";                 // of no effect
  changed = access.Update(changed).value();  // 2
  CHECK(changed.name == "user:ana");
  CHECK(changed.updater == "user:bob");
  CHECK(changed.creator == "user:admin");
  CHECK(changed.Etag() != made.Etag());
  CHECK(access.At("user:ana") == changed);
  CHECK(access.At("user:ana", 1) == made);
  CHECK(access.Update(changed).value().position == 2);  // 3: nothing changed

  REQUIRE(access.Delete("user:ana").ok());  // 4
  CHECK(ReasonOf(GetPrincipal(access.reader(), kNow, "user:ana").status()) ==
        "PRINCIPAL_NOT_FOUND");
  CHECK(access.At("user:ana", 3) == changed);
  CHECK(GetPrincipalById(access.reader(), kNow, 1).value().deleted);
  CHECK(access.Create("user:ana") == 2);  // 5
  CHECK(access.At("user:ana").id == 2);
  CHECK(access.At("user:ana", 2).id == 1);
  CHECK(ReasonOf(GetPrincipalById(access.reader(), kNow, 9).status()) == "PRINCIPAL_NOT_FOUND");
}

TEST_CASE("a second change in one mutation takes the place of the first") {
  AccessFixture access;
  access.Create("group:g");  // 1
  REQUIRE(access
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                Principal wanted = GetPrincipal(context.connection(), kNow, "group:g").value();
                wanted.display_name = "one";
                wanted = UpdatePrincipal(context, change, wanted).value();
                wanted.display_name = "two";
                wanted = UpdatePrincipal(context, change, wanted).value();
                return DeletePrincipal(context, change, wanted).status();
              })
              .ok());
  const Principal last = GetPrincipalById(access.reader(), kNow, 1).value();
  CHECK(last.deleted);
  CHECK(last.display_name == "two");
  CHECK(access.At("group:g", 1).display_name.empty());
}

TEST_CASE("a wrong name is answered with the nearest") {
  AccessFixture access;
  access.Create("user:ana");
  access.Create("user:bob");
  const absl::Status status = GetPrincipal(access.reader(), kNow, "user:aan").status();
  CHECK(ReasonOf(status) == "PRINCIPAL_NOT_FOUND");
  CHECK(GetErrorDetail(status).hint == "user:ana exists; see 'whence principal list'");
}

TEST_CASE("principals are listed by name, page by page, as of any position") {
  AccessFixture access;
  for (const char* name : {"user:c", "svc:a", "group:z", "user:b"}) access.Create(name);
  REQUIRE(access.Delete("user:b").ok());
  CHECK(NamesOf(ListPrincipals(access.reader(), kNow, "", 10).value()) ==
        std::vector<std::string>{"group:z", "svc:a", "user:c"});
  CHECK(NamesOf(ListPrincipals(access.reader(), 4, "", 10).value()) ==
        std::vector<std::string>{"group:z", "svc:a", "user:b", "user:c"});
  CHECK(NamesOf(ListPrincipals(access.reader(), kNow, "group:z", 1).value()) ==
        std::vector<std::string>{"svc:a"});
}

TEST_CASE("fields of principals have bounds") {
  AccessFixture access;
  NewPrincipal wanted;
  wanted.name = "user:a";
  wanted.emails.assign(kMaxEmails, "a@example.org");
  CHECK(access.TryCreate(wanted).ok());
  wanted.name = "user:b";
  wanted.emails.emplace_back("one@too.many");
  CHECK(ReasonOf(access.TryCreate(wanted).status()) == "TOO_MANY_EMAILS");
  wanted.emails = {"two\nlines"};
  CHECK(ReasonOf(access.TryCreate(wanted).status()) == "TEXT_HAS_CONTROL_CHARACTER");
  wanted.emails = {""};
  CHECK(ReasonOf(access.TryCreate(wanted).status()) == "EMAIL_EMPTY");
  wanted.emails = {};
  wanted.display_name = std::string(kMaxPrincipalBytes + 1, 'x');
  CHECK(ReasonOf(access.TryCreate(wanted).status()) == "TEXT_TOO_LONG");
  wanted.display_name.pop_back();
  wanted.external_id = "\xff";
  CHECK(ReasonOf(access.TryCreate(wanted).status()) == "TEXT_NOT_UTF8");
  wanted.external_id = "";
  CHECK(access.TryCreate(wanted).ok());
  wanted.name = "b";
  CHECK(ReasonOf(access.TryCreate(wanted).status()) == "PRINCIPAL_MALFORMED");
}

TEST_CASE("who owns something is not deleted") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  const PrincipalId bob = access.Create("user:bob");
  const auto create = [&](std::vector<std::string> path, catalog::Kind kind) {
    return access
        .Get([&](sql::WriteContext& context, const ledger::Change& change) {
          catalog::NewSecurable wanted;
          wanted.kind = kind;
          wanted.path = std::move(path);
          wanted.owner = "user:ana";
          return catalog::CreateSecurable(context, change, wanted);
        })
        .value();
  };
  const catalog::Securable prod = create({"prod"}, catalog::Kind::kCatalog);
  absl::Status status = access.Delete("user:ana").status();
  CHECK(ReasonOf(status) == "PRINCIPAL_OWNS");
  CHECK(std::string(status.message()) == "user:ana owns catalog prod");
  REQUIRE(access
              .Do([&](sql::WriteContext& context, const ledger::Change& change) {
                return catalog::DeleteSecurable(context, change, prod, false).status();
              })
              .ok());
  CHECK(access.Delete("user:ana").ok());

  access.SetOwner(bob);
  status = access.Delete("user:bob").status();
  CHECK(ReasonOf(status) == "PRINCIPAL_OWNS");
  CHECK(std::string(status.message()) == "user:bob owns the metastore");
  CHECK(ana != bob);
}

TEST_CASE("with a principal end its grants, memberships and tokens") {
  AccessFixture access;
  const PrincipalId ana = access.Create("user:ana");
  const PrincipalId staff = access.Create("group:staff");
  const PrincipalId all = access.Create("group:all");
  REQUIRE(access.Add(staff, ana).value());
  REQUIRE(access.Add(all, staff).value());
  REQUIRE(access.Change(7, staff, Privilege::kSelect).ok());
  REQUIRE(access.Change(0, ana, Privilege::kBrowse).ok());
  const MadeToken token = access.NewTokenOf(ana);
  const Position before = access.now;

  REQUIRE(access.Delete("group:staff").ok());
  CHECK(ListMembers(access.reader(), kNow, staff)->empty());
  CHECK(ListGroupsOf(access.reader(), kNow, ana)->empty());
  CHECK(ListMembers(access.reader(), kNow, all)->empty());
  CHECK(ListGrantsOn(access.reader(), kNow, 7)->empty());
  CHECK(ListMembers(access.reader(), before, staff)->size() == 1);
  CHECK(ListGrantsOn(access.reader(), before, 7)->size() == 1);

  REQUIRE(access.Delete("user:ana").ok());
  CHECK(ListGrantsOn(access.reader(), kNow, 0)->empty());
  CHECK(GetToken(access.reader(), token.token.id)->revoke_time.has_value());
}

}  // namespace
}  // namespace whence::access
