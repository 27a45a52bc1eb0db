#include "lineage/describe.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "lineage/run_store.h"

namespace whence::lineage {
namespace {

// The states of a securable follow each other without gaps: the last one that began is the one that
// held, however many there were before.
constexpr sql::Query kAsset{
    "SELECT parent_id, name, owner, deleted FROM securable_state"
    " WHERE securable_id = ?1 AND valid_from <= ?2 ORDER BY valid_from DESC LIMIT 1"};
constexpr sql::Query kParent{
    "SELECT parent_id, name, deleted FROM securable_state"
    " WHERE securable_id = ?1 AND valid_from <= ?2 ORDER BY valid_from DESC LIMIT 1"};
constexpr sql::Query kAssetDetail{
    "SELECT t.detail, s.creator, s.create_time_us FROM securable_state AS t"
    " JOIN securable AS s ON s.id = t.securable_id"
    " WHERE t.securable_id = ?1 AND t.valid_from <= ?2 ORDER BY t.valid_from DESC LIMIT 1"};
constexpr sql::Query kVersion{
    "SELECT digest, location, creator, create_time_us, detail FROM version"
    " WHERE id = ?1 AND position <= ?2"};
constexpr sql::Query kAliases{
    "SELECT version_id, name FROM alias"
    " WHERE asset_id = ?1 AND valid_from <= ?2 AND valid_to > ?2 ORDER BY name"};
// Of one at a time: for two SQLite would sort, in a table of its own.
constexpr sql::Query kTags{
    "SELECT key, value FROM tag WHERE target_id = ?1 AND column_name = ''"
    " AND valid_from <= ?2 AND valid_to > ?2 ORDER BY key"};

absl::Status Missing(int64_t id) {
  return NotFound("SECURABLE_NOT_FOUND", absl::StrCat("nothing with id ", id, " existed then"));
}

}  // namespace

absl::StatusOr<const Describer::Parent*> Describer::ParentOf(int64_t parent_id) {
  if (const auto found = parents_.find(parent_id); found != parents_.end()) {
    return found->second.get();
  }
  auto parent = std::make_unique<Parent>();
  if (parent_id != 0) {
    int64_t above = 0;
    {
      sql::Rows rows = connection_.Run(kParent, parent_id, as_of_);
      if (!rows.Next()) {
        WHENCE_RETURN_IF_ERROR(rows.status());
        return Missing(parent_id);
      }
      above = rows.Int64(0);
      parent->prefix = QuoteNamePart(rows.Text(1)) + ".";
      parent->deleted = rows.Bool(2);
    }
    WHENCE_ASSIGN_OR_RETURN(const Parent* outer, ParentOf(above));
    parent->prefix.insert(0, outer->prefix);
    parent->deleted = parent->deleted || outer->deleted;
  }
  return (parents_[parent_id] = std::move(parent)).get();
}

absl::StatusOr<const AssetFacts*> Describer::Asset(int64_t asset_id) {
  if (const auto found = assets_.find(asset_id); found != assets_.end()) {
    return found->second.get();
  }
  auto asset = std::make_unique<AssetFacts>();
  sql::Rows rows = connection_.Run(kAsset, asset_id, as_of_);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return Missing(asset_id);
  }
  asset->id = asset_id;
  asset->kind = static_cast<catalog::Kind>(graph_.kind(static_cast<NodeId>(asset_id)));
  asset->owner = std::string(rows.Text(2));
  WHENCE_ASSIGN_OR_RETURN(const Parent* parent, ParentOf(rows.Int64(0)));
  asset->name = StrCat(parent->prefix, QuoteNamePart(rows.Text(1)));
  asset->deleted = rows.Bool(3) || parent->deleted;
  return (assets_[asset_id] = std::move(asset)).get();
}

absl::StatusOr<const std::vector<Describer::Alias>*> Describer::Aliases(int64_t asset_id) {
  if (const auto found = aliases_.find(asset_id); found != aliases_.end()) {
    return found->second.get();
  }
  auto list = std::make_unique<std::vector<Alias>>();
  sql::Rows rows = connection_.Run(kAliases, asset_id, as_of_);
  while (rows.Next()) list->emplace_back(rows.Int64(0), std::string(rows.Text(1)));
  WHENCE_RETURN_IF_ERROR(rows.status());
  return (aliases_[asset_id] = std::move(list)).get();
}

absl::Status Describer::ReadTags(int64_t target_id, std::vector<catalog::Tag>& tags) {
  sql::Rows rows = connection_.Run(kTags, target_id, as_of_);
  while (rows.Next()) {
    tags.push_back({.key = std::string(rows.Text(0)), .value = std::string(rows.Text(1))});
  }
  return rows.status();
}

