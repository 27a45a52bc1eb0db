// Mutations whose deadline passes, because the server stands still (SIGSTOP) while they are on
// their way, in its queue, or answered: whoever sends them again has them done once.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catch2/catch.hpp"
#include "whence/client.h"
#include "whence/status.h"
#include "world.h"

namespace whence::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

v1::RecordRunRequest RunOf(const std::string& request_id) {
  v1::RecordRunRequest request;
  request.set_request_id(request_id);
  request.mutable_run()->set_job("c.s.job");
  request.mutable_run()->add_reads()->set_reference("c.s.input");
  return request;  // without an id of its own: only the request's tells it from another
}

// The answer as bytes; the status says whether there is one.
grpc::Status Send(ClientWorld& world, const v1::RecordRunRequest& request, milliseconds patience,
                  std::string* answer) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + patience);
  v1::Run run;
  const grpc::Status status = world.lineage->RecordRun(&context, request, &run);
  *answer = run.SerializeAsString();
  return status;
}

int RunsOf(ClientWorld& world) {
  int count = 0;
  v1::ListRunsRequest request;
  request.set_job("c.s.job");
  request.set_page_size(1000);
  do {
    grpc::ClientContext context;
    v1::ListRunsResponse page;
    REQUIRE(world.lineage->ListRuns(&context, request, &page).ok());
    count += page.runs_size();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return count;
}

TEST_CASE("a server that stands still lets the deadline pass; asked again, it does it once",
          "[clients]") {
  ClientWorld world;
  ClientOptions options;
  options.server = world.server().address();
  options.token = world.server().token();
  options.deadline = absl::Milliseconds(300);
  const Client client = *Client::Connect(options);
  REQUIRE(client.GetAsset("c.s.input").ok());
  const v1::RecordRunRequest request = RunOf("once");
  std::string answer;

  world.server().StandStill();
  const auto begin = std::chrono::steady_clock::now();
  CHECK(ErrorReason(client.GetAsset("c.s.input").status()) == "DEADLINE_EXCEEDED");
  const grpc::Status late = Send(world, request, milliseconds(300), &answer);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  world.server().GoOn();

  CHECK(late.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  REQUIRE(Send(world, request, milliseconds(60'000), &answer).ok());
  std::string again;
  REQUIRE(Send(world, request, milliseconds(60'000), &again).ok());
  CHECK(again == answer);
  CHECK(RunsOf(world) == 1);
  CHECK(client.GetAsset("c.s.input").ok());
}

// Calls that are all under way at once, and what becomes of them.
class Volley {
 public:
  Volley(ClientWorld& world, const std::vector<v1::RecordRunRequest>& requests,
         milliseconds patience)
      : calls_(requests.size()) {
    for (size_t i = 0; i < calls_.size(); ++i) {
      Call& call = calls_[i];
      call.request = requests[i];
      call.context.set_deadline(std::chrono::system_clock::now() + patience);
      world.lineage->async()->RecordRun(&call.context, &call.request, &call.run,
                                        [this, &call](grpc::Status status) {
                                          const std::lock_guard lock(mutex_);
                                          call.status = std::move(status);
                                          ++ended_;
                                          changed_.notify_all();
                                        });
    }
  }

  // The answers as bytes, in order; empty where the deadline passed.
  std::vector<std::string> Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ == calls_.size(); });
    std::vector<std::string> answers;
    for (const Call& call : calls_) {
      INFO(call.status.error_message());
      CHECK((call.status.ok() || call.status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED));
      answers.push_back(call.status.ok() ? call.run.SerializeAsString() : "");
    }
    return answers;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::RecordRunRequest request;
    v1::Run run;
    grpc::Status status;
  };

  std::vector<Call> calls_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t ended_ = 0;  // guarded by mutex_, as are the calls' statuses
};

TEST_CASE("what the deadline cut off and was asked again is done once", "[clients]") {
  constexpr int kVolleys = 40;
  constexpr int kCalls = 8;
  ClientWorld world;
  std::vector<v1::RecordRunRequest> requests;
  std::vector<std::string> answers;
  for (int i = 0; i < kVolleys; ++i) {
    std::vector<v1::RecordRunRequest> now;
    for (int k = 0; k < kCalls; ++k) now.push_back(RunOf("v" + std::to_string(i * kCalls + k)));
    Volley volley(world, now, milliseconds(100));
    // Somewhere on the way of these calls.
    std::this_thread::sleep_for(microseconds(i * i * 20));
    world.server().StandStill();
    const std::vector<std::string> got = volley.Wait();
    world.server().GoOn();
    requests.insert(requests.end(), now.begin(), now.end());
    answers.insert(answers.end(), got.begin(), got.end());
  }
  const auto late = std::count(answers.begin(), answers.end(), "");
  REQUIRE(late > 0);
  const int64_t done = RunsOf(world);  // those of the late ones too that are done by now
  for (size_t i = 0; i < requests.size(); ++i) {
    INFO(requests[i].request_id());
    std::string answer;
    REQUIRE(Send(world, requests[i], milliseconds(60'000), &answer).ok());
    CHECK((answers[i].empty() || answers[i] == answer));
  }
  CHECK(RunsOf(world) == kVolleys * kCalls);
  const auto answered = static_cast<int64_t>(requests.size()) - late;
  CHECK(done >= answered);
  WARN(late << " of " << requests.size() << " calls had no answer in time; " << done - answered
            << " of them had been done all the same");
}

}  // namespace
}  // namespace whence::test
