#include "service/lineage_root.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/alias.h"
#include "catalog/pin.h"
#include "catalog/securable.h"
#include "catalog/version.h"
#include "lineage/run_store.h"
#include "service/blobs.h"
#include "service/detail_columns.h"
#include "service/need.h"

namespace whence::service {
namespace {

using lineage::NodeId;
using What = LineageRoot::What;

constexpr std::string_view kDeclarationPrefix = "declaration:";
constexpr std::string_view kIdPrefix = "id:";

// An asset, by name or id, with what the reference says beyond it.
struct AssetReference {
  int64_t asset_id = 0;
  std::string name;  // how the answer refers to it
  Reference rest;    // version, alias, column
};

absl::StatusOr<AssetReference> FindById(Call& call, Position as_of, std::string_view text,
                                        std::string_view field) {
  const std::string_view tail = text.substr(kIdPrefix.size());
  const size_t digits = std::min(tail.find_first_not_of("0123456789"), tail.size());
  AssetReference asset;
  if (digits == 0 || !absl::SimpleAtoi(ToAbsl(tail.substr(0, digits)), &asset.asset_id)) {
    return InvalidArgument("ID_MALFORMED", field, StrCat(QuoteForMessage(text), " has no number"),
                           "write it as id:17, as answers of lineage do");
  }
  // What stands behind the id is written as behind a name.
  WHENCE_ASSIGN_OR_RETURN(asset.rest, ParseReference(StrCat("a.b.c", tail.substr(digits)), field));
  absl::StatusOr<catalog::Securable> found =
      catalog::GetSecurableById(call.connection(), as_of, asset.asset_id);
  if (!found.ok()) return WithFieldPrefix(found.status(), field);
  if (!catalog::IsAssetKind(found->kind)) {
    return InvalidArgument("REFERENCE_NOT_AN_ASSET", field,
                           StrCat(QuoteForMessage(text), " is the id of no asset"),
                           "name an asset, a version, a column or a run");
  }
  asset.name = found->live() ? found->FullName() : StrCat(kIdPrefix, asset.asset_id);
  return asset;
}

absl::StatusOr<AssetReference> FindByName(Call& call, Position as_of, Reference reference,
                                          std::string_view field) {
  if (reference.name.size() != kMaxNameParts) {
    return InvalidArgument("REFERENCE_NOT_AN_ASSET", field,
                           StrCat(FormatReference(reference), " names no asset"),
                           "name an asset, a version, a column, a run or a prediction");
  }
  absl::StatusOr<catalog::SecurableId> found =
      catalog::RequireSecurable(call.connection(), as_of, reference.name);
  if (!found.ok()) {
    return WithFieldPrefix(NotFoundOrDenied(call, reference.name, found.status()), field);
  }
  AssetReference asset;
  asset.asset_id = found->id;
  asset.name = FormatName(reference.name);
  asset.rest = std::move(reference);
  return asset;
}

// The version that `rest` means; nothing when it means the asset.
absl::StatusOr<std::optional<catalog::VersionId>> FindVersionOf(Call& call, Position as_of,
                                                                const AssetReference& asset) {
  sql::Connection& connection = call.connection();
  if (asset.rest.version != 0) {
    WHENCE_ASSIGN_OR_RETURN(
        catalog::VersionId version,
        catalog::FindVersion(connection, as_of, asset.asset_id, asset.rest.version));
    if (version.id != 0) return version;
    return catalog::VersionNotFound(connection, as_of, asset.asset_id, asset.rest.version);
  }
  if (asset.rest.alias.empty()) return std::nullopt;
  if (asset.rest.alias == kLatestAlias) {
    WHENCE_ASSIGN_OR_RETURN(catalog::VersionId newest,
                            catalog::FindCurrentVersion(connection, as_of, asset.asset_id));
    if (newest.id != 0) return newest;
    return NotFound("VERSION_NOT_FOUND", StrCat(asset.name, " has no versions yet"),
                    "ask about the asset, without @latest");
  }
  WHENCE_ASSIGN_OR_RETURN(const catalog::Alias alias,
                          catalog::GetAlias(connection, as_of, asset.asset_id, asset.rest.alias));
  return catalog::VersionId{.id = alias.version_id, .number = alias.number};
}

// OK when a schema of the asset has the column: the present one, or a version's.
absl::Status CheckColumnExists(Call& call, Position as_of, const LineageRoot& root,
                               const std::string& asset_name) {
  NearestName nearest(root.column);
  absl::Status failure;
  bool found = false;
  int left = kMaxPageSize;
  const auto look = [&](const std::string& bytes) {
    const absl::StatusOr<v1::Detail> detail = ParseDetail(bytes);
    failure = detail.status();
    if (!failure.ok()) return false;
    for (const std::string& name : ColumnNames(*detail)) {
      found = found || name == root.column;
      if (!found) nearest.Consider(name);
    }
    return !found && left-- > 0;
  };
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          catalog::GetSecurableById(call.connection(), as_of, root.asset_id));
  if (look(asset.detail)) {
    const auto in_version = [&](const catalog::Version& version) { return look(version.detail); };
    WHENCE_RETURN_IF_ERROR(
        catalog::ListVersions(call.connection(), as_of, root.asset_id, 0, in_version).status());
  }
  WHENCE_RETURN_IF_ERROR(failure);
  if (found) return absl::OkStatus();
  const std::optional<std::string>& closest = nearest.closest();
  const std::string quoted = StrCat(asset_name, "#", QuoteNamePart(root.column));
  return NotFound("COLUMN_NOT_FOUND", StrCat("no column ", quoted),
                  closest.has_value() ? StrCat(asset_name, "#", QuoteNamePart(*closest), " exists")
                                      : StrCat("see 'whence asset get ", asset_name, "'"));
}

absl::StatusOr<LineageRoot> ColumnRoot(Call& call, Position as_of, const AssetReference& asset,
                                       std::string_view field) {
  LineageRoot root;
  root.what = What::kColumn;
  root.asset_id = asset.asset_id;
  root.column = asset.rest.column;
  root.reference = StrCat(asset.name, "#", QuoteNamePart(root.column));
  WHENCE_ASSIGN_OR_RETURN(const int64_t id,
                          lineage::FindColumn(call.connection(), as_of,
                                              {.asset_id = root.asset_id, .name = root.column}));
  root.column_id = static_cast<lineage::ColumnId>(id);
  if (id == 0) {
    WHENCE_RETURN_IF_ERROR(
        WithFieldPrefix(CheckColumnExists(call, as_of, root, asset.name), field));
  }
  return root;
}

absl::StatusOr<LineageRoot> AssetRoot(Call& call, Position as_of, AssetReference asset,
                                      std::string_view field) {
  WHENCE_RETURN_IF_ERROR(WithFieldPrefix(NeedToSeeId(call, asset.asset_id, asset.name), field));
  absl::StatusOr<std::optional<catalog::VersionId>> version = FindVersionOf(call, as_of, asset);
  if (!version.ok()) return WithFieldPrefix(version.status(), field);
  if (!asset.rest.column.empty()) return ColumnRoot(call, as_of, asset, field);
  LineageRoot root;
  root.asset_id = asset.asset_id;
  if (version->has_value()) {
    root.reference = StrCat(asset.name, "@", (*version)->number);
    root.nodes = {static_cast<NodeId>((*version)->id)};
  } else {
    root.reference = std::move(asset.name);
    root.nodes = NodesOfAsset(call.house().graph(), root.asset_id, as_of);
  }
  return root;
}

absl::StatusOr<LineageRoot> DeclarationRoot(Call& call, Position as_of, std::string_view text,
                                            std::string_view field) {
  int64_t id = 0;
  if (!absl::SimpleAtoi(ToAbsl(text.substr(kDeclarationPrefix.size())), &id) || id < 1) {
    return InvalidArgument("ID_MALFORMED", field, StrCat(QuoteForMessage(text), " has no number"),
                           "write it as declaration:17");
  }
  absl::StatusOr<lineage::Declaration> found =
      lineage::GetDeclaration(call.connection(), as_of, id);
  if (!found.ok()) return WithFieldPrefix(found.status(), field);
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().SeesDeclaration(id, found->creator));
  if (!sees) return Denied(call, StrCat("see ", text));
  LineageRoot root;
  root.what = What::kDeclaration;
  root.reference = std::string(text);
  root.nodes = {static_cast<NodeId>(id)};
  return root;
}

