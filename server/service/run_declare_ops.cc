// RecordEdges: lineage declared without a run.

#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/pin.h"
#include "catalog/securable.h"
#include "lineage/declare.h"
#include "service/checks.h"
#include "service/run_check.h"
#include "service/run_ops.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

absl::Status CheckEdge(const v1::DeclaredEdge& edge, const std::string& at) {
  WHENCE_ASSIGN_OR_RETURN(const Reference source, ParseReference(edge.source(), at + ".source"));
  WHENCE_ASSIGN_OR_RETURN(const Reference target, ParseReference(edge.target(), at + ".target"));
  WHENCE_RETURN_IF_ERROR(CheckTransformation(edge.transformation(), at + ".transformation"));
  const bool columns = source.kind == Reference::Kind::kColumn;
  if (columns != (target.kind == Reference::Kind::kColumn)) {
    return InvalidArgument(
        "EDGE_GRAIN_MIXED", at,
        StrCat(edge.source(), " and ", edge.target(), " are not of one grain: one is a column"),
        "declare from column to column, or from table to table");
  }
  if (columns) return absl::OkStatus();
  WHENCE_RETURN_IF_ERROR(ParseData(edge.source(), at + ".source").status());
  WHENCE_RETURN_IF_ERROR(ParseData(edge.target(), at + ".target").status());
  if (edge.transformation() == v1::TRANSFORMATION_TYPE_UNSPECIFIED && !edge.masking()) {
    return absl::OkStatus();
  }
  return InvalidArgument("TRANSFORMATION_NOT_OF_COLUMNS", at + ".transformation",
                         "only columns have a transformation or masking",
                         "name the columns: asset#column, or leave both out");
}

// One end of an edge, pinned.
struct End {
  int64_t node_id = 0;
  std::string alias;
  lineage::ColumnKey column;  // of an edge between columns
  std::string reference;      // as answered
};

absl::StatusOr<End> PinEnd(Call& call, const std::string& text, const std::string& field) {
  WHENCE_ASSIGN_OR_RETURN(const Reference reference, ParseReference(text, field));
  absl::StatusOr<catalog::Pinned> pinned =
      catalog::Pin(call.connection(), catalog::kNow, reference);
  if (!pinned.ok()) return WithFieldPrefix(pinned.status(), field);
  End end{.node_id = pinned->node_id,
          .alias = std::move(pinned->alias),
          .column = {.asset_id = pinned->asset_id, .name = reference.column},
          .reference = FormatName(reference.name)};
  if (reference.kind == Reference::Kind::kColumn) {
    StrAppend(&end.reference, "#", QuoteNamePart(reference.column));
  } else if (pinned->version != 0) {
    StrAppend(&end.reference, "@", pinned->version);
  }
  return end;
}

absl::StatusOr<lineage::DeclaredPair> PinEdge(Call& call, const v1::DeclaredEdge& edge,
                                              const std::string& at, v1::DeclaredEdge* answer) {
  WHENCE_ASSIGN_OR_RETURN(End source, PinEnd(call, edge.source(), at + ".source"));
  WHENCE_ASSIGN_OR_RETURN(End target, PinEnd(call, edge.target(), at + ".target"));
  answer->set_source(std::move(source.reference));
  answer->set_target(std::move(target.reference));
  answer->set_transformation(edge.transformation());
  answer->set_masking(edge.masking());
  lineage::DeclaredPair pair{.source_node = source.node_id,
                             .source_alias = std::move(source.alias),
                             .target_node = target.node_id,
                             .target_alias = std::move(target.alias),
                             .column = std::nullopt};
  if (!source.column.name.empty()) {
    pair.column = lineage::NewColumnLink{.target = std::move(target.column),
                                         .source = std::move(source.column),
                                         .transformation = edge.transformation(),
                                         .masking = edge.masking(),
                                         .description = ""};
  }
  return pair;
}

}  // namespace

absl::Status ValidateRecordEdges(const v1::RecordEdgesRequest& request) {
  if (request.edges().empty()) {
    return InvalidArgument("EDGES_MISSING", "edges", "there is no edge to record",
                           "send 1 to 10,000 edges");
  }
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(request.edges_size()), kMaxDeclaredEdges, "edges"));
  for (int i = 0; i < request.edges_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(CheckEdge(request.edges(i), StrCat("edges[", i, "]")));
  }
  return CheckComment(request.comment(), "comment");
}

absl::StatusOr<v1::Declaration> RecordEdges(Call& call, const v1::RecordEdgesRequest& request) {
  v1::Declaration answer;
  std::vector<lineage::DeclaredPair> pairs;
  pairs.reserve(static_cast<size_t>(request.edges_size()));
  for (int i = 0; i < request.edges_size(); ++i) {
    WHENCE_ASSIGN_OR_RETURN(
        lineage::DeclaredPair pair,
        PinEdge(call, request.edges(i), StrCat("edges[", i, "]"), answer.add_edges()));
    pairs.push_back(std::move(pair));
  }
  // The number that the first declaration will have.
  const int64_t first = call.write().Last(sql::Counter::kObjectId) + 1;
  const ledger::Change& change = call.Change(StrCat("declaration:", first));
  WHENCE_ASSIGN_OR_RETURN(
      const lineage::DeclaredEdges declared,
      lineage::DeclareEdges(call.write(), change, call.graph_changes(), request.comment(), pairs));
  answer.set_id(declared.first_id);
  answer.set_comment(request.comment());
  answer.set_creator(call.info().principal);
  *answer.mutable_create_time() = TimeToProto(change.time);
  answer.set_position(change.position);
  return answer;
}

}  // namespace whence::service
