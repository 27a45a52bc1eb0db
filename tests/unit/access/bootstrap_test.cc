#include "access/bootstrap.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "access/grant.h"
#include "access/index.h"
#include "access/token_format.h"
#include "catalog/securable.h"
#include "migrations/embedded.h"
#include "sql/connection.h"
#include "sql/migrations.h"
#include "support/scratch_database.h"

namespace whence::access {
namespace {

using catalog::kNow;
using whence::test::ReasonOf;

struct New {
  New() { REQUIRE(sql::Migrate(*connection, EmbeddedMigrations(), clock).ok()); }
  FakeClock clock;
  std::unique_ptr<sql::Connection> connection = sql::Connection::Open(":memory:").value();
};

TEST_CASE("a new metastore has an administrator with a token, from the beginning of time") {
  New made;
  const MadeToken token = Bootstrap(*made.connection, made.clock, "user:root").value().value();
  CHECK(LooksLikeToken(token.secret));
  const Snapshot snapshot = Index::LoadAsOf(*made.connection, kNoPosition).value();
  const Identity who = snapshot.Authenticate(token.secret, made.clock.Now()).value();
  CHECK(who.name == "user:root");
  CHECK(who.principal == 1);
  CHECK(snapshot.metastore_owner() == 1);
  CHECK(snapshot.Effective(who, {}) == PrivilegeSet::Everything());
  CHECK(snapshot.SeesAll(who));
  CHECK(MetastoreOwner(*made.connection, kNow).value() == 1);
  CHECK(GetPrincipal(*made.connection, 0, "user:root").value().creator == "user:root");
  CHECK(GetToken(*made.connection, 1).value() == token.token);
}

TEST_CASE("a metastore that has principals stays as it is") {
  New made;
  REQUIRE(Bootstrap(*made.connection, made.clock, "user:admin").value().has_value());
  CHECK_FALSE(Bootstrap(*made.connection, made.clock, "user:other").value().has_value());
  CHECK_FALSE(Bootstrap(*made.connection, made.clock, "nonsense").value().has_value());
  CHECK(ReasonOf(GetPrincipal(*made.connection, kNow, "user:other").status()) ==
        "PRINCIPAL_NOT_FOUND");
}

TEST_CASE("the administrator is somebody") {
  New made;
  CHECK(ReasonOf(Bootstrap(*made.connection, made.clock, "admin").status()) ==
        "PRINCIPAL_MALFORMED");
  CHECK(ReasonOf(Bootstrap(*made.connection, made.clock, "group:admins").status()) ==
        "PRINCIPAL_IS_A_GROUP");
  CHECK(Bootstrap(*made.connection, made.clock, "svc:root").value().has_value());
}

TEST_CASE("no token is made that could not be handed over") {
  New made;
  std::string kept;
  const absl::Status status =
      Bootstrap(*made.connection, made.clock, "user:admin", [&](const std::string& secret) {
        kept = secret;
        return absl::UnavailableError("no room");
      }).status();
  CHECK(absl::IsUnavailable(status));
  CHECK(ReasonOf(GetPrincipal(*made.connection, kNow, "user:admin").status()) ==
        "PRINCIPAL_NOT_FOUND");
  const std::string first = kept;
  const MadeToken token = Bootstrap(*made.connection, made.clock, "user:admin",
                                    [&](const std::string& secret) {
                                      kept = secret;
                                      return absl::OkStatus();
                                    })
                              .value()
                              .value();
  CHECK(kept == token.secret);
  CHECK(kept != first);
}

TEST_CASE("a metastore has keys of its own") {
  New made;
  CHECK(ReasonOf(MetastoreKey(*made.connection, "redaction").status()) == "METASTORE_KEY_MISSING");
  REQUIRE(Bootstrap(*made.connection, made.clock, "user:admin").ok());
  const std::string redaction = MetastoreKey(*made.connection, "redaction").value();
  const std::string mask = MetastoreKey(*made.connection, "mask").value();
  CHECK(redaction.size() == 32);
  CHECK(mask.size() == 32);
  CHECK(redaction != mask);
  New other;
  REQUIRE(Bootstrap(*other.connection, other.clock, "user:admin").ok());
  CHECK(MetastoreKey(*other.connection, "redaction").value() != redaction);
}

}  // namespace
}  // namespace whence::access
