#include "ledger/row_scan.h"

#include <algorithm>

#include "base/status_macros.h"

namespace whence::ledger {
namespace {

using Kind = sql::ColumnValue::Kind;

constexpr int64_t kStampsPerWatch = 4096;

Position EntryIn(const sql::ColumnValue& position) {
  if (position.kind != Kind::kInteger || position.integer < 0) return kNoEntry;
  return EntryOf(position.integer);
}

// Also by half, which no entry writes.
bool IsClosed(const GovernedTable& table, std::span<const sql::ColumnValue> values) {
  if (table.closing == 0) return false;
  const sql::ColumnValue& closure = values[table.born_columns()];
  if (closure.kind != Kind::kNull && closure.integer != kForever) return true;
  const auto others = values.subspan(table.born_columns() + 1);
  return std::any_of(others.begin(), others.end(),
                     [](const sql::ColumnValue& value) { return value.kind != Kind::kNull; });
}

// Drops the later half of the window's entries: its rows are too many.
void Halve(RowWindow& window) {
  const auto middle = window.rows.begin() + static_cast<std::ptrdiff_t>(window.rows.size() / 2);
  std::nth_element(window.rows.begin(), middle, window.rows.end());
  const Position end = std::max(middle->position, window.begin + 1);
  window.end = std::min(window.end, end);
  std::erase_if(window.rows, [&](const RowHash& row) { return row.position >= window.end; });
}

}  // namespace

absl::Status ForEachStamp(sql::Connection& connection,
                          absl::FunctionRef<absl::Status(const RowStamp&)> visit) {
  std::vector<sql::ColumnValue> values;
  for (const GovernedTable& table : GovernedTables()) {
    sql::Rows rows = connection.Run(*table.rows);
    while (rows.Next()) {
      values.clear();
      for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
        values.push_back(rows.Value(2 + i));
      }
      RowStamp stamp{
          .table = &table, .at = rows.Int64(0), .entry = EntryIn(rows.Value(0)), .values = values};
      WHENCE_RETURN_IF_ERROR(visit(stamp));
      if (!IsClosed(table, values)) continue;
      stamp.is_birth = false;
      stamp.at = rows.Int64(1);
      stamp.entry = EntryIn(rows.Value(1));
      WHENCE_RETURN_IF_ERROR(visit(stamp));
    }
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  return absl::OkStatus();
}

tlog::Hash HashOf(const RowStamp& stamp, RowHasher& hasher) {
  return stamp.is_birth ? hasher.Birth(*stamp.table, stamp.values)
                        : hasher.Closure(*stamp.table, stamp.values);
}

absl::StatusOr<RowWindow> ReadWindow(sql::Connection& connection, RowHasher& hasher, Position begin,
                                     size_t max_rows,
                                     absl::FunctionRef<absl::Status(int64_t stamps)> watch) {
  RowWindow window{.begin = begin, .end = kForever, .rows = {}, .strays = {}};
  int64_t stamps = 0;
  WHENCE_RETURN_IF_ERROR(ForEachStamp(connection, [&](const RowStamp& stamp) -> absl::Status {
    if (stamps++ % kStampsPerWatch == 0) WHENCE_RETURN_IF_ERROR(watch(stamps));
    if (stamp.entry == kNoEntry) {
      window.strays.push_back(stamp.table);
      return absl::OkStatus();
    }
    if (stamp.entry < begin || stamp.entry >= window.end) return absl::OkStatus();
    window.rows.push_back({.position = stamp.entry, .hash = HashOf(stamp, hasher)});
    if (window.rows.size() > max_rows && window.end > begin + 1) Halve(window);
    return absl::OkStatus();
  }));
  std::sort(window.rows.begin(), window.rows.end());
  return window;
}

}  // namespace whence::ledger
