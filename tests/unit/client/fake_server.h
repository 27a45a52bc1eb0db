#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "whence/client.h"
#include "whence/options.h"
#include "whence/v1/lineage.pb.h"

namespace whence::test {

// A gRPC server in this process that does what a test tells it and keeps what it was asked. It
// speaks the real protocol but is no catalog: answers are made up from the requests.
// Safe from any thread; listens on a free port of the loopback interface.
class FakeServer {
 public:
  // One call as it came in.
  struct Call {
    std::string method;
    std::string request_id;
    std::string authorization;
    std::string user_agent;
    absl::Duration time_left = absl::InfiniteDuration();
  };

  // What one prediction stream does: acknowledges `acks` batches, reads `swallowed` more, and then
  // ends with `status`, or reads on in silence.
  struct StreamPlan {
    int acks = 1'000'000;
    int swallowed = 0;
    bool silent = false;
    grpc::Status status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "planned");
  };

  // Without credentials it speaks plainly.
  explicit FakeServer(std::shared_ptr<grpc::ServerCredentials> credentials = nullptr);
  ~FakeServer();

  // "127.0.0.1:<port>"; stays the same over Stop and Start.
  const std::string& address() const { return address_; }
  // Options of a client of this server: patient enough for a slow machine, quick to try again.
  ClientOptions options() const;
  void Stop();
  void Start();

  // Lets the next `times` calls of a method fail before they do anything, or after they did it (the
  // answer is lost).
  void FailNext(const std::string& method, const grpc::Status& status, int times = 1);
  void LoseNextAnswer(const std::string& method, const grpc::Status& status);
  // Lets each call of a method take so long.
  void Delay(const std::string& method, absl::Duration delay);
  // Plans of the streams to come, in order; without a plan a stream acknowledges everything.
  void PlanStream(StreamPlan plan);
  // Predictions with this id are refused.
  void Refuse(const std::string& prediction_id);
  // GetCatalog and others find what was created or is named here.
  void Add(const std::string& name);
  // Answers of ListAssets: page by page.
  void SetAssetPages(std::vector<std::vector<std::string>> pages);
  // Whether answers of UpdateRun hold all of a run, or only what the call added.
  void AnswerWholeRuns() { whole_runs_ = true; }

  std::vector<Call> calls() const;
  std::vector<Call> calls(const std::string& method) const;
  // Requests that took effect: a repetition of a request id that took effect before is not here.
  std::vector<v1::UpdateRunRequest> updates() const;
  std::vector<v1::FinishRunRequest> finishes() const;
  v1::Run started() const;
  // Ids of the predictions that each stream brought, and those that were acknowledged.
  std::vector<std::vector<std::string>> streams() const;
  std::set<std::string> durable() const;

 private:
  struct Services;
  friend struct Services;

  grpc::Status Enter(const grpc::ServerContext& context, const std::string& method,
                     const std::string& request_id);
  grpc::Status Leave(const std::string& method);

  const std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::string address_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  bool whole_runs_ = false;

  mutable std::mutex mutex_;  // guards everything below
  std::vector<Call> calls_;
  std::map<std::string, std::deque<grpc::Status>> failures_;
  std::map<std::string, std::deque<grpc::Status>> lost_answers_;
  std::map<std::string, absl::Duration> delays_;
  std::set<std::string> request_ids_;  // that took effect
  std::deque<StreamPlan> plans_;
  std::set<std::string> refused_;
  std::set<std::string> names_;
  std::vector<std::vector<std::string>> pages_;
  v1::Run run_;
  std::vector<v1::UpdateRunRequest> updates_;
  std::vector<v1::FinishRunRequest> finishes_;
  std::vector<std::vector<std::string>> streams_;
  std::set<std::string> durable_;
};

// A status as the server sends it, with ErrorInfo in its details.
grpc::Status DetailedStatus(grpc::StatusCode code, const std::string& message,
                            const std::string& reason, const std::string& hint,
                            const std::string& field = {});

// A client of that server; connecting must succeed.
Client ClientOf(const FakeServer& server);

// What a server answers that is away for a while.
inline const grpc::Status kAway(grpc::StatusCode::UNAVAILABLE, "planned outage");

}  // namespace whence::test