// The asset's and the version's tags, by key; of two with the same key the version's.
absl::Status Describer::AddTags(NodeId node, DatasetFacts& facts) {
  std::vector<catalog::Tag>& tags = facts.tags;
  WHENCE_RETURN_IF_ERROR(ReadTags(facts.asset_id, tags));
  const size_t own = tags.size();  // the asset's come first
  if (facts.version != 0) WHENCE_RETURN_IF_ERROR(ReadTags(int64_t{node}, tags));
  if (own == 0 || own == tags.size()) return absl::OkStatus();
  const auto by_key = [](const catalog::Tag& a, const catalog::Tag& b) { return a.key < b.key; };
  std::inplace_merge(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(own), tags.end(),
                     by_key);
  // Of equals the version's is the second.
  for (size_t i = 1; i < tags.size();) {
    if (tags[i - 1].key == tags[i].key) {
      tags.erase(tags.begin() + static_cast<std::ptrdiff_t>(i) - 1);
    } else {
      ++i;
    }
  }
  return absl::OkStatus();
}

absl::Status Describer::FillVersion(NodeId node, DatasetFacts& facts) {
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Alias>* aliases, Aliases(facts.asset_id));
  for (const auto& [version_id, name] : *aliases) {
    if (version_id == int64_t{node}) facts.aliases.push_back(name);
  }
  sql::Rows rows = connection_.Run(kVersion, int64_t{node}, as_of_);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return NotFound("VERSION_NOT_FOUND", absl::StrCat("no version with node ", node));
  }
  facts.digest = std::string(rows.Text(0));
  facts.location = std::string(rows.Text(1));
  facts.creator = std::string(rows.Text(2));
  facts.create_time = rows.Time(3);
  facts.detail = std::string(rows.Blob(4));
  return absl::OkStatus();
}

absl::Status Describer::FillAsset(DatasetFacts& facts) {
  sql::Rows rows = connection_.Run(kAssetDetail, facts.asset_id, as_of_);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return Missing(facts.asset_id);
  }
  facts.detail = std::string(rows.Blob(0));
  facts.creator = std::string(rows.Text(1));
  facts.create_time = rows.Time(2);
  return absl::OkStatus();
}

absl::StatusOr<DatasetFacts> Describer::Dataset(NodeId node) {
  const NodeInfo info = graph_.Node(node);
  DatasetFacts facts;
  facts.asset_id = info.asset;
  facts.version = info.type == NodeType::kVersion ? info.number : 0;
  WHENCE_RETURN_IF_ERROR(AddTags(node, facts));
  WHENCE_RETURN_IF_ERROR(facts.version == 0 ? FillAsset(facts) : FillVersion(node, facts));
  return facts;
}

absl::StatusOr<std::string> Describer::AssetDetail(int64_t asset_id) {
  sql::Rows rows = connection_.Run(kAssetDetail, asset_id, as_of_);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return Missing(asset_id);
  }
  return std::string(rows.Blob(0));
}

absl::StatusOr<std::vector<catalog::Tag>> Describer::ColumnTags(int64_t asset_id,
                                                                std::string_view column) {
  auto found = column_tags_.find(asset_id);
  if (found == column_tags_.end()) {
    WHENCE_ASSIGN_OR_RETURN(ColumnTagList list,
                            catalog::ListColumnTags(connection_, as_of_, asset_id));
    found = column_tags_.emplace(asset_id, std::make_unique<ColumnTagList>(std::move(list))).first;
  }
  std::vector<catalog::Tag> tags;
  const ColumnTagList& list = *found->second;
  const auto first = std::lower_bound(
      list.begin(), list.end(), column,
      [](const catalog::ColumnTag& tag, std::string_view wanted) { return tag.column < wanted; });
  for (auto at = first; at != list.end() && at->column == column; ++at) tags.push_back(at->tag);
  return tags;
}

absl::StatusOr<ColumnKey> Describer::Column(int64_t column_id) {
  return GetColumn(connection_, as_of_, column_id);
}

namespace {

std::string AssetReference(const AssetFacts& asset) {
  return asset.deleted ? absl::StrCat("id:", asset.id) : asset.name;
}

}  // namespace

std::string DatasetReference(const AssetFacts& asset, int64_t version) {
  std::string reference = AssetReference(asset);
  if (version != 0) absl::StrAppend(&reference, "@", version);
  return reference;
}

std::string ColumnReference(const AssetFacts& asset, std::string_view column) {
  return StrCat(AssetReference(asset), "#", QuoteNamePart(column));
}

}  // namespace whence::lineage