absl::StatusOr<LineageRoot> RunRoot(Call& call, Position as_of, const Reference& reference,
                                    std::string_view field) {
  absl::StatusOr<lineage::Run> run = lineage::GetRun(call.connection(), as_of, reference.id);
  if (!run.ok()) return WithFieldPrefix(run.status(), field);
  WHENCE_ASSIGN_OR_RETURN(const bool sees, call.visibility().SeesRun(*run));
  if (!sees) return Denied(call, StrCat("see run:", run->uuid));
  LineageRoot root;
  root.what = What::kRun;
  root.reference = StrCat("run:", run->uuid);
  root.nodes = {static_cast<NodeId>(run->id)};
  return root;
}

}  // namespace

std::vector<NodeId> NodesOfAsset(const lineage::Graph& graph, int64_t asset_id, Position as_of) {
  const NodeId asset = static_cast<NodeId>(asset_id);
  std::vector<NodeId> nodes;
  graph.ForEachVersion(asset, as_of, [&nodes](const lineage::Edge& version) {
    nodes.push_back(version.node);
    return true;
  });
  std::reverse(nodes.begin(), nodes.end());
  if (nodes.empty() || graph.InDegree(asset, as_of) > 0 || graph.OutDegree(asset, as_of) > 0) {
    nodes.push_back(asset);
  }
  return nodes;
}

