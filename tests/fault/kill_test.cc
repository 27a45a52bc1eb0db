// kill -9 under write load: what was acknowledged is there, once; what was not is there whole or
// not at all; the database is sound; what is in memory is what is on disk.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "kill_load.h"
#include "kill_views.h"
#include "log_files.h"
#include "server_process.h"
#include "support/ledger_check.h"
#include "support/sanitizer.h"
#include "support/scratch_database.h"
#include "support/soak.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence {
namespace {

// In `make test`; a soak has time. Under ThreadSanitizer a kill, and all that is asked after it,
// takes a minute, and two threads that race do so in one life as in another.
int Kills() { return test::Sanitized("thread") ? 10 : 50; }
constexpr int kThreads = test::KillWrites::kKinds;
constexpr int kInCheckpointEvery = 5;  // kills that wait for a checkpoint
// Pages of the log that call for a checkpoint: a round writes some hundreds. The server's own
// number no round would reach.
constexpr int kCheckpointPages = 100;
// Views that are asked for once more at the very end.
constexpr size_t kViewsKept = 50;

// Everything that one writer heard an answer to is there, and the last of it, sent again, is
// answered as at first. What got no answer is there whole or not at all; it is sent again, and must
// then be there. Returns how many were sent again and answered the same.
int Verify(test::UnaryLoad& load, const std::shared_ptr<grpc::Channel>& channel) {
  constexpr int kSentAgain = 8;  // those nearest to the kill
  test::KillWrites& writes = load.writes();
  writes.Connect(channel);
  const int answered = static_cast<int>(load.answers().size());
  for (int number = 0; number < answered; ++number) {
    const int whole = writes.Wholeness(number);
    INFO("write " << number << " of " << answered << ": " << writes.Seen());
    REQUIRE(whole == 1);
  }
  const int whole = writes.Wholeness(answered);
  INFO("the last one, which was not answered: " << writes.Seen());
  REQUIRE(whole >= 0);
  int again = 0;
  for (int number = std::max(0, answered - kSentAgain); number < answered; ++number, ++again) {
    const std::string& first = load.answers()[static_cast<size_t>(number)];
    REQUIRE((writes.Answer().empty() || writes.Answer() == first));
    REQUIRE(writes.Send(number) == first);
  }
  const std::optional<std::string> late = writes.Send(answered);
  REQUIRE(late.has_value());
  REQUIRE((writes.Answer().empty() || writes.Answer() == late));
  REQUIRE(writes.Wholeness(answered) == 1);
  return again;
}

// What SQLite and the foreign keys say of a database that a server may have open.
void CheckIntegrity(sql::Connection& connection) {
  static constexpr sql::Query kIntegrity{"SELECT integrity_check FROM pragma_integrity_check"};
  static constexpr sql::Query kForeignKeys{"SELECT count(*) FROM pragma_foreign_key_check"};
  {
    sql::Rows rows = connection.Run(kIntegrity);
    REQUIRE(rows.Next());
    REQUIRE(rows.Text(0) == "ok");
  }
  sql::Rows rows = connection.Run(kForeignKeys);
  REQUIRE(rows.Next());
  REQUIRE(rows.Int64(0) == 0);
}

// Everything is there as often as it was written, which is once. A write that happened twice would
// show as an entry of the ledger too many, one that was lost as one too few.
void CheckSound(const std::string& data_folder, const test::KillTotals& totals, int64_t streamed) {
  auto connection = sql::Connection::Open(data_folder + "/whence.db", {.read_only = true});
  REQUIRE(connection.ok());
  CheckIntegrity(**connection);
  const auto first = [&](const sql::Query& query, int column = 0) {
    sql::Rows rows = (*connection)->Run(query);
    REQUIRE(rows.Next());
    return rows.Int64(column);
  };
  static constexpr sql::Query kPositions{"SELECT count(*), max(position) FROM ledger_entry"};
  REQUIRE(test::LedgerFaults(**connection) == "");
  REQUIRE(first(kPositions, 0) == first(kPositions, 1));

  static constexpr sql::Query kRuns{"SELECT count(*), count(DISTINCT uuid) FROM run"};
  static constexpr sql::Query kVersions{
      "SELECT count(*) FROM version WHERE asset_id IN (SELECT securable_id FROM securable_state "
      "WHERE name LIKE 'output-%')"};
  static constexpr sql::Query kEdges{"SELECT count(*) FROM edge"};
  REQUIRE(first(kRuns, 0) == totals.runs);
  REQUIRE(first(kRuns, 1) == totals.runs);
  REQUIRE(first(kVersions) == totals.runs);
  REQUIRE(first(kEdges) == 2 * (totals.runs + totals.declarations));

  static constexpr sql::Query kEntries{"SELECT count(*) FROM ledger_entry WHERE action = ?1"};
  for (const auto& [action, count] : totals.entries) {
    sql::Rows rows = (*connection)->Run(kEntries, action);
    REQUIRE(rows.Next());
    INFO(action);
    REQUIRE(rows.Int64(0) == count);
  }
  static constexpr sql::Query kMade{
      "SELECT count(DISTINCT resource) FROM ledger_entry WHERE action = 'CreateAsset'"};
  REQUIRE(first(kMade) == totals.entries.at("CreateAsset"));

  static constexpr sql::Query kPredictions{
      "SELECT count(*), count(DISTINCT id), sum(id LIKE 'rec-%') FROM prediction"};
  REQUIRE(first(kPredictions, 2) == streamed);
  REQUIRE(first(kPredictions, 0) == streamed + totals.predictions);
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
  KillLoop()
      : data_(folder_.path() + "/data"),
        server_(data_, {"--checkpoint-pages", std::to_string(kCheckpointPages)}) {
    REQUIRE(server_.Start());
    REQUIRE(test::MakeKillWorld(server_.Connect()));
    totals_.entries["CreateAsset"] = 2;  // the model and the job
    totals_.entries["CreateTagDefinition"] = 1;
    totals_.entries["CreatePolicy"] = 1;
    totals_.entries["CreatePrincipal"] = 1;  // the group
    totals_.entries["ChangeGrants"] = 2;
    stream_ = std::make_unique<test::StreamLoad>(server_.address(), server_.token());
  }

  void Round(int round) {
    REQUIRE(test::MakeRound(server_.Connect(), round));
    totals_.entries["CreateAsset"] += 2;
    std::vector<std::unique_ptr<test::UnaryLoad>> loads;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      loads.push_back(std::make_unique<test::UnaryLoad>(i, server_.Connect(), round));
      threads.emplace_back([load = loads.back().get()] { load->Run(); });
    }
    const test::MovedFrames at_start = test::ReadMovedFrames(data_ + "/whence.db");
    Sleep(20, 180);
    const auto channel = server_.Connect();
    const test::KillView live = test::ViewNow(channel, round);
    if (round % kInCheckpointEvery == 0) {
      WaitForCheckpoint();
    } else {
      Sleep(0, 60);
    }
    server_.Kill();
    NoteCheckpoints(at_start);
    for (std::thread& thread : threads) thread.join();
    const int64_t accepted = stream_->recorder().counts().accepted;
    // Now and then it dies again while it gets up.
    if (round % 4 == 3) server_.StartAndKill(std::uniform_int_distribution<int>(0, 60)(random_));
    REQUIRE(server_.Start());

    const auto after = server_.Connect();
    CheckView(live, after);
    // What columns are and who may what was worked out anew at the start: it is what it was known
    // as, and what a look at the tables alone says.
    CheckView(test::ViewNow(after, round), after);
    views_.push_back(live);
    if (views_.size() > kViewsKept) views_.erase(views_.begin());
    for (const auto& load : loads) {
      again_ += Verify(*load, after);
      acknowledged_ += static_cast<int64_t>(load->answers().size());
      for (int i = 0; i <= static_cast<int>(load->answers().size()); ++i) {
        totals_.Add(load->writes().TotalsOf(i));
      }
    }
    VerifyStream(after, accepted);
    CheckNowAndThen();
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
    CheckSound(data_, totals_, counts.accepted);
    const std::string text = absl::StrCat(
        rounds, " kills, ", checks_, " databases checked, ", kills_in_checkpoint_,
        " kills in a checkpoint of ", checkpoints_, ", ", acknowledged_,
        " acknowledged writes of which ", again_, " were sent again, ", counts.accepted,
        " streamed predictions of which ", counts.resent, " were sent again");
    WARN(text);
    // A loop that never wrote would prove nothing.
    REQUIRE(acknowledged_ > rounds);
    REQUIRE(again_ > rounds);
    REQUIRE(counts.accepted > rounds);
    REQUIRE(counts.resent > 0);
    REQUIRE(checkpoints_ >= rounds / 10);
    REQUIRE(kills_in_checkpoint_ >= rounds / (4 * kInCheckpointEvery));
    REQUIRE(checks_ >= 5);
    return text;
  }

