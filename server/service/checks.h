// Checks of fields that many requests share. All stateless; each names the field that is wrong.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/blobs.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

// Text for people: at most kMaxCommentBytes of UTF-8; line breaks and tabs allowed.
absl::Status CheckComment(std::string_view comment, std::string_view field);

// A principal, as in owner: at most kMaxPrincipalBytes on one line. Empty is OK.
absl::Status CheckOwner(std::string_view owner, std::string_view field);

// Free properties: TOO_MANY_PROPERTIES, PROPERTY_KEY_EMPTY, and the reasons of ValidateText with
// the field `field["key"]`.
absl::Status CheckProperties(const PropertyMap& properties, std::string_view field);

// A tag's key: TAG_KEY_EMPTY, and the reasons of ValidateText.
absl::Status CheckTagKey(std::string_view key, std::string_view field);

// A list of tags: keys, values, TOO_MANY_TAGS, TAG_DUPLICATE.
absl::Status CheckTags(const google::protobuf::RepeatedPtrField<v1::Tag>& tags,
                       std::string_view field);

// Kinds that a question is about: TOO_MANY_ITEMS, and the reasons of CheckKind.
absl::Status CheckKinds(const google::protobuf::RepeatedField<int>& kinds, std::string_view field);

// NUMBER_NEGATIVE below 0.
absl::Status CheckNotNegative(int64_t number, std::string_view field);

// VERSION_NUMBER_INVALID below 1.
absl::Status CheckVersionNumber(int64_t number, std::string_view field);

}  // namespace whence::service
