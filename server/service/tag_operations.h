// The operations of TagService: one line each, in the order of the contract.
#pragma once

#include "service/declassification_ops.h"
#include "service/effective_tag_ops.h"
#include "service/needs_tag.h"
#include "service/operation.h"
#include "service/tag_definition_ops.h"
#include "whence/v1/tag.pb.h"

namespace whence::service {

inline constexpr MutationOperation<v1::CreateTagDefinitionRequest, v1::TagDefinition>
    kCreateTagDefinition{"CreateTagDefinition", ValidateCreateTagDefinition, CreateTagDefinition};
inline constexpr ReadOperation<v1::GetTagDefinitionRequest, v1::TagDefinition> kGetTagDefinition{
    "GetTagDefinition", Pace::kShort, GetTagDefinition};
inline constexpr ReadOperation<v1::ListTagDefinitionsRequest, v1::ListTagDefinitionsResponse>
    kListTagDefinitions{"ListTagDefinitions", Pace::kLong, ListTagDefinitions};
inline constexpr MutationOperation<v1::UpdateTagDefinitionRequest, v1::TagDefinition>
    kUpdateTagDefinition{"UpdateTagDefinition", ValidateUpdateTagDefinition, UpdateTagDefinition};
inline constexpr MutationOperation<v1::DeleteTagDefinitionRequest, v1::DeleteTagDefinitionResponse>
    kDeleteTagDefinition{"DeleteTagDefinition", ValidateDeleteTagDefinition, DeleteTagDefinition};
inline constexpr ReadOperation<v1::GetEffectiveTagsRequest, v1::GetEffectiveTagsResponse>
    kGetEffectiveTags{"GetEffectiveTags", Pace::kLong, GetEffectiveTags};
inline constexpr MutationOperation<v1::DeclassifyRequest, v1::Declassification> kDeclassify{
    "Declassify", ValidateDeclassify, Declassify};
inline constexpr MutationOperation<v1::ReclassifyRequest, v1::ReclassifyResponse> kReclassify{
    "Reclassify", ValidateReclassify, Reclassify};
inline constexpr ReadOperation<v1::ListDeclassificationsRequest, v1::ListDeclassificationsResponse>
    kListDeclassifications{"ListDeclassifications", Pace::kLong, ListDeclassifications};

}  // namespace whence::service
