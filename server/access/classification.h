// Classification: which tags columns have because of the columns they come from. docs/tags.md is
// the same for admins.
//
// A tag of a column flows along column lineage when its key's definition says so
// (tag_definition.h): every column that derives from the tagged one, over any number of steps, has
// it too. It does not pass a step that masks the value, nor a column that has a tag with the same
// key itself (that one flows from there), nor a column that was declassified for the key
// (declassification.h). A column with several sources has every value that reaches it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "catalog/changes.h"
#include "catalog/tag.h"
#include "lineage/graph.h"
#include "lineage/graph_changes.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

class ClassificationEdit;    // classification_edit.h
struct ClassificationState;  // classification_state.h

using TagRef = std::shared_ptr<const catalog::Tag>;

// A tag that came to a column by lineage, and where from.
struct DerivedTag {
  TagRef tag;
  // The next column on a shortest way to where it was set; of several, the one with the lowest id.
  lineage::ColumnId from = 0;
  uint32_t hops = 0;  // to where it was set: 1 or more
};

// A column of an asset with a derived tag.
struct ClassifiedColumn {
  lineage::ColumnId column = 0;
  std::span<const DerivedTag> tags;  // by key and value; never empty
};

// Purpose: what columns have by lineage, as of one position. It never changes; copies share it.
// What it gives out lives as long as a copy. Thread-safety: as a value; all methods from any
// thread.
class Classes {
 public:
  explicit Classes(std::shared_ptr<const ClassificationState> state) : state_(std::move(state)) {}

  // The position of the newest change that is in it.
  Position position() const;
  // No tag flows: nothing is derived, and nothing need be told.
  bool idle() const;
  // Whether tags with the key flow.
  bool Flows(std::string_view key) const;

  // The derived tags of a column, by key and value.
  std::span<const DerivedTag> Of(lineage::ColumnId column) const;
  // The columns of an asset that have derived tags, by id. Names: lineage::GetColumn.
  std::vector<ClassifiedColumn> Find(int64_t asset_id) const;
  // From the column where it was set to `column`, both included; empty when `column` has no such
  // derived tag.
  std::vector<lineage::ColumnId> PathOf(lineage::ColumnId column, const catalog::Tag& tag) const;

  // Derived tags in all.
  size_t size() const;
  // There are more of them than kMaxDerivedTags: those that are furthest from where they were set
  // are missing, and nobody knows whose. Nothing may be decided by what is not there.
  bool full() const;

  const ClassificationState& state() const { return *state_; }

 private:
  std::shared_ptr<const ClassificationState> state_;
};

// Purpose: holds what is derived at present and moves it on with every change, in commit hooks,
// before the position is published: work is done where something changed, not where nothing did.
// Ownership: the house's; borrows the graph. Thread-safety: snapshot() from any thread; the rest on
// the writer's thread or before it runs.
class Classification {
 public:
  explicit Classification(const lineage::Graph* graph);
  ~Classification();
  Classification(const Classification&) = delete;
  Classification& operator=(const Classification&) = delete;

  // Works everything out as of `position`, which the graph has published.
  absl::Status Load(sql::Connection& connection, Position position);

  Classes snapshot() const;
  const lineage::Graph& graph() const { return *graph_; }

  // What the columns had as of a position, worked out anew from the tables and the graph: slow. Of
  // what lies above the columns, at most `max_columns` are looked at.
  struct Past {
    Classes classes;
    bool cut = false;  // there was more above
  };
  static absl::StatusOr<Past> LoadAsOf(sql::Connection& connection, const lineage::Graph& graph,
                                       Position position,
                                       std::span<const lineage::ColumnId> columns,
                                       size_t max_columns);

 private:
  friend class ClassificationChanges;
  struct Published;

  const lineage::Graph* graph_;
  std::unique_ptr<Published> published_;
};

// Makes `classification` learn of what is written through the connection: the writer's, before it
// starts. `changes` (may be null) is told of the assets whose columns' derived tags changed; of
// all, when they begin or cease to be more than are kept.
void AttachClassification(sql::Connection& writer, Classification* classification,
                          catalog::Changes* changes);
// The same for reading: lets whoever has the connection ask it. Null when nobody lent one.
void LendClassification(sql::Connection& connection, const Classification* classification);
const Classification* LentClassification(sql::Connection& connection);

// --- What mutations tell, on the writer's thread -------------------------------------------------
// Without AttachClassification these do nothing; so they do while no tag flows, but for
// definitions. A mutation by which derived tags may come or go ends its batch: what is decided by
// them, of the next mutation too, is decided by what they are then.

// The tags of a column changed from `before` to `after`.
absl::Status NoteColumnTags(sql::WriteContext& context, Position position, int64_t asset_id,
                            std::string_view column, std::span<const catalog::Tag> before,
                            std::span<const catalog::Tag> after);

// Whether tags of the key flow changed. Ends the batch, so that what is written from now on is
// told.
absl::Status NoteFlow(sql::WriteContext& context, Position position, std::string_view key,
                      bool flows);

// A column was declassified for a key, or is no longer.
absl::Status NoteDeclassified(sql::WriteContext& context, Position position, int64_t asset_id,
                              std::string_view column, std::string_view key, bool declassified);

// Purpose: what a mutation adds to column lineage, read off before the graph's changes are handed
// over, told after they were published (a hook that runs earlier would not see them). Ownership: a
// value; empty, it costs nothing. Thread-safety: the writer's thread.
class LineageNews {
 public:
  static absl::StatusOr<LineageNews> Of(sql::WriteContext& context,
                                        const lineage::GraphChanges& changes);

  // Registers the commit hook; none when there is nothing to tell.
  void CommitWith(sql::WriteContext& context, Position position) &&;

 private:
  std::vector<absl::AnyInvocable<void(ClassificationEdit&) &&>> edits_;
  bool spreads_ = false;  // a column may get a tag that it had not
};

}  // namespace whence::access
