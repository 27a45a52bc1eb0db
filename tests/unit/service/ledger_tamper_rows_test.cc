// Rows of the governed tables that somebody changed behind the server's back: every byte of every
// column, nothing in place of what is empty, rows that are deleted, doubled, exchanged or moved.
// Each is found at the first entry whose rows are others.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "ledger_tamper_house.h"
#include "sql/table_columns.h"
#include "support/flip_sql.h"

namespace whence::service::test {
namespace {

using whence::test::FlippedSql;
using whence::test::HasByteSql;

// Purpose: a governed table of a victim, with a copy that it is put back from. One at a time.
class Target {
 public:
  Target(Victim& victim, const GovernedTable& table) : victim_(victim), name_(table.name) {
    Must(absl::StrCat("CREATE TABLE kept AS SELECT * FROM ", name_));
  }
  ~Target() {
    CHECK(victim_.Do("DROP TABLE kept").ok());
    CHECK(victim_.Tables().ok());
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  void Must(const std::string& script) {
    const absl::Status done = victim_.Do(script);
    INFO(done.message().substr(0, 300));
    REQUIRE(done.ok());
  }
  void PutBack() {
    Must(absl::StrCat("DELETE FROM ", name_, "; INSERT INTO ", name_, " SELECT * FROM kept"));
  }
  // What is done to the table is found, at the entries whose rows are others and at no other, or
  // SQLite refuses it. How many stamps of rows are others; nothing when it is refused.
  std::optional<size_t> Tamper(const Rows& before, const std::string& script) {
    INFO(script.substr(0, 300));  // all bytes of a table of them are no help
    const absl::Status done = victim_.Do(script);
    INFO(done.message().substr(0, 300));
    if (!done.ok()) {
      const bool refused = absl::StrContains(done.message(), "constraint") ||
                           absl::StrContains(done.message(), "datatype mismatch") ||
                           absl::StrContains(done.message(), "cannot store");
      REQUIRE(refused);
      return std::nullopt;
    }
    const Difference differ = victim_.Differ(before);
    const ledger::VerifyReport report = victim_.Tables();
    std::set<Position> found;
    for (const ledger::Finding& finding : report.findings) found.insert(finding.position);
    // Without its erasure, what was erased is missing at its own entry.
    if (name_ == "erasure") {
      REQUIRE(std::includes(found.begin(), found.end(), differ.positions.begin(),
                            differ.positions.end()));
    } else {
      REQUIRE(found == differ.positions);
    }
    REQUIRE((report.found == 0) == (differ.stamps == 0));
    return differ.stamps;
  }

 private:
  Victim& victim_;
  const std::string name_;
};

int64_t Count(Victim& victim, const std::string& select) {
  static constexpr sql::Query kTold{"SELECT value FROM temp.told"};
  REQUIRE(
      victim.Do(absl::StrCat("DROP TABLE IF EXISTS temp.told; CREATE TEMP TABLE told AS ", select))
          .ok());
  sql::Rows rows = victim.file->Run(kTold);
  REQUIRE(rows.Next());
  return rows.Int64(0);
}

// Each row's hash is looked at by itself: so one check of all rows of a table with a byte flipped,
// in which the hash of each of them is another and just their entries are named, is worth one of
// each. The next test flips some alone.
TEST_CASE("every byte of every column of every governed row, flipped, is found at its entry") {
  Victim victim;
  const Rows before = victim.Now();
  int64_t flipped = 0;
  std::vector<std::string> refused;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    Target target(victim, table);
    const std::string name(table.name);
    for (const std::string_view column : table.columns) {
      for (int64_t byte = 0;; ++byte) {
        const std::string has = HasByteSql(column, byte);
        const int64_t rows =
            Count(victim, absl::StrCat("SELECT count(*) AS value FROM ", name, " WHERE ", has));
        if (rows == 0) break;
        // The highest bit: what it makes of a key is no other row's.
        const std::string flip = absl::StrCat("UPDATE ", name, " SET ", std::string(column), " = ",
                                              FlippedSql(column, byte, 7), " WHERE ", has);
        const std::optional<size_t> stamps = target.Tamper(before, flip);
        if (!stamps.has_value()) {
          refused.push_back(absl::StrCat(name, ".", std::string(column)));
          continue;
        }
        REQUIRE(static_cast<int64_t>(*stamps) >= rows);
        flipped += rows;
        target.Must(flip);
      }
    }
  }
  CHECK(flipped > 4000);
  CHECK(refused == std::vector<std::string>{});
}

TEST_CASE("a byte of every column of every governed row, flipped alone, is found at its entry") {
  Victim victim;
  const Rows before = victim.Now();
  int64_t turn = 0;
  int64_t changes = 0;
  int64_t refused = 0;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    Target target(victim, table);
    for (const std::string& row : RowsOf(victim, table)) {
      for (const std::string_view column : table.columns) {
        // Each time another bit; texts are long enough for some of them.
        const int64_t byte = turn % 3;
        const std::string flip =
            absl::StrCat("UPDATE ", std::string(table.name), " SET ", std::string(column), " = ",
                         FlippedSql(column, byte, static_cast<int>(turn++ % 8)), " WHERE ", row,
                         " AND ", HasByteSql(column, byte));
        const std::optional<size_t> stamps = target.Tamper(before, flip);
        changes += stamps.value_or(0) > 0 ? 1 : 0;
        refused += stamps.has_value() ? 0 : 1;
        if (stamps.value_or(0) > 0) target.PutBack();
      }
    }
  }
  CHECK(changes > 500);
  CHECK(refused < changes / 100);  // a key that is another row's
}

TEST_CASE("nothing in place of an empty value, and an empty one in place of any, is found") {
  Victim victim;
  const Rows before = victim.Now();
  int64_t changes = 0;
  std::set<std::string> refused;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    Target target(victim, table);
    const std::string name(table.name);
    for (const std::string_view view : table.columns) {
      const std::string column(view);
      for (const char* value : {"NULL", "''", "x''", "0"}) {
        const std::string where =
            absl::StrCat(" WHERE ", column, " IS NOT ", value, " AND (", column,
                         " IS NULL OR typeof(", value, ") IN ('null', typeof(", column, ")))");
        const int64_t rows =
            Count(victim, absl::StrCat("SELECT count(*) AS value FROM ", name, where));
        if (rows == 0) continue;
        const std::optional<size_t> stamps = target.Tamper(
            before, absl::StrCat("UPDATE ", name, " SET ", column, " = ", value, where));
        if (!stamps.has_value()) {
          refused.insert(value);
          continue;
        }
        INFO(name << "." << column << " = " << value);
        CHECK(static_cast<int64_t>(*stamps) >= rows);
        ++changes;
        target.PutBack();
      }
    }
  }
  CHECK(changes > 100);
  // NOT NULL; a value of another type than the column's in place of NULL; a key twice.
  CHECK(refused == std::set<std::string>{"NULL", "''", "x''", "0"});
}

