#include "lineage/load.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "catalog/kind.h"
#include "lineage/run.h"

namespace whence::lineage {
namespace {

constexpr sql::Query kAssets{
    "SELECT id, kind, position FROM securable WHERE kind < 100 ORDER BY id"};
constexpr sql::Query kVersions{"SELECT id, asset_id, number, position FROM version ORDER BY id"};
constexpr sql::Query kRuns{"SELECT id, MIN(valid_from) FROM run GROUP BY id ORDER BY id"};
constexpr sql::Query kDeclarations{"SELECT id, position FROM declaration ORDER BY id"};
constexpr sql::Query kEdges{
    "SELECT via_id, direction, node_id, position FROM edge ORDER BY via_id, direction, node_id"};
constexpr sql::Query kColumns{"SELECT id, asset_id, position FROM column_node ORDER BY id"};
constexpr sql::Query kColumnEdges{
    "SELECT via_id, target_id, source_id, transformation, masking, position FROM column_edge"
    " ORDER BY via_id, target_id, source_id, transformation"};

// What an id was found to be. The graph aborts on calls that make no sense; this tells them before.
struct Known {
  NodeType type = NodeType::kNone;
  uint32_t position = 0;
};

// Reads the tables one after the other and looks at every row before the graph does.
class Loading {
 public:
  Loading(sql::Connection& connection, Graph& graph, Position last)
      : connection_(connection), last_(last), loader_(&graph) {}

  absl::Status Run() {
    WHENCE_RETURN_IF_ERROR(LoadAssets());
    WHENCE_RETURN_IF_ERROR(LoadVersions());
    WHENCE_RETURN_IF_ERROR(LoadVias());
    WHENCE_RETURN_IF_ERROR(LoadEdges());
    WHENCE_RETURN_IF_ERROR(LoadColumns());
    WHENCE_RETURN_IF_ERROR(LoadColumnEdges());
    loader_.Finish(last_);
    return absl::OkStatus();
  }

 private:
  static absl::Status Damaged(std::string_view table, int64_t id, std::string_view what) {
    return DataLoss("LINEAGE_DAMAGED",
                    absl::StrCat("table ", absl::string_view(table.data(), table.size()), ", id ",
                                 id, ": ", absl::string_view(what.data(), what.size())),
                    "restore a backup: 'whence admin restore'");
  }

  bool InTime(int64_t position) const {
    return position >= 0 && position <= last_ && position <= kMaxGraphPosition;
  }

  // The node with that id, or one of type kNone.
  Known At(int64_t id) const {
    if (id <= 0 || id >= static_cast<int64_t>(known_.size())) return {};
    return known_[static_cast<size_t>(id)];
  }

  // Notes a new node.
  absl::Status Note(std::string_view table, NodeType type, int64_t id, int64_t position) {
    if (id <= 0 || id > kMaxNodeId) return Damaged(table, id, "the id is out of range");
    if (!InTime(position)) return Damaged(table, id, "the position is not in the ledger");
    const size_t index = static_cast<size_t>(id);
    if (index >= known_.size()) known_.resize(index + 1 + index / 2);
    if (known_[index].type != NodeType::kNone) return Damaged(table, id, "the id is used twice");
    known_[index] = {type, static_cast<uint32_t>(position)};
    return absl::OkStatus();
  }

  absl::Status LoadAssets() {
    sql::Rows rows = connection_.Run(kAssets);
    while (rows.Next()) {
      const int64_t id = rows.Int64(0);
      const std::optional<catalog::Kind> kind = catalog::KindFromNumber(rows.Int64(1));
      if (!kind.has_value()) return Damaged("securable", id, "the kind is unknown");
      WHENCE_RETURN_IF_ERROR(Note("securable", NodeType::kAsset, id, rows.Int64(2)));
      loader_.AddAsset(static_cast<NodeId>(id), static_cast<uint8_t>(*kind), rows.Int64(2));
    }
    return rows.status();
  }

