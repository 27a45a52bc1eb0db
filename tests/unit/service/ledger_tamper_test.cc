// A database that somebody changed behind the server's back is found out, and the first place is
// named: every column of every row of every governed table, every entry, every tile.
#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ledger/governed_tables.h"
#include "ledger/log_name.h"
#include "ledger/row_proof.h"
#include "ledger/row_scan.h"
#include "ledger/verify.h"
#include "policy_house.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"
#include "service/tag_operations.h"
#include "sql/table_columns.h"
#include "support/ledger_check.h"
#include "tlog/merkle.h"

namespace whence::service::test {
namespace {

using ledger::GovernedTable;
using whence::test::LedgerFaults;

// Something of everything that a metastore may hold, with states that have ended.
class FullHouse : public PolicyHouse {
 public:
  FullHouse() {
    Catalog();
    Lineage();
    Access();
  }

 private:
  void Catalog() {
    Ask(kCreateSchema, "schema { name: 'prod.mart' }");
    Asset("prod.fraud.model", v1::KIND_MODEL);
    Asset("prod.fraud.scores", v1::KIND_TABLE);
    Version("prod.fraud.model");
    Version("prod.fraud.model");
    Alias("prod.fraud.model", "champion", 1);
    Alias("prod.fraud.model", "champion", 2);
    Ask(kDeleteAlias, "asset: 'prod.fraud.model' alias: 'champion'");
    for (const char* comment : {"a", "b"}) {
      Ask(kUpdateVersion, absl::StrCat("version { name: 'prod.fraud.model@1' comment: '", comment,
                                       "' } update_mask { paths: 'comment' }"));
    }
    Ask(kRenameAsset, "name: 'prod.fraud.scores' new_name: 'prod.mart.scores'");
    Ask(kAttachDatasetIdentity,
        "identity { namespace: 's3://lake' name: 'scores' asset: 'prod.mart.scores' }");
    Ask(kDetachDatasetIdentity, "namespace: 's3://lake' name: 'scores'");
    Ask(kSetTags, "reference: 'prod.mart' set { key: 'tier' value: 'gold' }");
    Ask(kSetTags, "reference: 'prod.mart' remove: 'tier'");
  }
  void Lineage() {
    const std::string run =
        "run { id: '00000000-0000-7000-8000-000000000001' "
        "reads { reference: 'prod.fraud.users' } writes { reference: 'prod.mart.scores' } ";
    Ask(kStartRun, absl::StrCat(run, "}"));
    Ask(kUpdateRun, absl::StrCat(run,
                                 "column_mappings { column: 'prod.mart.scores#who' "
                                 "sources { column: 'prod.fraud.users#email' } } }"));
    Ask(kFinishRun, "id: '00000000-0000-7000-8000-000000000001' state: RUN_STATE_COMPLETE");
    Ask(kRecordEdges,
        "comment: 'by hand' edges { source: 'prod.fraud.model@1' target: 'prod.mart.scores' }");
    Ask(kRecordPredictions,
        "predictions { id: 'p-1' model: 'prod.fraud.model@1' input_text: 'in' output_text: 'out' }"
        "predictions { id: 'p-2' model: 'prod.fraud.model@2' output_text: 'out' }"
        "predictions { id: 'p-3' model: 'prod.fraud.model@2' cost_micros: 5 currency: 'USD' }");
    Ask(kRecordPrediction, "prediction { id: 'p-4' model: 'prod.fraud.model@1' input_text: 'x' }");
  }
  void Access() {
    Ask(kRemoveMember, "group: 'group:analysts' member: 'user:bo'");
    Ask(kUpdatePrincipal,
        "principal { name: 'user:bo' display_name: 'Bo' emails: 'bo@example.org' }"
        " update_mask { paths: 'display_name' paths: 'emails' }");
    const v1::CreateTokenResponse token =
        Ask(kCreateToken, "token { principal: 'user:cy' scope { name: 'prod' } }");
    Ask(kRevokeToken, absl::StrCat("id: ", token.token().id()));
    Ask(kChangeGrants, "remove: 'SELECT' securable { name: 'prod' } principal: 'group:analysts'");
    Mask("mail", "hash", "column_tags { all: 'pii' } to: 'group:analysts'");
    Deny("gone", "prod.mart");
    Drop("gone");
    Ask(kCreateTagDefinition, "definition { key: 'pii' values: 'email' values: 'phone' }");
    Ask(kUpdateTagDefinition,
        "definition { key: 'pii' values: 'email' } update_mask { paths: 'values' }");
    Ask(kDeclassify, "reference: 'prod.mart.scores#who' key: 'pii' comment: 'hashed'");
    Ask(kReclassify, "reference: 'prod.mart.scores#who' key: 'pii'");
    Ask(kDeleteAsset, "name: 'prod.mart.scores'");
    Ask(kTransferMetastore, "owner: 'user:cy'");
  }
};

using Stamps = std::vector<ledger::RowHash>;

// The database of a house that has stopped, to be tampered with.
struct Victim {
  FullHouse house;
  std::unique_ptr<sql::Connection> file;

