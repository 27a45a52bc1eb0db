#include "service/tag_target.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/edit_distance.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/pin.h"
#include "lineage/run_store.h"
#include "service/blobs.h"
#include "service/catalog_convert.h"
#include "service/detail_columns.h"

namespace whence::service {
namespace {

absl::Status CheckColumn(Call& call, Position as_of, const catalog::Securable& asset,
                         const std::string& column) {
  if (asset.detail.empty()) return absl::OkStatus();
  if (call.mutates()) call.write().Weigh(asset.detail.size());  // all of it is read
  WHENCE_ASSIGN_OR_RETURN(const v1::Detail detail, ParseDetail(asset.detail));
  const std::vector<std::string> names = ColumnNames(detail);
  if (names.empty() || std::ranges::find(names, column) != names.end()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(
      const int64_t named,
      lineage::FindColumn(call.connection(), as_of, {.asset_id = asset.id, .name = column}));
  if (named != 0) return absl::OkStatus();
  const std::optional<std::string> closest = ClosestMatch(column, names);
  return NotFound("COLUMN_NOT_FOUND",
                  StrCat(asset.FullName(), " has no column ", QuoteForMessage(column)),
                  closest.has_value() ? StrCat(QuoteForMessage(*closest), " exists")
                                      : StrCat("see 'whence asset get ", asset.FullName(), "'"));
}

}  // namespace

absl::StatusOr<Reference> ParseTagTarget(std::string_view text, std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseReference(text, field));
  const bool of_version = reference.version != 0 || !reference.alias.empty();
  if (reference.kind == Reference::Kind::kRun || reference.kind == Reference::Kind::kPrediction) {
    return InvalidArgument("REFERENCE_NOT_TAGGABLE", field,
                           StrCat(FormatReference(reference), " cannot carry tags"),
                           "tag a catalog, schema, asset, asset@number or asset#column");
  }
  if (reference.kind == Reference::Kind::kColumn && of_version) {
    return InvalidArgument("REFERENCE_NOT_TAGGABLE", field,
                           "columns carry tags for all versions together",
                           "leave the version out: asset#column");
  }
  return reference;
}

absl::StatusOr<Reference> ParseTagColumn(std::string_view text, std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseTagTarget(text, field));
  if (reference.kind == Reference::Kind::kColumn) return reference;
  return InvalidArgument("REFERENCE_NOT_A_COLUMN", field,
                         StrCat(FormatReference(reference), " is not a column"),
                         "name one: asset#column");
}

absl::StatusOr<TagTarget> FindTagTarget(Call& call, Position as_of, const Reference& reference) {
  sql::Connection& connection = call.connection();
  TagTarget target;
  WHENCE_ASSIGN_OR_RETURN(target.securable,
                          catalog::GetSecurable(connection, as_of, reference.name));
  target.id = target.securable.id;
  target.column = reference.column;
  target.name = FormatReference(reference);
  if (reference.kind == Reference::Kind::kVersion || reference.kind == Reference::Kind::kAlias) {
    WHENCE_ASSIGN_OR_RETURN(const catalog::Pinned pinned,
                            catalog::Pin(connection, as_of, reference));
    target.id = pinned.node_id;
    target.name = VersionName(reference.name, pinned.version);
  }
  if (!target.column.empty()) {
    WHENCE_RETURN_IF_ERROR(CheckColumn(call, as_of, target.securable, target.column));
  }
  return target;
}

}  // namespace whence::service
