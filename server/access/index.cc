#include "access/index.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "access/caller.h"
#include "access/certificate.h"
#include "access/index_change.h"
#include "access/index_edit.h"
#include "access/index_load.h"
#include "access/index_state.h"
#include "access/policy_set.h"
#include "access/token_format.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

absl::Status Inactive(std::string_view name) {
  return Unauthenticated("PRINCIPAL_INACTIVE", StrCat(name, " is not active"),
                         "ask an administrator to activate it again");
}

absl::Status Unknown(std::string_view name) {
  return Unauthenticated("PRINCIPAL_UNKNOWN", StrCat("no principal ", QuoteForMessage(name)),
                         "ask an administrator to make it: whence principal create");
}

absl::Status TokenInvalid() {
  return Unauthenticated("TOKEN_INVALID", "the token is not valid, or was revoked",
                         "make another with 'whence token create'");
}

absl::Status TokenExpired(absl::Time when, bool own = true) {
  return Unauthenticated(
      "TOKEN_EXPIRED", StrCat("the token expired at ", absl::FormatTime(when)),
      own ? "make another with 'whence token create'" : "get another token from the issuer");
}

}  // namespace

// A lock around one pointer: copying it takes some twenty nanoseconds, once a call.
struct Index::Published {
  mutable std::mutex mutex;
  std::shared_ptr<const State> state;  // guarded by mutex; never null

  std::shared_ptr<const State> Get() const {
    const std::lock_guard lock(mutex);
    return state;
  }
  void Set(std::shared_ptr<const State> next) {
    {
      const std::lock_guard lock(mutex);
      state.swap(next);
    }
    // `next` is the old one now, and goes outside of the lock.
  }
};

Index::Index() : published_(std::make_unique<Published>()) {
  published_->state = std::make_shared<const State>();
}

Index::~Index() = default;

absl::Status Index::Load(sql::Connection& connection, Position position) {
  WHENCE_ASSIGN_OR_RETURN(std::shared_ptr<const State> state, LoadState(connection, position));
  published_->Set(std::move(state));
  return absl::OkStatus();
}

absl::StatusOr<Snapshot> Index::LoadAsOf(sql::Connection& connection, Position position) {
  WHENCE_ASSIGN_OR_RETURN(std::shared_ptr<const State> state, LoadState(connection, position));
  return Snapshot(std::move(state));
}

Snapshot Index::snapshot() const { return Snapshot(published_->Get()); }

// ---- changes ------------------------------------------------------------------------------------

// Purpose: between the writer and the index. What one mutation tells is collected, for its hooks
// run together; a mutation that fails takes its hook, and so its list, with it.
// Ownership: attached to the writer's connection; borrows the index. Thread-safety: the writer's.
class IndexChanges {
 public:
  explicit IndexChanges(Index* index) : index_(index) {}

  void Note(sql::WriteContext& context, Position position,
            absl::AnyInvocable<void(StateEdit&) &&> edit) {
    std::shared_ptr<Batch> batch = batch_.lock();
    if (batch == nullptr || batch->position != position) {
      batch = std::make_shared<Batch>();
      batch->position = position;
      batch_ = batch;
      context.OnCommit([index = index_, batch] { Apply(index, *batch); });
    }
    batch->edits.push_back(std::move(edit));
  }

 private:
  struct Batch {
    Position position = kNoPosition;
    std::vector<absl::AnyInvocable<void(StateEdit&) &&>> edits;
  };

  static void Apply(Index* index, Batch& batch) {
    const std::shared_ptr<const State> before = index->published_->Get();
    const auto next = std::make_shared<State>(*before);
    StateEdit edit(next.get());
    for (auto& change : batch.edits) std::move(change)(edit);
    batch.edits.clear();
    edit.Finish();
    next->position = std::max(before->position, batch.position);
    index->published_->Set(next);
  }

  Index* index_;
  std::weak_ptr<Batch> batch_;
};

void AttachIndex(sql::Connection& writer, Index* index) {
  writer.Attach(std::make_unique<IndexChanges>(index));
}