 private:
  void Sleep(int least, int most) {
    const int milliseconds = std::uniform_int_distribution<int>(least, most)(random_);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  }

  // Until a checkpoint is under way: between its noting how far it wants to come and its being
  // there. Checkpoints come every few milliseconds; without one the kill is one like the others.
  void WaitForCheckpoint() const {
    const std::string database = data_ + "/whence.db";
    const test::MovedFrames before = test::ReadMovedFrames(database);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (std::chrono::steady_clock::now() < end) {
      const test::MovedFrames now = test::ReadMovedFrames(database);
      if (now.moved != now.wanted && now != before) return;
    }
  }

  // The database, while the server has it open: often in a short loop. A long one has a database
  // that takes seconds to look at, which then come to a twentieth of its time.
  void CheckNowAndThen() {
    const auto begin = std::chrono::steady_clock::now();
    if (begin < next_check_) return;
    auto connection = sql::Connection::Open(data_ + "/whence.db", {.read_only = true});
    REQUIRE(connection.ok());
    CheckIntegrity(**connection);
    ++checks_;
    const auto now = std::chrono::steady_clock::now();
    next_check_ = now + 20 * (now - begin);
  }

  // Of the life that has just ended.
  void NoteCheckpoints(const test::MovedFrames& at_start) {
    checkpoints_ = test::LogBeginnings(data_ + "/whence.db");
    const test::MovedFrames now = test::ReadMovedFrames(data_ + "/whence.db");
    if (now.moved != now.wanted && now != at_start) ++kills_in_checkpoint_;
  }

