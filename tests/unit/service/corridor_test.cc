#include "service/corridor.h"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "lineage_house.h"
#include "support/house_fixture.h"

namespace whence::service {
namespace {

using test::HeldWriter;
using test::HouseFixture;
using test::Pending;
using test::ReasonOf;

v1::CreateCatalogRequest Create(std::string_view name, std::string_view request_id = "") {
  v1::CreateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  request.set_request_id(std::string(request_id));
  return request;
}

v1::GetCatalogRequest Get(std::string_view name) {
  v1::GetCatalogRequest request;
  request.set_name(std::string(name));
  return request;
}

v1::UpdateCatalogRequest Comment(std::string_view name, std::string_view comment) {
  v1::UpdateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  request.mutable_catalog()->set_comment(std::string(comment));
  return request;
}

ledger::Entry EntryAt(HouseFixture& fixture, Position position) {
  sql::Lease lease = fixture.house().readers().Acquire().value();
  return fixture.house().ledger().GetEntry(*lease, position).value();
}

TEST_CASE("positions are dense from 1; what fails or changes nothing takes none") {
  HouseFixture fixture;
  CHECK(fixture.position() == 0);
  CHECK(fixture.Run(kCreateCatalog, Create("a"))->position() == 1);
  CHECK(ReasonOf(fixture.Run(kCreateCatalog, Create("a")).status()) == "CATALOG_ALREADY_EXISTS");
  CHECK(ReasonOf(fixture.Run(kCreateCatalog, Create("")).status()) != "OK");
  CHECK(fixture.position() == 1);
  CHECK(fixture.Run(kUpdateCatalog, Comment("a", "new"))->position() == 2);
  CHECK(fixture.Run(kUpdateCatalog, Comment("a", "new"))->position() == 2);
  CHECK(fixture.position() == 2);
  CHECK(fixture.Run(kCreateCatalog, Create("b"))->position() == 3);
}

TEST_CASE("an entry says who changed what, when, through which door") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "r-1")).ok());
  const ledger::Entry entry = EntryAt(fixture, 1);
  CHECK(entry.time == fixture.clock.Now());
  CHECK(entry.actor == "user:ana");
  CHECK(entry.via == "test");
  CHECK(entry.action == "CreateCatalog");
  CHECK(entry.resource == "a");
  CHECK(entry.request_id == "r-1");
  CHECK(entry.digest.size() == 32);
  fixture.caller = fixture.Colleague("user:bob");
  REQUIRE(fixture.Run(kUpdateCatalog, Comment("a", "x")).ok());
  CHECK(EntryAt(fixture, 2).actor == "user:bob");
}

TEST_CASE("in one batch one failure takes no position and leaves its neighbours alone") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("taken")).ok());
  const v1::CreateCatalogRequest requests[] = {Create("a"), Create("taken"), Create("b")};
  Pending<v1::Catalog> answers[3];
  HeldWriter held(fixture.house());
  for (size_t i = 0; i < 3; ++i) {
    fixture.Begin(fixture.caller, kCreateCatalog, requests[i], &answers[i]);
    CHECK_FALSE(answers[i].answered());
  }
  held.Release();
  CHECK(answers[0].Wait()->position() == 2);
  CHECK(ReasonOf(answers[1].Wait().status()) == "CATALOG_ALREADY_EXISTS");
  CHECK(answers[2].Wait()->position() == 3);
  CHECK(EntryAt(fixture, 3).resource == "b");
  CHECK(fixture.house().writer().stats().largest_batch == 3);
}

TEST_CASE("who got an answer reads what was answered, from any thread") {
  HouseFixture fixture;
  constexpr int kThreads = 4;
  constexpr int kEach = 25;
  std::atomic<int> stale = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = StrCat("c", thread, "-", i);
        const auto created = fixture.Run(kCreateCatalog, Create(name));
        const auto read = fixture.Run(kGetCatalog, Get(name));
        const bool fresh = created.ok() && read.ok() && read->id() == created->id() &&
                           fixture.position() >= created->position();
        if (!fresh) ++stale;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(stale == 0);
  CHECK(fixture.position() == kThreads * kEach);
  for (Position position = 1; position <= fixture.position(); ++position) {
    REQUIRE(EntryAt(fixture, position).action == "CreateCatalog");
  }
}

TEST_CASE("nothing of a batch is seen before it is answered") {
  HouseFixture fixture;
  Pending<v1::Catalog> answer;
  const v1::CreateCatalogRequest request = Create("a");
  HeldWriter held(fixture.house());
  fixture.Begin(fixture.caller, kCreateCatalog, request, &answer);
  CHECK(ReasonOf(fixture.Run(kGetCatalog, Get("a")).status()) == "CATALOG_NOT_FOUND");
  CHECK(fixture.position() == 0);
  held.Release();
  CHECK(answer.Wait().ok());
  CHECK(fixture.Run(kGetCatalog, Get("a")).ok());
}

