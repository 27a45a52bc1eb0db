// Changing a classification that nobody else sees yet. For the files of this room.
#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "access/classification_state.h"
#include "base/limits.h"
#include "lineage/graph.h"

namespace whence::access {

// What is said about one column and one key.
struct ColumnFact {
  lineage::ColumnId column = 0;
  catalog::Tag tag;
};

// Purpose: keeps a state right while tags, declassifications, keys and column lineage change.
//
// For each tag the derived ones form trees: a root is a column where it was set, a column's parent
// (`from`) the neighbour that is nearest to a root, and of these the one with the lowest id. What
// is added is spread from where it was added, nearest first, like Dijkstra's algorithm. What is
// taken away takes its subtree with it, whose columns then look for new parents among their
// neighbours. So a change costs what it changes, cycles end where nothing gets nearer, and the
// result depends on what is there now alone, not on the order in which it came. Each derived tag is
// worked on a few times at most, however far it is from its root, so kMaxDerivedTags bounds it all.
//
// Ownership: borrows state and graph. Thread-safety: none.
class ClassificationEdit {
 public:
  // The graph as of `as_of`. With `within` other columns are left alone. At most `max_tags` are
  // derived.
  ClassificationEdit(ClassificationState* state, const lineage::Graph& graph, Position as_of,
                     const absl::flat_hash_set<lineage::ColumnId>* within = nullptr,
                     size_t max_tags = kMaxDerivedTags);
  ClassificationEdit(const ClassificationEdit&) = delete;
  ClassificationEdit& operator=(const ClassificationEdit&) = delete;

  // Tags with these keys flow from now on: all that is set, and all that was declassified (by key;
  // values count for nothing).
  void StartKeys(const std::vector<std::string>& keys, const std::vector<ColumnFact>& set,
                 const std::vector<ColumnFact>& declassified);
  // Tags with the key flow no longer.
  void StopKey(std::string_view key);

  // Of keys that do not flow nothing is kept.
  void SetTag(lineage::ColumnId column, const catalog::Tag& tag);
  void RemoveTag(lineage::ColumnId column, std::string_view key);
  void SetDeclassified(lineage::ColumnId column, std::string_view key, bool declassified);

  // A mapping that does not mask is in the graph now.
  void AddEdge(lineage::ColumnId source, lineage::ColumnId target);

  // After the last change, before the state is published.
  void Finish();
  // The assets that had, or have, other derived tags than before.
  const absl::flat_hash_set<int64_t>& changed_assets() const { return changed_assets_; }
  // Anything at all was done.
  bool changed() const { return changed_; }

 private:
  // A derived tag that got nearer to where it was set.
  struct Nearer {
    uint32_t hops = 0;
    lineage::ColumnId column = 0;
    TagRef tag;
    bool operator<(const Nearer& other) const { return hops > other.hops; }  // nearest on top
  };
  using Place = std::pair<lineage::ColumnId, TagRef>;

  bool Flows(std::string_view key) const;
  const ColumnClasses* Find(lineage::ColumnId column) const;
  ColumnClasses& Edit(lineage::ColumnId column);
  // Once for each other column at the end of a mapping that does not mask.
  void EachOut(lineage::ColumnId column, absl::FunctionRef<void(lineage::ColumnId)> visit) const;
  void EachIn(lineage::ColumnId column, absl::FunctionRef<void(lineage::ColumnId)> visit) const;
  // What the column hands on, with the steps to where it was set; with a key, of that alone.
  std::vector<std::pair<TagRef, uint32_t>> HandedOn(lineage::ColumnId column) const;
  std::vector<std::pair<TagRef, uint32_t>> HandedOn(lineage::ColumnId column,
                                                    std::string_view key) const;

  void ChangeFacts(lineage::ColumnId column, std::string_view key,
                   absl::FunctionRef<void(ColumnClasses&)> change);
  void Uproot(lineage::ColumnId column, const TagRef& tag, std::vector<Place>& uprooted);
  void Erase(lineage::ColumnId column, const catalog::Tag& tag);
  // Hands to the column what its neighbours above have, of one tag or of one key.
  void SeedTag(lineage::ColumnId column, const TagRef& tag);
  void SeedKey(lineage::ColumnId column, std::string_view key);
  void Offer(lineage::ColumnId column, const TagRef& tag, lineage::ColumnId from, uint32_t hops);
  void Spread();
  void StartAgain();
  void NoteChanged(lineage::ColumnId column);
  void UpdateAsset(lineage::ColumnId column);

  ClassificationState& state_;
  const lineage::Graph& graph_;
  const Position as_of_;
  const absl::flat_hash_set<lineage::ColumnId>* within_;
  const size_t max_tags_;
  std::priority_queue<Nearer> nearer_;
  absl::flat_hash_set<lineage::ColumnId> touched_;  // whose derived tags changed
  absl::flat_hash_set<int64_t> changed_assets_;
  bool changed_ = false;
  bool made_room_ = false;  // something was taken away while the state was full
};

}  // namespace whence::access
