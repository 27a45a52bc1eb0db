#include "service/need_securable.h"

#include <vector>

#include "base/name.h"
#include "base/status_macros.h"
#include "service/need.h"

namespace whence::service {

using access::Privilege;

absl::Status NeedOnSecurable(Call& call, Privilege privilege, const v1::Securable& securable) {
  if (securable.name().empty()) return NeedOnMetastore(call, privilege);
  if (securable.name().starts_with("id:")) {
    for (const size_t depth : {1, 2, 3}) {
      WHENCE_RETURN_IF_ERROR(NeedOn(call, privilege, securable.name(), depth));
    }
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<std::string>> path = ParseName(securable.name(), "name", 1, 3);
  if (!path.ok()) return absl::OkStatus();
  return NeedOn(call, privilege, securable.name(), path->size());
}

absl::Status NeedToSeeSecurable(Call& call, const v1::Securable& securable) {
  if (securable.name().empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::string>> path = ParseName(securable.name(), "name", 1, 3);
  const size_t depth = path.ok() ? path->size() : 3;
  return NeedToSee(call, call.position(), securable.name(), depth);
}

absl::Status NeedToAskAbout(Call& call, const std::string& principal,
                            const v1::Securable& securable) {
  if (principal.empty() || principal == call.info().principal) {
    return NeedToSeeSecurable(call, securable);
  }
  if (NeedOnMetastore(call, Privilege::kBrowse).ok()) return absl::OkStatus();
  return NeedOnSecurable(call, Privilege::kManage, securable);
}

}  // namespace whence::service