TEST_CASE("a token that is revoked at no time, in place of never, is found") {
  Victim victim;
  REQUIRE(victim
              .Do("UPDATE token SET revoke_position = 9223372036854775807 WHERE id ="
                  " (SELECT max(id) FROM token WHERE revoke_position IS NULL)")
              .ok());
  const ledger::VerifyReport report = victim.Tables();
  REQUIRE(report.found == 1);
  CHECK(report.findings[0].position == Count(victim,
                                             "SELECT position AS value FROM token"
                                             " WHERE revoke_position = 9223372036854775807"));
}

TEST_CASE("a row that is deleted is found at its entry") {
  Victim victim;
  const Rows before = victim.Now();
  for (const GovernedTable& table : ledger::GovernedTables()) {
    Target target(victim, table);
    const std::string name(table.name);
    for (const std::string& row : RowsOf(victim, table)) {
      CHECK(target.Tamper(before, absl::StrCat("DELETE FROM ", name, " WHERE ", row)) > 0u);
      target.PutBack();
    }
    CHECK(target.Tamper(before, absl::StrCat("DELETE FROM ", name)) > 0u);
    target.PutBack();
  }
}

// Inserts the row of `kept` that `row` finds, with `columns` as the row has them that `other`
// finds.
std::string Mixed(Victim& victim, const std::string& table,
                  const std::vector<std::string_view>& columns, const std::string& row,
                  const std::string& other) {
  const std::vector<std::string> names = sql::ColumnsOf(*victim.file, table).value();
  std::vector<std::string> values = names;
  for (std::string& value : values) {
    if (std::find(columns.begin(), columns.end(), value) == columns.end()) continue;
    value = absl::StrCat("(SELECT ", value, " FROM kept WHERE ", other, ")");
  }
  return absl::StrCat("INSERT INTO ", table, " (", absl::StrJoin(names, ", "), ") SELECT ",
                      absl::StrJoin(values, ", "), " FROM kept WHERE ", row, ";");
}

