#include "service/update_mask.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::service {
namespace {

constexpr std::string_view kAll = "*";

}  // namespace

absl::Status CheckUpdateMask(const google::protobuf::FieldMask& mask,
                             std::span<const std::string_view> fields) {
  for (int i = 0; i < mask.paths_size(); ++i) {
    const std::string& path = mask.paths(i);
    if (path == kAll || std::ranges::find(fields, path) != fields.end()) continue;
    std::string known;
    for (std::string_view field : fields) StrAppend(&known, known.empty() ? "" : ", ", field);
    return InvalidArgument("UPDATE_MASK_INVALID", absl::StrCat("update_mask.paths[", i, "]"),
                           StrCat(QuoteForMessage(path), " cannot be changed"),
                           StrCat("what can: ", known));
  }
  return absl::OkStatus();
}

bool UpdateMask::Has(std::string_view field, bool set_in_request) const {
  if (mask_.paths().empty()) return set_in_request;
  return std::ranges::any_of(
      mask_.paths(), [field](const std::string& path) { return path == field || path == kAll; });
}

}  // namespace whence::service
