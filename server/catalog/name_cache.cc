#include "catalog/name_cache.h"

#include <algorithm>
#include <memory>

#include "base/limits.h"

namespace whence::catalog {

void NameCache::AttachTo(sql::Connection& connection, const ledger::Ledger* ledger,
                         const Changes* changes) {
  connection.Attach(std::make_unique<NameCache>(ledger, changes));
}

void NameCache::NameChanged(sql::WriteContext& context, Position position) {
  NameCache* const cache = context.connection().Attached<NameCache>();
  if (cache != nullptr) cache->entries_.clear();
  NoteNameChange(context, position);
}

std::optional<NameCache::Child> NameCache::Find(Position as_of, int64_t parent_id,
                                                std::string_view name) const {
  const auto found = entries_.find(KeyView(parent_id, name));
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  if (entry.child.since > as_of) return std::nullopt;
  if (as_of > entry.read_at && entry.read_at < changes_->names()) return std::nullopt;
  return entry.child;
}

void NameCache::Keep(Position as_of, int64_t parent_id, std::string_view name, const Child& child) {
  const Position committed = ledger_->published();
  if (child.since > committed) return;  // may be rolled back yet
  if (entries_.size() >= kMaxCachedNames) entries_.clear();
  entries_.insert_or_assign(Key{.parent_id = parent_id, .name = std::string(name)},
                            Entry{.child = child, .read_at = std::min(as_of, committed)});
}

}  // namespace whence::catalog
