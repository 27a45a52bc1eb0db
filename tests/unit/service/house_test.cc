#include "service/house.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "service/lineage_operations.h"
#include "service/server_operations.h"
#include "support/prediction_fixture.h"

namespace whence::service {
namespace {

using test::HouseFixture;
using test::PredictionFixture;
using test::ReasonOf;

v1::RecordRunRequest TrainRun() {
  v1::RecordRunRequest request;
  request.mutable_run()->set_job("m.s.job");
  request.mutable_run()->add_reads()->set_reference("m.s.table");
  request.mutable_run()->add_writes()->set_reference("m.s.model@2");
  return request;
}

v1::ServerInfo Info(HouseFixture& fixture) {
  return fixture.Run(kGetServerInfo, v1::GetServerInfoRequest()).value();
}

TEST_CASE("a house that is opened again goes on where it stopped") {
  PredictionFixture fixture;
  fixture.Asset("m.s.job", v1::KIND_JOB);
  REQUIRE(fixture.Run(kRecordRun, TrainRun()).ok());
  REQUIRE(fixture.Record(PredictionFixture::Prediction("p-1")).ok());
  const v1::ServerInfo before = Info(fixture);
  CHECK(before.position() == fixture.position());
  CHECK(before.lineage_edge_count() == 2);
  CHECK(before.prediction_count() == 1);

  fixture.clock.Advance(absl::Hours(1));
  fixture.Reopen();
  v1::ServerInfo after = Info(fixture);
  CHECK(after.start_time().seconds() == before.start_time().seconds() + 3600);
  *after.mutable_start_time() = before.start_time();
  CHECK(after.DebugString() == before.DebugString());

  // The next of every sequence.
  const v1::Asset newest = fixture.Asset("m.s.next", v1::KIND_MODEL);
  CHECK(newest.position() == before.position() + 1);
  CHECK(newest.id() == fixture.Asset("m.s.more", v1::KIND_MODEL).id() - 1);
  CHECK(fixture.Version("m.s.model").number() == 3);
  REQUIRE(fixture.Record(PredictionFixture::Prediction("p-2", "m.s.model@3")).ok());
  CHECK(fixture.Get("p-2")->model() == "m.s.model@3");
  CHECK(fixture.Get("p-1")->model() == "m.s.model@1");
}

TEST_CASE("the graph of a house that is opened again answers as before") {
  PredictionFixture fixture;
  fixture.Asset("m.s.job", v1::KIND_JOB);
  REQUIRE(fixture.Run(kRecordRun, TrainRun()).ok());
  v1::ExplainRequest request;
  request.set_reference("m.s.model@2");
  const v1::Explanation before = fixture.Run(kExplain, request).value();
  CHECK(before.graph().nodes_size() == 3);
  fixture.Reopen();
  CHECK(fixture.Run(kExplain, request)->DebugString() == before.DebugString());
}

TEST_CASE("times do not run back over a restart") {
  HouseFixture fixture;
  const v1::Asset first = fixture.Asset("m.s.a", v1::KIND_TABLE);
  fixture.clock.Advance(-absl::Hours(1));
  fixture.Reopen();
  const v1::Asset second = fixture.Asset("m.s.b", v1::KIND_TABLE);
  CHECK(second.create_time().seconds() == first.create_time().seconds());
}

TEST_CASE("a folder has one house") {
  HouseFixture fixture;
  const auto second = House::Open({.data_folder = fixture.folder(),
                                   .migrations = EmbeddedMigrations(),
                                   .clock = &fixture.clock,
                                   .ids = &fixture.ids});
  CHECK(ReasonOf(second.status()) == "DATA_IN_USE");
  CHECK(fixture.Asset("m.s.a", v1::KIND_TABLE).position() == 3);
}

TEST_CASE("the first token is kept before it is committed, once") {
  const test::TemporaryFolder folder;
  FakeClock clock;
  SeededIdSource ids{7};
  std::string kept;
  int times = 0;
  absl::Status outcome = ResourceExhausted("DISK_FULL", "no room");
  const auto open = [&] {
    return House::Open({.data_folder = folder.path(),
                        .migrations = EmbeddedMigrations(),
                        .clock = &clock,
                        .ids = &ids,
                        .admin = "svc:operator",
                        .keep_first_token = [&](const std::string& secret) {
                          ++times;
                          kept = secret;
                          return outcome;
                        }});
  };
  CHECK(ReasonOf(open().status()) == "DISK_FULL");
  const std::string lost = kept;
  outcome = absl::OkStatus();
  {
    const auto house = open();
    REQUIRE(house.ok());
    CHECK((*house)->first_token() == kept);
    CHECK(kept != lost);
    const access::Snapshot access = (*house)->access().snapshot();
    CHECK(access.Authenticate(kept, clock.Now())->name == "svc:operator");
    CHECK(ReasonOf(access.Authenticate(lost, clock.Now()).status()) == "TOKEN_INVALID");
  }
  const auto again = open();
  REQUIRE(again.ok());
  CHECK((*again)->first_token().empty());
  CHECK(times == 2);
  CHECK((*again)->access().snapshot().Authenticate(kept, clock.Now()).ok());
}

TEST_CASE("copies that a killed server left are removed, other files are not") {
  HouseFixture fixture;
  fixture.Close();
  const std::filesystem::path folder = fixture.folder();
  for (const char* name : {"backup-1.tmp", "backup-2.tmp.partial", "backup-kept", "mine.tmp"}) {
    std::ofstream(folder / name) << "x";
  }
  fixture.Open();
  CHECK_FALSE(std::filesystem::exists(folder / "backup-1.tmp"));
  CHECK_FALSE(std::filesystem::exists(folder / "backup-2.tmp.partial"));
  CHECK(std::filesystem::exists(folder / "backup-kept"));
  CHECK(std::filesystem::exists(folder / "mine.tmp"));
}

}  // namespace
}  // namespace whence::service
