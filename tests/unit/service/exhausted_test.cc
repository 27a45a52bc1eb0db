// The ends of the sequences: the last position and the last id are used, and then it is said.
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "catalog/object_id.h"
#include "support/house_fixture.h"

namespace whence::service {
namespace {

using test::HouseFixture;
using test::ReasonOf;

v1::CreateCatalogRequest Create(std::string_view name) {
  v1::CreateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  request.set_request_id(StrCat("make ", name));
  return request;
}

TEST_CASE("the last position is used, and then nothing changes any more") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a")).ok());  // a ledger begins at 1
  fixture.ledger_tree = false;                             // which has no gaps
  fixture.Reopen();
  fixture.house().writer().SetCounter(sql::Counter::kPosition, kMaxPosition - 3);
  fixture.Asset("m.s.t", v1::KIND_TABLE);  // the last three
  CHECK(fixture.position() == kMaxPosition);
  for (int opened = 0; opened < 2; ++opened) {
    const absl::Status refusal = fixture.Run(kCreateCatalog, Create("b")).status();
    CHECK(absl::IsResourceExhausted(refusal));
    CHECK(ReasonOf(refusal) == "POSITIONS_EXHAUSTED");
    CHECK(fixture.position() == kMaxPosition);
    // What was answered is answered again, and everything can be read.
    CHECK(fixture.Run(kCreateCatalog, Create("a")).ok());
    v1::GetAssetRequest get;
    get.set_name("m.s.t");
    CHECK(fixture.Run(kGetAsset, get).ok());
    fixture.Reopen();
  }
}

TEST_CASE("the last object id is used, and then nothing is made any more") {
  HouseFixture fixture;
  fixture.house().writer().SetCounter(sql::Counter::kObjectId, kMaxObjectId - 2);
  REQUIRE(fixture.Run(kCreateCatalog, Create("a")).ok());
  REQUIRE(fixture.Run(kCreateCatalog, Create("b"))->id() == kMaxObjectId);
  const Position last = fixture.position();
  for (int opened = 0; opened < 2; ++opened) {
    const absl::Status refusal = fixture.Run(kCreateCatalog, Create("c")).status();
    CHECK(absl::IsResourceExhausted(refusal));
    CHECK(ReasonOf(refusal) == "OBJECT_IDS_EXHAUSTED");
    CHECK(fixture.position() == last);
    fixture.Reopen();
  }
  // What is there may still change.
  v1::UpdateCatalogRequest update;
  update.mutable_catalog()->set_name("b");
  update.mutable_catalog()->set_comment("the last one");
  CHECK(fixture.Run(kUpdateCatalog, update).ok());
}

}  // namespace
}  // namespace whence::service