  static void CheckView(const test::KillView& view, const std::shared_ptr<grpc::Channel>& channel) {
    REQUIRE(view.position > 0);
    INFO("round " << view.round << ", position " << view.position);
    // A question that always fails would show nothing.
    for (const std::string& answer : view.answers) REQUIRE(answer.find(" error ") == answer.npos);
    test::KillView again = view;
    test::AskView(channel, &again);
    REQUIRE(again.answers == view.answers);
    REQUIRE(view.present.users_position > 0);
    REQUIRE(test::PresentAsOf(channel, view) == view.present);
  }

  test::TemporaryFolder folder_;
  const std::string data_;
  test::ServerProcess server_;
  std::unique_ptr<test::StreamLoad> stream_;
  std::mt19937 random_{20260301};
  std::vector<test::KillView> views_;
  test::KillTotals totals_;
  int64_t acknowledged_ = 0;
  int64_t again_ = 0;        // of the acknowledged, sent again
  int64_t checkpoints_ = 0;  // after which the log began anew
  int kills_in_checkpoint_ = 0;
  int checks_ = 0;
  std::chrono::steady_clock::time_point next_check_;
};

TEST_CASE("a killed server keeps what it acknowledged, and nothing by half", "[kill]") {
  const test::SoakTime time;
  KillLoop loop;
  int round = 0;
  while (test::SoakTime::Soaking() ? !time.Over() : round < Kills()) loop.Round(round++);
  time.Tell("kill loop: " + loop.End(round));
}

}  // namespace
}  // namespace whence
