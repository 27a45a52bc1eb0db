#include "service/tag_ops.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/pin.h"
#include "catalog/securable.h"
#include "catalog/tag.h"
#include "service/asset_write.h"
#include "service/blobs.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/detail_columns.h"

namespace whence::service {
namespace {

using catalog::kNow;

absl::StatusOr<Reference> ParseTarget(std::string_view text) {
  WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseReference(text, "reference"));
  const bool of_version = reference.version != 0 || !reference.alias.empty();
  if (reference.kind == Reference::Kind::kRun || reference.kind == Reference::Kind::kPrediction) {
    return InvalidArgument("REFERENCE_NOT_TAGGABLE", "reference",
                           StrCat(FormatReference(reference), " cannot carry tags"),
                           "tag a catalog, schema, asset, asset@number or asset#column");
  }
  if (reference.kind == Reference::Kind::kColumn && of_version) {
    return InvalidArgument("REFERENCE_NOT_TAGGABLE", "reference",
                           "columns carry tags for all versions together",
                           "leave the version out: asset#column");
  }
  return reference;
}

// A column must be one of the asset's, as far as these are known.
absl::Status CheckColumn(Call& call, const catalog::Securable& asset, const std::string& column) {
  if (asset.detail.empty()) return absl::OkStatus();
  call.write().Weigh(asset.detail.size());  // all of it is read
  WHENCE_ASSIGN_OR_RETURN(const v1::Detail detail, ParseDetail(asset.detail));
  const std::vector<std::string> names = ColumnNames(detail);
  if (names.empty() || std::ranges::find(names, column) != names.end()) return absl::OkStatus();
  const std::optional<std::string> closest = ClosestMatch(column, names);
  return NotFound("COLUMN_NOT_FOUND",
                  StrCat(asset.FullName(), " has no column ", QuoteForMessage(column)),
                  closest.has_value() ? StrCat(QuoteForMessage(*closest), " exists")
                                      : StrCat("see 'whence asset get ", asset.FullName(), "'"));
}

// What a reference puts its tags on.
struct Target {
  int64_t id = 0;
  std::string column;
  std::string name;              // the reference, pinned
  catalog::Securable securable;  // for versions: their asset
};

absl::StatusOr<Target> FindTarget(Call& call, const Reference& reference) {
  sql::Connection& connection = call.connection();
  Target target;
  WHENCE_ASSIGN_OR_RETURN(target.securable,
                          catalog::GetSecurable(connection, kNow, reference.name));
  target.id = target.securable.id;
  target.column = reference.column;
  target.name = FormatReference(reference);
  if (reference.kind == Reference::Kind::kVersion || reference.kind == Reference::Kind::kAlias) {
    WHENCE_ASSIGN_OR_RETURN(const catalog::Pinned pinned,
                            catalog::Pin(connection, kNow, reference));
    target.id = pinned.node_id;
    target.name = VersionName(reference.name, pinned.version);
  }
  if (!target.column.empty()) {
    WHENCE_RETURN_IF_ERROR(CheckColumn(call, target.securable, target.column));
  }
  return target;
}

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

}  // namespace

absl::Status ValidateSetTags(const v1::SetTagsRequest& request) {
  WHENCE_RETURN_IF_ERROR(ParseTarget(request.reference()).status());
  WHENCE_RETURN_IF_ERROR(CheckTags(request.set(), "set"));
  return CheckRemoved(request);
}

absl::StatusOr<v1::SetTagsResponse> SetTags(Call& call, const v1::SetTagsRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Reference reference, ParseTarget(request.reference()));
  WHENCE_ASSIGN_OR_RETURN(const Target target, FindTarget(call, reference));
  const std::vector<catalog::Tag> set = ToTags(request.set());
  const std::vector<std::string> remove(request.remove().begin(), request.remove().end());
  WHENCE_ASSIGN_OR_RETURN(std::vector<catalog::Tag> tags,
                          catalog::ListTags(connection, kNow, target.id, target.column));
  if (catalog::ApplyTags(tags, set, remove) != tags) {
    const ledger::Change& change = call.Change(target.name);
    WHENCE_ASSIGN_OR_RETURN(
        tags, catalog::SetTags(call.write(), change, target.id, target.column, set, remove));
    if (target.id == target.securable.id) {
      WHENCE_RETURN_IF_ERROR(IndexForSearch(call, target.securable));
    }
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
