// Long reads end when nobody waits for them any more. Counted in looks, not in time: the clock says
// that the deadline has passed, or that the caller has gone, at the look of a number.
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "lineage_house.h"

namespace whence::service {
namespace {

using whence::test::LineageHouse;
using whence::test::Pending;
using whence::test::ReasonOf;
using whence::test::RunOf;

// Purpose: a clock that counts who asks it. At the look of a number the time is late, or the caller
// gone. Thread-safety: any thread.
class Looks final : public Clock {
 public:
  absl::Time Now() const override {
    const bool last = ++looks_ >= last_;
    if (last) gone_ = true;
    return last && late_ ? kStart + absl::Hours(1) : kStart;
  }
  void Begin(int last, bool late) {
    looks_ = 0;
    last_ = last;
    late_ = late;
    gone_ = false;
  }
  int looks() const { return looks_; }
  const std::atomic<bool>* gone() const { return &gone_; }

  static constexpr int kNever = 1 << 30;
  const absl::Time kStart = absl::FromUnixSeconds(1'900'000'000);

 private:
  mutable std::atomic<int> looks_ = 0;
  std::atomic<int> last_ = kNever;
  std::atomic<bool> late_ = false;
  mutable std::atomic<bool> gone_ = false;
};

// Looks that a read has had before its operation begins: when it came, and on its worker.
constexpr int kBefore = 2;
constexpr int kItems = 2000;

// Purpose: a house with kItems tables that one run wrote, and as many predictions of a model that
// came of them; then open with the clock above. Ownership: owns everything. Thread-safety: one.
class LongReads {
 public:
  LongReads() {
    made_.Asset("m.s.source", v1::KIND_TABLE);
    made_.Asset("m.s.model", v1::KIND_MODEL);
    v1::Run run = RunOf(1, {"m.s.source"}, {"m.s.model"});
    for (int i = 0; i < kItems; ++i) {
      v1::RunWrite* write = run.add_writes();
      write->set_reference(StrCat("m.s.a", i));
      write->set_create_kind(v1::KIND_TABLE);
    }
    made_.Record(std::move(run));
    v1::RecordPredictionsRequest predictions;
    for (int i = 0; i < kItems; ++i) {
      predictions.add_predictions()->set_id(StrCat("p", i));
      predictions.mutable_predictions(i)->set_model("m.s.model");
    }
    made_.Must(kRecordPredictions, predictions);
    made_.Close();
    auto house = House::Open({.data_folder = made_.folder(),
                              .migrations = EmbeddedMigrations(),
                              .clock = &looks_,
                              .ids = &made_.ids});
    REQUIRE(house.ok());
    house_ = *std::move(house);
    corridor_ = std::make_unique<Corridor>(house_.get(), 1);
  }

  // The reason of the answer when it ends at the look `last`; how many looks there were in looks().
  template <class Operation, class Request>
  std::string Ask(const Operation& operation, const Request& request, int last, bool late = true) {
    looks_.Begin(last, late);
    const CallInfo caller{.bearer = made_.caller.bearer,
                          .via = "test",
                          .deadline = looks_.kStart + absl::Minutes(1),
                          .cancelled = looks_.gone()};
    CallInfo info = caller;
    if (late) info.cancelled = nullptr;
    return Answer(operation, info, request);
  }
  int looks() const { return looks_.looks(); }

 private:
  template <class Request, class Response>
  std::string Answer(const ReadOperation<Request, Response>& operation, const CallInfo& info,
                     const Request& request) {
    Pending<Response> pending;
    corridor_->Run(operation, info, request, &pending.response,
                   [&pending](absl::Status status) { pending.Answer(std::move(status)); });
    return ReasonOf(pending.Wait().status());
  }

