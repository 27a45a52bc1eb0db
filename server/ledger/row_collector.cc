#include "ledger/row_collector.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "sql/table_columns.h"
#include "tlog/merkle.h"

namespace whence::ledger {
namespace {

using Kind = sql::ColumnValue::Kind;

absl::StatusOr<int> PlaceOf(const std::vector<std::string>& columns, std::string_view name,
                            std::string_view table) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) {
    return Internal("SQL_ERROR", StrCat("the table ", table, " has no column ", name),
                    "this is a bug: report it");
  }
  return static_cast<int>(found - columns.begin());
}

}  // namespace

absl::StatusOr<RowCollector> RowCollector::Make(sql::Connection& connection, std::string secret) {
  RowCollector collector(std::move(secret));
  for (const GovernedTable& governed : GovernedTables()) {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> columns,
                            sql::ColumnsOf(connection, governed.name));
    Table table;
    table.governed = &governed;
    for (const std::string_view name : governed.columns) {
      WHENCE_ASSIGN_OR_RETURN(const int place, PlaceOf(columns, name, governed.name));
      table.places.push_back(place);
    }
    if (!governed.birth.empty()) {
      WHENCE_ASSIGN_OR_RETURN(table.birth, PlaceOf(columns, governed.birth, governed.name));
    }
    if (!governed.closure.empty()) {
      WHENCE_ASSIGN_OR_RETURN(table.closure, PlaceOf(columns, governed.closure, governed.name));
    }
    collector.tables_.emplace(governed.name, std::move(table));
  }
  return collector;
}

template <class Value>
void RowCollector::ReadRow(const Table& table, const Value& value, Row* row) {
  row->values.clear();
  for (const int place : table.places) row->values.push_back(value(place));
  row->birth = table.birth < 0 ? kNow : value(table.birth).integer;
  row->closure = kForever;
  if (table.closure < 0) return;
  const sql::ColumnValue closure = value(table.closure);
  if (closure.kind != Kind::kNull) row->closure = closure.integer;
}

// Whether nothing changed that a birth hashes: most updates end a state.
bool RowCollector::BornAlike(const Table& table) const {
  const auto end = static_cast<std::ptrdiff_t>(table.governed->born_columns());
  return old_.birth == new_.birth &&
         std::equal(old_.values.begin(), old_.values.begin() + end, new_.values.begin());
}

void RowCollector::Tell(const Table& table, const Row& row, bool birth, int8_t count) {
  const Position position = birth ? row.birth : row.closure;
  const tlog::Hash hash = birth ? hasher_.Birth(*table.governed, row.values)
                                : hasher_.Closure(*table.governed, row.values);
  told_.push_back({.row = {.position = position, .hash = hash}, .count = count});
}

void RowCollector::RowChanged(sql::RowChange& change) {
  const auto found = tables_.find(change.table());
  if (found == tables_.end()) return;
  const Table& table = found->second;
  const auto old_value = [&](int place) { return change.Old(place); };
  const auto new_value = [&](int place) { return change.New(place); };
  if (change.has_old()) ReadRow(table, old_value, &old_);
  if (change.has_new()) ReadRow(table, new_value, &new_);
  if (!change.has_old() || !change.has_new() || !BornAlike(table)) {
    if (change.has_old()) Tell(table, old_, /*birth=*/true, -1);
    if (change.has_new()) Tell(table, new_, /*birth=*/true, 1);
  }
  if (change.has_old() && old_.closure != kForever) Tell(table, old_, /*birth=*/false, -1);
  if (change.has_new() && new_.closure != kForever) Tell(table, new_, /*birth=*/false, 1);
}

bool RowCollector::empty() const {
  // What is valid from the beginning has no entry: the metastore as it was made.
  return std::all_of(told_.begin(), told_.end(),
                     [](const Told& told) { return told.row.position == kNoPosition; });
}

std::vector<tlog::Hash> RowCollector::Take(Position position, std::span<const RowHash> more) {
  std::sort(told_.begin(), told_.end(), [](const Told& a, const Told& b) { return a.row < b.row; });
  std::vector<tlog::Hash> hashes;
  hashes.reserve(told_.size() + more.size());
  for (size_t i = 0; i < told_.size();) {
    const RowHash row = told_[i].row;
    int count = 0;
    for (; i < told_.size() && told_[i].row == row; ++i) count += told_[i].count;
    if (count == 0 || row.position == kNoPosition) continue;
    // A row of another mutation is written, changed or deleted: history would be rewritten.
    WHENCE_ASSERT(count == 1 && (row.position == position || row.position == kNow));
    hashes.push_back(row.hash);
  }
  told_.clear();
  for (const RowHash& row : more) hashes.push_back(row.hash);
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

WrittenRows Summarize(std::span<const tlog::Hash> hashes) {
  if (hashes.empty()) return {};
  return {.count = static_cast<int64_t>(hashes.size()), .root = tlog::HeadOf(hashes)};
}

}  // namespace whence::ledger
