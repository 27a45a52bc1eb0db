#include "service/node_cache.h"

#include <memory>

#include "base/limits.h"

namespace whence::service {

void NodeCache::AttachTo(sql::Connection& reader, const catalog::Changes* changes) {
  reader.Attach(std::make_unique<NodeCache>(changes));
}

bool NodeCache::ChangedSince(Position position, const Key& key) const {
  return changes_->names() > position || changes_->of(key.id) > position ||
         (key.asset != 0 && changes_->of(key.asset) > position);
}

const v1::LineageNode* NodeCache::Find(Position as_of, const Key& key) const {
  const auto found = entries_.find(Place(key.id, key.with_detail));
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  if (as_of < entry.read_at || ChangedSince(entry.read_at, key)) return nullptr;
  return &entry.node;
}

void NodeCache::Keep(Position as_of, const Key& key, const v1::LineageNode& node) {
  if (ChangedSince(as_of, key)) return;
  const size_t bytes = sizeof(Entry) + node.ByteSizeLong();
  if (bytes_ + bytes > kMaxCachedNodeBytes) {
    entries_.clear();
    bytes_ = 0;
    if (bytes > kMaxCachedNodeBytes) return;
  }
  // What an entry that is overwritten took stays counted: it only clears the cache earlier.
  bytes_ += bytes;
  entries_.insert_or_assign(Place(key.id, key.with_detail), Entry{.node = node, .read_at = as_of});
}

}  // namespace whence::service
