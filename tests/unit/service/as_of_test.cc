#include "service/as_of.h"

#include <catch2/catch.hpp>

#include "service/time_convert.h"
#include "support/house_fixture.h"

namespace whence::service {
namespace {

using test::HouseFixture;
using test::ReasonOf;

v1::AsOf AtTime(absl::Time time) {
  v1::AsOf as_of;
  *as_of.mutable_time() = TimeToProto(time);
  return as_of;
}

v1::AsOf AtPosition(Position position) {
  v1::AsOf as_of;
  as_of.set_position(position);
  return as_of;
}

// The comment of catalog `a` as of a point, or why there is none.
std::string CommentAt(HouseFixture& fixture, const v1::AsOf& as_of) {
  v1::GetCatalogRequest request;
  request.set_name("a");
  *request.mutable_as_of() = as_of;
  const auto catalog = fixture.Run(kGetCatalog, request);
  return catalog.ok() ? catalog->comment() : ReasonOf(catalog.status());
}

// Catalog `a`, commented "1" at position 1, "2" at 2, "3" at 3, ten seconds apart.
absl::Time MakeThree(HouseFixture& fixture) {
  const absl::Time start = fixture.clock.Now();
  v1::CreateCatalogRequest create;
  create.mutable_catalog()->set_name("a");
  create.mutable_catalog()->set_comment("1");
  REQUIRE(fixture.Run(kCreateCatalog, create).ok());
  for (const char* comment : {"2", "3"}) {
    fixture.clock.Advance(absl::Seconds(10));
    v1::UpdateCatalogRequest update;
    update.mutable_catalog()->set_name("a");
    update.mutable_catalog()->set_comment(comment);
    REQUIRE(fixture.Run(kUpdateCatalog, update).ok());
  }
  return start;
}

TEST_CASE("a read as of a position sees what stood there") {
  HouseFixture fixture;
  MakeThree(fixture);
  CHECK(CommentAt(fixture, {}) == "3");
  CHECK(CommentAt(fixture, AtPosition(3)) == "3");
  CHECK(CommentAt(fixture, AtPosition(2)) == "2");
  CHECK(CommentAt(fixture, AtPosition(1)) == "1");
  CHECK(CommentAt(fixture, AtPosition(0)) == "CATALOG_NOT_FOUND");
  CHECK(CommentAt(fixture, AtPosition(4)) == "POSITION_IN_FUTURE");
  CHECK(CommentAt(fixture, AtPosition(-1)) == "POSITION_NEGATIVE");
}

TEST_CASE("a read as of a time sees the last entry at or before it") {
  HouseFixture fixture;
  const absl::Time start = MakeThree(fixture);
  const absl::Duration tick = absl::Microseconds(1);
  CHECK(CommentAt(fixture, AtTime(start - tick)) == "CATALOG_NOT_FOUND");
  CHECK(CommentAt(fixture, AtTime(start)) == "1");
  CHECK(CommentAt(fixture, AtTime(start + absl::Seconds(10) - tick)) == "1");
  CHECK(CommentAt(fixture, AtTime(start + absl::Seconds(10))) == "2");
  CHECK(CommentAt(fixture, AtTime(start + absl::Hours(1))) == "3");
  CHECK(CommentAt(fixture, AtTime(absl::FromUnixSeconds(0))) == "CATALOG_NOT_FOUND");
  v1::AsOf broken;
  broken.mutable_time()->set_nanos(-1);
  CHECK(CommentAt(fixture, broken) == "TIME_OUT_OF_RANGE");
}

TEST_CASE("a clock that is set back does not change what was when") {
  HouseFixture fixture;
  const absl::Time start = MakeThree(fixture);
  fixture.clock.Set(start - absl::Hours(1));
  v1::UpdateCatalogRequest update;
  update.mutable_catalog()->set_name("a");
  update.mutable_catalog()->set_comment("4");
  CHECK(fixture.Run(kUpdateCatalog, update)->position() == 4);
  CHECK(CommentAt(fixture, AtTime(start)) == "1");
  CHECK(CommentAt(fixture, AtTime(start + absl::Seconds(20) - absl::Microseconds(1))) == "2");
  CHECK(CommentAt(fixture, AtTime(start + absl::Seconds(20))) == "4");
}

TEST_CASE("as of positions hold over a restart") {
  HouseFixture fixture;
  const absl::Time start = MakeThree(fixture);
  fixture.Reopen();
  CHECK(CommentAt(fixture, AtPosition(2)) == "2");
  CHECK(CommentAt(fixture, AtTime(start)) == "1");
  CHECK(CommentAt(fixture, AtPosition(4)) == "POSITION_IN_FUTURE");
}

}  // namespace
}  // namespace whence::service
