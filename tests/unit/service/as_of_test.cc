#include "service/as_of.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

#include "lineage_house.h"
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

// What is asked by a time must be what is asked by the position that was the newest then.
template <class Request, class Response>
void Same(test::LineageHouse& house, const ReadOperation<Request, Response>& operation,
          Request request, Position position, absl::Time time) {
  INFO(operation.name << " as of " << position);
  *request.mutable_as_of() = AtPosition(position);
  const auto by_position = house.Run(operation, request);
  *request.mutable_as_of() = AtTime(time);
  const auto by_time = house.Run(operation, request);
  REQUIRE(ReasonOf(by_time.status()) == ReasonOf(by_position.status()));
  if (by_time.ok()) CHECK(by_time->DebugString() == by_position->DebugString());
}

TEST_CASE("assets, lists, runs, declarations, lineage and explanations are read as of a time") {
  test::LineageHouse house;
  std::vector<absl::Time> times;  // of positions from 1
  const auto noted = [&](auto change) {
    house.clock.Advance(absl::Minutes(1));
    const absl::Time now = house.clock.Now();
    change();
    while (std::ssize(times) < house.position()) times.push_back(now);
  };
  noted([&] { house.Asset("prod.raw.a", v1::KIND_TABLE); });
  noted([&] { house.Version("prod.raw.a"); });
  noted([&] { house.Asset("prod.raw.b", v1::KIND_TABLE); });
  noted([&] { house.Record(test::RunOf(1, {"prod.raw.a"}, {"prod.raw.b"})); });
  noted([&] { house.Version("prod.raw.b"); });
  noted([&] { house.Declare({{"prod.raw.a", "prod.raw.b"}}); });
  noted([&] { house.Tag("prod.raw.b", "pii", "no"); });
  noted([&] { house.Rename("prod.raw.a", "prod.raw.c"); });
  noted([&] { house.Delete("prod.raw.c"); });
  noted([&] { house.Asset("prod.raw.a", v1::KIND_TABLE); });

  std::set<std::string> different;
  for (Position position = 1; position <= house.position(); ++position) {
    const auto at = static_cast<size_t>(position - 1);
    const bool last = position == house.position();
    // Positions of one moment are told apart by their numbers only.
    if (!last && times[at + 1] - times[at] < absl::Seconds(30)) continue;
    const absl::Time until = last ? times[at] + absl::Hours(9) : times[at] + absl::Seconds(5);
    for (const absl::Time time : {times[at] + absl::Seconds(2), until}) {
      for (const char* name : {"prod.raw.a", "prod.raw.b", "prod.raw.c"}) {
        v1::GetAssetRequest get;
        get.set_name(name);
        Same(house, kGetAsset, get, position, time);
        v1::GetLineageRequest lineage;
        lineage.set_reference(name);
        lineage.set_direction(v1::DIRECTION_BOTH);
        Same(house, kGetLineage, lineage, position, time);
        v1::ExplainRequest explain;
        explain.set_reference(name);
        Same(house, kExplain, explain, position, time);
        *explain.mutable_as_of() = AtTime(time);
        const auto why = house.Run(kExplain, explain);
        different.insert(why.ok() ? test::Nodes(why->graph()) : ReasonOf(why.status()));
      }
      v1::GetRunRequest run;
      run.set_id(test::Uuid(1));
      Same(house, kGetRun, run, position, time);
      Same(house, kListRuns, v1::ListRunsRequest(), position, time);
      Same(house, kListAssets, v1::ListAssetsRequest(), position, time);
      Same(house, kListDeclarations, v1::ListDeclarationsRequest(), position, time);
    }
  }
  // The moments differ, or the test would show nothing.
  CHECK(different.size() >= 6);
}

}  // namespace
}  // namespace whence::service
