#include "service/needs_tag.h"

#include "access/privilege.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "service/as_of.h"
#include "service/need.h"

namespace whence::service {
namespace {

using access::Privilege;

// Declassifying weakens what protects the asset's data: for who manages it. Whether the caller may
// assign the key, the operation asks.
template <class Request>
absl::Status NeedToClassify(Call& call, const Request& request) {
  const absl::StatusOr<Reference> reference = ParseReference(request.reference(), "reference");
  if (!reference.ok() || reference->name.empty()) return absl::OkStatus();
  return NeedOn(call, Privilege::kManage, FormatName(reference->name), reference->name.size());
}

}  // namespace

absl::Status Needs(Call& call, const v1::CreateTagDefinitionRequest&) {
  return NeedOnMetastore(call, Privilege::kManage);
}
absl::Status Needs(Call&, const v1::GetTagDefinitionRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call&, const v1::ListTagDefinitionsRequest&) { return absl::OkStatus(); }
absl::Status Needs(Call& call, const v1::UpdateTagDefinitionRequest&) {
  return NeedOnMetastore(call, Privilege::kManage);
}
absl::Status Needs(Call& call, const v1::DeleteTagDefinitionRequest&) {
  return NeedOnMetastore(call, Privilege::kManage);
}

absl::Status Needs(Call& call, const v1::GetEffectiveTagsRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  return NeedToSeeReference(call, as_of, request.reference());
}
absl::Status Needs(Call& call, const v1::DeclassifyRequest& request) {
  return NeedToClassify(call, request);
}
absl::Status Needs(Call& call, const v1::ReclassifyRequest& request) {
  return NeedToClassify(call, request);
}
absl::Status Needs(Call& call, const v1::ListDeclassificationsRequest& request) {
  if (request.asset().empty()) return absl::OkStatus();  // each item is asked about by itself
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  return NeedToSee(call, as_of, request.asset(), kMaxNameParts);
}

}  // namespace whence::service