absl::StatusOr<LineageRoot> ResolveRoot(Call& call, Position as_of, std::string_view text,
                                        std::string_view field) {
  if (text.starts_with(kDeclarationPrefix)) return DeclarationRoot(call, as_of, text, field);
  if (text.starts_with(kIdPrefix)) {
    WHENCE_ASSIGN_OR_RETURN(AssetReference asset, FindById(call, as_of, text, field));
    return AssetRoot(call, as_of, std::move(asset), field);
  }
  WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseReference(text, field));
  if (reference.kind == Reference::Kind::kRun) return RunRoot(call, as_of, reference, field);
  if (reference.kind == Reference::Kind::kPrediction) {
    LineageRoot root;
    root.what = What::kPrediction;
    root.reference = FormatReference(reference);
    root.prediction_id = std::move(reference.id);
    return root;
  }
  WHENCE_ASSIGN_OR_RETURN(AssetReference asset,
                          FindByName(call, as_of, std::move(reference), field));
  return AssetRoot(call, as_of, std::move(asset), field);
}

absl::StatusOr<uint32_t> DepthBound(int32_t asked) {
  if (asked >= 0 && asked <= kMaxDepth)
    return static_cast<uint32_t>(asked == 0 ? kMaxDepth : asked);
  return InvalidArgument("DEPTH_OUT_OF_RANGE", "depth",
                         StrCat(asked, " is not in 1 to ", kMaxDepth),
                         "leave it out for the largest");
}

absl::StatusOr<size_t> NodeBound(int32_t asked, int32_t otherwise) {
  if (asked >= 0 && asked <= kMaxWalkNodes) {
    return static_cast<size_t>(asked == 0 ? otherwise : asked);
  }
  return InvalidArgument("MAX_NODES_OUT_OF_RANGE", "max_nodes",
                         StrCat(asked, " is not in 1 to ", kMaxWalkNodes),
                         "leave it out for the default");
}

size_t EdgeBound(size_t max_nodes) {
  const size_t nodes = std::max(max_nodes, static_cast<size_t>(kDefaultWalkNodes));
  return std::min(kMaxEdgesPerNode * nodes, kMaxWalkEdges);
}

absl::Status WalkCancelled() {
  return MakeError(absl::StatusCode::kCancelled, "the caller cancelled the call",
                   {.reason = "CALL_CANCELLED", .field = "", .hint = "", .metadata = {}});
}

}  // namespace whence::service
