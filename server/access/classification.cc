#include "access/classification.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "access/classification_edit.h"
#include "access/classification_load.h"
#include "access/classification_state.h"
#include "access/tag_definition.h"
#include "base/assert.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "catalog/securable.h"
#include "lineage/run_store.h"
#include "lineage/walk.h"

namespace whence::access {
namespace {

using lineage::ColumnId;

// Everything as of a position, from nothing.
void WorkOut(ClassificationEdit& edit, const std::vector<std::string>& keys,
             const ColumnFacts& facts) {
  if (!keys.empty()) edit.StartKeys(keys, facts.set, facts.declassified);
  edit.Finish();
}

}  // namespace

// ---- what is derived ----------------------------------------------------------------------------

Position Classes::position() const { return state_->position; }

bool Classes::idle() const { return state_->keys == nullptr || state_->keys->empty(); }

bool Classes::Flows(std::string_view key) const {
  return !idle() && std::binary_search(state_->keys->begin(), state_->keys->end(), key);
}

std::span<const DerivedTag> Classes::Of(ColumnId column) const {
  const std::shared_ptr<ColumnClasses>* const classes = state_->columns.Find(column);
  if (classes == nullptr) return {};
  return (*classes)->derived;
}

std::vector<ClassifiedColumn> Classes::Find(int64_t asset_id) const {
  std::vector<ClassifiedColumn> found;
  const std::shared_ptr<std::vector<ColumnId>>* const columns = state_->assets.Find(asset_id);
  if (columns == nullptr) return found;
  found.reserve((*columns)->size());
  for (const ColumnId column : **columns) found.push_back({.column = column, .tags = Of(column)});
  return found;
}

std::vector<ColumnId> Classes::PathOf(ColumnId column, const catalog::Tag& tag) const {
  std::vector<ColumnId> path;
  uint32_t left = 0;  // steps to where it was set
  for (ColumnId at = column; path.empty() || left > 0; --left) {
    const std::span<const DerivedTag> tags = Of(at);
    const auto derived = std::lower_bound(
        tags.begin(), tags.end(), tag, [](const DerivedTag& one, const catalog::Tag& other) {
          return std::tie(one.tag->key, one.tag->value) < std::tie(other.key, other.value);
        });
    if (derived == tags.end() || *derived->tag != tag) return {};
    if (path.empty()) left = derived->hops;
    WHENCE_ASSERT(derived->hops == left);  // each is one step nearer
    path.push_back(at);
    at = derived->from;
    if (left == 1) path.push_back(at);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

size_t Classes::size() const { return state_->derived; }

bool Classes::full() const { return state_->full; }

// ---- the present --------------------------------------------------------------------------------

// As Index::Published: a lock around one pointer.
struct Classification::Published {
  mutable std::mutex mutex;
  std::shared_ptr<const ClassificationState> state;  // guarded by mutex; never null

  std::shared_ptr<const ClassificationState> Get() const {
    const std::lock_guard lock(mutex);
    return state;
  }
  void Set(std::shared_ptr<const ClassificationState> next) {
    {
      const std::lock_guard lock(mutex);
      state.swap(next);
    }
    // `next` is the old one now, and goes outside of the lock.
  }
};

Classification::Classification(const lineage::Graph* graph)
    : graph_(graph), published_(std::make_unique<Published>()) {
  published_->state = std::make_shared<const ClassificationState>();
}

Classification::~Classification() = default;

absl::Status Classification::Load(sql::Connection& connection, Position position) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> keys,
                          ListFlowingKeys(connection, position));
  WHENCE_ASSIGN_OR_RETURN(const ColumnFacts facts, LoadColumnFacts(connection, position, keys));
  const auto state = std::make_shared<ClassificationState>();
  state->position = position;
  ClassificationEdit edit(state.get(), *graph_, position);
  WorkOut(edit, keys, facts);
  published_->Set(state);
  return absl::OkStatus();
}

Classes Classification::snapshot() const { return Classes(published_->Get()); }

absl::StatusOr<Classification::Past> Classification::LoadAsOf(sql::Connection& connection,
                                                              const lineage::Graph& graph,
                                                              Position position,
                                                              std::span<const ColumnId> columns,
                                                              size_t max_columns) {
  const auto state = std::make_shared<ClassificationState>();
  state->position = position;
  Past past{.classes = Classes(state)};
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> keys,
                          ListFlowingKeys(connection, position));
  if (keys.empty() || columns.empty()) return past;
  const lineage::WalkResult above = lineage::Walk(graph, columns,
                                                  {.direction = lineage::Direction::kUpstream,
                                                   .grain = lineage::Grain::kColumn,
                                                   .as_of = position,
                                                   .max_nodes = max_columns});
  past.cut = above.truncated();
  absl::flat_hash_set<ColumnId> within;
  ColumnFacts facts;
  for (const lineage::Reached& reached : above.nodes) {
    within.insert(reached.node);
    WHENCE_RETURN_IF_ERROR(AppendColumnFacts(connection, position, keys, reached.node, &facts));
  }
  ClassificationEdit edit(state.get(), graph, position, &within);
  WorkOut(edit, keys, facts);
  return past;
}

