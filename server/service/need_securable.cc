#include "service/need_securable.h"

#include <algorithm>
#include <vector>

#include "base/limits.h"
#include "base/name.h"
#include "service/need.h"

namespace whence::service {

namespace {

using access::Privilege;

// Parts of the name; what is no name of any depth is an id, or left to the operation.
size_t PartsOf(const v1::Securable& securable) {
  const absl::StatusOr<std::vector<std::string>> path =
      ParseName(securable.name(), "name", 1, kMaxNameParts);
  return path.ok() ? path->size() : kMaxNameParts;
}

// Whether the caller is in all of those groups.
bool IsInAll(Call& call, const google::protobuf::RepeatedPtrField<std::string>& groups) {
  return std::all_of(groups.begin(), groups.end(), [&call](const std::string& name) {
    const access::PrincipalId group = call.access().Find(name);
    return group != access::kNobody && call.access().IsIn(call.identity(), group);
  });
}

}  // namespace

absl::Status NeedOnSecurable(Call& call, Privilege privilege, const v1::Securable& securable) {
  if (securable.name().empty()) return NeedOnMetastore(call, privilege);
  return NeedOn(call, privilege, securable.name(), PartsOf(securable));
}

absl::Status NeedToSeeSecurable(Call& call, Position as_of, const v1::Securable& securable) {
  if (securable.name().empty()) return absl::OkStatus();
  return NeedToSee(call, as_of, securable.name(), PartsOf(securable));
}

absl::Status NeedToAskAboutOthers(Call& call, Position as_of, const v1::Securable& securable) {
  absl::Status browse = NeedOnMetastore(call, Privilege::kBrowse);
  if (!absl::IsPermissionDenied(browse)) return browse;
  if (securable.name().empty()) return NeedOnMetastore(call, Privilege::kManage);
  return NeedOn(call, as_of, Privilege::kManage, securable.name(), PartsOf(securable));
}

absl::Status NeedToAskAbout(Call& call, Position as_of, const std::string& principal,
                            const google::protobuf::RepeatedPtrField<std::string>& extra_groups,
                            const v1::Securable& securable) {
  const bool oneself = principal.empty() || principal == call.info().principal;
  return oneself && IsInAll(call, extra_groups) ? NeedToSeeSecurable(call, as_of, securable)
                                                : NeedToAskAboutOthers(call, as_of, securable);
}

}  // namespace whence::service
