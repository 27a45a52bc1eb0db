#include "service/needs_server.h"

#include "access/decision.h"
#include "access/privilege.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/authority.h"

namespace whence::service {

absl::Status Needs(Call&, const v1::GetServerInfoRequest&) {
  return absl::OkStatus();  // whoever has a credential
}

absl::Status NeedForBackup(House& house, const CallInfo& info) {
  const access::Snapshot access = house.access().snapshot();
  WHENCE_ASSIGN_OR_RETURN(const sql::Lease lease, house.readers().Acquire());
  Authority authority(lease.connection(), access, house.ledger().published());
  WHENCE_ASSIGN_OR_RETURN(
      const Verdict verdict,
      authority.Decide(info.identity, access::Privilege::kManage, access::Chain()));
  if (verdict.allowed()) return absl::OkStatus();
  return PermissionDenied("PERMISSION_DENIED",
                          StrCat(info.principal, " may not MANAGE the metastore"),
                          StrCat("whence grant MANAGE on metastore to ", info.principal));
}

}  // namespace whence::service