  absl::Status LoadVersions() {
    sql::Rows rows = connection_.Run(kVersions);
    while (rows.Next()) {
      const int64_t id = rows.Int64(0);
      if (At(rows.Int64(1)).type != NodeType::kAsset) {
        return Damaged("version", id, "its asset does not exist");
      }
      WHENCE_RETURN_IF_ERROR(Note("version", NodeType::kVersion, id, rows.Int64(3)));
      loader_.AddVersion(static_cast<NodeId>(id), rows.Uint32(1), rows.Uint32(2), rows.Int64(3));
    }
    return rows.status();
  }

  absl::Status LoadVias() {
    sql::Rows runs = connection_.Run(kRuns);
    while (runs.Next()) {
      WHENCE_RETURN_IF_ERROR(Note("run", NodeType::kRun, runs.Int64(0), runs.Int64(1)));
      loader_.AddRun(runs.Uint32(0), runs.Int64(1));
    }
    WHENCE_RETURN_IF_ERROR(runs.status());
    sql::Rows rows = connection_.Run(kDeclarations);
    while (rows.Next()) {
      WHENCE_RETURN_IF_ERROR(
          Note("declaration", NodeType::kDeclaration, rows.Int64(0), rows.Int64(1)));
      loader_.AddDeclaration(rows.Uint32(0), rows.Int64(1));
    }
    return rows.status();
  }

  absl::Status LoadEdges() {
    sql::Rows rows = connection_.Run(kEdges);
    while (rows.Next()) {
      const int64_t via = rows.Int64(0);
      const int64_t node = rows.Int64(2);
      const int64_t position = rows.Int64(3);
      const Known at_via = At(via);
      const Known at_node = At(node);
      if (!IsVia(at_via.type) || !IsData(at_node.type)) {
        return Damaged("edge", via, absl::StrCat("its other end, ", node, ", does not suit it"));
      }
      if (!InTime(position) || position < at_via.position || position < at_node.position) {
        return Damaged("edge", via, "it is older than one of its ends, or not in the ledger");
      }
      const bool read = rows.Int64(1) == static_cast<int64_t>(EdgeDirection::kRead);
      loader_.AddEdge(static_cast<NodeId>(read ? node : via),
                      static_cast<NodeId>(read ? via : node), position);
    }
    return rows.status();
  }

  absl::Status LoadColumns() {
    sql::Rows rows = connection_.Run(kColumns);
    while (rows.Next()) {
      const int64_t id = rows.Int64(0);
      if (id <= 0 || id > kMaxNodeId || !InTime(rows.Int64(2))) {
        return Damaged("column_node", id, "the id or the position is out of range");
      }
      const size_t index = static_cast<size_t>(id);
      if (index >= column_position_.size()) column_position_.resize(index + 1 + index / 2, kNever);
      column_position_[index] = rows.Uint32(2);
      loader_.AddColumn(static_cast<ColumnId>(id), rows.Uint32(1), rows.Int64(2));
    }
    return rows.status();
  }

  // True when the column existed at `position`.
  bool HasColumn(int64_t id, int64_t position) const {
    return id > 0 && id < static_cast<int64_t>(column_position_.size()) &&
           int64_t{column_position_[static_cast<size_t>(id)]} <= position;
  }

  absl::Status LoadColumnEdges() {
    sql::Rows rows = connection_.Run(kColumnEdges);
    while (rows.Next()) {
      const int64_t via = rows.Int64(0);
      const int64_t position = rows.Int64(5);
      if (!IsVia(At(via).type) || !InTime(position) || position < At(via).position ||
          !HasColumn(rows.Int64(1), position) || !HasColumn(rows.Int64(2), position)) {
        return Damaged("column_edge", via, "one of its ends does not exist");
      }
      loader_.AddColumnEdge(rows.Uint32(2), rows.Uint32(1), static_cast<NodeId>(via),
                            static_cast<uint8_t>(rows.Uint32(3)), rows.Bool(4), position);
    }
    return rows.status();
  }

  static constexpr uint32_t kNever = 0xFFFF'FFFF;

  sql::Connection& connection_;
  const Position last_;
  GraphLoader loader_;
  std::vector<Known> known_;
  std::vector<uint32_t> column_position_;  // by column id; kNever where there is none
};

}  // namespace

absl::Status LoadGraph(sql::Connection& connection, Graph& graph, Position last) {
  return Loading(connection, graph, last).Run();
}

}  // namespace whence::lineage
