#include "service/needs_audit.h"

#include "access/decision.h"
#include "access/privilege.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/authority.h"
#include "service/need.h"

namespace whence::service {
namespace {

using access::Privilege;

absl::StatusOr<bool> MayManage(Authority& authority, const access::Identity& who) {
  WHENCE_ASSIGN_OR_RETURN(const Verdict verdict,
                          authority.Decide(who, Privilege::kManage, access::Chain()));
  return verdict.allowed();
}

}  // namespace

absl::StatusOr<bool> ReadsRecord(Call& call) {
  return MayManage(call.authority(), call.identity());
}

absl::Status NeedForEntriesOf(Call& call, std::string_view actor) {
  if (actor == call.info().principal) return absl::OkStatus();
  return NeedOnMetastore(call, Privilege::kManage);
}

absl::StatusOr<std::string> NeedForEntries(House& house, const CallInfo& info,
                                           std::string_view actor) {
  if (actor == info.principal) return std::string(actor);
  const access::Snapshot access = house.access().snapshot();
  WHENCE_ASSIGN_OR_RETURN(const sql::Lease lease, house.readers().Acquire());
  Authority authority(lease.connection(), access, house.ledger().published());
  WHENCE_ASSIGN_OR_RETURN(const bool all, MayManage(authority, info.identity));
  if (all) return std::string(actor);
  if (actor.empty()) return info.principal;
  return PermissionDenied("PERMISSION_DENIED",
                          StrCat(info.principal, " may not MANAGE the metastore"),
                          StrCat("whence grant MANAGE on metastore to ", info.principal));
}

// Without an actor: those of the caller's own doing, to who reads no others.
absl::Status Needs(Call& call, const v1::ListEntriesRequest& request) {
  return request.actor().empty() ? absl::OkStatus() : NeedForEntriesOf(call, request.actor());
}
// To read the record, or to have done it (to see the prediction): asked once it was read.
absl::Status Needs(Call&, const v1::GetEntryRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::GetProofRequest&) { return absl::OkStatus(); }
// Whoever has a credential: they tell of nobody.
absl::Status Needs(Call&, const v1::GetConsistencyProofRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::GetCheckpointRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::ListKeysRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::ListWitnessesRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call& call, const v1::GetTileRequest&) {
  return NeedOnMetastore(call, Privilege::kManage);
}
// To see what it is about: as of Explain, asked once it was found.
absl::Status Needs(Call&, const v1::CertifyRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call& call, const v1::EraseRequest&) {
  return NeedOnMetastore(call, Privilege::kManage);
}

}  // namespace whence::service
