#include "lineage/describe.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "lineage/run_store.h"

namespace whence::lineage {
namespace {

constexpr sql::Query kAsset{
    "SELECT s.kind, s.creator, s.create_time_us, t.parent_id, t.name, t.owner, t.deleted"
    " FROM securable AS s JOIN securable_state AS t ON t.securable_id = s.id"
    " AND t.valid_from <= ?2 AND t.valid_to > ?2 WHERE s.id = ?1"};
constexpr sql::Query kParent{
    "SELECT parent_id, name, deleted FROM securable_state"
    " WHERE securable_id = ?1 AND valid_from <= ?2 AND valid_to > ?2"};
constexpr sql::Query kVersion{
    "SELECT digest, location, creator, create_time_us, detail FROM version"
    " WHERE id = ?1 AND position <= ?2"};
constexpr sql::Query kAssetDetail{
    "SELECT detail FROM securable_state"
    " WHERE securable_id = ?1 AND valid_from <= ?2 AND valid_to > ?2"};
constexpr sql::Query kAliases{
    "SELECT version_id, name FROM alias"
    " WHERE asset_id = ?1 AND valid_from <= ?2 AND valid_to > ?2 ORDER BY name"};
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
  asset->kind = static_cast<catalog::Kind>(rows.Int(0));
  asset->creator = std::string(rows.Text(1));
  asset->create_time = rows.Time(2);
  asset->owner = std::string(rows.Text(5));
  WHENCE_ASSIGN_OR_RETURN(const Parent* parent, ParentOf(rows.Int64(3)));
  asset->name = StrCat(parent->prefix, QuoteNamePart(rows.Text(4)));
  asset->deleted = rows.Bool(6) || parent->deleted;
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

// Adds a target's tags; one whose key is there already replaces it.
absl::Status Describer::AddTags(int64_t target_id, std::vector<catalog::Tag>& tags) {
  const size_t before = tags.size();
  sql::Rows rows = connection_.Run(kTags, target_id, as_of_);
  while (rows.Next()) {
    catalog::Tag tag{.key = std::string(rows.Text(0)), .value = std::string(rows.Text(1))};
    const auto end = tags.begin() + static_cast<std::ptrdiff_t>(before);
    const auto same = std::find_if(tags.begin(), end, [&tag](const catalog::Tag& other) {
      return other.key == tag.key;
    });
    if (same != end) {
      *same = std::move(tag);
    } else {
      tags.push_back(std::move(tag));
    }
  }
  if (before != 0 && tags.size() > before) {
    std::sort(tags.begin(), tags.end(), [](const catalog::Tag& left, const catalog::Tag& right) {
      return left.key < right.key;
    });
  }
  return rows.status();
}

absl::StatusOr<DatasetFacts> Describer::Dataset(int64_t node_id, int64_t asset_id, int64_t number) {
  DatasetFacts facts;
  facts.asset_id = asset_id;
  facts.version = number;
  WHENCE_RETURN_IF_ERROR(AddTags(asset_id, facts.tags));
  if (number == 0) {
    WHENCE_ASSIGN_OR_RETURN(const AssetFacts* asset, Asset(asset_id));
    facts.creator = asset->creator;
    facts.create_time = asset->create_time;
    WHENCE_ASSIGN_OR_RETURN(facts.detail, AssetDetail(asset_id));
    return facts;
  }
  WHENCE_RETURN_IF_ERROR(AddTags(node_id, facts.tags));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<Alias>* aliases, Aliases(asset_id));
  for (const auto& [version_id, name] : *aliases) {
    if (version_id == node_id) facts.aliases.push_back(name);
  }
  sql::Rows rows = connection_.Run(kVersion, node_id, as_of_);
  if (!rows.Next()) {
    WHENCE_RETURN_IF_ERROR(rows.status());
    return NotFound("VERSION_NOT_FOUND", absl::StrCat("no version with node ", node_id));
  }
  facts.digest = std::string(rows.Text(0));
  facts.location = std::string(rows.Text(1));
  facts.creator = std::string(rows.Text(2));
  facts.create_time = rows.Time(3);
  facts.detail = std::string(rows.Blob(4));
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