void NoteIndexChange(sql::WriteContext& context, Position position,
                     absl::AnyInvocable<void(StateEdit&) &&> edit) {
  context.Weigh(kMaxWriterBatchBytes);
  IndexChanges* const changes = context.connection().Attached<IndexChanges>();
  if (changes != nullptr) changes->Note(context, position, std::move(edit));
}

// ---- who somebody is ----------------------------------------------------------------------------

Position Snapshot::position() const { return state_->position; }

PrincipalId Snapshot::metastore_owner() const { return state_->metastore_owner; }

std::shared_ptr<const PolicySet> Snapshot::policies() const {
  static const auto* const kNone =
      new std::shared_ptr<const PolicySet>(std::make_shared<const PolicySet>());
  return state_->policies == nullptr ? *kNone : state_->policies;
}

PrincipalId Snapshot::Find(std::string_view name) const {
  const PrincipalId* const id = state_->names.Find(name);
  return id == nullptr ? kNobody : *id;
}

std::string_view Snapshot::NameOf(PrincipalId id) const {
  const Subject* const subject = state_->Find(id);
  return subject == nullptr ? std::string_view() : std::string_view(subject->facts->name);
}

int64_t Snapshot::MaxCallsPerSecond(PrincipalId id) const {
  const Subject* const subject = state_->Find(id);
  return subject == nullptr ? 0 : subject->facts->max_calls_per_second;
}

int64_t Snapshot::MaxRequestBytesPerSecond(PrincipalId id) const {
  const Subject* const subject = state_->Find(id);
  return subject == nullptr ? 0 : subject->facts->max_request_bytes_per_second;
}

bool Snapshot::IsIn(PrincipalId member, PrincipalId group) const {
  const Subject* const subject = state_->Find(member);
  if (subject == nullptr || subject->facts->deleted) return false;
  if (member == group) return true;
  const Subject* const outer = state_->Find(group);
  return outer != nullptr && outer->slot != kNoSlot && subject->IsIn(outer->slot);
}

bool Snapshot::IsIn(const Identity& who, PrincipalId group) const {
  const Caller caller(*state_, who);
  return caller.known() && caller.Is(group);
}

bool Snapshot::IsInAny(const Identity& who, std::span<const PrincipalId> groups) const {
  const Caller caller(*state_, who);
  return caller.known() && caller.IsAnyOf(groups);
}

absl::StatusOr<Identity> Snapshot::Authenticate(std::string_view token, absl::Time now) const {
  if (!LooksLikeToken(token)) return TokenInvalid();
  const Digest digest = ToDigest(TokenDigest(token));
  const TokenFacts* const facts = state_->tokens.Find(digest);
  const Subject* const subject = facts == nullptr ? nullptr : state_->Find(facts->principal);
  if (subject == nullptr || subject->facts->deleted) return TokenInvalid();
  if (facts->expire_time <= now) return TokenExpired(facts->expire_time);
  if (!subject->alive) return Inactive(subject->facts->name);
  Identity identity;
  identity.principal = facts->principal;
  identity.name = subject->facts->name;
  identity.credential = CredentialKind::kToken;
  identity.token = facts->id;
  identity.read_only = facts->read_only;
  identity.scope = facts->scope;
  identity.token_digest = digest;
  identity.expire_time = facts->expire_time;
  return identity;
}

absl::StatusOr<Identity> Snapshot::IdentityOf(std::string_view name) const {
  const PrincipalId id = Find(name);
  if (id == kNobody) return Unknown(name);
  const Subject& subject = state_->At(id);
  if (!subject.alive) return Inactive(name);
  Identity identity;
  identity.principal = id;
  identity.name = subject.facts->name;
  return identity;
}

absl::Status Snapshot::StillHolds(const Identity& who, absl::Time now) const {
  if (who.token != 0 && state_->tokens.Find(who.token_digest) == nullptr) return TokenInvalid();
  const Subject* const subject = state_->Find(who.principal);
  if (subject == nullptr || subject->facts->deleted) return Unknown(who.name);
  if (who.expire_time <= now) {
    return who.credential == CredentialKind::kCertificate
               ? CertificateExpired(who.expire_time)
               : TokenExpired(who.expire_time, who.token != 0);
  }
  return subject->alive ? absl::OkStatus() : Inactive(who.name);
}

}  // namespace whence::access
