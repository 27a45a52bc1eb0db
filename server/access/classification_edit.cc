#include "access/classification_edit.h"

#include <algorithm>

#include "base/assert.h"

namespace whence::access {
namespace {

using lineage::ColumnId;

bool Same(const TagRef& a, const catalog::Tag& b) { return a.get() == &b || *a == b; }

bool Before(const catalog::Tag& a, const catalog::Tag& b) {
  return a.key != b.key ? a.key < b.key : a.value < b.value;
}

// Where the tag stands in a column's derived ones, or would.
std::vector<DerivedTag>::iterator PlaceOf(std::vector<DerivedTag>& list, const catalog::Tag& tag) {
  return std::lower_bound(
      list.begin(), list.end(), tag,
      [](const DerivedTag& a, const catalog::Tag& b) { return Before(*a.tag, b); });
}

const DerivedTag* FindTag(const ColumnClasses& classes, const catalog::Tag& tag) {
  const auto place = std::lower_bound(
      classes.derived.begin(), classes.derived.end(), tag,
      [](const DerivedTag& a, const catalog::Tag& b) { return Before(*a.tag, b); });
  return place != classes.derived.end() && Same(place->tag, tag) ? &*place : nullptr;
}

const TagRef* FindOwn(const ColumnClasses& classes, std::string_view key) {
  for (const TagRef& tag : classes.own) {
    if (tag->key == key) return &tag;
  }
  return nullptr;
}

bool IsDeclassified(const ColumnClasses& classes, std::string_view key) {
  return std::binary_search(classes.declassified.begin(), classes.declassified.end(), key);
}

void SetOwn(ColumnClasses& classes, TagRef tag) {
  const auto place =
      std::lower_bound(classes.own.begin(), classes.own.end(), tag->key,
                       [](const TagRef& a, const std::string& key) { return a->key < key; });
  if (place != classes.own.end() && (*place)->key == tag->key) {
    *place = std::move(tag);
  } else {
    classes.own.insert(place, std::move(tag));
  }
}

void Insert(std::vector<std::string>& sorted, std::string_view text) {
  const auto place = std::lower_bound(sorted.begin(), sorted.end(), text);
  if (place == sorted.end() || *place != text) sorted.insert(place, std::string(text));
}

}  // namespace

bool ColumnClasses::Has(const catalog::Tag& tag) const {
  return FindOwn(*this, tag.key) != nullptr || IsDeclassified(*this, tag.key) ||
         FindTag(*this, tag) != nullptr;
}

ClassificationEdit::ClassificationEdit(ClassificationState* state, const lineage::Graph& graph,
                                       Position as_of, const absl::flat_hash_set<ColumnId>* within,
                                       size_t max_tags)
    : state_(*state), graph_(graph), as_of_(as_of), within_(within), max_tags_(max_tags) {}

// ---- what is there ------------------------------------------------------------------------------

bool ClassificationEdit::Flows(std::string_view key) const {
  return state_.keys != nullptr &&
         std::binary_search(state_.keys->begin(), state_.keys->end(), key);
}

const ColumnClasses* ClassificationEdit::Find(ColumnId column) const {
  const std::shared_ptr<ColumnClasses>* const classes = state_.columns.Find(column);
  return classes == nullptr ? nullptr : classes->get();
}

ColumnClasses& ClassificationEdit::Edit(ColumnId column) {
  changed_ = true;
  return Own(state_.columns.Edit(column));
}

void ClassificationEdit::EachOut(ColumnId column, absl::FunctionRef<void(ColumnId)> visit) const {
  graph_.ForEachColumnOut(column, as_of_, [&](const lineage::ColumnEdge& edge) {
    if (!edge.masking && edge.column != column) visit(edge.column);
    return true;
  });
}

void ClassificationEdit::EachIn(ColumnId column, absl::FunctionRef<void(ColumnId)> visit) const {
  graph_.ForEachColumnIn(column, as_of_, [&](const lineage::ColumnEdge& edge) {
    if (!edge.masking && edge.column != column) visit(edge.column);
    return true;
  });
}

std::vector<std::pair<TagRef, uint32_t>> ClassificationEdit::HandedOn(ColumnId column) const {
  std::vector<std::pair<TagRef, uint32_t>> tags;
  const ColumnClasses* const classes = Find(column);
  if (classes == nullptr) return tags;
  for (const TagRef& tag : classes->own) tags.emplace_back(tag, 0);
  for (const DerivedTag& derived : classes->derived) tags.emplace_back(derived.tag, derived.hops);
  return tags;
}

std::vector<std::pair<TagRef, uint32_t>> ClassificationEdit::HandedOn(ColumnId column,
                                                                      std::string_view key) const {
  std::vector<std::pair<TagRef, uint32_t>> tags = HandedOn(column);
  std::erase_if(tags, [key](const auto& handed) { return handed.first->key != key; });
  return tags;
}

// ---- spreading ----------------------------------------------------------------------------------

void ClassificationEdit::Offer(ColumnId column, const TagRef& tag, ColumnId from, uint32_t hops) {
  if (within_ != nullptr && !within_->contains(column)) return;
  if (const ColumnClasses* const classes = Find(column); classes != nullptr) {
    if (FindOwn(*classes, tag->key) != nullptr || IsDeclassified(*classes, tag->key)) return;
    const DerivedTag* const there = FindTag(*classes, *tag);
    if (there != nullptr && (there->hops < hops || (there->hops == hops && there->from <= from))) {
      return;
    }
    if (there != nullptr) {
      const bool nearer = hops < there->hops;
      DerivedTag& derived = *PlaceOf(Edit(column).derived, *tag);
      derived.from = from;
      derived.hops = hops;
      NoteChanged(column);
      if (nearer) nearer_.push({hops, column, derived.tag});
      return;
    }
  }
  if (state_.derived >= max_tags_) {
    changed_ = changed_ || !state_.full;
    state_.full = true;
    return;
  }
  std::vector<DerivedTag>& derived = Edit(column).derived;
  derived.insert(PlaceOf(derived, *tag), {.tag = tag, .from = from, .hops = hops});
  ++state_.derived;
  NoteChanged(column);
  nearer_.push({hops, column, tag});
}

void ClassificationEdit::Spread() {
  while (!nearer_.empty()) {
    const Nearer next = nearer_.top();
    nearer_.pop();
    const ColumnClasses* const classes = Find(next.column);
    const DerivedTag* const there = classes == nullptr ? nullptr : FindTag(*classes, *next.tag);
    if (there == nullptr || there->hops != next.hops) continue;  // it got nearer still
    EachOut(next.column, [&](ColumnId out) { Offer(out, next.tag, next.column, next.hops + 1); });
  }
}

void ClassificationEdit::SeedTag(ColumnId column, const TagRef& tag) {
  EachIn(column, [&](ColumnId in) {
    const ColumnClasses* const classes = Find(in);
    if (classes == nullptr) return;
    if (const TagRef* const own = FindOwn(*classes, tag->key); own != nullptr) {
      if (Same(*own, *tag)) Offer(column, *own, in, 1);
      return;
    }
    const DerivedTag* const derived = FindTag(*classes, *tag);
    if (derived != nullptr) Offer(column, derived->tag, in, derived->hops + 1);
  });
}

void ClassificationEdit::SeedKey(ColumnId column, std::string_view key) {
  EachIn(column, [&](ColumnId in) {
    for (const auto& [tag, hops] : HandedOn(in, key)) Offer(column, tag, in, hops + 1);
  });
}

// ---- taking away --------------------------------------------------------------------------------

void ClassificationEdit::Erase(ColumnId column, const catalog::Tag& tag) {
  std::vector<DerivedTag>& derived = Edit(column).derived;
  const auto place = PlaceOf(derived, tag);
  WHENCE_ASSERT(place != derived.end() && Same(place->tag, tag));
  derived.erase(place);
  --state_.derived;
  made_room_ = made_room_ || state_.full;
  NoteChanged(column);
}

// Everything that has the tag through the column loses it.
void ClassificationEdit::Uproot(ColumnId column, const TagRef& tag, std::vector<Place>& uprooted) {
  std::vector<ColumnId> parents = {column};
  while (!parents.empty()) {
    const ColumnId parent = parents.back();
    parents.pop_back();
    EachOut(parent, [&](ColumnId out) {
      const ColumnClasses* const classes = Find(out);
      const DerivedTag* const derived = classes == nullptr ? nullptr : FindTag(*classes, *tag);
      if (derived == nullptr || derived->from != parent) return;
      uprooted.emplace_back(out, derived->tag);
      Erase(out, *tag);
      parents.push_back(out);
    });
  }
}

void ClassificationEdit::ChangeFacts(ColumnId column, std::string_view key,
                                     absl::FunctionRef<void(ColumnClasses&)> change) {
  std::vector<Place> uprooted;
  for (const auto& [tag, hops] : HandedOn(column, key)) {
    Uproot(column, tag, uprooted);
    if (hops > 0) Erase(column, *tag);
  }
  change(Edit(column));
  touched_.insert(column);  // it may be empty now
  if (const TagRef* const own = FindOwn(*Find(column), key); own != nullptr) {
    const TagRef tag = *own;
    EachOut(column, [&](ColumnId out) { Offer(out, tag, column, 1); });
  } else {
    SeedKey(column, key);
  }
  for (const auto& [place, tag] : uprooted) SeedTag(place, tag);
  Spread();
}

// ---- changes ------------------------------------------------------------------------------------

void ClassificationEdit::StartKeys(const std::vector<std::string>& keys,
                                   const std::vector<ColumnFact>& set,
                                   const std::vector<ColumnFact>& declassified) {
  for (const std::string& key : keys) Insert(access::Own(state_.keys), key);
  changed_ = true;
  for (const ColumnFact& fact : declassified) {
    Insert(Edit(fact.column).declassified, fact.tag.key);
  }
  for (const ColumnFact& fact : set) {
    SetOwn(Edit(fact.column), std::make_shared<const catalog::Tag>(fact.tag));
  }
  for (const ColumnFact& fact : set) {
    const TagRef tag = *FindOwn(*Find(fact.column), fact.tag.key);
    EachOut(fact.column, [&](ColumnId out) { Offer(out, tag, fact.column, 1); });
  }
  Spread();
}

void ClassificationEdit::StopKey(std::string_view key) {
  if (!Flows(key)) return;
  std::erase(access::Own(state_.keys), key);
  changed_ = true;
  std::vector<ColumnId> columns;
  state_.columns.ForEach([&](ColumnId column, const std::shared_ptr<ColumnClasses>& classes) {
    const bool has_derived =
        std::any_of(classes->derived.begin(), classes->derived.end(),
                    [key](const DerivedTag& derived) { return derived.tag->key == key; });
    if (has_derived || FindOwn(*classes, key) != nullptr || IsDeclassified(*classes, key)) {
      columns.push_back(column);
    }
  });
  for (const ColumnId column : columns) {
    ColumnClasses& classes = Edit(column);
    std::erase_if(classes.own, [key](const TagRef& tag) { return tag->key == key; });
    std::erase(classes.declassified, key);
    const size_t gone = std::erase_if(
        classes.derived, [key](const DerivedTag& derived) { return derived.tag->key == key; });
    state_.derived -= gone;
    made_room_ = made_room_ || (gone > 0 && state_.full);
    if (gone > 0) NoteChanged(column);
    touched_.insert(column);
  }
}

void ClassificationEdit::SetTag(ColumnId column, const catalog::Tag& tag) {
  if (!Flows(tag.key)) return;
  ChangeFacts(column, tag.key, [&](ColumnClasses& classes) {
    SetOwn(classes, std::make_shared<const catalog::Tag>(tag));
  });
}

void ClassificationEdit::RemoveTag(ColumnId column, std::string_view key) {
  if (!Flows(key)) return;
  ChangeFacts(column, key, [&](ColumnClasses& classes) {
    std::erase_if(classes.own, [key](const TagRef& tag) { return tag->key == key; });
  });
}

void ClassificationEdit::SetDeclassified(ColumnId column, std::string_view key, bool declassified) {
  if (!Flows(key)) return;
  ChangeFacts(column, key, [&](ColumnClasses& classes) {
    if (declassified) {
      Insert(classes.declassified, key);
    } else {
      std::erase(classes.declassified, key);
    }
  });
}

void ClassificationEdit::AddEdge(ColumnId source, ColumnId target) {
  if (source == target) return;
  for (const auto& [tag, hops] : HandedOn(source)) Offer(target, tag, source, hops + 1);
  Spread();
}

// ---- the end ------------------------------------------------------------------------------------

void ClassificationEdit::NoteChanged(ColumnId column) {
  touched_.insert(column);
  changed_assets_.insert(graph_.ColumnAsset(column));
}

// There is room again for what found none: which that is, nobody noted.
void ClassificationEdit::StartAgain() {
  std::vector<ColumnId> columns;
  std::vector<std::pair<ColumnId, TagRef>> roots;
  state_.columns.ForEach([&](ColumnId column, const std::shared_ptr<ColumnClasses>& classes) {
    if (!classes->derived.empty()) columns.push_back(column);
    for (const TagRef& tag : classes->own) roots.emplace_back(column, tag);
  });
  for (const ColumnId column : columns) {
    Edit(column).derived.clear();
    NoteChanged(column);
  }
  state_.derived = 0;
  state_.full = false;
  for (const auto& [column, tag] : roots) {
    EachOut(column, [&, &from = column, &own = tag](ColumnId out) { Offer(out, own, from, 1); });
  }
  Spread();
}

void ClassificationEdit::UpdateAsset(ColumnId column) {
  const int64_t asset = graph_.ColumnAsset(column);
  const ColumnClasses* const classes = Find(column);
  const bool has = classes != nullptr && !classes->derived.empty();
  const std::shared_ptr<std::vector<ColumnId>>* const listed = state_.assets.Find(asset);
  const bool had =
      listed != nullptr && std::binary_search((*listed)->begin(), (*listed)->end(), column);
  if (has && !had) {
    std::vector<ColumnId>& columns = Own(state_.assets.Edit(asset));
    columns.insert(std::lower_bound(columns.begin(), columns.end(), column), column);
  } else if (had && !has) {
    std::vector<ColumnId>& columns = Own(state_.assets.Edit(asset));
    columns.erase(std::lower_bound(columns.begin(), columns.end(), column));
    if (columns.empty()) state_.assets.Erase(asset);
  }
  if (classes != nullptr && classes->empty()) state_.columns.Erase(column);
}

void ClassificationEdit::Finish() {
  if (made_room_) StartAgain();
  for (const ColumnId column : touched_) UpdateAsset(column);
  touched_.clear();
}

}  // namespace whence::access
