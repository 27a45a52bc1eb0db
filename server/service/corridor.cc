#include "service/corridor.h"

#include <memory>
#include <optional>

#include "access/classification.h"
#include "access/jwt.h"
#include "access/token.h"
#include "access/trust.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "ledger/requests.h"
#include "service/audit.h"
#include "service/blobs.h"
#include "service/ledger_entry.h"
#include "sql/statement_watch.h"
#include "sql/transaction.h"

namespace whence::service {
namespace {

// The request id was used before: the first answer again, if it was the same request.
absl::Status Replay(const ledger::StoredAnswer& answer, std::string_view action,
                    std::string_view digest, std::string_view request_id,
                    google::protobuf::Message* response) {
  if (answer.action != action || answer.digest != digest) {
    return Aborted(
        "REQUEST_ID_REUSED",
        StrCat("request_id ", request_id, " was used for another ", answer.action, " request"),
        "use a new request_id for a new request");
  }
  if (!answer.response.has_value()) {
    return AlreadyExists(
        "REQUEST_ANSWER_NOT_KEPT",
        StrCat("the request with request_id ", request_id,
               " was executed, once; its answer was too large to be kept until now"),
        "it had its effect: read what it changed");
  }
  if (!response->ParseFromString(*answer.response)) {
    return DataLoss("STORED_ANSWER_UNREADABLE",
                    StrCat("the answer stored for request_id ", request_id, " cannot be read"),
                    "repeat the request with a new request_id");
  }
  return absl::OkStatus();
}

// Who the caller is, by what it showed.
absl::StatusOr<access::Identity> Identify(const CallInfo& info, std::string_view operation,
                                          const access::Trust& trust,
                                          const access::Snapshot& access, absl::Time now) {
  if (!info.bearer.empty()) {
    if (access::Jwt::LooksLikeOne(info.bearer)) return trust.OfJwt(info.bearer, access);
    return access.Authenticate(info.bearer, now);
  }
  if (!info.certificate.empty()) return trust.OfCertificate(info.certificate, access, now);
  return Unauthenticated("CREDENTIAL_MISSING", StrCat(operation, ": the call shows no credential"),
                         "send a token as `authorization: Bearer whence_...`; the first one is in "
                         "the file admin.token of the server's data folder");
}

// An answer as it is kept for repetitions. A secret that it shows is shown this once.
std::string AnswerToKeep(const google::protobuf::Message& response) {
  const auto* const secret = response.GetDescriptor()->FindFieldByName("secret");
  if (secret == nullptr) return SerializeDeterministic(response);
  const std::unique_ptr<google::protobuf::Message> kept(response.New());
  kept->CopyFrom(response);
  kept->GetReflection()->ClearField(kept.get(), secret);
  return SerializeDeterministic(*kept);
}

// What a repetition of a request must have in common with the first: who asks, and what. So the
// answer that is kept is its asker's alone.
std::string RepetitionDigest(std::string_view principal, std::string_view digest) {
  return Sha256Bytes(StrCat(digest, principal));
}

}  // namespace

Corridor::Corridor(House* house, int workers, int64_t max_calls_per_second,
                   int64_t max_request_bytes_per_second)
    : house_(house),
      rate_limit_(max_calls_per_second, max_request_bytes_per_second),
      denials_(house),
      workers_(workers) {}

Corridor::~Corridor() { WriteTokenUses(); }

absl::Status Corridor::Admit(CallInfo& info, std::string_view operation) {
  const absl::Time now = house_->clock().Now();
  denials_.WriteDue(now);
  const access::Snapshot access = house_->access().snapshot();
  WHENCE_ASSIGN_OR_RETURN(info.identity, Identify(info, operation, house_->trust(), access, now));
  info.principal = info.identity.name;
  info.bearer.clear();
  if (token_uses_.Note(info.identity.token, now)) WriteTokenUses();
  WHENCE_RETURN_IF_ERROR(rate_limit_.Take(info.identity.principal,
                                          access.MaxCallsPerSecond(info.identity.principal), now));
  info.request_bytes_per_second =
      rate_limit_.BytesPerSecond(access.MaxRequestBytesPerSecond(info.identity.principal));
  return StillWanted(info, now);
}

absl::Status Corridor::Authenticate(const CallInfo& info, std::string_view operation) {
  absl::Status known =
      Identify(info, operation, house_->trust(), house_->access().snapshot(), house_->clock().Now())
          .status();
  NoteRefused(info, operation, known);
  return known;
}

DeniedAttempt Corridor::AttemptOf(const CallInfo& info, std::string_view action) {
  return {.actor = info.principal,
          .via = info.via,
          .action = action,
          .resource = {},
          .request_id = {},
          .digest = {}};
}

void Corridor::NoteRefused(const CallInfo& info, std::string_view operation,
                           const absl::Status& status) {
  if (!Denials::IsDenial(status)) return;
  denials_.Record(AttemptOf(info, operation), status, [](const absl::Status&) {});
}

absl::Status Corridor::RecordBackup(const CallInfo& info) {
  if (!house_->access().snapshot().HasAudits()) return absl::OkStatus();
  return house_->writer().RunAndWait([this, &info](sql::WriteContext& context) {
    return AppendEntry(*house_, context, EntryOfBackup(info));
  });
}

absl::Status Corridor::CheckMayChange(const CallInfo& info) {
  if (!info.identity.read_only) return absl::OkStatus();
  return PermissionDenied("PERMISSION_DENIED",
                          StrCat(info.principal, " may not change anything with this token"),
                          "it was made for reading; use another token");
}

void Corridor::Answer(const CallMetrics::Timer& timer, Done done, absl::Status status) {
  timer.End(status.code());
  std::move(done)(std::move(status));
}

absl::Status Corridor::CheckRequestId(std::string_view request_id) {
  return ValidateText(request_id, "request_id", kMaxRequestIdBytes, /*allow_newlines=*/false);
}

std::string Corridor::Seal(std::string_view secret) const {
  return Sha256Hex(StrCat(house_->redaction_key(), ":salt:", Sha256Bytes(secret)));
}

std::string Corridor::DigestOf(const google::protobuf::Message& request, size_t* bytes) {
  const std::string serialized = SerializeDeterministic(request);
  *bytes = serialized.size();
  return Sha256Bytes(serialized);
}

void Corridor::Read(std::string_view action, Pace pace, const CallMetrics::Timer& timer,
                    CallInfo info, const google::protobuf::Message& request, Execute execute,
                    Done done) {
  if (pace != Pace::kLong) {
    ReadOutcome outcome = RunRead(action, info, execute, pace);
    if (!outcome.deferred) {
      return AnswerRead(action, timer, info, std::move(done), std::move(outcome));
    }
  }
  const std::string queue = info.principal;
  workers_.Run(queue, request.ByteSizeLong(),
               [this, action, timer, info = std::move(info), execute = std::move(execute),
                done = std::move(done)](absl::Status admitted) mutable {
                 ReadOutcome outcome;
                 outcome.status = std::move(admitted);
                 if (outcome.status.ok()) outcome = RunRead(action, info, execute, Pace::kLong);
                 AnswerRead(action, timer, info, std::move(done), std::move(outcome));
               });
}

void Corridor::AnswerRead(std::string_view action, const CallMetrics::Timer& timer,
                          const CallInfo& info, Done done, ReadOutcome outcome) {
  if (outcome.status.ok() && outcome.on_record.has_value()) {
    return PutOnRecord(*std::move(outcome.on_record),
                       [timer, done = std::move(done)](absl::Status written) mutable {
                         Answer(timer, std::move(done), std::move(written));
                       });
  }
  AnswerOnRecord(timer, std::move(done), std::move(outcome.status), [&] {
    DeniedAttempt attempt = AttemptOf(info, action);
    attempt.resource = std::move(outcome.refused);
    return attempt;
  });
}

void Corridor::PutOnRecord(ledger::Entry entry, Done done) {
  const size_t bytes = entry.detail.size();
  house_->writer().Submit(
      {.execute = [house = house_, entry = std::move(entry)](
                      sql::WriteContext& context) { return AppendEntry(*house, context, entry); },
       .finish = std::move(done),
       .bytes = bytes});
}

Corridor::ReadOutcome Corridor::RunRead(std::string_view action, const CallInfo& info,
                                        Execute& execute, Pace pace) {
  ReadOutcome outcome;
  outcome.status = StillWanted(info, house_->clock().Now());
  if (!outcome.status.ok()) return outcome;
  absl::StatusOr<sql::Lease> lease = house_->readers().Acquire();
  outcome.status = lease.status();
  if (!lease.ok()) return outcome;
  Call call(info, *house_, lease->connection());
  // Taken after the call's position, so it holds all that was published then; and the database's
  // lock is taken once instead of once a statement.
  const sql::ReadTransaction snapshot(lease->connection(),
                                      sql::ReadTransaction::Taken::kAtFirstRead);
  if (pace == Pace::kLong) {
    const sql::StatementWatch watch(
        lease->connection(), [this, &info] { return StillWanted(info, house_->clock().Now()); });
    outcome.status = execute(call);
  } else {
    if (pace != Pace::kShort) call.MakeBrief();
    outcome.status = execute(call);
  }
  outcome.deferred = call.deferred();
  outcome.refused = call.refused();
  if (!outcome.status.ok()) return outcome;
  outcome.on_record = call.TakeOnRecord();
  if (!outcome.on_record.has_value() && call.audited_count() > 0) {
    outcome.on_record = EntryOfReads(call, action);
  }
  return outcome;
}

void Corridor::Write(std::unique_ptr<Mutation> mutation) {
  // The task's two halves run one after the other; both need the mutation, the second frees it.
  auto shared = std::shared_ptr<Mutation>(std::move(mutation));
  house_->writer().Submit(
      {.execute = [this,
                   shared](sql::WriteContext& context) { return RunMutation(*shared, context); },
       .finish =
           [this, shared](absl::Status status) {
             AnswerOnRecord(shared->timer, std::move(shared->done), std::move(status), [&shared] {
               return DeniedAttempt{.actor = shared->info.principal,
                                    .via = shared->info.via,
                                    .action = shared->action,
                                    .resource = std::move(shared->refused),
                                    .request_id = shared->request_id,
                                    .digest = shared->digest,
                                    // Each attempt to change something counts by itself.
                                    .collects = false};
             });
           },
       .bytes = shared->bytes});
}

absl::Status Corridor::RunMutation(Mutation& mutation, sql::WriteContext& context) {
  const absl::Time now = house_->clock().Now();
  WHENCE_RETURN_IF_ERROR(StillWanted(mutation.info, now));
  Call call(mutation.info, *house_, context);
  // It was admitted some time ago; what was revoked since changes nothing any more.
  WHENCE_RETURN_IF_ERROR(call.access().StillHolds(mutation.info.identity, now));
  WHENCE_RETURN_IF_ERROR(
      house_->trust().StillBelieves(mutation.info.identity, mutation.info.certificate));
  if (!mutation.request_id.empty()) {
    WHENCE_ASSIGN_OR_RETURN(std::optional<ledger::StoredAnswer> answer,
                            ledger::FindRequest(context.connection(), mutation.request_id));
    if (answer.has_value()) {
      return Replay(*answer, mutation.action,
                    RepetitionDigest(mutation.info.principal, mutation.digest), mutation.request_id,
                    mutation.response);
    }
  }
  WHENCE_RETURN_IF_ERROR(CheckPositionLeft(context));
  if (absl::Status status = mutation.execute(call); !status.ok()) {
    mutation.refused = call.refused().empty() ? call.resource() : call.refused();
    return status;
  }
  WHENCE_RETURN_IF_ERROR(Record(mutation, call));
  return RecordRefusedParts(mutation, call);
}

absl::Status Corridor::Record(Mutation& mutation, Call& call) {
  sql::WriteContext& context = call.write();
  if (!mutation.request_id.empty()) {
    WHENCE_RETURN_IF_ERROR(
        ledger::StoreRequest(context, mutation.request_id, mutation.action,
                             RepetitionDigest(mutation.info.principal, mutation.digest),
                             AnswerToKeep(*mutation.response), context.now()));
  }
  WHENCE_RETURN_IF_ERROR(PruneRequests(context));
  if (!call.changed()) return absl::OkStatus();
  WHENCE_RETURN_IF_ERROR(call.graph_changes().CheckRoom(house_->graph()));
  const ledger::Change& change = call.Change(call.resource());
  WHENCE_RETURN_IF_ERROR(
      house_->ledger().Append(context, ledger::Entry{.position = change.position,
                                                     .time = change.time,
                                                     .actor = mutation.info.principal,
                                                     .via = std::string(mutation.info.via),
                                                     .action = std::string(mutation.action),
                                                     .resource = call.resource(),
                                                     .request_id = mutation.request_id,
                                                     .digest = mutation.digest}));
  WHENCE_ASSIGN_OR_RETURN(access::LineageNews news,
                          access::LineageNews::Of(context, call.graph_changes()));
  // In commit order, before any reply of the batch: first the graph learns, then what follows from
  // it is worked out, then readers may see.
  std::move(call.graph_changes()).CommitWith(context, house_->graph());
  context.OnCommit(
      [house = house_, position = change.position] { house->graph().Publish(position); });
  std::move(news).CommitWith(context, change.position);
  context.OnCommit(
      [house = house_, position = change.position] { house->ledger().Publish(position); });
  return absl::OkStatus();
}

absl::Status Corridor::RecordRefusedParts(const Mutation& mutation, Call& call) {
  if (call.refused_parts() == 0) return absl::OkStatus();
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::kDenied;
  entry.actor = mutation.info.principal;
  entry.via = std::string(mutation.info.via);
  entry.action = std::string(mutation.action);
  entry.resource = call.refused();
  entry.request_id = mutation.request_id;
  entry.digest = mutation.digest;
  entry.outcome = "PERMISSION_DENIED";
  entry.repeats = call.refused_parts() - 1;
  return AppendEntry(*house_, call.write(), std::move(entry));
}

// Forgets answers that were kept long enough: a look a minute, and a few with every mutation while
// there are more, so that nobody waits for a long clearing and the table cannot outgrow its use.
absl::Status Corridor::PruneRequests(sql::WriteContext& context) {
  if (context.now() < next_prune_) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(
      const int64_t pruned,
      ledger::PruneRequests(context, context.now() - kRequestIdRetention, kMaxPrunedRequests));
  if (pruned < kMaxPrunedRequests) next_prune_ = context.now() + kRequestPruneInterval;
  return absl::OkStatus();
}

// No ledger entry: that a token was used changes nothing that is asked about.
void Corridor::WriteTokenUses() {
  auto uses = token_uses_.Take();
  if (uses.empty()) return;
  house_->writer().Submit(
      {.execute = [uses = std::move(uses)](
                      sql::WriteContext& context) { return access::NoteTokenUses(context, uses); },
       // What a full queue or disk loses is noted with the next use.
       .finish = [](const absl::Status&) {}});
}

}  // namespace whence::service