  LineageHouse made_;
  Looks looks_;
  std::unique_ptr<House> house_;
  std::unique_ptr<Corridor> corridor_;
};

// Goes to its end for who waits, with a look for every kRowsPerLook of kItems at least; ends at any
// look for who does not.
template <class Operation, class Request>
void CheckEnds(LongReads& reads, const Operation& operation, const Request& request) {
  INFO(operation.name);
  REQUIRE(reads.Ask(operation, request, Looks::kNever) == "OK");
  const int all = reads.looks();
  CHECK(all >= kBefore + kItems / static_cast<int>(kRowsPerLook));
  for (const int last : {kBefore + 1, kBefore + 10, all / 2}) {
    INFO(last << " of " << all);
    CHECK(reads.Ask(operation, request, last) == "DEADLINE_EXCEEDED");
    CHECK(reads.looks() == last);
    CHECK(reads.Ask(operation, request, last, /*late=*/false) == "CALL_CANCELLED");
    CHECK(reads.looks() <= last + 1);
  }
}

TEST_CASE("a list ends when nobody waits for it") {
  LongReads reads;
  v1::ListAssetsRequest assets;
  assets.set_filter("comment : \"nothing has this\"");
  CheckEnds(reads, kListAssets, assets);
  v1::ListPredictionsRequest predictions;
  predictions.set_filter("recorder = nobody");
  CheckEnds(reads, kListPredictions, predictions);
}

TEST_CASE("a walk's nodes are not all described when nobody waits for them") {
  LongReads reads;
  v1::GetLineageRequest request;
  request.set_reference("m.s.source");
  request.set_direction(v1::DIRECTION_DOWNSTREAM);
  CheckEnds(reads, kGetLineage, request);
}

TEST_CASE("an impact is not counted when nobody waits for it") {
  LongReads reads;
  v1::ImpactRequest request;
  request.set_reference("m.s.source");
  CheckEnds(reads, kImpact, request);
}

TEST_CASE("a search ends when nobody waits for it") {
  LongReads reads;
  v1::SearchRequest request;
  request.set_query("a");
  request.set_owner("nobody");
  CheckEnds(reads, kSearch, request);
}

TEST_CASE("a small question is answered between a hostile caller's") {
  LineageHouse house;  // one worker for one caller, and one more
  house.Asset("m.s.a", v1::KIND_TABLE);
  v1::ListAssetsRequest request;
  const CallInfo hostile = house.Colleague("user:hostile");
  std::atomic<bool> release = false;
  std::atomic<int> busy = 0;
  for (const char* caller : {"user:hostile", "user:other"}) {
    house.corridor().workers().Run(caller, 0, [&](absl::Status) {
      ++busy;
      while (!release) std::this_thread::yield();
    });
  }
  while (busy < 2) std::this_thread::yield();
  // Both workers are busy, and every place is taken.
  std::vector<std::unique_ptr<Pending<v1::ListAssetsResponse>>> walks;
  for (size_t i = 0; i < kMaxWorkerQueue; ++i) {
    walks.push_back(std::make_unique<Pending<v1::ListAssetsResponse>>());
    house.Begin(hostile, kListAssets, request, walks.back().get());
  }
  Pending<v1::ListAssetsResponse> small;
  house.Begin(house.caller, kListAssets, request, &small);
  CHECK_FALSE(small.answered());
  CHECK(ReasonOf(walks.back()->Wait().status()) == "WORKERS_BUSY");
  release = true;
  CHECK(small.Wait()->assets_size() == 1);
  walks.pop_back();
  for (auto& walk : walks) CHECK(walk->Wait().ok());
}

TEST_CASE("a task takes a place for every so many bytes of its request") {
  WorkerPool pool(1);
  std::atomic<bool> release = false;
  std::atomic<int> busy = 0;
  for (const char* caller : {"user:ana", "user:bob"}) {
    pool.Run(caller, 0, [&](absl::Status) {
      ++busy;
      while (!release) std::this_thread::yield();
    });
  }
  while (busy < 2) std::this_thread::yield();
  int refused = 0;
  const auto add = [&](size_t bytes) {
    pool.Run("user:ana", bytes, [&refused](absl::Status status) {
      if (!status.ok()) ++refused;
    });
  };
  add((kMaxWorkerQueue - 2) * kWorkerPlaceBytes);  // all places but one
  add(kWorkerPlaceBytes);
  CHECK(refused == 1);
  add(kWorkerPlaceBytes - 1);
  CHECK(refused == 1);
  add(0);
  CHECK(refused == 2);
  release = true;
  pool.Stop();
}

}  // namespace
}  // namespace whence::service
