#include "ledger/row_leaf.h"

#include <catch2/catch.hpp>

#include <array>

#include "ledger/governed_tables.h"
#include "ledger/row_hash.h"
#include "support/scratch_database.h"

namespace whence::ledger {
namespace {

using Kind = sql::ColumnValue::Kind;
using test::ReasonOf;

sql::ColumnValue Integer(int64_t number) {
  return {.kind = Kind::kInteger, .integer = number, .bytes = {}};
}
sql::ColumnValue Text(std::string_view text) { return {.kind = Kind::kText, .bytes = text}; }

const GovernedTable& TableNamed(std::string_view name) {
  for (const GovernedTable& table : GovernedTables()) {
    if (table.name == name) return table;
  }
  FAIL("no such table");
  return GovernedTables().front();
}

// A state of a principal: keys, plain columns, erasable ones, and one that only its closure sets.
struct State {
  const GovernedTable& table = TableNamed("principal_state");
  std::vector<sql::ColumnValue> values;

  State() {
    for (const std::string_view column : table.columns) values.push_back(Of(column));
  }
  static sql::ColumnValue Of(std::string_view column) {
    if (column == "updater") return Text("user:ana");
    if (column == "display_name") return Text("Bo");
    if (column == "emails") return {};
    if (column == "external_id") return Text("");
    if (column == "valid_to") return Integer(12);
    return Integer(-3);
  }
};

TEST_CASE("a row's leaf says what the row says, but for what may be erased") {
  const State state;
  RowHasher hasher(std::string(32, 's'));
  hasher.Birth(state.table, state.values);
  const RowLeaf row = ParseRowLeaf(hasher.leaf()).value();
  CHECK(row.table == "principal_state");
  CHECK(row.is_birth);
  CHECK(row.columns.size() == state.table.born_columns());
  CHECK(row.Find("principal_id")->integer == -3);
  CHECK(row.Find("updater")->bytes == "user:ana");
  CHECK(row.Find("display_name")->digest->size() == tlog::kHashBytes);
  CHECK_FALSE(row.Find("display_name")->bytes.has_value());
  CHECK_FALSE(row.Find("emails")->digest.has_value());  // it was NULL
  CHECK(row.Find("valid_to") == nullptr);
  CHECK(row.Find("none") == nullptr);

  hasher.Closure(state.table, state.values);
  const RowLeaf closed = ParseRowLeaf(hasher.leaf()).value();
  CHECK_FALSE(closed.is_birth);
  CHECK(closed.Find("valid_to")->integer == 12);
  CHECK(closed.Find("updater") == nullptr);
}

TEST_CASE("anything else is no leaf of a row") {
  const State state;
  RowHasher hasher(std::string(32, 's'));
  hasher.Birth(state.table, state.values);
  const std::string leaf(hasher.leaf());
  for (size_t length = 0; length < leaf.size(); ++length) {
    CHECK(ReasonOf(ParseRowLeaf(leaf.substr(0, length)).status()) == "ROW_LEAF_MALFORMED");
  }
  CHECK(ReasonOf(ParseRowLeaf(leaf + "n").status()) == "ROW_LEAF_MALFORMED");
  std::string other = leaf;
  other[16] = 'a';  // neither a birth nor a closure
  CHECK(ReasonOf(ParseRowLeaf(other).status()) == "ROW_LEAF_MALFORMED");
  other = leaf;
  other[25] = 'q';  // the first letter of the table's name
  CHECK(ReasonOf(ParseRowLeaf(other).status()) == "ROW_LEAF_MALFORMED");
}

TEST_CASE("a mark in place of an erased value gives the row's hash, and tells nothing else") {
  State state;
  RowHasher hasher(std::string(32, 's'));
  const tlog::Hash before = hasher.Birth(state.table, state.values);
  size_t place = 0;
  while (state.table.columns[place] != "display_name") ++place;
  const std::string mark = hasher.ErasedMark(
      state.table, std::span(state.values).first(state.table.keys), "display_name", "Bo");
  CHECK(IsErasedMark(mark));
  CHECK(mark.find("Bo") == std::string::npos);
  CHECK_FALSE(IsErasedMark("Bo"));
  state.values[place] = Text(mark);
  CHECK(hasher.Birth(state.table, state.values) == before);
  std::string changed = mark;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  state.values[place] = Text(changed);
  CHECK(hasher.Birth(state.table, state.values) != before);
  // In another row the mark of the same text is another.
  State other;
  other.values[0] = Integer(9);
  CHECK(hasher.ErasedMark(other.table, std::span(other.values).first(other.table.keys),
                          "display_name", "Bo") != mark);
}

}  // namespace
}  // namespace whence::ledger
