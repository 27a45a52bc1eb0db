#include "ledger/governed_tables.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "sql/table_columns.h"
#include "support/scratch_database.h"

namespace whence::ledger {
namespace {

// Tables that no entry speaks for, each with its reason in governed_tables.h.
const std::set<std::string> kUngoverned = {
    "ledger_entry",      "ledger_entry_rows", "ledger_log", "ledger_witness", "ledger_tile",
    "ledger_checkpoint", "ledger_key",        "request",    "request_room",   "token_use",
    "metastore_key",     "schema_migration",  "search_text"};

TEST_CASE("every table of the schema is governed, or known not to be") {
  test::ScratchDatabase database;
  static constexpr sql::Query kTables{
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
      " ESCAPE '\\' AND name NOT LIKE 'search\\_text\\_%' ESCAPE '\\' ORDER BY name"};
  std::set<std::string> there;
  sql::Rows rows = database.reader().Run(kTables);
  while (rows.Next()) there.emplace(rows.Text(0));
  std::set<std::string> known = kUngoverned;
  for (const GovernedTable& table : GovernedTables()) {
    INFO(table.name);
    CHECK(known.insert(std::string(table.name)).second);
  }
  CHECK(there == known);
}

TEST_CASE("every column of a governed table is hashed") {
  test::ScratchDatabase database;
  for (const GovernedTable& table : GovernedTables()) {
    INFO(table.name);
    const auto columns = sql::ColumnsOf(database.reader(), table.name).value();
    const std::set<std::string> there(columns.begin(), columns.end());
    const std::set<std::string> hashed(table.columns.begin(), table.columns.end());
    CHECK(there == hashed);
    CHECK(hashed.size() == table.columns.size());
    CHECK(table.keys + table.erasable + table.closing <= table.columns.size());
    CHECK((table.birth.empty() || there.contains(std::string(table.birth))));
    // Where rows are closed, that is what the closing columns begin with.
    CHECK(table.closure.empty() == (table.closing == 0));
    if (!table.closure.empty()) CHECK(table.columns[table.born_columns()] == table.closure);
  }
}

TEST_CASE("the keys of a governed table are its primary key") {
  test::ScratchDatabase database;
  static constexpr sql::Query kKeys{
      "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk"};
  for (const GovernedTable& table : GovernedTables()) {
    INFO(table.name);
    std::vector<std::string> keys;
    sql::Rows rows = database.reader().Run(kKeys, table.name);
    while (rows.Next()) keys.emplace_back(rows.Text(0));
    CHECK(keys == std::vector<std::string>(
                      table.columns.begin(),
                      table.columns.begin() + static_cast<std::ptrdiff_t>(table.keys)));
  }
}

TEST_CASE("the rows of a governed table come with two positions and all its columns") {
  test::ScratchDatabase database;
  for (const GovernedTable& table : GovernedTables()) {
    INFO(table.name);
    const sql::Rows rows = database.reader().Run(*table.rows);
    CHECK(rows.status().ok());
    CHECK(rows.column_count() == 2 + static_cast<int>(table.columns.size()));
  }
}

}  // namespace
}  // namespace whence::ledger
