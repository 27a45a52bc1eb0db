// Who may be made an owner: principals that there are.
#include <catch2/catch.hpp>

#include <string>

#include "service/access_operations.h"
#include "service/ask.h"

namespace whence::service {
namespace {

using test::Asked;
using test::FieldOf;
using test::HintOf;

constexpr sql::Query kOwnedBefore{"UPDATE securable_state SET owner = ?1 WHERE securable_id = 1"};

TEST_CASE("an owner that is no principal is refused, wherever one is named") {
  Asked house;
  house.Known("group:data");
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  const Position before = house.position();
  const auto refused = [&](const auto& operation, const std::string& text) {
    const absl::Status status = house.Fail(operation, text);
    CHECK(absl::IsNotFound(status));
    CHECK(test::ReasonOf(status) == "OWNER_UNKNOWN");
    CHECK_THAT(std::string(status.message()), Catch::Contains("group:date"));
    CHECK(HintOf(status) == "group:data exists; see 'whence principal list'");
    return FieldOf(status);
  };
  CHECK(refused(kCreateCatalog, "catalog { name: 'dev' owner: 'group:date' }") == "catalog.owner");
  CHECK(refused(kCreateSchema, "schema { name: 'prod.new' owner: 'group:date' }") ==
        "schema.owner");
  CHECK(
      refused(kCreateAsset, "asset { name: 'prod.raw.u' kind: KIND_TABLE owner: 'group:date' }") ==
      "asset.owner");
  CHECK(refused(kUpdateCatalog, "catalog { name: 'prod' owner: 'group:date' }") == "catalog.owner");
  CHECK(refused(kUpdateSchema, "schema { name: 'prod.raw' owner: 'group:date' }") ==
        "schema.owner");
  CHECK(refused(kUpdateAsset, "asset { name: 'prod.raw.t' owner: 'group:date' }") == "asset.owner");
  // What is not shaped like a principal is none either.
  CHECK(house.Why(kUpdateAsset, "asset { name: 'prod.raw.t' owner: 'team data' }") ==
        "OWNER_UNKNOWN");
  CHECK(house.position() == before);
  CHECK(house.Ask(kUpdateAsset, "asset { name: 'prod.raw.t' owner: 'group:data' }").owner() ==
        "group:data");
  // A name whose principal is gone is nobody's.
  house.Ask(kCreatePrincipal, "principal { name: 'user:bo' }");
  house.Ask(kDeletePrincipal, "name: 'user:bo'");
  CHECK(house.Why(kUpdateAsset, "asset { name: 'prod.raw.t' owner: 'user:bo' }") ==
        "OWNER_UNKNOWN");
}

TEST_CASE("who owned something before there were principals stays, until somebody else does") {
  Asked house;
  house.Asset("prod.raw.t", v1::KIND_TABLE);
  house.Rewrite(kOwnedBefore, "team:data");
  CHECK(house.Ask(kUpdateCatalog, "catalog { name: 'prod' owner: 'team:data' comment: 'c' }")
            .comment() == "c");
  CHECK(house.Ask(kUpdateCatalog, "catalog { name: 'prod' comment: 'd' }").owner() == "team:data");
  CHECK(house.Why(kUpdateCatalog, "catalog { name: 'prod' owner: 'team:other' }") ==
        "OWNER_UNKNOWN");
  CHECK(house.Ask(kUpdateCatalog, "catalog { name: 'prod' owner: 'user:ana' }").owner() ==
        "user:ana");
  CHECK(house.Why(kUpdateCatalog, "catalog { name: 'prod' owner: 'team:data' }") ==
        "OWNER_UNKNOWN");
}

}  // namespace
}  // namespace whence::service
