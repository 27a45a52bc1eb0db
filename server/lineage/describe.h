// What the nodes of an answer are called and what else is known of them, as of a position.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "catalog/kind.h"
#include "catalog/tag.h"
#include "lineage/graph.h"
#include "lineage/run.h"
#include "sql/connection.h"

namespace whence::lineage {

// An asset as of the position; a deleted one as it was last.
struct AssetFacts {
  int64_t id = 0;
  std::string name;  // full name, quoted where needed
  catalog::Kind kind = catalog::Kind::kUnspecified;
  std::string owner;
  bool deleted = false;  // itself, or what it stands in
};

// A version, or an asset's own node (then `version` is 0 and what only versions have is empty).
struct DatasetFacts {
  int64_t asset_id = 0;
  int64_t version = 0;
  std::string digest;
  std::string location;
  std::string creator;
  absl::Time create_time;
  std::string detail;  // opaque here; of the version, or of the asset
  std::vector<std::string> aliases;
  std::vector<catalog::Tag> tags;  // the asset's and the version's, by key; the version's prevail
};

// Purpose: looks up what the nodes of one answer are, each asset once. Everything is as of one
// position. Explanations are a hot path: what the graph knows (kinds, numbers) is not looked up.
// Ownership: borrows graph and connection; what it returns by pointer lives as long as it does.
// Thread-safety: one thread.
class Describer {
 public:
  Describer(const Graph& graph, sql::Connection& connection, Position as_of)
      : graph_(graph), connection_(connection), as_of_(as_of) {}
  Describer(const Describer&) = delete;
  Describer& operator=(const Describer&) = delete;

  Position as_of() const { return as_of_; }
  sql::Connection& connection() { return connection_; }

  // NotFound SECURABLE_NOT_FOUND when it did not exist at the position.
  absl::StatusOr<const AssetFacts*> Asset(int64_t asset_id);

  // A version, or an asset's own node. NotFound VERSION_NOT_FOUND, SECURABLE_NOT_FOUND.
  absl::StatusOr<DatasetFacts> Dataset(NodeId node);

  // The asset's detail at the position, opaque.
  absl::StatusOr<std::string> AssetDetail(int64_t asset_id);

  // Tags of one column.
  absl::StatusOr<std::vector<catalog::Tag>> ColumnTags(int64_t asset_id, std::string_view column);

  // Name and asset of a column of the graph. NotFound COLUMN_NOT_FOUND.
  absl::StatusOr<ColumnKey> Column(int64_t column_id);

 private:
  using Alias = std::pair<int64_t, std::string>;  // version id, name

  // What assets stand in: the beginning of their names.
  struct Parent {
    std::string prefix;  // "catalog.schema."
    bool deleted = false;
  };
  // All columns' tags of an asset, by column and key.
  using ColumnTagList = std::vector<catalog::ColumnTag>;

  absl::StatusOr<const Parent*> ParentOf(int64_t parent_id);
  absl::StatusOr<const std::vector<Alias>*> Aliases(int64_t asset_id);
  absl::Status FillVersion(NodeId node, DatasetFacts& facts);
  absl::Status FillAsset(DatasetFacts& facts);
  absl::Status ReadTags(int64_t target_id, std::vector<catalog::Tag>& tags);
  absl::Status AddTags(NodeId node, DatasetFacts& facts);

  const Graph& graph_;
  sql::Connection& connection_;
  const Position as_of_;
  absl::flat_hash_map<int64_t, std::unique_ptr<AssetFacts>> assets_;
  absl::flat_hash_map<int64_t, std::unique_ptr<Parent>> parents_;
  absl::flat_hash_map<int64_t, std::unique_ptr<std::vector<Alias>>> aliases_;
  absl::flat_hash_map<int64_t, std::unique_ptr<ColumnTagList>> column_tags_;
};

// The reference of a dataset in a graph: `a.b.c@1`, or `a.b.c` for version 0. The name of a deleted
// asset may be another's by now, so that one is referred to by its id: `id:17@1`.
std::string DatasetReference(const AssetFacts& asset, int64_t version);
// The same of a column: `a.b.c#column`, `id:17#column`.
std::string ColumnReference(const AssetFacts& asset, std::string_view column);

}  // namespace whence::lineage
