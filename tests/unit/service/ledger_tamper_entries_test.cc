// Entries and tiles that somebody changed behind the server's back, where entries of all kinds are:
// every byte of every one, alone. Ledgers with more tiles stand in
// tests/unit/ledger/verify_tamper_test.cc.
#include <catch2/catch.hpp>

#include "ledger_tamper_house.h"
#include "sql/table_columns.h"
#include "support/flip_sql.h"

namespace whence::service::test {
namespace {

using whence::test::FlippedSql;
using whence::test::HasByteSql;

// How many rows the last statement changed.
int64_t Changed(Victim& victim) {
  static constexpr sql::Query kChanges{"SELECT changes()"};
  sql::Rows rows = victim.file->Run(kChanges);
  REQUIRE(rows.Next());
  return rows.Int64(0);
}

TEST_CASE("every byte of every column of every entry, flipped, is found at that entry") {
  Victim victim;
  std::vector<std::string> columns = sql::ColumnsOf(*victim.file, "ledger_entry").value();
  CHECK(columns.size() == 17);
  std::erase(columns, "position");  // below
  const int64_t entries = victim.Tree().entries;
  int64_t flips = 0;
  for (int64_t position = 1; position <= entries; ++position) {
    for (const std::string& column : columns) {
      for (int64_t byte = 0;; ++byte) {
        const std::string flip =
            absl::StrCat("UPDATE ledger_entry SET ", column, " = ",
                         FlippedSql(column, byte, static_cast<int>((byte + position) % 8)),
                         " WHERE position = ", position, " AND ", HasByteSql(column, byte));
        INFO("byte " << byte << " of " << column << " at " << position);
        REQUIRE(victim.Do(flip).ok());
        if (Changed(victim) == 0) break;
        const ledger::VerifyReport report = victim.Tree();
        REQUIRE(report.found > 0);
        REQUIRE(report.findings.front().position == position);
        REQUIRE(report.findings.back().position == position);
        REQUIRE(victim.Do(flip).ok());
        ++flips;
      }
    }
  }
  CHECK(flips > 150 * entries);
  REQUIRE(victim.Tree().ok());
}

TEST_CASE("an entry at another position is found where it is missing, or where it stands") {
  Victim victim;
  const int64_t entries = victim.Tree().entries;
  for (int64_t position = 1; position <= entries; ++position) {
    for (const int bit : {0, 1, 2, 3, 4, 5, 6, 7, 12, 20, 28, 36, 44, 52, 60, 63}) {
      const auto moved = static_cast<int64_t>(static_cast<uint64_t>(position) ^ uint64_t{1} << bit);
      INFO(position << " at " << moved);
      const bool done = victim
                            .Do(absl::StrCat("UPDATE ledger_entry SET position = ", moved,
                                             " WHERE position = ", position))
                            .ok();
      // SQLite refuses what is there: the position is the table's key.
      REQUIRE(done == !(moved >= 1 && moved <= entries));
      if (!done) continue;
      const ledger::VerifyReport report = victim.Tree();
      REQUIRE(report.found == 2);
      CHECK(report.findings[0].position == (moved < 1 ? kNoPosition : position));
      CHECK(report.findings[1].position == (moved < 1 ? position : moved));
      REQUIRE(victim
                  .Do(absl::StrCat("UPDATE ledger_entry SET position = ", position,
                                   " WHERE position = ", moved))
                  .ok());
    }
  }
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

TEST_CASE("every byte of the only tile, flipped, is found at its entry") {
  Victim victim;
  const int64_t entries = victim.Tree().entries;
  REQUIRE(entries < 256);
  for (int64_t byte = 0; byte < 32 * entries; ++byte) {
    const std::string flip = absl::StrCat("UPDATE ledger_tile SET hashes = ",
                                          FlippedSql("hashes", byte, static_cast<int>(byte % 8)));
    REQUIRE(victim.Do(flip).ok());
    const ledger::VerifyReport report = victim.Tree();
    INFO(byte);
    REQUIRE(report.found > 0);
    REQUIRE(report.findings.front().position == byte / 32 + 1);
    REQUIRE(victim.Do(flip).ok());
  }
  REQUIRE(victim.Tree().ok());
  REQUIRE(victim.Do("INSERT INTO ledger_tile VALUES (1, 0, zeroblob(32))").ok());
  CHECK(victim.Tree().found > 0);
}

}  // namespace
}  // namespace whence::service::test