TEST_CASE("rows whose values are exchanged, all of them or one, are found at the first entry") {
  Victim victim;
  const Rows before = victim.Now();
  int64_t changes = 0;
  std::set<std::string> refused;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    if (table.keys == table.columns.size()) continue;  // all of it tells which row it is
    Target target(victim, table);
    const std::string name(table.name);
    const std::vector<std::string> rows = RowsOf(victim, table);
    std::vector<std::vector<std::string_view>> choices;  // of columns
    choices.emplace_back(table.columns.begin() + static_cast<ptrdiff_t>(table.keys),
                         table.columns.end());
    for (const std::string_view column : choices[0]) choices.push_back({column});
    for (size_t i = 0; i + 1 < rows.size(); ++i) {
      for (const std::vector<std::string_view>& columns : choices) {
        const std::optional<size_t> stamps = target.Tamper(
            before, absl::StrCat("DELETE FROM ", name, " WHERE ", rows[i], " OR ", rows[i + 1], ";",
                                 Mixed(victim, name, columns, rows[i], rows[i + 1]),
                                 Mixed(victim, name, columns, rows[i + 1], rows[i])));
        if (!stamps.has_value()) refused.insert(name);
        changes += stamps.value_or(0) > 0 ? 1 : 0;
        target.PutBack();
      }
    }
  }
  CHECK(changes > 100);
  // Two of one name at the same time.
  CHECK(refused == std::set<std::string>{"securable_state"});
}

TEST_CASE("a row that stands there once more, under another key, is found at its entry") {
  Victim victim;
  const Rows before = victim.Now();
  int64_t changes = 0;
  std::set<std::string> refused;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    Target target(victim, table);
    const std::string name(table.name);
    const std::vector<std::string> names = sql::ColumnsOf(*victim.file, name).value();
    for (const std::string& row : RowsOf(victim, table)) {
      for (size_t key = 0; key < table.keys; ++key) {
        const std::string column(table.columns[key]);
        std::vector<std::string> values = names;
        for (std::string& value : values) {
          if (value != column) continue;
          value = absl::StrCat("CASE typeof(", column, ") WHEN 'integer' THEN ", column,
                               " + 100000 WHEN 'text' THEN ", column, " || 'x' ELSE CAST(", column,
                               " || x'00' AS BLOB) END");
        }
        const std::optional<size_t> stamps = target.Tamper(
            before,
            absl::StrCat("INSERT INTO ", name, " (", absl::StrJoin(names, ", "), ") SELECT ",
                         absl::StrJoin(values, ", "), " FROM kept WHERE ", row));
        if (!stamps.has_value()) {
          refused.insert(name);
          continue;
        }
        CHECK(*stamps > 0);
        ++changes;
        target.PutBack();
      }
    }
  }
  CHECK(changes > 100);
  // Where something else of a row may be there only once.
  CHECK(refused == std::set<std::string>{"column_node", "origin", "prediction", "run",
                                         "securable_state", "token", "version"});
}

TEST_CASE("a row that nobody wrote is found, whatever position it claims") {
  // Among them a grant that is there from the beginning, and one of a time to come.
  const std::string script = GENERATE(
      "INSERT INTO membership SELECT group_id + 100, member_id, valid_from, valid_to"
      " FROM membership LIMIT 1",
      "INSERT INTO privilege_grant SELECT securable_id, principal_id, privilege + 1, 0,"
      " 9223372036854775807, grantor, grant_time_us FROM privilege_grant LIMIT 1",
      "INSERT INTO privilege_grant SELECT securable_id, principal_id, privilege + 1, 100000,"
      " 9223372036854775807, grantor, grant_time_us FROM privilege_grant LIMIT 1",
      "INSERT INTO privilege_grant SELECT securable_id, principal_id, privilege + 1, -5,"
      " 9223372036854775807, grantor, grant_time_us FROM privilege_grant LIMIT 1",
      "INSERT INTO token_scope VALUES (12345, 1)",
      "INSERT INTO prediction SELECT row_id + 100, id || 'x', origin_id, run_uuid, status,"
      " position, recorder, create_time_us, start_time_us, latency_us, input_tokens,"
      " output_tokens, cost_micros, currency, input_digest, output_digest, content_digest,"
      " error_message, attributes, input_text, output_text FROM prediction LIMIT 1",
      // Two predictions' texts, each in the other's row.
      "UPDATE prediction SET input_text = CASE id WHEN 'p-1' THEN 'x' ELSE 'in' END"
      " WHERE id IN ('p-1', 'p-4')");
  Victim victim;
  const Rows before = victim.Now();
  INFO(script);
  REQUIRE(victim.Do(script).ok());
  const ledger::VerifyReport report = victim.Tables();
  REQUIRE(report.found > 0);
  CHECK(report.findings.front().position == *victim.Differ(before).positions.begin());
}

}  // namespace
}  // namespace whence::service::test
