// kill -9 under write load: what was acknowledged is there, once; what was not is there whole or
// not at all; the database is sound; what is in memory is what is on disk.
#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "kill_load.h"
#include "kill_views.h"
#include "server_process.h"
#include "support/scratch_database.h"
#include "support/soak.h"

namespace whence {
namespace {

constexpr int kKills = 50;  // in `make test`; a soak has time
constexpr int kThreads = 6;
// Views that are asked for once more at the very end.
constexpr size_t kViewsKept = 50;

// What all rounds together wrote.
struct Totals {
  int64_t acknowledged = 0;
  int64_t unknown = 0;
  int64_t runs = 0;
  int64_t assets = 0;
  int64_t batches = 0;

  void Add(const test::UnaryLoad& load) {
    const auto count = [this](const test::WriteLog& log) {
      acknowledged += static_cast<int64_t>(log.acknowledged.size());
      unknown += static_cast<int64_t>(log.unknown.size());
      return static_cast<int64_t>(log.acknowledged.size() + log.unknown.size());
    };
    runs += count(load.runs());
    assets += count(load.assets());
    batches += count(load.batches());
  }
};

// Everything that one writer heard an answer to is there. What got none is there whole or not at
// all; it is sent again with the same ids, and must then be there.
void Verify(const test::UnaryLoad& load, test::UnaryLoad& again) {
  REQUIRE(load.refused_batches() == 0);
  for (const auto& id : load.assets().acknowledged) REQUIRE(again.AssetExists(id));
  for (const auto& id : load.runs().acknowledged) REQUIRE(again.RunWholeness(id) == 1);
  for (const auto& id : load.batches().acknowledged) {
    REQUIRE(again.PredictionsOf(id) == test::kKillBatch);
  }
  for (const auto& id : load.assets().unknown) {
    REQUIRE(again.WriteAsset(id));
    REQUIRE(again.AssetExists(id));
  }
  for (const auto& id : load.runs().unknown) {
    REQUIRE(again.RunWholeness(id) >= 0);
    REQUIRE(again.WriteRun(id));
    REQUIRE(again.RunWholeness(id) == 1);
  }
  for (const auto& id : load.batches().unknown) {
    const int found = again.PredictionsOf(id);
    REQUIRE((found == 0 || found == test::kKillBatch));
    REQUIRE(again.WritePredictions(id));
    REQUIRE(again.PredictionsOf(id) == test::kKillBatch);
  }
}

// Everything is there as often as it was written, which is once. A write that happened twice would
// show as an entry of the ledger too many, one that was lost as one too few.
void CheckSound(const std::string& data_folder, const Totals& totals, int64_t streamed,
                int64_t tables) {
  auto connection = sql::Connection::Open(data_folder + "/whence.db", {.read_only = true});
  REQUIRE(connection.ok());
  const auto first = [&](const sql::Query& query, int column = 0) {
    sql::Rows rows = (*connection)->Run(query);
    REQUIRE(rows.Next());
    return rows.Int64(column);
  };
  static constexpr sql::Query kIntegrity{"SELECT integrity_check FROM pragma_integrity_check"};
  static constexpr sql::Query kForeignKeys{"SELECT count(*) FROM pragma_foreign_key_check"};
  static constexpr sql::Query kPositions{"SELECT count(*), max(position) FROM ledger_entry"};
  {
    sql::Rows rows = (*connection)->Run(kIntegrity);
    REQUIRE(rows.Next());
    REQUIRE(rows.Text(0) == "ok");
  }
  REQUIRE(first(kForeignKeys) == 0);
  REQUIRE(first(kPositions, 0) == first(kPositions, 1));

  static constexpr sql::Query kRuns{"SELECT count(*), count(DISTINCT uuid) FROM run"};
  static constexpr sql::Query kRunEntries{
      "SELECT count(*) FROM ledger_entry WHERE action = 'RecordRun'"};
  static constexpr sql::Query kVersions{
      "SELECT count(*) FROM version WHERE asset_id IN (SELECT securable_id FROM securable_state "
      "WHERE name LIKE 'output-%')"};
  static constexpr sql::Query kEdges{"SELECT count(*) FROM edge"};
  REQUIRE(first(kRuns, 0) == totals.runs);
  REQUIRE(first(kRuns, 1) == totals.runs);
  REQUIRE(first(kRunEntries) == totals.runs);
  REQUIRE(first(kVersions) == totals.runs);
  REQUIRE(first(kEdges) == 2 * totals.runs);

  static constexpr sql::Query kAssetEntries{
      "SELECT count(*), count(DISTINCT resource) FROM ledger_entry WHERE action = 'CreateAsset'"};
  REQUIRE(first(kAssetEntries, 0) == totals.assets + tables);
  REQUIRE(first(kAssetEntries, 1) == totals.assets + tables);

  static constexpr sql::Query kPredictions{
      "SELECT count(*), count(DISTINCT id), sum(id LIKE 'rec-%') FROM prediction"};
  REQUIRE(first(kPredictions, 2) == streamed);
  REQUIRE(first(kPredictions, 0) == streamed + totals.batches * test::kKillBatch);
  REQUIRE(first(kPredictions, 1) == first(kPredictions, 0));
}

// The recorder's acknowledged predictions are the first it was given: they are there.
void VerifyStream(const std::shared_ptr<grpc::Channel>& channel, int64_t accepted) {
  auto stub = v1::PredictionService::NewStub(channel);
  for (int64_t number = std::max<int64_t>(0, accepted - 100); number < accepted; ++number) {
    grpc::ClientContext context;
    v1::GetPredictionRequest request;
    v1::Prediction reply;
    request.set_id(test::StreamLoad::IdOf(number));
    INFO(request.id());
    REQUIRE(stub->GetPrediction(&context, request, &reply).ok());
  }
}

// One server that dies and comes back, and what it promised so far.
class KillLoop {
 public:
  KillLoop() : data_(folder_.path() + "/data"), server_(data_) {
    REQUIRE(server_.Start());
    REQUIRE(test::MakeKillWorld(server_.Connect()));
    stream_ = std::make_unique<test::StreamLoad>(server_.address());
  }

