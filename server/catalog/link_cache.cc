#include "catalog/link_cache.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "base/status_macros.h"

namespace whence::catalog {
namespace {

constexpr sql::Query kGetLink{
    "SELECT t.parent_id, s.kind, t.deleted, t.owner, t.name, t.valid_from"
    " FROM securable_state AS t JOIN securable AS s ON s.id = t.securable_id"
    " WHERE t.securable_id = ?1 AND t.valid_from <= ?2 AND t.valid_to > ?2"
    " ORDER BY t.valid_from DESC LIMIT 1"};

LinkCache& CacheOf(sql::Connection& connection) {
  LinkCache* cache = connection.Attached<LinkCache>();
  if (cache == nullptr) {
    connection.Attach(std::make_unique<LinkCache>(nullptr, nullptr));
    cache = connection.Attached<LinkCache>();
  }
  return *cache;
}

}  // namespace

absl::StatusOr<const SecurableLink*> FindLink(sql::Connection& connection, Position as_of,
                                              int64_t id) {
  LinkCache& cache = CacheOf(connection);
  if (const SecurableLink* known = cache.Find(as_of, id); known != nullptr) return known;
  sql::Rows rows = connection.Run(kGetLink, id, as_of);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return nullptr;
  }
  return cache.Keep(
      as_of, SecurableLink{.id = id,
                           .parent_id = rows.Int64(0),
                           .kind = KindFromNumber(rows.Int64(1)).value_or(Kind::kUnspecified),
                           .deleted = rows.Bool(2),
                           .owner = std::string(rows.Text(3)),
                           .name = std::string(rows.Text(4)),
                           .since = rows.Int64(5)});
}

void LinkCache::AttachTo(sql::Connection& connection, const ledger::Ledger* ledger,
                         const Changes* changes) {
  connection.Attach(std::make_unique<LinkCache>(ledger, changes));
}

void LinkCache::Changed(sql::WriteContext& context, int64_t id) {
  LinkCache* const cache = context.connection().Attached<LinkCache>();
  if (cache != nullptr) cache->entries_.erase(id);
}

const SecurableLink* LinkCache::Find(Position as_of, int64_t id) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  if (entry.link.since > as_of) return nullptr;
  if (as_of > entry.read_at && entry.read_at < changes_->of(id)) return nullptr;
  return &entry.link;
}

const SecurableLink* LinkCache::Keep(Position as_of, SecurableLink link) {
  const Position committed = ledger_ == nullptr ? kNoPosition : ledger_->published();
  if (link.since > committed) {  // may be rolled back yet
    last_ = std::move(link);
    return &last_;
  }
  if (entries_.size() >= kMaxCachedNames) entries_.clear();
  const int64_t id = link.id;
  const auto kept = entries_.insert_or_assign(
      id, Entry{.link = std::move(link), .read_at = std::min(as_of, committed)});
  return &kept.first->second.link;
}

}  // namespace whence::catalog
