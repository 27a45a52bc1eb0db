// What definitions of tags forbid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "access/tag_definition.h"
#include "catalog/tag.h"
#include "service/call.h"

namespace whence::service {

// Whether the caller may set and remove these tags, where `standing` are, as far as their
// definitions go; APPLY TAG is asked about elsewhere. InvalidArgument TAG_VALUE_NOT_ALLOWED,
// PermissionDenied TAG_NOT_ASSIGNABLE. A key without a definition is free, and so is a tag that
// stands there already: a definition is about what is set from then on.
absl::Status CheckGoverned(Call& call, const std::vector<catalog::Tag>& standing,
                           const std::vector<catalog::Tag>& set,
                           const std::vector<std::string>& remove);

// Whether the caller may assign and remove tags with the definition's key. PermissionDenied
// TAG_NOT_ASSIGNABLE, naming those who may.
absl::Status CheckAssigner(Call& call, const access::TagDefinition& definition);

}  // namespace whence::service
