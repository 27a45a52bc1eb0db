#include "access/classification_load.h"

#include <algorithm>

#include "base/status_macros.h"
#include "lineage/run_store.h"

namespace whence::access {
namespace {

// Columns have names of one byte or more, so '' is the target itself.
constexpr sql::Query kTags{
    "SELECT c.id, t.key, t.value FROM tag t"
    " JOIN column_node c ON c.asset_id = t.target_id AND c.name = t.column_name"
    " WHERE t.column_name > '' AND t.valid_from <= ?1 AND t.valid_to > ?1 AND c.position <= ?1"
    " ORDER BY c.id, t.key"};

constexpr sql::Query kDeclassified{
    "SELECT c.id, d.key FROM declassification d"
    " JOIN column_node c ON c.asset_id = d.asset_id AND c.name = d.column_name"
    " WHERE d.valid_from <= ?1 AND d.valid_to > ?1 AND c.position <= ?1 ORDER BY c.id, d.key"};

constexpr sql::Query kDeclassifiedOf{
    "SELECT key FROM declassification"
    " WHERE asset_id = ?1 AND column_name = ?2 AND valid_from <= ?3 AND valid_to > ?3"
    " ORDER BY key"};

bool Has(const std::vector<std::string>& sorted, std::string_view key) {
  return std::binary_search(sorted.begin(), sorted.end(), key);
}

}  // namespace

absl::StatusOr<ColumnFacts> LoadColumnFacts(sql::Connection& connection, Position as_of,
                                            const std::vector<std::string>& keys) {
  ColumnFacts facts;
  if (keys.empty()) return facts;
  sql::Rows tags = connection.Run(kTags, as_of);
  while (tags.Next()) {
    if (!Has(keys, tags.Text(1))) continue;
    facts.set.push_back(
        {.column = static_cast<lineage::ColumnId>(tags.Int64(0)),
         .tag = {.key = std::string(tags.Text(1)), .value = std::string(tags.Text(2))}});
  }
  WHENCE_RETURN_IF_ERROR(tags.status());
  sql::Rows declassified = connection.Run(kDeclassified, as_of);
  while (declassified.Next()) {
    if (!Has(keys, declassified.Text(1))) continue;
    facts.declassified.push_back({.column = static_cast<lineage::ColumnId>(declassified.Int64(0)),
                                  .tag = {.key = std::string(declassified.Text(1)), .value = ""}});
  }
  WHENCE_RETURN_IF_ERROR(declassified.status());
  return facts;
}

absl::Status AppendColumnFacts(sql::Connection& connection, Position as_of,
                               const std::vector<std::string>& keys, lineage::ColumnId column,
                               ColumnFacts* facts) {
  WHENCE_ASSIGN_OR_RETURN(const lineage::ColumnKey name,
                          lineage::GetColumn(connection, as_of, column));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                          catalog::ListTags(connection, as_of, name.asset_id, name.name));
  for (const catalog::Tag& tag : tags) {
    if (Has(keys, tag.key)) facts->set.push_back({.column = column, .tag = tag});
  }
  sql::Rows rows = connection.Run(kDeclassifiedOf, name.asset_id, name.name, as_of);
  while (rows.Next()) {
    if (!Has(keys, rows.Text(0))) continue;
    facts->declassified.push_back(
        {.column = column, .tag = {.key = std::string(rows.Text(0)), .value = ""}});
  }
  return rows.status();
}

}  // namespace whence::access
