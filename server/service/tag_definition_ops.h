// Operations on definitions of tags.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/tag.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateCreateTagDefinition(const v1::CreateTagDefinitionRequest& request);
absl::StatusOr<v1::TagDefinition> CreateTagDefinition(
    Call& call, const v1::CreateTagDefinitionRequest& request);
absl::StatusOr<v1::TagDefinition> GetTagDefinition(Call& call,
                                                   const v1::GetTagDefinitionRequest& request);
absl::StatusOr<v1::ListTagDefinitionsResponse> ListTagDefinitions(
    Call& call, const v1::ListTagDefinitionsRequest& request);
absl::Status ValidateUpdateTagDefinition(const v1::UpdateTagDefinitionRequest& request);
absl::StatusOr<v1::TagDefinition> UpdateTagDefinition(
    Call& call, const v1::UpdateTagDefinitionRequest& request);
absl::Status ValidateDeleteTagDefinition(const v1::DeleteTagDefinitionRequest& request);
absl::StatusOr<v1::DeleteTagDefinitionResponse> DeleteTagDefinition(
    Call& call, const v1::DeleteTagDefinitionRequest& request);

}  // namespace whence::service
