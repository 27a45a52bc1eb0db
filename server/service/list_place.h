// Places in lists of securables as keys of page tokens.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog/securable_list.h"

namespace whence::service {

std::vector<std::string> ToKey(const catalog::ListPlace& place);
// PAGE_TOKEN_INVALID for what ToKey did not make of a list `depth` levels deep.
absl::StatusOr<catalog::ListPlace> FromKey(const std::vector<std::string>& key, size_t depth);

}  // namespace whence::service
