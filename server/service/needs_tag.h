// What the operations of TagService need of their callers: see needs_catalog.h.
#pragma once

#include "absl/status/status.h"
#include "service/call.h"
#include "whence/v1/tag.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::CreateTagDefinitionRequest& request);
absl::Status Needs(Call& call, const v1::GetTagDefinitionRequest& request);
absl::Status Needs(Call& call, const v1::ListTagDefinitionsRequest& request);
absl::Status Needs(Call& call, const v1::UpdateTagDefinitionRequest& request);
absl::Status Needs(Call& call, const v1::DeleteTagDefinitionRequest& request);
absl::Status Needs(Call& call, const v1::GetEffectiveTagsRequest& request);
absl::Status Needs(Call& call, const v1::DeclassifyRequest& request);
absl::Status Needs(Call& call, const v1::ReclassifyRequest& request);
absl::Status Needs(Call& call, const v1::ListDeclassificationsRequest& request);

}  // namespace whence::service
