#pragma once

// The answer to "where did this come from": a graph of plain structs.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "whence/prediction.h"
#include "whence/run_record.h"
#include "whence/types.h"

namespace whence {

// An asset or version as a node.
struct DatasetNode {
  std::string asset{};  // full name at the time asked for
  int64_t version = 0;  // 0: the asset, no particular version
  Kind kind = Kind::kUnspecified;
  std::string owner{};
  std::string digest{};
  std::string location{};
  std::vector<std::string> aliases{};
  std::vector<Tag> tags{};
  absl::Time create_time = absl::InfinitePast();
  std::string creator{};
  bool deleted = false;
  Detail detail{};
  int64_t asset_id = 0;
};

// A column as a node.
struct ColumnNode {
  std::string asset{};
  std::string column{};
  std::string type{};
  std::vector<Tag> tags{};
  Kind kind = Kind::kUnspecified;
  std::string owner{};
  int64_t asset_id = 0;
};

// Edges that were declared without a run, as a node.
struct DeclarationNode {
  int64_t id = 0;
  std::string comment{};
  std::string creator{};
  absl::Time create_time = absl::InfinitePast();
};

// One node of a graph. std::monostate stands for what the caller may not see.
struct LineageNode {
  std::string reference{};  // unique in the graph: "a.b.c@1", "run:<uuid>", "prediction:<id>"
  int32_t depth = 0;        // steps between data from the root, which is 0
  std::variant<std::monostate, DatasetNode, RunRecord, DeclarationNode, ColumnNode, Prediction>
      node{};
  bool source = false;  // nothing is upstream of it
  bool cut = false;     // a bound kept its further edges out of this answer
};

// What an edge means. The values are those of the wire.
enum class EdgeRole {
  kUnspecified = 0,
  kRead = 1,      // a run or declaration read the source
  kWrite = 2,     // a run or declaration wrote the target
  kColumn = 3,    // a column comes from a column
  kDerives = 4,   // an asset comes from an asset
  kEndpoint = 5,  // the endpoint of the prediction; so for the following
  kModel = 6,
  kPrompt = 7,
  kInput = 8,
  kIndex = 9,
  kRetrievedSource = 10,
  kRun = 11
};

// One edge, from origin to what came of it. Ends are positions in LineageGraph::nodes.
struct LineageEdge {
  size_t source = 0;
  size_t target = 0;
  EdgeRole role = EdgeRole::kUnspecified;
  Transformation transformation = Transformation::kUnspecified;  // columns only, as the next two
  bool masking = false;
  std::string via{};  // "run:<uuid>" or "declaration:<number>"
  int64_t position = 0;
};

struct LineageGraph {
  std::string root{};                // reference, pinned
  std::vector<LineageNode> nodes{};  // by distance from the root, the root first
  std::vector<LineageEdge> edges{};
  int64_t position = 0;        // ledger position that it holds as of
  bool cut_by_nodes = false;   // the bound on nodes left something out
  bool cut_by_depth = false;   // the bound on depth left something out
  int32_t redacted_count = 0;  // nodes that the caller may not see

  // The node with that reference; null when there is none.
  const LineageNode* Find(std::string_view reference) const;
};

struct Explanation {
  LineageGraph graph{};    // what was asked for is the first node
  LineageGraph columns{};  // where the columns of its datasets come from
  int32_t run_count = 0;   // runs and declarations
  int32_t source_count = 0;

  // Whether nothing was cut and nothing redacted.
  bool Complete() const;
};

struct ExplainOptions {
  AsOf as_of{};
  int32_t depth = 0;      // most steps between data; 0: the server's default
  int32_t max_nodes = 0;  // 0: the server's default
  bool omit_columns = false;
};

}  // namespace whence