// ---- changes ------------------------------------------------------------------------------------

using Edit = absl::AnyInvocable<void(ClassificationEdit&) &&>;

// Purpose: between the writer and the classification. Ownership: attached to the writer's
// connection; borrows both. Thread-safety: the writer's.
class ClassificationChanges {
 public:
  ClassificationChanges(Classification* classification, catalog::Changes* changes)
      : classification_(classification), changes_(changes) {}

  static ClassificationChanges* Of(sql::WriteContext& context) {
    return context.connection().Attached<ClassificationChanges>();
  }

  // Of all that is committed: what changes the keys ends its batch.
  std::shared_ptr<const ClassificationState> state() const {
    return classification_->published_->Get();
  }
  bool Flows(std::string_view key) const { return Classes(state()).Flows(key); }

  // `ends_batch`: derived tags may come or go.
  void Note(sql::WriteContext& context, Position position, std::vector<Edit> edits,
            bool ends_batch = true) {
    if (ends_batch) context.Weigh(kMaxWriterBatchBytes);
    context.OnCommit([this, position, edits = std::move(edits)]() mutable {
      Apply(position, std::move(edits));
    });
  }

 private:
  void Apply(Position position, std::vector<Edit> edits) {
    const std::shared_ptr<const ClassificationState> before = state();
    const auto next = std::make_shared<ClassificationState>(*before);
    ClassificationEdit edit(next.get(), *classification_->graph_, kForever);
    for (Edit& one : edits) std::move(one)(edit);
    if (edit.changed()) {
      edit.Finish();
      next->position = position;
      classification_->published_->Set(next);
    }
    if (changes_ == nullptr) return;
    // Whose tags are missing is not known: what was concluded from there being none no longer holds
    // anywhere.
    if (next->full != before->full) changes_->NoteEverything(position);
    for (const int64_t asset : edit.changed_assets()) changes_->Note(asset, position);
  }

  Classification* classification_;
  catalog::Changes* changes_;
};

void AttachClassification(sql::Connection& writer, Classification* classification,
                          catalog::Changes* changes) {
  writer.Attach(std::make_unique<ClassificationChanges>(classification, changes));
}

namespace {

struct Loan {
  explicit Loan(const Classification* lent) : classification(lent) {}
  const Classification* classification;
};

}  // namespace

void LendClassification(sql::Connection& connection, const Classification* classification) {
  connection.Attach(std::make_unique<Loan>(classification));
}

const Classification* LentClassification(sql::Connection& connection) {
  const Loan* const loan = connection.Attached<Loan>();
  return loan == nullptr ? nullptr : loan->classification;
}

absl::Status NoteColumnTags(sql::WriteContext& context, Position position, int64_t asset_id,
                            std::string_view column, std::span<const catalog::Tag> before,
                            std::span<const catalog::Tag> after) {
  ClassificationChanges* const changes = ClassificationChanges::Of(context);
  if (changes == nullptr || Classes(changes->state()).idle()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const int64_t found,
                          lineage::FindColumn(context.connection(), catalog::kNow,
                                              {.asset_id = asset_id, .name = std::string(column)}));
  if (found == 0) return absl::OkStatus();  // looked up when lineage first names it
  const auto id = static_cast<ColumnId>(found);
  std::vector<Edit> edits;
  for (const catalog::Tag& tag : after) {
    if (!changes->Flows(tag.key) || std::find(before.begin(), before.end(), tag) != before.end()) {
      continue;
    }
    edits.emplace_back([id, tag](ClassificationEdit& edit) { edit.SetTag(id, tag); });
  }
  for (const catalog::Tag& tag : before) {
    const bool stays = std::any_of(after.begin(), after.end(), [&tag](const catalog::Tag& other) {
      return other.key == tag.key;
    });
    if (stays || !changes->Flows(tag.key)) continue;
    edits.emplace_back([id, key = tag.key](ClassificationEdit& edit) { edit.RemoveTag(id, key); });
  }
  if (!edits.empty()) changes->Note(context, position, std::move(edits));
  return absl::OkStatus();
}