TEST_CASE("reads never wait for the writer") {
  test::LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  house.Version("prod.raw.a");
  house.Asset("prod.ml.m", v1::KIND_MODEL);
  house.Version("prod.ml.m");
  house.Record(test::RunOf(1, {"prod.raw.a"}, {"prod.ml.m"}));
  v1::RecordPredictionRequest predict;
  predict.mutable_prediction()->set_id("p");
  predict.mutable_prediction()->set_model("prod.ml.m");
  house.Must(kRecordPrediction, predict);

  // The writer is inside a batch, with more behind it, for as long as the reads take.
  Pending<v1::Asset> answer;
  v1::CreateAssetRequest create;
  create.mutable_asset()->set_name("prod.raw.b");
  create.mutable_asset()->set_kind(v1::KIND_TABLE);
  HeldWriter held(house.house());
  house.Begin(house.caller, kCreateAsset, create, &answer);
  v1::GetAssetRequest get;
  get.set_name("prod.raw.a");
  CHECK(house.Must(kGetAsset, get).name() == "prod.raw.a");
  v1::ListAssetsRequest list;
  CHECK(house.Must(kListAssets, list).assets_size() == 2);
  v1::SearchRequest search;
  search.set_query("raw.a");
  CHECK(house.Must(kSearch, search).hits_size() == 1);
  CHECK(house.Lineage("prod.ml.m@1", v1::DIRECTION_UPSTREAM).nodes_size() == 3);
  CHECK(house.Explain("prediction:p").graph().nodes_size() == 4);
  v1::GetPredictionRequest prediction;
  prediction.set_id("p");
  CHECK(house.Must(kGetPrediction, prediction).model() == "prod.ml.m@1");
  CHECK(house.GetRun(1).writes_size() == 1);
  CHECK(house.Must(kListRuns, v1::ListRunsRequest()).runs_size() == 1);
  CHECK(house.Must(kListDeclarations, v1::ListDeclarationsRequest()).declarations_size() == 0);
  CHECK(house.Impact("prod.raw.a").assets_size() == 1);
  CHECK_FALSE(answer.answered());
  held.Release();
  CHECK(answer.Wait().ok());
  CHECK(house.Must(kListAssets, list).assets_size() == 3);
}

TEST_CASE("a call whose deadline has passed is not executed") {
  HouseFixture fixture;
  CallInfo hurried = fixture.caller;
  hurried.deadline = fixture.clock.Now();
  CHECK(fixture.RunAs(hurried, kCreateCatalog, Create("on-time")).ok());
  fixture.clock.Advance(absl::Microseconds(1));
  const auto late = fixture.RunAs(hurried, kCreateCatalog, Create("late"));
  CHECK(ReasonOf(late.status()) == "DEADLINE_EXCEEDED");
  CHECK(late.status().code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(ReasonOf(fixture.RunAs(hurried, kGetCatalog, Get("on-time")).status()) ==
        "DEADLINE_EXCEEDED");
}

TEST_CASE("a deadline that passes in the writer's queue changes nothing") {
  HouseFixture fixture;
  CallInfo hurried = fixture.caller;
  hurried.deadline = fixture.clock.Now() + absl::Seconds(1);
  const v1::CreateCatalogRequest request = Create("late", "r-1");
  Pending<v1::Catalog> answer;
  HeldWriter held(fixture.house());
  fixture.Begin(hurried, kCreateCatalog, request, &answer);
  fixture.clock.Advance(absl::Seconds(2));
  held.Release();
  CHECK(ReasonOf(answer.Wait().status()) == "DEADLINE_EXCEEDED");
  CHECK(fixture.position() == 0);
  CHECK(ReasonOf(fixture.Run(kGetCatalog, Get("late")).status()) == "CATALOG_NOT_FOUND");
  // Nor is the request id used up.
  CHECK(fixture.Run(kCreateCatalog, request).ok());
}

TEST_CASE("no work is done for a caller that has gone") {
  HouseFixture fixture;
  std::atomic<bool> cancelled = false;
  CallInfo fickle = fixture.caller;
  fickle.cancelled = &cancelled;
  const v1::CreateCatalogRequest request = Create("a");
  Pending<v1::Catalog> answer;
  HeldWriter held(fixture.house());
  fixture.Begin(fickle, kCreateCatalog, request, &answer);
  cancelled = true;
  held.Release();
  const auto status = answer.Wait().status();
  CHECK(ReasonOf(status) == "CALL_CANCELLED");
  CHECK(status.code() == absl::StatusCode::kCancelled);
  CHECK(ReasonOf(fixture.RunAs(fickle, kGetCatalog, Get("a")).status()) == "CALL_CANCELLED");
  CHECK(fixture.position() == 0);
}

TEST_CASE("long reads run on the workers and answer like others") {
  HouseFixture fixture;
  v1::SearchRequest request;
  request.set_query("anything");
  CHECK(fixture.Run(kSearch, request)->hits_size() == 0);
  CallInfo nobody = fixture.caller;
  nobody.bearer = "";
  CHECK(ReasonOf(fixture.RunAs(nobody, kSearch, request).status()) == "CREDENTIAL_MISSING");
  fixture.corridor().workers().Stop();
  CHECK(ReasonOf(fixture.Run(kSearch, request).status()) == "SERVER_STOPPING");
}

}  // namespace
}  // namespace whence::service
