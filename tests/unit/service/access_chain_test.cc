// Chains: what decisions about access begin with.

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/name.h"
#include "catalog/link_cache.h"
#include "catalog/securable_write.h"
#include "service/access_chain.h"
#include "service/access_operations.h"
#include "service/ask.h"

namespace whence::service {
namespace {

using test::Asked;

std::vector<std::string> Path(const std::string& name) { return ParseName(name, "").value(); }

// "table 1/2/3 owners 1/1/2" as of a position.
std::string Text(const access::Chain& chain) {
  std::string ids;
  std::string owners;
  for (int i = 0; i < chain.depth; ++i) {
    const access::Link& link = chain.links[static_cast<size_t>(i)];
    absl::StrAppend(&ids, i == 0 ? "" : "/", link.id);
    absl::StrAppend(&owners, i == 0 ? "" : "/", link.owner);
  }
  return StrCat(catalog::KindName(chain.kind), " ", ids, " owners ", owners);
}

// Reads on one connection, which remembers.
class Chained : public Asked {
 public:
  Chained() : lease_(house().readers().Acquire().value()) {
    Asset("prod.raw.t", v1::KIND_TABLE);
    Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  }
  std::string ById(int64_t id, Position as_of) {
    const auto chain = ChainOfId(lease_->connection(), house().access().snapshot(), as_of, id);
    return chain.ok() ? Text(*chain) : test::ReasonOf(chain.status());
  }
  std::string ByPath(const std::string& name, Position as_of) {
    const auto chain =
        ChainOfPath(lease_->connection(), house().access().snapshot(), as_of, Path(name));
    return chain.ok() ? Text(*chain) : test::ReasonOf(chain.status());
  }
  std::string Now(const std::string& name) { return ByPath(name, position()); }

  // A house closes when nobody reads in it any more.
  void Reopen() {
    lease_.reset();
    Asked::Reopen();
    lease_.emplace(house().readers().Acquire().value());
  }
  template <class... Args>
  void Rewrite(const Args&... args) {
    lease_.reset();
    Asked::Rewrite(args...);
    lease_.emplace(house().readers().Acquire().value());
  }

  std::optional<sql::Lease> lease_;
};

TEST_CASE("access_chain: ids and owners from the catalog down") {
  Chained house;
  CHECK(house.Now("prod.raw.t") == "table 1/2/3 owners 1/1/1");
  CHECK(house.Now("prod.raw") == "schema 1/2 owners 1/1");
  CHECK(house.Now("prod") == "catalog 1 owners 1");
  CHECK(house.ById(3, house.position()) == "table 1/2/3 owners 1/1/1");
  CHECK(house.ById(0, house.position()) == "unspecified  owners ");
  CHECK(house.ById(9, house.position()) == "SECURABLE_NOT_FOUND");
  CHECK(house.Now("prod.raw.u") == "ASSET_NOT_FOUND");
  CHECK(house.Now("dev.raw.u") == "CATALOG_NOT_FOUND");

  const auto found = FindChain(house.lease_->connection(), house.house().access().snapshot(),
                               house.position(), Path("prod.raw.u"));
  REQUIRE(found.ok());
  CHECK_FALSE(found->whole);
  CHECK(Text(found->chain) == "schema 1/2 owners 1/1");
  CHECK(Text(Above(found->chain, 1)) == "catalog 1 owners 1");
  CHECK(Above(found->chain, 0).kind == catalog::Kind::kUnspecified);
}

TEST_CASE("access_chain: an owner's change, a move and a deletion are seen at once") {
  Chained house;
  const Position before = house.position();
  CHECK(house.Now("prod.raw.t") == "table 1/2/3 owners 1/1/1");
  house.Ask(kUpdateSchema, "schema { name: 'prod.raw' owner: 'user:bo' }");
  CHECK(house.Now("prod.raw.t") == "table 1/2/3 owners 1/2/1");
  CHECK(house.ById(3, house.position()) == "table 1/2/3 owners 1/2/1");
  CHECK(house.ByPath("prod.raw.t", before) == "table 1/2/3 owners 1/1/1");

  house.Asset("prod.new.x", v1::KIND_TABLE);
  house.Ask(kRenameAsset, "name: 'prod.raw.t' new_name: 'prod.new.t'");
  CHECK(house.ById(3, house.position()) == "table 1/4/3 owners 1/1/1");
  CHECK(house.ById(3, before) == "table 1/2/3 owners 1/1/1");
  // A tombstone is still in its place, and its owner may still see it.
  house.Ask(kDeleteAsset, "name: 'prod.new.t'");
  CHECK(house.Now("prod.new.t") == "ASSET_NOT_FOUND");
  CHECK(house.ById(3, house.position()) == "table 1/4/3 owners 1/1/1");
}

constexpr sql::Query kOwnedBefore{"UPDATE securable_state SET owner = ?1 WHERE securable_id = 1"};

// Gives `prod` an owner as rows have it from before there were principals.
void OwnedBefore(Chained& house, std::string_view owner) { house.Rewrite(kOwnedBefore, owner); }

TEST_CASE("access_chain: an owner who is no principal is nobody, until there is one") {
  Chained house;
  OwnedBefore(house, "group:data");
  CHECK(house.Now("prod") == "catalog 1 owners 0");
  house.Ask(kCreatePrincipal, "principal { name: 'group:data' }");
  CHECK(house.Now("prod") == "catalog 1 owners 3");
}

TEST_CASE("access_chain: a list's securable needs its parents alone") {
  Chained house;
  const auto securable =
      catalog::GetSecurable(house.lease_->connection(), house.position(), Path("prod.raw.t"));
  REQUIRE(securable.ok());
  const auto chain = ChainOf(house.lease_->connection(), house.house().access().snapshot(),
                             house.position(), *securable);
  REQUIRE(chain.ok());
  CHECK(Text(*chain) == house.Now("prod.raw.t"));
}

TEST_CASE("link_cache: what a mutation wrote and took back is not remembered") {
  Chained house;
  const auto owner_of = [](sql::Connection& connection) {
    return catalog::FindLink(connection, catalog::kNow, 1).value()->owner;
  };
  std::vector<std::string> owners;
  const auto change = [&](sql::WriteContext& context) -> absl::Status {
    owners.push_back(owner_of(context.connection()));
    const auto prod = catalog::GetSecurable(context.connection(), catalog::kNow, Path("prod"));
    const ledger::Change stamp{.position = context.Next(sql::Counter::kPosition),
                               .time = context.now(),
                               .actor = "user:ana"};
    catalog::SecurableUpdate update;
    update.owner = "user:bo";
    CHECK(catalog::UpdateSecurable(context, stamp, *prod, update).ok());
    owners.push_back(owner_of(context.connection()));
    owners.push_back(owner_of(context.connection()));
    return absl::AbortedError("taken back");
  };
  CHECK_FALSE(house.house().writer().RunAndWait(change).ok());
  const auto look = [&](sql::WriteContext& context) -> absl::Status {
    owners.push_back(owner_of(context.connection()));
    return absl::OkStatus();
  };
  CHECK(house.house().writer().RunAndWait(look).ok());
  CHECK(owners == std::vector<std::string>{"user:ana", "user:bo", "user:bo", "user:ana"});
}

}  // namespace
}  // namespace whence::service
