// A story of mutations that a server lives through, and what it answered to each.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "mutation.h"
#include "service/corridor.h"
#include "service/house.h"

namespace whence::fault {

// The requests of one story, in batches that are sent together. Every one changes something; some
// need an earlier one.
struct Story {
  std::vector<std::vector<std::unique_ptr<Mutation>>> batches;
  int backup_after = -1;  // the batch after which a backup is made

  // Every kind of mutation of catalog, lineage and predictions, over several checkpoints.
  static Story Long();
  // Every kind of mutation of who may what: principals, groups, tokens, grants, policies, tags that
  // flow.
  static Story Access();
  // Both, one after the other.
  static Story Everything();
  // A few, for what happens around them.
  static Story Short();
  // One asset and one run after the other.
  static Story Many(int count);
  Mutation& Find(std::string_view id) const;
  // The id of the mutation with this digest; the digest when there is none.
  std::string IdOf(const std::string& digest) const;
};

// What became of a mutation.
struct Outcome {
  enum class Kind {
    kUnsent,
    kAcknowledged,
    kFailed,    // by an error that says that nothing was changed
    kUncertain  // by one that says that only a restart will tell
  };
  Kind kind = Kind::kUnsent;
  std::string reason;  // of the error
  std::string answer;  // the first one, when acknowledged
};
using Outcomes = std::map<std::string, Outcome>;  // by the mutation's id

// Purpose: a server without doors whose writer runs when it is told, so that everything happens in
// one thread and in the same order every time. Ownership: owns house and corridor.
class Server {
 public:
  // Small limits, so that a short story meets checkpoints of every kind.
  static sql::WriterOptions SmallLimits();
  static absl::StatusOr<std::unique_ptr<Server>> Open(
      const std::string& folder, const sql::WriterOptions& writer = SmallLimits(),
      uint64_t ids_seed = 7);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  service::House& house() { return *house_; }
  service::Corridor& corridor() { return *corridor_; }
  // The time of everything until it is set again.
  FakeClock& clock() { return clock_; }
  // The same, in seconds after the beginning of a story.
  void SetSecond(int second);

  // Sends the mutations together and runs the writer until nothing is left to do.
  std::vector<absl::Status> Do(const std::vector<Mutation*>& mutations);
  // A read that runs on the caller's thread (Pace::kShort).
  template <class Request, class Response>
  absl::StatusOr<Response> Ask(const service::ReadOperation<Request, Response>& operation,
                               const Request& request, service::CallInfo caller = AsAna()) {
    Response response;
    absl::Status outcome = absl::UnknownError("never answered");
    corridor_->Run(operation, std::move(caller), request, &response,
                   [&outcome](absl::Status status) { outcome = std::move(status); });
    if (!outcome.ok()) return outcome;
    return response;
  }
  // One that every story can answer, if only by NOT_FOUND.
  absl::Status Read(service::CallInfo caller = AsAna());
  // Empty, or how what is in memory (graph, access, classification) differs from what the tables
  // say.
  std::string ViewsDifference();

 private:
  explicit Server(uint64_t ids_seed) : ids_(ids_seed) {}

  FakeClock clock_;
  SeededIdSource ids_;
  std::unique_ptr<service::House> house_;
  std::unique_ptr<service::Corridor> corridor_;
};

// An error that says how it is with the storage, not with the request.
bool IsStorageFailure(const absl::Status& status);
// The outcome that a status tells.
Outcome OutcomeOf(const absl::Status& status, const Mutation& mutation);

}  // namespace whence::fault
