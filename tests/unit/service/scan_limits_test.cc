// Lists whose filter matches next to nothing: a page looks at so many rows, and says that it goes
// on.
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "lineage_house.h"

namespace whence::service {
namespace {

using whence::test::LineageHouse;
using whence::test::RunOf;

TEST_CASE("what may look at many rows keeps no door busy") {
  CHECK(kListCatalogs.pace == Pace::kLong);
  CHECK(kListSchemas.pace == Pace::kLong);
  CHECK(kListAssets.pace == Pace::kLong);
  CHECK(kListVersions.pace == Pace::kLong);
  CHECK(kListRuns.pace == Pace::kLong);
  CHECK(kListPredictions.pace == Pace::kLong);
  CHECK(kSearch.pace == Pace::kLong);
}

// The pages of a list, each as "items" or "items+" where more follow.
template <class Operation, class Request, class Items>
std::string Pages(LineageHouse& house, const Operation& operation, Request request, Items items) {
  std::string pages;
  for (int page = 0; page < 5; ++page) {
    const auto answer = house.Must(operation, request);
    absl::StrAppend(&pages, pages.empty() ? "" : " ", items(answer));
    if (answer.next_page_token().empty()) return pages;
    pages += "+";
    request.set_page_token(answer.next_page_token());
  }
  return pages;
}

TEST_CASE("a page of assets looks at so many rows") {
  LineageHouse house;
  house.Asset("m.s.zz", v1::KIND_MODEL);
  // The catalog and the schema are looked at too; with the last row the bound is reached.
  v1::Run run = RunOf(1, {}, {});
  for (int64_t i = 4; i < kMaxScanPerPage; ++i) {
    v1::RunWrite* write = run.add_writes();
    write->set_reference(StrCat("m.s.a", i));
    write->set_create_kind(v1::KIND_TABLE);
  }
  house.Record(std::move(run));
  v1::ListAssetsRequest request;
  request.set_filter("kind = MODEL");
  const auto count = [](const v1::ListAssetsResponse& page) { return page.assets_size(); };
  CHECK(Pages(house, kListAssets, request, count) == "1");
  for (const char* name : {"m.s.b", "m.s.c", "m.s.d", "m.s.e", "m.s.f"}) {
    house.Asset(name, v1::KIND_TABLE);
  }
  CHECK(Pages(house, kListAssets, request, count) == "0+ 1");
}

TEST_CASE("a page of runs looks at so many rows") {
  LineageHouse house;
  v1::RecordRunsRequest batch;
  const auto record = [&](int64_t number) {
    v1::Run* run = batch.add_runs();
    *run = RunOf(static_cast<int>(number), {}, {});
    if (number == 1) run->set_host("here");
    if (batch.runs_size() < static_cast<int>(kMaxBatchItems)) return;
    house.Must(kRecordRuns, batch);
    batch.clear_runs();
  };
  for (int64_t i = 1; i <= kMaxScanPerPage; ++i) record(i);
  REQUIRE(batch.runs().empty());
  v1::ListRunsRequest request;
  request.set_filter("host = here");
  const auto count = [](const v1::ListRunsResponse& page) { return page.runs_size(); };
  CHECK(Pages(house, kListRuns, request, count) == "1");
  house.Record(RunOf(static_cast<int>(kMaxScanPerPage) + 1, {}, {}));
  CHECK(Pages(house, kListRuns, request, count) == "0+ 1");
}

}  // namespace
}  // namespace whence::service
