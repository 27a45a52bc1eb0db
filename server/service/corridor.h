// The corridor: the steps that every call passes, whatever the door it came through.
//
//   authenticate > limit > validate > authorise > execute > record > answer
//
// Authentication is the door's declaration of the principal and authorisation lets everybody pass
// until the access room stands; their places are Admit() below.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/call.h"
#include "service/house.h"
#include "service/operation.h"
#include "service/worker_pool.h"

namespace whence::service {

// Called exactly once with the outcome: for mutations on the writer's thread after the batch is
// durable, for reads on the thread that ran them. Must not block.
using Done = absl::AnyInvocable<void(absl::Status) &&>;

// Purpose: runs operations. Reads run where they arrive (or on the workers, when long); mutations
// run on the writer's thread in its batch, are written to the ledger, made durable, and only then
// answered. Repeated request ids get the first answer.
// Ownership: borrows the house, owns the workers. Must outlive every call that it was given.
// Thread-safety: all methods may be called from any thread. Request and response must outlive the
// call of `done`.
class Corridor {
 public:
  Corridor(House* house, int workers);

  // NOLINTBEGIN(performance-unnecessary-value-param): it is moved on, which clang-tidy 14 misses
  template <class Request, class Response>
  void Run(const ReadOperation<Request, Response>& operation, CallInfo info, const Request& request,
           Response* response, Done done) {
    if (absl::Status admitted = Admit(info, operation.name); !admitted.ok()) {
      std::move(done)(std::move(admitted));
      return;
    }
    auto execute = [run = operation.run, &request, response](Call& call) {
      return Keep(run(call, request), response);
    };
    Read(operation.pace, std::move(info), request, std::move(execute), std::move(done));
  }

  template <class Request, class Response>
  void Run(const MutationOperation<Request, Response>& operation, CallInfo info,
           const Request& request, Response* response, Done done) {
    absl::Status admitted = Admit(info, operation.name);
    if (admitted.ok()) admitted = operation.validate(request);
    auto mutation = std::make_unique<Mutation>();
    if constexpr (requires { request.request_id(); }) {
      mutation->request_id = request.request_id();
    }
    if (admitted.ok()) admitted = CheckRequestId(mutation->request_id);
    if (!admitted.ok()) {
      std::move(done)(std::move(admitted));
      return;
    }
    mutation->action = operation.name;
    mutation->info = std::move(info);
    mutation->digest = DigestOf(request, &mutation->bytes);
    mutation->response = response;
    mutation->execute = [run = operation.run, &request, response](Call& call) {
      return Keep(run(call, request), response);
    };
    mutation->done = std::move(done);
    Write(std::move(mutation));
  }
  // NOLINTEND(performance-unnecessary-value-param)

  // Authenticates and limits: who the caller is (PRINCIPAL_MISSING, or what is wrong with its
  // text), and whether it still waits (CALL_CANCELLED, DEADLINE_EXCEEDED). For calls that are no
  // operation of request and response; Run does it for the others.
  absl::Status Admit(const CallInfo& info, std::string_view operation) const;

  // Whose turn a long read takes on the workers: its principal's, or its connection's.
  static std::string QueueOf(const CallInfo& info);

  House& house() { return *house_; }
  // As many threads as the corridor was made with, and one that no caller gets who has those.
  WorkerPool& workers() { return workers_; }

 private:
  using Execute = absl::AnyInvocable<absl::Status(Call&)>;

  // A mutation between its arrival and its answer.
  struct Mutation {
    std::string_view action;
    CallInfo info;
    std::string request_id;  // empty: not idempotent by id
    std::string digest;      // SHA-256 of the request
    size_t bytes = 0;        // of the request
    google::protobuf::Message* response = nullptr;
    Execute execute;
    Done done;
  };

  template <class Response>
  static absl::Status Keep(absl::StatusOr<Response> result, Response* response) {
    if (!result.ok()) return std::move(result).status();
    *response = *std::move(result);
    return absl::OkStatus();
  }

  static absl::Status CheckRequestId(std::string_view request_id);
  // Also tells the request's size.
  static std::string DigestOf(const google::protobuf::Message& request, size_t* bytes);

  void Read(Pace pace, CallInfo info, const google::protobuf::Message& request, Execute execute,
            Done done);
  // With kTry the read may find that it belongs on a worker: then `deferred` is true and nothing
  // has been answered. With kLong its statements end when nobody waits for the answer any more.
  absl::Status RunRead(const CallInfo& info, Execute& execute, Pace pace, bool* deferred);
  void Write(std::unique_ptr<Mutation> mutation);
  absl::Status RunMutation(Mutation& mutation, sql::WriteContext& context);
  absl::Status Record(Mutation& mutation, Call& call);
  absl::Status PruneRequests(sql::WriteContext& context);

  House* const house_;
  absl::Time next_prune_ = absl::InfinitePast();  // the writer's thread alone uses it
  WorkerPool workers_;
};

}  // namespace whence::service