absl::Status NoteFlow(sql::WriteContext& context, Position position, std::string_view key,
                      bool flows) {
  ClassificationChanges* const changes = ClassificationChanges::Of(context);
  if (changes == nullptr) return absl::OkStatus();
  std::vector<Edit> edits;
  if (flows) {
    const std::vector<std::string> keys = {std::string(key)};
    WHENCE_ASSIGN_OR_RETURN(ColumnFacts facts,
                            LoadColumnFacts(context.connection(), catalog::kNow, keys));
    edits.emplace_back([keys, facts = std::move(facts)](ClassificationEdit& edit) {
      edit.StartKeys(keys, facts.set, facts.declassified);
    });
  } else {
    edits.emplace_back([key = std::string(key)](ClassificationEdit& edit) { edit.StopKey(key); });
  }
  changes->Note(context, position, std::move(edits));
  return absl::OkStatus();
}

absl::Status NoteDeclassified(sql::WriteContext& context, Position position, int64_t asset_id,
                              std::string_view column, std::string_view key, bool declassified) {
  ClassificationChanges* const changes = ClassificationChanges::Of(context);
  if (changes == nullptr || !changes->Flows(key)) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const int64_t found,
                          lineage::FindColumn(context.connection(), catalog::kNow,
                                              {.asset_id = asset_id, .name = std::string(column)}));
  if (found == 0) return absl::OkStatus();
  std::vector<Edit> edits;
  edits.emplace_back(
      [id = static_cast<ColumnId>(found), key = std::string(key),
       declassified](ClassificationEdit& edit) { edit.SetDeclassified(id, key, declassified); });
  changes->Note(context, position, std::move(edits));
  return absl::OkStatus();
}

namespace {

// Whether the target gets a tag from the source that it has not yet. What runs say again and again
// does not.
bool Spreads(const ClassificationState& state, ColumnId source, ColumnId target) {
  const std::shared_ptr<ColumnClasses>* const from = state.columns.Find(source);
  if (from == nullptr || source == target) return false;
  const std::shared_ptr<ColumnClasses>* const to = state.columns.Find(target);
  const auto lacks = [&](const catalog::Tag& tag) { return to == nullptr || !(*to)->Has(tag); };
  return std::any_of((*from)->own.begin(), (*from)->own.end(),
                     [&](const TagRef& own) { return lacks(*own); }) ||
         std::any_of((*from)->derived.begin(), (*from)->derived.end(),
                     [&](const DerivedTag& derived) { return lacks(*derived.tag); });
}

}  // namespace

absl::StatusOr<LineageNews> LineageNews::Of(sql::WriteContext& context,
                                            const lineage::GraphChanges& graph) {
  LineageNews news;
  ClassificationChanges* const changes = ClassificationChanges::Of(context);
  if (changes == nullptr || graph.empty()) return news;
  const std::shared_ptr<const ClassificationState> state = changes->state();
  if (Classes(state).idle()) return news;
  // A column that is new to lineage may have been tagged before.
  ColumnFacts facts;
  absl::Status status;
  graph.ForEachColumn([&](ColumnId column) {
    if (!status.ok()) return;
    status = AppendColumnFacts(context.connection(), catalog::kNow, *state->keys, column, &facts);
  });
  WHENCE_RETURN_IF_ERROR(status);
  std::vector<std::pair<ColumnId, ColumnId>> mappings;
  graph.ForEachColumnEdge([&](ColumnId source, ColumnId target, bool masking) {
    if (!masking) mappings.emplace_back(source, target);
  });
  if (facts.set.empty() && facts.declassified.empty() && mappings.empty()) return news;
  news.spreads_ =
      !facts.set.empty() || std::any_of(mappings.begin(), mappings.end(), [&](const auto& mapping) {
        return Spreads(*state, mapping.first, mapping.second);
      });
  news.edits_.emplace_back([facts = std::move(facts), mappings](ClassificationEdit& edit) {
    for (const ColumnFact& fact : facts.declassified) {
      edit.SetDeclassified(fact.column, fact.tag.key, true);
    }
    for (const ColumnFact& fact : facts.set) edit.SetTag(fact.column, fact.tag);
    for (const auto& [source, target] : mappings) edit.AddEdge(source, target);
  });
  return news;
}

void LineageNews::CommitWith(sql::WriteContext& context, Position position) && {
  if (edits_.empty()) return;
  ClassificationChanges::Of(context)->Note(context, position, std::move(edits_), spreads_);
}

}  // namespace whence::access
