#include "service/bound_cache.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "access/grant.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::service {
namespace {

constexpr int kAssetDepth = 3;

int64_t IdAt(const access::Chain& chain, int level) {
  return level == 0 ? access::kMetastore : chain.links[static_cast<size_t>(level) - 1].id;
}

// The chain down to `level`.
access::Chain DownTo(access::Chain chain, int level) {
  for (int i = level; i < chain.depth; ++i) chain.links[static_cast<size_t>(i)] = {};
  chain.depth = level;
  return chain;
}

std::string Folded(std::string_view name) { return absl::AsciiStrToLower(ToAbsl(name)); }

absl::StatusOr<BoundRef> Bind(sql::Connection& connection, const access::Snapshot& access,
                              Position as_of, const access::Chain& chain, int level,
                              std::shared_ptr<const PolicyColumns> columns) {
  auto bound = std::make_shared<BoundSecurable>();
  bound->policies = access.policies();
  bound->columns = std::move(columns);
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                          TagsForPolicies(connection, as_of, chain, level));
  const access::Chain down = DownTo(chain, level);
  const auto bind = [&](access::Enforcement enforcement) {
    return bound->policies->Bind(down, tags, bound->columns->columns, enforcement);
  };
  bound->in_force = bind(access::Enforcement::kEnabled);
  bound->with_dry_run =
      bound->policies->has_dry_run() ? bind(access::Enforcement::kWithDryRun) : bound->in_force;
  for (uint32_t i = 0; i < bound->columns->columns.size(); ++i) {
    bound->places[Folded(bound->columns->columns[i].name)].push_back(i);
  }
  return BoundRef(std::move(bound));
}

absl::StatusOr<std::shared_ptr<const PolicyColumns>> ColumnsAt(sql::Connection& connection,
                                                               Position as_of,
                                                               const access::Chain& chain,
                                                               int level) {
  if (level < kAssetDepth) return std::make_shared<const PolicyColumns>();
  return ColumnsForPolicies(connection, as_of, IdAt(chain, level));
}

}  // namespace

size_t BoundSecurable::ByteSize() const {
  size_t bytes = sizeof(BoundSecurable) + 2 * in_force.ByteSize();
  for (const access::TaggedColumn& column : columns->columns) {
    bytes += 2 * column.name.size() + sizeof(access::TaggedColumn) + sizeof(std::string);
    for (const catalog::Tag& tag : column.tags) {
      bytes += sizeof tag + tag.key.size() + tag.value.size();
    }
  }
  return bytes;
}

BoundRef KnownBoundAt(sql::Connection& connection, const access::Snapshot& access, Position as_of,
                      const access::Chain& chain, int level) {
  const auto* const cache = connection.Attached<BoundCache>();
  return cache == nullptr ? nullptr : cache->Find(access.policies().get(), as_of, chain, level);
}

absl::StatusOr<BoundRef> BoundAt(sql::Connection& connection, const access::Snapshot& access,
                                 Position as_of, const access::Chain& chain, int level) {
  BoundRef known = KnownBoundAt(connection, access, as_of, chain, level);
  if (known != nullptr) return known;
  WHENCE_ASSIGN_OR_RETURN(std::shared_ptr<const PolicyColumns> columns,
                          ColumnsAt(connection, as_of, chain, level));
  WHENCE_ASSIGN_OR_RETURN(BoundRef bound,
                          Bind(connection, access, as_of, chain, level, std::move(columns)));
  auto* const cache = connection.Attached<BoundCache>();
  if (cache != nullptr) cache->Keep(as_of, chain, level, bound);
  return bound;
}

absl::StatusOr<BoundRef> BoundWith(sql::Connection& connection, const access::Snapshot& access,
                                   Position as_of, const access::Chain& chain,
                                   std::vector<std::string> more) {
  WHENCE_ASSIGN_OR_RETURN(const std::shared_ptr<const PolicyColumns> known,
                          ColumnsAt(connection, as_of, chain, chain.depth));
  auto columns = std::make_shared<PolicyColumns>(*known);
  for (std::string& name : more) {
    columns->columns.push_back({.name = std::move(name), .tags = {}});
    columns->types.emplace_back();
  }
  return Bind(connection, access, as_of, chain, chain.depth, std::move(columns));
}

void BoundCache::AttachTo(sql::Connection& reader, const catalog::Changes* changes) {
  reader.Attach(std::make_unique<BoundCache>(changes));
}

bool BoundCache::ChangedSince(Position position, const access::Chain& chain, int level) const {
  for (int i = 1; i <= level; ++i) {
    if (changes_->of(IdAt(chain, i)) > position) return true;
  }
  return false;
}

BoundRef BoundCache::Find(const access::PolicySet* policies, Position as_of,
                          const access::Chain& chain, int level) const {
  const auto found = entries_.find(IdAt(chain, level));
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  if (entry.bound->policies.get() != policies || as_of < entry.read_at) return nullptr;
  return ChangedSince(entry.read_at, chain, level) ? nullptr : entry.bound;
}

void BoundCache::Keep(Position as_of, const access::Chain& chain, int level,
                      const BoundRef& bound) {
  const size_t bytes = sizeof(Entry) + bound->ByteSize();
  if (bytes > kMaxCachedMessageBytes || ChangedSince(as_of, chain, level)) return;
  if (bytes_ + bytes > kMaxCachedMessageBytes) {
    entries_.clear();
    bytes_ = 0;
  }
  // What an overwritten entry took stays counted: the cache is only cleared earlier.
  bytes_ += bytes;
  entries_.insert_or_assign(IdAt(chain, level), Entry{.bound = bound, .read_at = as_of});
}

}  // namespace whence::service
