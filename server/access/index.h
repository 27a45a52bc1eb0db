// Who may what, in memory: principals, memberships, tokens, grants and policies of one position,
// compiled for decisions that take well under a microsecond and allocate nothing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/decision.h"
#include "access/principal.h"
#include "access/privilege.h"
#include "base/position.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

struct IssuerConfig;  // identity_config.h
class PolicySet;      // policy_set.h
struct State;         // index_state.h: what Index publishes

// By what somebody is who it says.
enum class CredentialKind : uint8_t { kNone, kToken, kJwt, kCertificate };

// What the token of an issuer says of its holder, beside the name.
struct IssuerClaims {
  std::string issuer;  // `iss`
  // The settings by which it was believed (Trust::StillBelieves); null: none of an issuer.
  std::shared_ptr<const IssuerConfig> settings{};
  // Groups that count as if the holder were a member of them; by id, each once. As with stored
  // memberships, what these groups are in counts too, and none does that is inactive.
  std::vector<PrincipalId> groups;
};

// Who a call is, once its credential was checked. Cheap to copy.
struct Identity {
  PrincipalId principal = kNobody;
  std::string name;  // `user:ana`
  CredentialKind credential = CredentialKind::kNone;
  int64_t token = 0;       // id of the token shown; 0: another kind of credential
  bool read_only = false;  // the token's
  std::shared_ptr<const std::vector<int64_t>> scope;  // the token's; null: everything
  std::array<unsigned char, 32> token_digest{};       // of the token shown: what it is found by
  // When the credential ends, clocks that differ allowed for; InfiniteFuture: by nothing known.
  absl::Time expire_time = absl::InfiniteFuture();
  std::shared_ptr<const IssuerClaims> claims;  // null: no token of an issuer
};

// Purpose: one consistent picture. Copies share it; it never changes.
// Thread-safety: as a value; all methods from any thread.
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  // The position of the newest change that is in it. What came after, up to the position that was
  // published when it was taken, changed nothing here.
  Position position() const;

  // Whose token it is. Unauthenticated TOKEN_INVALID (also for one that was revoked),
  // TOKEN_EXPIRED, PRINCIPAL_INACTIVE.
  absl::StatusOr<Identity> Authenticate(std::string_view token, absl::Time now) const;
  // The identity of a principal whose name was verified otherwise (certificate, OIDC).
  // Unauthenticated PRINCIPAL_UNKNOWN, PRINCIPAL_INACTIVE.
  absl::StatusOr<Identity> IdentityOf(std::string_view name) const;
  // Whether who was somebody a while ago still is: no SHA-256; whether issuer and certificate are
  // still believed, Trust knows. The errors of the two above, and Unauthenticated
  // CERTIFICATE_EXPIRED.
  absl::Status StillHolds(const Identity& who, absl::Time now) const;

  // The live principal's id; kNobody when there is none of that name. No allocation.
  PrincipalId Find(std::string_view name) const;
  // Its name, also of one that was deleted; empty for no principal. Lives as long as a snapshot.
  std::string_view NameOf(PrincipalId id) const;
  // What its SCIM fields say (0: the server's default).
  int64_t MaxCallsPerSecond(PrincipalId id) const;
  int64_t MaxRequestBytesPerSecond(PrincipalId id) const;
  // True when `member` is `group` itself, or in it, directly or through active groups; `group` is
  // active then. No allocation.
  bool IsIn(PrincipalId member, PrincipalId group) const;
  // The same of a caller, whose credential may name groups besides.
  bool IsIn(const Identity& who, PrincipalId group) const;
  bool IsInAny(const Identity& who, std::span<const PrincipalId> groups) const;
  PrincipalId metastore_owner() const;
  // Policies in force and in dry run; never null.
  std::shared_ptr<const PolicySet> policies() const;

  // Some policy denies something to somebody: `taken` below is to be worked out.
  bool HasDenies() const;
  // Some policy puts reads on the record.
  bool HasAudits() const;

  // The decision; the rules stand in decision.h. `taken`: what policies take from who asks; left
  // out, what grants and ownership alone make of it. kDeniedByPolicy where these would allow it. No
  // allocation.
  Outcome Decide(const Identity& who, Privilege privilege, const Chain& chain,
                 const Taken& taken = {}) const;
  // Whether the metadata of the last link may be seen: with BROWSE anywhere on the chain; or with
  // the gates above it and any privilege that means something on it, its own gate included. The
  // metastore is seen by everybody. Whether a token may only read plays no part. No allocation.
  bool Sees(const Identity& who, const Chain& chain, const Taken& taken = {}) const;
  // True when Sees is true for every chain there is, with all that policies take: no need to ask.
  bool SeesAll(const Identity& who) const;
  // Everything the principal has on the last link: expanded, inherited, by ownership; of these,
  // what the token may use. Gates above may still be missing. No allocation.
  PrivilegeSet Effective(const Identity& who, const Chain& chain, const Taken& taken = {}) const;
  // The same decision with all its reasons but for policies; slow.
  Explanation Explain(const Identity& who, Privilege privilege, const Chain& chain,
                      const Taken& taken = {}) const;
  // Every way in which the principal came to the gates on the way to the last link, and to each of
  // the privileges there, in this order; policies play no part. Slow.
  std::vector<Reason> WaysTo(const Identity& who, PrivilegeSet privileges,
                             const Chain& chain) const;

  // What stands behind it (index_state.h): for the files of this room and their tests.
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

// Purpose: holds the present snapshot and moves it on with every change.
// Ownership: the house's. Thread-safety: snapshot() from any thread; the rest on the writer's
// thread or before it runs.
class Index {
 public:
  Index();
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  // Reads everything as of `position` from the tables.
  absl::Status Load(sql::Connection& connection, Position position);
  // A snapshot of the past, read anew from the tables: for questions as of a position. Slow.
  static absl::StatusOr<Snapshot> LoadAsOf(sql::Connection& connection, Position position);

  Snapshot snapshot() const;

 private:
  friend class IndexChanges;
  struct Published;
  std::unique_ptr<Published> published_;
};

// What one mutation changes; told by the writing functions of this room (principal.h, token.h,
// grant.h, policy.h) to the index that is attached to the writer's connection, and applied in a
// commit hook, before the position is published.
void AttachIndex(sql::Connection& writer, Index* index);

}  // namespace whence::access
