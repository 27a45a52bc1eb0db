#include "lineage/graph_changes.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"

namespace whence::lineage {
namespace {

uint32_t Narrow(int64_t value) {
  WHENCE_ASSERT(value >= 0 && value <= int64_t{0xFFFF'FFFF});
  return static_cast<uint32_t>(value);
}

}  // namespace

void GraphChanges::AddAsset(int64_t id, catalog::Kind kind, Position position) {
  Add(What::kAsset, id, 0, 0, position, static_cast<int>(kind));
}

void GraphChanges::AddVersion(int64_t id, int64_t asset_id, int64_t number, Position position) {
  Add(What::kVersion, id, asset_id, number, position);
}

void GraphChanges::AddRun(int64_t id, Position position) { Add(What::kRun, id, 0, 0, position); }

void GraphChanges::AddDeclaration(int64_t id, Position position) {
  Add(What::kDeclaration, id, 0, 0, position);
}

void GraphChanges::AddRead(int64_t via, int64_t node, Position position) {
  Add(What::kRead, via, node, 0, position);
}

void GraphChanges::AddWrite(int64_t via, int64_t node, Position position) {
  Add(What::kWrite, via, node, 0, position);
}

void GraphChanges::AddColumn(int64_t id, int64_t asset_id, Position position) {
  Add(What::kColumn, id, asset_id, 0, position);
}

void GraphChanges::AddColumnEdge(int64_t source, int64_t target, int64_t via, int transformation,
                                 bool masking, Position position) {
  Add(What::kColumnEdge, via, target, source, position, transformation, masking);
}

void GraphChanges::Add(What what, int64_t a, int64_t b, int64_t c, Position position, int detail,
                       bool masking) {
  items_.push_back(Item{.what = what,
                        .detail = static_cast<uint8_t>(detail),
                        .masking = masking,
                        .a = Narrow(a),
                        .b = Narrow(b),
                        .c = Narrow(c),
                        .position = Narrow(position)});
}

void GraphChanges::ForEachColumn(absl::FunctionRef<void(ColumnId)> visit) const {
  for (const Item& item : items_) {
    if (item.what == What::kColumn) visit(item.a);
  }
}

void GraphChanges::ForEachColumnEdge(
    absl::FunctionRef<void(ColumnId, ColumnId, bool)> visit) const {
  for (const Item& item : items_) {
    if (item.what == What::kColumnEdge) visit(item.c, item.b, item.masking);
  }
}

// Nodes before columns before edges; nodes by id, edges by (via, direction, node), column edges by
// (via, target, source, transformation).
bool GraphChanges::InKeyOrder(const Item& left, const Item& right) {
  const auto rank = [](What what) {
    return what < What::kColumn ? 0 : what == What::kColumn ? 1 : what < What::kColumnEdge ? 2 : 3;
  };
  const auto key = [&rank](const Item& item) {
    const bool edge = item.what == What::kRead || item.what == What::kWrite;
    return std::tuple(rank(item.what), item.a, edge ? item.what : What::kAsset, item.b, item.c,
                      item.what == What::kColumnEdge ? item.detail : uint8_t{0});
  };
  return key(left) < key(right);
}

void GraphChanges::Apply(const Item& item, Graph& graph) {
  const Position position = item.position;
  switch (item.what) {
    case What::kAsset:
      return graph.AddAsset(item.a, item.detail, position);
    case What::kVersion:
      return graph.AddVersion(item.a, item.b, item.c, position);
    case What::kRun:
      return graph.AddRun(item.a, position);
    case What::kDeclaration:
      return graph.AddDeclaration(item.a, position);
    case What::kColumn:
      return graph.AddColumn(item.a, item.b, position);
    case What::kRead:
      return graph.AddEdge(item.b, item.a, position);
    case What::kWrite:
      return graph.AddEdge(item.a, item.b, position);
    case What::kColumnEdge:
      return graph.AddColumnEdge(item.c, item.b, item.a, item.detail, item.masking, position);
  }
}

size_t GraphChanges::LengthOf(const Item& item, const Graph& graph) {
  switch (item.what) {
    case What::kVersion:
      return graph.VersionCount(item.b);
    case What::kRead:
      return graph.OutDegree(item.b);
    case What::kWrite:
      return graph.InDegree(item.b);
    case What::kColumnEdge:
      return std::max(graph.ColumnOutDegree(item.c), graph.ColumnInDegree(item.b));
    default:
      return 0;
  }
}

absl::Status GraphChanges::CheckRoom(const Graph& graph, size_t most) const {
  for (const Item& item : items_) {
    if (LengthOf(item, graph) < most) continue;
    return ResourceExhausted(
        "EDGES_EXHAUSTED",
        absl::StrCat("a version, column or asset that this names has all of the ", most,
                     " edges, or versions, that it can have"),
        "register a new version, or another asset, and record what comes from now on with that");
  }
  return absl::OkStatus();
}

void GraphChanges::CommitWith(sql::WriteContext& context, Graph& graph) && {
  if (items_.empty()) return;
  context.OnCommit([items = std::move(items_), &graph]() mutable {
    if (!std::is_sorted(items.begin(), items.end(), InKeyOrder)) {
      std::sort(items.begin(), items.end(), InKeyOrder);
    }
    for (const Item& item : items) Apply(item, graph);
  });
  items_.clear();
}

}  // namespace whence::lineage