  void Round(int round) {
    REQUIRE(test::MakeRound(server_.Connect(), round));
    std::vector<std::unique_ptr<test::UnaryLoad>> loads;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      loads.push_back(std::make_unique<test::UnaryLoad>(i, server_.Connect(), round));
      threads.emplace_back([load = loads.back().get()] { load->Run(); });
    }
    Sleep(20, 180);
    const auto channel = server_.Connect();
    const test::KillView live = test::ViewNow(channel, round);
    Sleep(0, 60);
    server_.Kill();
    for (std::thread& thread : threads) thread.join();
    const int64_t accepted = stream_->recorder().counts().accepted;
    // Now and then it dies again while it gets up.
    if (round % 4 == 3) server_.StartAndKill(std::uniform_int_distribution<int>(0, 60)(random_));
    REQUIRE(server_.Start());

    const auto after = server_.Connect();
    CheckView(live, after);
    views_.push_back(live);
    if (views_.size() > kViewsKept) views_.erase(views_.begin());
    test::UnaryLoad again(0, after, round);
    for (const auto& load : loads) {
      Verify(*load, again);
      totals_.Add(*load);
    }
    VerifyStream(after, accepted);
  }

  // Ends the load, starts once more from a clean stop, and looks at everything together. Returns
  // what happened.
  std::string End(int rounds) {
    stream_->StopFeeding();
    const absl::Status flushed = stream_->recorder().Flush(absl::Seconds(60));
    INFO(flushed.ToString());
    REQUIRE(flushed.ok());
    const RecorderCounts counts = stream_->recorder().counts();
    REQUIRE(counts.accepted == stream_->taken());
    REQUIRE(counts.refused == 0);
    REQUIRE(server_.Stop() == 0);
    REQUIRE(server_.Start());
    for (const test::KillView& view : views_) CheckView(view, server_.Connect());
    REQUIRE(server_.Stop() == 0);
    constexpr int kOthers = 2;  // the model and the job
    CheckSound(data_, totals_, counts.accepted, 2 * rounds + kOthers);
    const std::string text =
        absl::StrCat(rounds, " kills, ", totals_.acknowledged, " acknowledged writes, ",
                     totals_.unknown, " without an answer, ", counts.accepted,
                     " streamed predictions of which ", counts.resent, " were sent again");
    WARN(text);
    // A loop that never wrote would prove nothing.
    REQUIRE(totals_.acknowledged > rounds);
    REQUIRE(counts.accepted > rounds);
    return text;
  }

 private:
  void Sleep(int least, int most) {
    const int milliseconds = std::uniform_int_distribution<int>(least, most)(random_);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  }

  static void CheckView(const test::KillView& view, const std::shared_ptr<grpc::Channel>& channel) {
    REQUIRE(view.position > 0);
    INFO("round " << view.round << ", position " << view.position);
    test::KillView again = view;
    test::AskView(channel, &again);
    REQUIRE(again.answers == view.answers);
  }

  test::TemporaryFolder folder_;
  const std::string data_;
  test::ServerProcess server_;
  std::unique_ptr<test::StreamLoad> stream_;
  std::mt19937 random_{20260301};
  std::vector<test::KillView> views_;
  Totals totals_;
};

TEST_CASE("a killed server keeps what it acknowledged, and nothing by half", "[kill]") {
  const test::SoakTime time;
  KillLoop loop;
  int round = 0;
  while (test::SoakTime::Soaking() ? !time.Over() : round < kKills) loop.Round(round++);
  time.Tell("kill loop: " + loop.End(round));
}

}  // namespace
}  // namespace whence
