#include "ledger/row_leaf.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/governed_tables.h"
#include "tlog/encoding.h"
#include "tlog/hash.h"

namespace whence::ledger {
namespace {

constexpr size_t kBlindBytes = 16;
constexpr size_t kNumberBytes = 8;

absl::Status Malformed(std::string_view what) {
  return InvalidArgument("ROW_LEAF_MALFORMED", "", StrCat("the leaf of a row ", what),
                         "take it from where it was made, as it is");
}

// Takes so many bytes off `rest`; nothing where there are fewer.
std::optional<std::string_view> Take(std::string_view& rest, uint64_t count) {
  if (rest.size() < count) return std::nullopt;
  const std::string_view taken = rest.substr(0, count);
  rest.remove_prefix(count);
  return taken;
}

std::optional<std::string_view> TakeBytes(std::string_view& rest) {
  const auto length = Take(rest, kNumberBytes);
  if (!length.has_value()) return std::nullopt;
  return Take(rest, tlog::FromBigEndian64(*length));
}

// One value behind its letter; false where it is none.
bool TakeValue(std::string_view& rest, LeafColumn* column) {
  const auto letter = Take(rest, 1);
  if (!letter.has_value()) return false;
  std::optional<std::string_view> bytes;
  switch (letter->front()) {
    case 'n':
      return true;
    case 'i':
    case 'r':
      bytes = Take(rest, kNumberBytes);
      if (!bytes.has_value()) return false;
      if (letter->front() == 'i') {
        column->integer = static_cast<int64_t>(tlog::FromBigEndian64(*bytes));
      } else {
        const uint64_t bits = tlog::FromBigEndian64(*bytes);
        double real = 0;
        std::memcpy(&real, &bits, sizeof real);
        column->real = real;
      }
      return true;
    case 't':
    case 'x':
      bytes = TakeBytes(rest);
      if (bytes.has_value()) column->bytes = std::string(*bytes);
      return bytes.has_value();
    case 'd':
      bytes = Take(rest, tlog::kHashBytes);
      if (bytes.has_value()) column->digest = std::string(*bytes);
      return bytes.has_value();
    default:
      return false;
  }
}

}  // namespace

const LeafColumn* RowLeaf::Find(std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [name](const LeafColumn& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

absl::StatusOr<RowLeaf> ParseRowLeaf(std::string_view leaf) {
  std::string_view rest = leaf;
  const auto blind = Take(rest, kBlindBytes);
  const auto what = Take(rest, 1);
  const auto name = TakeBytes(rest);
  if (!blind.has_value() || !what.has_value() || !name.has_value())
    return Malformed("is too short");
  const std::span<const GovernedTable> tables = GovernedTables();
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [&](const GovernedTable& one) { return one.name == *name; });
  if (table == tables.end() || (*what != "b" && *what != "c")) return Malformed("is of no table");
  RowLeaf row{.table = std::string(*name), .is_birth = *what == "b", .columns = {}};
  for (size_t i = 0; i < table->columns.size(); ++i) {
    const bool closing = i >= table->born_columns();
    if (i >= table->keys && closing == row.is_birth) continue;
    LeafColumn column;
    column.name = std::string(table->columns[i]);
    if (!TakeValue(rest, &column)) return Malformed(StrCat("has no ", column.name));
    row.columns.push_back(std::move(column));
  }
  if (!rest.empty()) return Malformed("goes on behind its columns");
  return row;
}

}  // namespace whence::ledger
