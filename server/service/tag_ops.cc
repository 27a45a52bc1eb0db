#include "service/tag_ops.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/classification.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/tag.h"
#include "service/asset_write.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/governed_tags.h"
#include "service/tag_target.h"

namespace whence::service {
namespace {

using catalog::kNow;

absl::Status CheckRemoved(const v1::SetTagsRequest& request) {
  if (static_cast<size_t>(request.remove_size()) > kMaxTagsPerTarget) {
    return InvalidArgument("TOO_MANY_TAGS", "remove",
                           absl::StrCat("there are ", request.remove_size(), " keys; at most ",
                                        kMaxTagsPerTarget, " tags stand at one target"),
                           "remove fewer");
  }
  for (int i = 0; i < request.remove_size(); ++i) {
    const std::string& key = request.remove(i);
    const std::string field = absl::StrCat("remove[", i, "]");
    WHENCE_RETURN_IF_ERROR(CheckTagKey(key, field));
    if (std::ranges::any_of(request.set(), [&](const v1::Tag& tag) { return tag.key() == key; })) {
      return InvalidArgument("TAG_SET_AND_REMOVED", field,
                             StrCat("the key ", QuoteForMessage(key), " is in set too"),
                             "say one of the two");
    }
  }
  return absl::OkStatus();
}

// Writes the tags, and tells what follows from them.
absl::StatusOr<std::vector<catalog::Tag>> Write(Call& call, const TagTarget& target,
                                                const std::vector<catalog::Tag>& before,
                                                const std::vector<catalog::Tag>& set,
                                                const std::vector<std::string>& remove) {
  const ledger::Change& change = call.Change(target.name);
  WHENCE_ASSIGN_OR_RETURN(
      std::vector<catalog::Tag> after,
      catalog::SetTags(call.write(), change, target.id, target.column, set, remove));
  if (target.id == target.securable.id) {
    WHENCE_RETURN_IF_ERROR(IndexForSearch(call, target.securable));
  }
  if (!target.column.empty()) {
    WHENCE_RETURN_IF_ERROR(access::NoteColumnTags(call.write(), change.position, target.id,
                                                  target.column, before, after));
  }
  return after;
}

}  // namespace

absl::Status ValidateSetTags(const v1::SetTagsRequest& request) {
  WHENCE_RETURN_IF_ERROR(ParseTagTarget(request.reference(), "reference").status());
  WHENCE_RETURN_IF_ERROR(CheckTags(request.set(), "set"));
  return CheckRemoved(request);
}

absl::StatusOr<v1::SetTagsResponse> SetTags(Call& call, const v1::SetTagsRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Reference reference,
                          ParseTagTarget(request.reference(), "reference"));
  WHENCE_ASSIGN_OR_RETURN(const TagTarget target, FindTagTarget(call, kNow, reference));
  const std::vector<catalog::Tag> set = ToTags(request.set());
  const std::vector<std::string> remove(request.remove().begin(), request.remove().end());
  WHENCE_ASSIGN_OR_RETURN(std::vector<catalog::Tag> tags,
                          catalog::ListTags(connection, kNow, target.id, target.column));
  WHENCE_RETURN_IF_ERROR(CheckGoverned(call, tags, set, remove));
  if (catalog::ApplyTags(tags, set, remove) != tags) {
    WHENCE_ASSIGN_OR_RETURN(tags, Write(call, target, tags, set, remove));
  }
  v1::SetTagsResponse response;
  response.set_reference(target.name);
  PutTags(tags, response.mutable_tags());
  WHENCE_ASSIGN_OR_RETURN(const Position position,
                          catalog::TagsPosition(connection, kNow, target.id, target.column));
  response.set_position(position);
  return response;
}

}  // namespace whence::service
