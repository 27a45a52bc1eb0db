#include "service/checks.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "service/catalog_convert.h"

namespace whence::service {
namespace {

absl::Status CheckProperty(const std::string& key, const std::string& value,
                           std::string_view field) {
  if (key.empty()) {
    return InvalidArgument("PROPERTY_KEY_EMPTY", field, "a property has an empty key",
                           "give every property a key");
  }
  WHENCE_RETURN_IF_ERROR(ValidateText(key, field, kMaxPropertyKeyBytes, /*allow_newlines=*/false));
  absl::Status status = ValidateText(value, "", kMaxPropertyValueBytes, /*allow_newlines=*/true);
  if (status.ok()) return status;
  return WithFieldPrefix(status, StrCat(field, "[", QuoteForMessage(key), "]"));
}

}  // namespace

absl::Status CheckComment(std::string_view comment, std::string_view field) {
  return ValidateText(comment, field, kMaxCommentBytes, /*allow_newlines=*/true);
}

absl::Status CheckOwner(std::string_view owner, std::string_view field) {
  return ValidateText(owner, field, kMaxPrincipalBytes, /*allow_newlines=*/false);
}

absl::Status CheckProperties(const PropertyMap& properties, std::string_view field) {
  if (properties.size() > kMaxProperties) {
    return InvalidArgument("TOO_MANY_PROPERTIES", field,
                           absl::StrCat("there are ", properties.size(), " properties; at most ",
                                        kMaxProperties, " are allowed"),
                           "keep fewer, or put them into a document and point to it");
  }
  // In order of keys, so that the same request always gets the same error.
  std::vector<const PropertyMap::value_type*> entries;
  entries.reserve(properties.size());
  for (const auto& entry : properties) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* entry : entries) {
    WHENCE_RETURN_IF_ERROR(CheckProperty(entry->first, entry->second, field));
  }
  return absl::OkStatus();
}

absl::Status CheckTagKey(std::string_view key, std::string_view field) {
  if (key.empty()) {
    return InvalidArgument("TAG_KEY_EMPTY", field, "a tag has an empty key",
                           "give it a key, for example pii");
  }
  return ValidateText(key, field, kMaxTagKeyBytes, /*allow_newlines=*/false);
}

absl::Status CheckTags(const google::protobuf::RepeatedPtrField<v1::Tag>& tags,
                       std::string_view field) {
  if (static_cast<size_t>(tags.size()) > kMaxTagsPerTarget) {
    return InvalidArgument("TOO_MANY_TAGS", field,
                           absl::StrCat("there are ", tags.size(), " tags; at most ",
                                        kMaxTagsPerTarget, " may stand at one target"),
                           "set fewer");
  }
  absl::flat_hash_set<std::string> keys;
  for (int i = 0; i < tags.size(); ++i) {
    const std::string at = StrCat(field, "[", i, "]");
    WHENCE_RETURN_IF_ERROR(CheckTagKey(tags[i].key(), at + ".key"));
    WHENCE_RETURN_IF_ERROR(ValidateText(tags[i].value(), at + ".value", kMaxTagValueBytes,
                                        /*allow_newlines=*/false));
    if (!keys.insert(tags[i].key()).second) {
      return InvalidArgument("TAG_DUPLICATE", at + ".key",
                             StrCat("the key ", QuoteForMessage(tags[i].key()), " is given twice"),
                             "a target has one value for a key");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKinds(const google::protobuf::RepeatedField<int>& kinds, std::string_view field) {
  if (static_cast<size_t>(kinds.size()) > kMaxKinds) {
    return InvalidArgument(
        "TOO_MANY_ITEMS", field,
        StrCat("there are ", kinds.size(), " kinds; at most ", kMaxKinds, " are allowed"),
        "name each kind once");
  }
  for (int i = 0; i < kinds.size(); ++i) {
    WHENCE_RETURN_IF_ERROR(
        CheckKind(static_cast<v1::Kind>(kinds.Get(i)), StrCat(field, "[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status CheckNotNegative(int64_t number, std::string_view field) {
  if (number >= 0) return absl::OkStatus();
  return InvalidArgument("NUMBER_NEGATIVE", field, absl::StrCat(number, " is negative"),
                         "leave it 0 when it is not known");
}

absl::Status CheckVersionNumber(int64_t number, std::string_view field) {
  if (number >= 1) return absl::OkStatus();
  return InvalidArgument("VERSION_NUMBER_INVALID", field,
                         absl::StrCat(number, " is no version number"),
                         "versions are numbered from 1");
}

}  // namespace whence::service
