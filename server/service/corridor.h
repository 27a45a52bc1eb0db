// The corridor: the steps that every call passes, whatever the door it came through.
//
//   authenticate > limit > validate > authorise > execute > record > answer
//
// Admit() authenticates and limits, on the thread on which the call arrived; Bind() holds what runs
// where the operation does.
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
#include "service/denials.h"
#include "service/house.h"
#include "service/metrics.h"
#include "service/need.h"
#include "service/operation.h"
#include "service/rate_limit.h"
#include "service/token_uses.h"
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
  // `max_calls_per_second` and `max_request_bytes_per_second` bound each principal that has no
  // bound of its own; 0: no bound.
  Corridor(House* house, int workers, int64_t max_calls_per_second = 0,
           int64_t max_request_bytes_per_second = 0);
  // Writes down when tokens were used last.
  ~Corridor();
  Corridor(const Corridor&) = delete;
  Corridor& operator=(const Corridor&) = delete;

  // NOLINTBEGIN(performance-unnecessary-value-param): it is moved on, which clang-tidy 14 misses
  template <class Request, class Response>
  void Run(const ReadOperation<Request, Response>& operation, CallInfo info, const Request& request,
           Response* response, Done done) {
    const CallMetrics::Timer timer = metrics_.Begin(operation.name, info.via);
    absl::Status admitted = Admit(info, operation.name);
    if (admitted.ok()) admitted = LimitBytes(info, request);
    if (!admitted.ok()) {
      AnswerOnRecord(timer, std::move(done), std::move(admitted),
                     [&] { return AttemptOf(info, operation.name); });
      return;
    }
    Read(operation.name, operation.pace, timer, std::move(info), request,
         Bind(operation, request, response), std::move(done));
  }

  template <class Request, class Response>
  void Run(const MutationOperation<Request, Response>& operation, CallInfo info,
           const Request& request, Response* response, Done done) {
    const CallMetrics::Timer timer = metrics_.Begin(operation.name, info.via);
    absl::Status admitted = Admit(info, operation.name);
    if (admitted.ok()) admitted = LimitBytes(info, request);
    if (admitted.ok()) admitted = CheckMayChange(info);
    if (admitted.ok()) admitted = operation.validate(request);
    auto mutation = std::make_unique<Mutation>(timer);
    if constexpr (requires { request.request_id(); }) {
      mutation->request_id = request.request_id();
    }
    if (admitted.ok()) admitted = CheckRequestId(mutation->request_id);
    if (!admitted.ok()) {
      AnswerOnRecord(timer, std::move(done), std::move(admitted), [&] {
        DeniedAttempt attempt = AttemptOf(info, operation.name);
        // Each attempt to change something counts by itself, but for those of nobody known.
        attempt.collects = attempt.actor.empty();
        return attempt;
      });
      return;
    }
    mutation->action = operation.name;
    mutation->info = std::move(info);
    mutation->digest = DigestOf(request, &mutation->bytes);
    if constexpr (requires(Request copy) { copy.mutable_policy()->mutable_mask(); }) {
      // The salt of a mask is a secret: what is written down is not to be tried out against it.
      if (!request.policy().mask().salt().empty()) {
        Request sealed = request;
        std::string* const salt = sealed.mutable_policy()->mutable_mask()->mutable_salt();
        *salt = Seal(*salt);
        size_t ignored = 0;
        mutation->digest = DigestOf(sealed, &ignored);
      }
    }
    mutation->response = response;
    mutation->execute = Bind(operation, request, response);
    mutation->done = std::move(done);
    Write(std::move(mutation));
  }
  // NOLINTEND(performance-unnecessary-value-param)

  // Authenticates and limits: fills in who the caller is (CREDENTIAL_MISSING, TOKEN_INVALID,
  // TOKEN_EXPIRED, ISSUER_KEYS_UNAVAILABLE, ISSUER_KEYS_REFRESHING, CERTIFICATE_UNKNOWN,
  // CERTIFICATE_EXPIRED, CERTIFICATE_AMBIGUOUS, PRINCIPAL_UNKNOWN, PRINCIPAL_INACTIVE), whether it
  // calls too often (RATE_LIMITED), and whether it still waits (CALL_CANCELLED, DEADLINE_EXCEEDED).
  // For calls that are no operation of request and response; Run does it for the others. A mutation
  // is asked for its credential once more when it is its turn.
  absl::Status Admit(CallInfo& info, std::string_view operation);
  // Whether the caller's credential still holds: for calls that go on for long, again and again.
  // The errors of Admit, but for limit and deadline; a denial is put on the record.
  absl::Status Authenticate(const CallInfo& info, std::string_view operation);

  // Puts a call on the record that a door has refused by itself, after Admit or what it needs:
  // where `status` is a denial, else nothing. Does not wait.
  void NoteRefused(const CallInfo& info, std::string_view operation, const absl::Status& status);

  // A copy of everything is about to be given to who was admitted: where there are audits, that is
  // on the record when this returns OK. For a thread that may wait. The writer's errors.
  absl::Status RecordBackup(const CallInfo& info);

  House& house() { return *house_; }
  // As many threads as the corridor was made with, and one that no caller gets who has those.
  WorkerPool& workers() { return workers_; }
  // What was counted of the calls through all doors.
  CallMetrics& metrics() { return metrics_; }

 private:
  using Execute = absl::AnyInvocable<absl::Status(Call&)>;

  // A mutation between its arrival and its answer.
  struct Mutation {
    explicit Mutation(const CallMetrics::Timer& begun) : timer(begun) {}

    CallMetrics::Timer timer;
    std::string_view action;
    CallInfo info;
    std::string request_id;  // empty: not idempotent by id
    std::string digest;      // SHA-256 of the request
    std::string refused;     // what it was about, when it is denied
    size_t bytes = 0;        // of the request
    google::protobuf::Message* response = nullptr;
    Execute execute;
    Done done;
  };

  // The steps that run where the operation does, a mutation's on the writer's thread with the state
  // of all positions before its own: authorise, execute.
  template <class Operation, class Request, class Response>
  static Execute Bind(const Operation& operation, const Request& request, Response* response) {
    return [run = operation.run, &request, response](Call& call) {
      absl::Status status = Needs(call, request);  // needs_*.h
      if (status.ok()) status = Keep(run(call, request), response);
      return Discreet(call, status);
    };
  }

  template <class Response>
  static absl::Status Keep(absl::StatusOr<Response> result, Response* response) {
    if (!result.ok()) return std::move(result).status();
    *response = *std::move(result);
    return absl::OkStatus();
  }

  // Whether the caller, whom Admit let in, sends too much: REQUEST_BYTES_LIMITED,
  // REQUEST_OVER_BYTES_LIMIT.
  absl::Status LimitBytes(const CallInfo& info, const google::protobuf::Message& request) {
    if (info.request_bytes_per_second == 0) return absl::OkStatus();
    return rate_limit_.TakeBytes(info.identity.principal, info.request_bytes_per_second,
                                 request.ByteSizeLong(), house_->clock().Now());
  }

  // Answers; a denial once it is on the record, as `attempt()` says it.
  template <class Attempt>
  void AnswerOnRecord(const CallMetrics::Timer& timer, Done done, absl::Status status,
                      const Attempt& attempt) {
    if (!Denials::IsDenial(status)) return Answer(timer, std::move(done), std::move(status));
    denials_.Record(attempt(), status, [timer, done = std::move(done)](absl::Status told) mutable {
      Answer(timer, std::move(done), std::move(told));
    });
  }
  static DeniedAttempt AttemptOf(const CallInfo& info, std::string_view action);

  // PERMISSION_DENIED when the caller's token is for reading.
  static absl::Status CheckMayChange(const CallInfo& info);
  static void Answer(const CallMetrics::Timer& timer, Done done, absl::Status status);
  static absl::Status CheckRequestId(std::string_view request_id);
  // What a secret is in digests: of no use without the metastore's own key.
  std::string Seal(std::string_view secret) const;
  // Also tells the request's size.
  static std::string DigestOf(const google::protobuf::Message& request, size_t* bytes);

  void Read(std::string_view action, Pace pace, const CallMetrics::Timer& timer, CallInfo info,
            const google::protobuf::Message& request, Execute execute, Done done);
  // What became of a read.
  struct ReadOutcome {
    absl::Status status;
    bool deferred = false;  // it belongs on a worker; nothing is to be answered
    std::string refused;    // what it was about, when it is denied
    // What is to be on the record before it is answered.
    std::optional<ledger::Entry> on_record;
  };
  // With kTry the read may be deferred. With kLong its statements end when nobody waits for the
  // answer any more.
  ReadOutcome RunRead(std::string_view action, const CallInfo& info, Execute& execute, Pace pace);
  void AnswerRead(std::string_view action, const CallMetrics::Timer& timer, const CallInfo& info,
                  Done done, ReadOutcome outcome);
  // Calls `done` when the entry is durable, or with the error for which it is not.
  void PutOnRecord(ledger::Entry entry, Done done);
  void Write(std::unique_ptr<Mutation> mutation);
  absl::Status RunMutation(Mutation& mutation, sql::WriteContext& context);
  absl::Status Record(Mutation& mutation, Call& call);
  // Parts that were refused, in an entry of their own behind that of what was done.
  absl::Status RecordRefusedParts(const Mutation& mutation, Call& call);
  absl::Status PruneRequests(sql::WriteContext& context);
  void WriteTokenUses();

  House* const house_;
  RateLimit rate_limit_;
  TokenUses token_uses_;
  Denials denials_;
  absl::Time next_prune_ = absl::InfinitePast();  // the writer's thread alone uses it
  CallMetrics metrics_;
  WorkerPool workers_;
};

}  // namespace whence::service