  Victim() {
    house.Close();
    file = sql::Connection::Open(house.folder() + "/whence.db").value();
    REQUIRE(Do("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF").ok());
    REQUIRE(LedgerFaults(*file) == "");
  }

  absl::Status Do(const std::string& script) { return file->ExecuteScript(script); }

  ledger::VerifyReport Tables() { return ledger::VerifyTables(*file, {}).value(); }
  ledger::VerifyReport Tree() { return ledger::VerifyTree(*file, {}).value(); }

  // What the rows say now: stamps by entry, and how many are of no entry.
  std::pair<Stamps, size_t> Now() {
    ledger::RowHasher hasher(ledger::FindLogName(*file)->rows_secret);
    ledger::RowWindow window = ledger::ReadWindow(*file, hasher, 1, 1'000'000, [](int64_t) {
                                 return absl::OkStatus();
                               }).value();
    return {std::move(window.rows), window.strays.size()};
  }
  // The first entry whose rows are others now; 0 for one of none.
  std::optional<Position> FirstDifference(const std::pair<Stamps, size_t>& before) {
    const auto now = Now();
    if (now.second != before.second) return kNoPosition;
    Stamps differ;
    std::set_symmetric_difference(before.first.begin(), before.first.end(), now.first.begin(),
                                  now.first.end(), std::back_inserter(differ));
    if (differ.empty()) return std::nullopt;
    return differ.front().position;
  }
};

// Another value of the same type; each time differently.
std::string AnotherOf(const std::string& column) {
  static int turn = 0;
  static constexpr const char* kMore[] = {"1", "-1", "256"};
  const char* const more = kMore[turn++ % 3];
  const std::string c = absl::StrCat("\"", column, "\"");
  return absl::StrCat("CASE typeof(", c, ") WHEN 'integer' THEN CASE WHEN ", c,
                      " = 9223372036854775807 THEN 9223372036854775806 ELSE ", c, " + ", more,
                      " END WHEN 'text' THEN ", c, " || 'x' WHEN 'blob' THEN CAST(", c,
                      " || x'00' AS BLOB) ELSE 1 END");
}

TEST_CASE("a full house verifies, and has rows in every governed table") {
  Victim victim;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    sql::Rows rows = victim.file->Run(*table.rows);
    INFO(table.name);
    CHECK(rows.Next());
  }
  const ledger::VerifyReport report = victim.Tables();
  CHECK(report.entries == victim.Tree().entries);
  CHECK(report.rows > 80);
  CHECK(victim.Tree().checkpoints > 0);
}

// The rows of `table`, each as a condition that finds it.
std::vector<std::string> RowsOf(Victim& victim, const GovernedTable& table) {
  std::vector<std::string> conditions;
  sql::Rows rows = victim.file->Run(*table.rows);
  while (rows.Next()) {
    std::string condition;
    for (int i = 0; i < static_cast<int>(table.keys); ++i) {
      const sql::ColumnValue key = rows.Value(2 + i);
      absl::StrAppend(&condition, condition.empty() ? "" : " AND ",
                      std::string(table.columns[static_cast<size_t>(i)]), " = ");
      if (key.kind == sql::ColumnValue::Kind::kInteger) {
        absl::StrAppend(&condition, key.integer);
      } else {
        absl::StrAppend(&condition, "'", std::string(key.bytes), "'");
      }
    }
    conditions.push_back(condition);
  }
  return conditions;
}

TEST_CASE("each prediction of a batch is proved by itself, and a changed one is not") {
  FullHouse house;
  sql::Lease lease = house.house().readers().Acquire().value();
  for (const char* id : {"p-1", "p-2", "p-3", "p-4"}) {
    INFO(id);
    const ledger::RowProof proof =
        ledger::ProvePrediction(lease.connection(), house.house().ledger(), id).value();
    const ledger::StoredEntry entry =
        house.house().ledger().GetStored(lease.connection(), proof.position).value();
    CHECK(entry.rows.count == proof.row_count);
    CHECK(entry.rows.root == proof.root);
    CHECK(tlog::CheckInclusion(proof.index, static_cast<uint64_t>(proof.row_count),
                               tlog::LeafHash(proof.leaf), proof.hashes, proof.root)
              .ok());
    CHECK_FALSE(tlog::CheckInclusion(proof.index, static_cast<uint64_t>(proof.row_count),
                                     tlog::LeafHash(proof.leaf + "x"), proof.hashes, proof.root)
                    .ok());
    // It shows the row, and of its texts only that there are some.
    CHECK(proof.leaf.find(id) != std::string::npos);
  }
  CHECK(ReasonOf(
            ledger::ProvePrediction(lease.connection(), house.house().ledger(), "p-9").status()) ==
        "PREDICTION_NOT_FOUND");
  {
    auto file = sql::Connection::Open(house.folder() + "/whence.db", {.read_only = true}).value();
    CHECK(LedgerFaults(*file) == "");
  }
}

TEST_CASE("a prediction whose neighbour was changed is not proved") {
  Victim victim;
  REQUIRE(victim.Do("UPDATE prediction SET latency_us = 7 WHERE id = 'p-2'").ok());
  ledger::Ledger reading;
  CHECK(ReasonOf(ledger::ProvePrediction(*victim.file, reading, "p-1").status()) ==
        "LEDGER_DAMAGED");
  CHECK(ledger::ProvePrediction(*victim.file, reading, "p-4").ok());
}

TEST_CASE("every column of every governed row, changed, is found at its entry") {
  Victim victim;
  const auto before = victim.Now();
  int changes = 0;
  int refused = 0;
  for (const GovernedTable& table : ledger::GovernedTables()) {
    const std::string name(table.name);
    REQUIRE(victim.Do(absl::StrCat("CREATE TABLE kept AS SELECT * FROM ", name)).ok());
    for (const std::string& row : RowsOf(victim, table)) {
      for (const std::string_view column : table.columns) {
        const std::string other = AnotherOf(std::string(column));
        const absl::Status done = victim.Do(absl::StrCat(
            "UPDATE ", name, " SET \"", std::string(column), "\" = ", other, " WHERE ", row));
        INFO(name << " " << row << " " << column << " = " << other << ": " << done);
        if (!done.ok()) {
          ++refused;  // a key that is there, or a type that the column has not
          continue;
        }
        const ledger::VerifyReport report = victim.Tables();
        const std::optional<Position> expected = victim.FirstDifference(before);
        REQUIRE(expected.has_value());
        REQUIRE(report.found > 0);
        REQUIRE(report.findings.front().position == *expected);
        ++changes;
        REQUIRE(victim
                    .Do(absl::StrCat("DELETE FROM ", name, "; INSERT INTO ", name,
                                     " SELECT * FROM kept"))
                    .ok());
      }
    }
    REQUIRE(victim.Do("DROP TABLE kept").ok());
    REQUIRE(victim.Tables().ok());
  }
  WARN(changes << " changes, " << refused << " that SQLite itself refuses");
  CHECK(changes > 500);
  CHECK(refused < changes / 10);
}

TEST_CASE("a row that is deleted, doubled or swapped is found at its entry") {
  Victim victim;
  const auto before = victim.Now();
  for (const GovernedTable& table : ledger::GovernedTables()) {
    const std::string name(table.name);
    const std::vector<std::string> rows = RowsOf(victim, table);
    REQUIRE(victim.Do(absl::StrCat("CREATE TABLE kept AS SELECT * FROM ", name)).ok());
    const auto check = [&](const std::string& script) {
      INFO(script);
      REQUIRE(victim.Do(script).ok());
      const std::optional<Position> expected = victim.FirstDifference(before);
      REQUIRE(expected.has_value());
      const ledger::VerifyReport report = victim.Tables();
      REQUIRE(report.found > 0);
      CHECK(report.findings.front().position == *expected);
      REQUIRE(
          victim
              .Do(absl::StrCat("DELETE FROM ", name, "; INSERT INTO ", name, " SELECT * FROM kept"))
              .ok());
    };
    for (const std::string& row : rows) {
      check(absl::StrCat("DELETE FROM ", name, " WHERE ", row));
    }
    check(absl::StrCat("DELETE FROM ", name));
    REQUIRE(victim.Do("DROP TABLE kept").ok());
  }
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
  INFO(script);
  Victim victim;
  const auto before = victim.Now();
  REQUIRE(victim.Do(script).ok());
  const std::optional<Position> expected = victim.FirstDifference(before);
  REQUIRE(expected.has_value());
  const ledger::VerifyReport report = victim.Tables();
  REQUIRE(report.found > 0);
  CHECK(report.findings.front().position == *expected);
}

TEST_CASE("every column of every entry, changed, is found at that entry") {
  Victim victim;
  const std::vector<std::string> columns = sql::ColumnsOf(*victim.file, "ledger_entry").value();
  CHECK(columns.size() == 17);
  REQUIRE(victim.Do("CREATE TABLE kept AS SELECT * FROM ledger_entry").ok());
  const int64_t count = victim.Tree().entries;
  for (int64_t position = 1; position <= count; position += 3) {
    for (const std::string& column : columns) {
      const std::string other = AnotherOf(column);
      const absl::Status done = victim.Do(absl::StrCat("UPDATE ledger_entry SET ", column, " = ",
                                                       other, " WHERE position = ", position));
      INFO(column << " = " << other << " at " << position << ": " << done);
      if (!done.ok()) continue;  // a position that is taken, a type that the column has not
      const ledger::VerifyReport report = victim.Tree();
      REQUIRE(report.found > 0);
      // Another position is found where the entry is missing, or where it stands now.
      const Position first = report.findings.front().position;
      REQUIRE((first == position || (column == "position" && first <= position)));
      REQUIRE(
          victim.Do("DELETE FROM ledger_entry; INSERT INTO ledger_entry SELECT * FROM kept").ok());
    }
  }
  REQUIRE(victim.Tree().ok());
}

TEST_CASE("entries that are deleted, swapped or cut off are found at the first") {
  const auto [script, first] = GENERATE(table<std::string, Position>({
      {"DELETE FROM ledger_entry WHERE position = 7", 7},
      {"DELETE FROM ledger_entry WHERE position >= 9", 9},
      {"DELETE FROM ledger_entry", 1},
      {"UPDATE ledger_entry SET position = -1 WHERE position = 4;"
       "UPDATE ledger_entry SET position = 4 WHERE position = 5;"
       "UPDATE ledger_entry SET position = 5 WHERE position = -1",
       4},
      {"UPDATE ledger_entry SET salt = NULL WHERE position = 6", 6},
      {"UPDATE ledger_entry SET salt = NULL, actor = '', resource = '', request_id = '',"
       " digest = x'', commitment = x'00' WHERE position = 6",
       6},
  }));
  INFO(script);
  Victim victim;
  REQUIRE(victim.Do(script).ok());
  const ledger::VerifyReport report = victim.Tree();
  REQUIRE(report.found > 0);
  CHECK(report.findings.front().position == first);
}

TEST_CASE("every byte of every tile, changed, is found") {
  Victim victim;
  const int64_t leaves = victim.Tree().entries;
  for (int64_t leaf = 0; leaf < leaves; leaf += 5) {
    for (const int byte : {0, 1, 15, 31}) {
      const int64_t at = leaf * 32 + byte + 1;  // SQL counts from 1
      const std::string flip = absl::StrCat(
          "UPDATE ledger_tile SET hashes = CAST(substr(hashes, 1, ", at - 1, ") || ",
          "CASE hex(substr(hashes, ", at, ", 1)) WHEN '00' THEN x'01' ELSE x'00' END || substr(",
          "hashes, ", at + 1, ") AS BLOB) WHERE level = 0 AND idx = 0");
      REQUIRE(victim.Do("CREATE TABLE kept AS SELECT * FROM ledger_tile").ok());
      REQUIRE(victim.Do(flip).ok());
      const ledger::VerifyReport report = victim.Tree();
      REQUIRE(report.found > 0);
      CHECK(report.findings.front().position == leaf + 1);
      REQUIRE(victim
                  .Do("DELETE FROM ledger_tile; INSERT INTO ledger_tile SELECT * FROM kept;"
                      "DROP TABLE kept")
                  .ok());
    }
  }
  REQUIRE(victim.Tree().ok());
  REQUIRE(victim.Do("INSERT INTO ledger_tile VALUES (1, 0, zeroblob(32))").ok());
  CHECK(victim.Tree().found > 0);
}

}  // namespace
}  // namespace whence::service::test
