#include "service/needs_server.h"

#include "access/decision.h"
#include "access/privilege.h"
#include "base/error.h"
#include "base/strings.h"

namespace whence::service {

absl::Status Needs(Call&, const v1::GetServerInfoRequest&) {
  return absl::OkStatus();  // whoever has a credential
}

absl::Status NeedForBackup(House& house, const CallInfo& info) {
  const access::Snapshot access = house.access().snapshot();
  const access::Outcome outcome =
      access.Decide(info.identity, access::Privilege::kManage, access::Chain());
  if (outcome == access::Outcome::kAllowed) return absl::OkStatus();
  return PermissionDenied("PERMISSION_DENIED",
                          StrCat(info.principal, " may not MANAGE the metastore"),
                          StrCat("whence grant MANAGE on metastore to ", info.principal));
}

}  // namespace whence::service
