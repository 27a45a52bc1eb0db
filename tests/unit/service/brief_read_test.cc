// Explanations are given where the question arrives while they are small, else on a worker.

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "lineage_house.h"

namespace whence::service {
namespace {

using whence::test::LineageHouse;
using whence::test::RunOf;

// A model that one run made of so many tables: with the run and itself, two nodes more.
std::string MakeModelOf(LineageHouse& house, size_t tables) {
  const std::string name = absl::StrCat("prod.churn.model", tables);
  house.Asset(name, v1::KIND_MODEL);
  std::vector<std::string> reads;
  for (size_t i = 0; i < tables; ++i) {
    reads.push_back(absl::StrCat("prod.raw.t", tables, "_", i));
    house.Asset(reads.back(), v1::KIND_TABLE);
  }
  house.Record(RunOf(static_cast<int>(tables), reads, {name}));
  return name;
}

// Whether the explanation was given on this thread; it must name so many nodes.
bool GivenHere(LineageHouse& house, const std::string& reference, int nodes) {
  v1::ExplainRequest request;
  request.set_reference(reference);
  whence::test::Pending<Encoded<v1::Explanation>> pending;
  std::thread::id thread;
  house.corridor().Run(kExplain, house.caller, request, &pending.response,
                       [&](absl::Status status) {
                         thread = std::this_thread::get_id();
                         pending.Answer(std::move(status));
                       });
  const absl::StatusOr<Encoded<v1::Explanation>> answer = pending.Wait();
  REQUIRE(answer.ok());
  const v1::Explanation why = answer->Decode();
  REQUIRE(why.graph().nodes_size() == nodes);
  REQUIRE(why.graph().truncations().empty());
  return thread == std::this_thread::get_id();
}

// Whether a run with so many reads was answered on this thread.
bool RunGivenHere(LineageHouse& house, int number, size_t reads) {
  v1::Run run = RunOf(number, {}, {});
  for (size_t i = 0; i < reads; ++i) run.add_reads()->set_reference(absl::StrCat("prod.raw.t", i));
  house.Record(std::move(run));
  v1::GetRunRequest request;
  request.set_id(whence::test::Uuid(number));
  whence::test::Pending<v1::Run> pending;
  std::thread::id thread;
  house.corridor().Run(kGetRun, house.caller, request, &pending.response, [&](absl::Status status) {
    thread = std::this_thread::get_id();
    pending.Answer(std::move(status));
  });
  const absl::StatusOr<v1::Run> answer = pending.Wait();
  REQUIRE(answer.ok());
  REQUIRE(answer->reads_size() == static_cast<int>(reads));
  return thread == std::this_thread::get_id();
}

}  // namespace

TEST_CASE("A small explanation is given at once, a larger one on a worker", "[service][corridor]") {
  LineageHouse house;
  constexpr int kBrief = static_cast<int>(kMaxBriefNodes);
  REQUIRE(GivenHere(house, MakeModelOf(house, kMaxBriefNodes - 2), kBrief));
  REQUIRE_FALSE(GivenHere(house, MakeModelOf(house, kMaxBriefNodes - 1), kBrief + 1));
}

TEST_CASE("A small run is given at once, a larger one by a worker", "[service][corridor]") {
  LineageHouse house;
  house.Asset("prod.raw.first", v1::KIND_TABLE);
  v1::Run makes = RunOf(9, {}, {});
  for (size_t i = 0; i <= kMaxBriefEdges; ++i) {
    v1::RunWrite* write = makes.add_writes();
    write->set_reference(absl::StrCat("prod.raw.t", i));
    write->set_create_kind(v1::KIND_TABLE);
  }
  house.Record(std::move(makes));
  CHECK(RunGivenHere(house, 1, kMaxBriefEdges));
  CHECK_FALSE(RunGivenHere(house, 2, kMaxBriefEdges + 1));
}

TEST_CASE("An explanation with few nodes and many columns is a worker's", "[service][corridor]") {
  LineageHouse house;
  house.Asset("prod.raw.x", v1::KIND_TABLE);
  for (const size_t pairs : {kMaxBriefEdges, kMaxBriefEdges + 1}) {
    const std::string name = absl::StrCat("prod.raw.y", pairs);
    house.Asset(name, v1::KIND_TABLE);
    v1::Run run = RunOf(static_cast<int>(pairs), {"prod.raw.x"}, {name});
    for (size_t i = 0; i < pairs; ++i) {
      whence::test::MapColumn(run, absl::StrCat("prod.raw.x#c", i), absl::StrCat(name, "#c", i));
    }
    house.Record(std::move(run));
    CHECK(GivenHere(house, name, 3) == (pairs <= kMaxBriefEdges));
  }
}

}  // namespace whence::service
