#include "service/policy_tags.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"
#include "service/blobs.h"
#include "service/derived_tags.h"
#include "service/detail_columns.h"
#include "service/message_cache.h"

namespace whence::service {
namespace {

size_t BytesOf(const std::vector<catalog::Tag>& tags) {
  size_t bytes = tags.size() * sizeof(catalog::Tag);
  for (const catalog::Tag& tag : tags) bytes += tag.key.size() + tag.value.size();
  return bytes;
}

// What a securable's tags are to a cache.
struct OwnTags {
  std::vector<catalog::Tag> tags;

  size_t ByteSizeLong() const { return BytesOf(tags); }
};
using OwnTagsCache = MessageCache<OwnTags>;

struct SharedColumns {
  std::shared_ptr<const PolicyColumns> columns;

  size_t ByteSizeLong() const {
    size_t bytes = sizeof(PolicyColumns);
    for (const access::TaggedColumn& column : columns->columns) {
      bytes += sizeof column + column.name.size() + BytesOf(column.tags);
    }
    for (const std::string& type : columns->types) bytes += sizeof(std::string) + type.size();
    return bytes;
  }
};
using PolicyColumnsCache = MessageCache<SharedColumns>;

absl::StatusOr<std::vector<catalog::Tag>> OwnTagsOf(sql::Connection& connection, Position as_of,
                                                    int64_t id) {
  auto* const cache = connection.Attached<OwnTagsCache>();
  const OwnTagsCache::Key key{.id = id};
  if (cache != nullptr) {
    if (const OwnTags* const known = cache->Find(as_of, key); known != nullptr) return known->tags;
  }
  OwnTags own;
  WHENCE_ASSIGN_OR_RETURN(own.tags, catalog::ListTags(connection, as_of, id, ""));
  if (cache != nullptr) cache->Keep(as_of, key, own);
  return std::move(own.tags);
}

// Both are by key.
std::vector<catalog::Tag> Override(std::vector<catalog::Tag> above,
                                   std::vector<catalog::Tag> nearer) {
  if (above.empty()) return nearer;
  for (catalog::Tag& tag : above) {
    const auto same = [&tag](const catalog::Tag& other) { return other.key == tag.key; };
    if (std::none_of(nearer.begin(), nearer.end(), same)) nearer.push_back(std::move(tag));
  }
  return nearer;
}

// What is not known to be harmless is not shown.
absl::Status ClassificationCut(std::string_view asset) {
  return ResourceExhausted("CLASSIFICATION_CUT",
                           StrCat("more tags come to columns by lineage than are kept: those of ",
                                  asset, " are not all known"),
                           "have fewer tags propagate, or ask as of the present");
}

// Purpose: puts together the columns of an asset: those of its schema, then what is said of each.
// Ownership: a value. One thread, one use.
class ColumnReader {
 public:
  void AddOfSchema(const std::string& name, const std::string& type) {
    if (!places_.emplace(name, columns_.columns.size()).second) return;
    of_schema_[Folded(name)].push_back(columns_.columns.size());
    Append(name, type);
  }

  // Lineage and tags may write a column's name in other case than the schema: engines read it as
  // the same column, so what is said of it is said of all that differ from it in case alone, unless
  // one has exactly that name.
  void AddTag(catalog::ColumnTag tag) {
    if (const auto exact = places_.find(tag.column); exact != places_.end()) {
      columns_.columns[exact->second].tags.push_back(std::move(tag.tag));
      return;
    }
    if (const auto alike = of_schema_.find(Folded(tag.column)); alike != of_schema_.end()) {
      for (const size_t at : alike->second) columns_.columns[at].tags.push_back(tag.tag);
      return;
    }
    places_.emplace(tag.column, columns_.columns.size());
    Append(tag.column, "");
    columns_.columns.back().tags.push_back(std::move(tag.tag));
  }

  PolicyColumns Take() && { return std::move(columns_); }

 private:
  static std::string Folded(std::string_view name) { return absl::AsciiStrToLower(ToAbsl(name)); }

  void Append(const std::string& name, const std::string& type) {
    columns_.columns.push_back({.name = name, .tags = {}});
    columns_.types.push_back(type);
  }

  PolicyColumns columns_;
  absl::flat_hash_map<std::string, size_t> places_;                  // by name
  absl::flat_hash_map<std::string, std::vector<size_t>> of_schema_;  // by name in lower case
};

absl::StatusOr<PolicyColumns> ReadColumns(sql::Connection& connection, Position as_of,
                                          int64_t asset_id) {
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          catalog::GetSecurableById(connection, as_of, asset_id));
  ColumnReader reader;
  if (!asset.detail.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const v1::Detail detail, ParseDetail(asset.detail));
    ForEachColumn(detail, [&reader](const v1::Column& column) {
      reader.AddOfSchema(column.name(), column.type());
    });
  }
  WHENCE_ASSIGN_OR_RETURN(std::vector<catalog::ColumnTag> tags,
                          catalog::ListColumnTags(connection, as_of, asset_id));
  for (catalog::ColumnTag& tag : tags) reader.AddTag(std::move(tag));
  WHENCE_ASSIGN_OR_RETURN(DerivedTags derived, DerivedColumnTags(connection, as_of, asset_id));
  if (derived.cut) return ClassificationCut(asset.FullName());
  for (catalog::ColumnTag& tag : derived.tags) reader.AddTag(std::move(tag));
  return std::move(reader).Take();
}

}  // namespace

absl::StatusOr<std::vector<catalog::Tag>> TagsForPolicies(sql::Connection& connection,
                                                          Position as_of,
                                                          const access::Chain& chain, int level) {
  WHENCE_ASSERT(level >= 0 && level <= chain.depth);
  std::vector<catalog::Tag> tags;
  for (int i = 0; i < level; ++i) {
    const int64_t id = chain.links[static_cast<size_t>(i)].id;
    WHENCE_ASSIGN_OR_RETURN(std::vector<catalog::Tag> own, OwnTagsOf(connection, as_of, id));
    tags = Override(std::move(tags), std::move(own));
  }
  return tags;
}

absl::StatusOr<std::shared_ptr<const PolicyColumns>> ColumnsForPolicies(sql::Connection& connection,
                                                                        Position as_of,
                                                                        int64_t asset_id) {
  auto* const cache = connection.Attached<PolicyColumnsCache>();
  const PolicyColumnsCache::Key key{.id = asset_id};
  if (cache != nullptr) {
    if (const SharedColumns* const known = cache->Find(as_of, key); known != nullptr) {
      return known->columns;
    }
  }
  WHENCE_ASSIGN_OR_RETURN(PolicyColumns read, ReadColumns(connection, as_of, asset_id));
  SharedColumns shared{std::make_shared<const PolicyColumns>(std::move(read))};
  if (cache != nullptr) cache->Keep(as_of, key, shared);
  return std::move(shared.columns);
}

void AttachPolicyTags(sql::Connection& reader, const catalog::Changes* changes) {
  OwnTagsCache::AttachTo(reader, changes);
  PolicyColumnsCache::AttachTo(reader, changes);
}

}  // namespace whence::service
