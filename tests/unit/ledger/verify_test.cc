// Rows of governed tables and the entries that speak for them.
#include "ledger/verify.h"

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "ledger/row_scan.h"
#include "ledger_fixture.h"
#include "support/ledger_check.h"
#include "tlog/merkle.h"

namespace whence::ledger::test {
namespace {

using whence::test::LedgerFaults;

constexpr sql::Query kDeclare{
    "INSERT INTO declaration (id, comment, creator, create_time_us, position)"
    " VALUES (?1, ?2, 'user:ana', 1, ?3)"};
constexpr sql::Query kRedeclare{"UPDATE declaration SET comment = ?2 WHERE id = ?1"};
constexpr sql::Query kUndeclare{"DELETE FROM declaration WHERE id = ?1"};
constexpr sql::Query kTag{
    "INSERT INTO tag (target_id, column_name, key, valid_from, valid_to, value)"
    " VALUES (1, '', 'tier', ?1, 9223372036854775807, ?2)"};
constexpr sql::Query kEndTags{"UPDATE tag SET valid_to = ?1 WHERE valid_to = 9223372036854775807"};

// An entry that declares `count` things.
void Declare(LedgerFixture& f, int count) {
  const absl::Status status = f.Do("Declare", [&](sql::Connection& connection, Position position) {
    absl::Status done;
    for (int i = 0; i < count; ++i) {
      done.Update(connection.Execute(kDeclare, 1000 * position + i, "why", position));
    }
    return done;
  });
  REQUIRE(status.ok());
}

StoredEntry Last(LedgerFixture& f) {
  return f.ledger().GetStored(f.reader(), f.ledger().published()).value();
}

TEST_CASE("an entry counts the rows that it wrote and closed") {
  LedgerFixture f;
  Declare(f, 3);
  CHECK(Last(f).rows.count == 3);
  f.Fill(1);
  CHECK(Last(f).rows == WrittenRows{});
  const auto tag = [&](const char* value) {
    return f.Do("Tag", [&](sql::Connection& connection, Position position) {
      absl::Status done = connection.Execute(kEndTags, position);
      done.Update(connection.Execute(kTag, position, value));
      return done;
    });
  };
  REQUIRE(tag("gold").ok());
  CHECK(Last(f).rows.count == 1);
  REQUIRE(tag("silver").ok());
  CHECK(Last(f).rows.count == 2);
  CHECK(LedgerFaults(f.reader()) == "");
}

TEST_CASE("what counts is what is there when the mutation ends") {
  LedgerFixture f;
  // Written, changed, taken back and written again within one; a statement that fails; tags that
  // end in the mutation that made them, which happens when one sets a tag twice.
  REQUIRE(f.Do("Much", [](sql::Connection& connection, Position position) {
             absl::Status done = connection.Execute(kDeclare, 1, "a", position);
             done.Update(connection.Execute(kDeclare, 2, "b", position));
             done.Update(connection.Execute(kRedeclare, 1, "c"));
             done.Update(connection.Execute(kUndeclare, 2));
             CHECK_FALSE(connection.Execute(kDeclare, 1, "again", position).ok());
             connection.ClearLastErrorCode();
             done.Update(connection.Execute(kTag, position, "gold"));
             done.Update(connection.Execute(kEndTags, position));
             return done;
           }).ok());
  CHECK(Last(f).rows.count == 3);
  CHECK(LedgerFaults(f.reader()) == "");
}

TEST_CASE("a task that fails leaves its rows to nobody") {
  LedgerFixture f;
  CHECK_FALSE(f.Do("Bad", [](sql::Connection& connection, Position position) {
                 CHECK(connection.Execute(kDeclare, 1, "a", position).ok());
                 return absl::InternalError("no");
               }).ok());
  Declare(f, 1);
  CHECK(Last(f).rows.count == 1);
  CHECK(LedgerFaults(f.reader()) == "");
}

TEST_CASE("the first entry speaks for what was there before it") {
  LedgerFixture f(/*with_tree=*/false);
  f.Close();
  {
    auto connection = sql::Connection::Open(f.path()).value();
    REQUIRE(connection->Execute(kDeclare, 7, "made", 0).ok());
  }
  f.Open();
  Declare(f, 2);
  CHECK(Last(f).rows.count == 3);
  CHECK(LedgerFaults(f.reader()) == "");
  f.Tamper("UPDATE declaration SET comment = 'x' WHERE id = 7");
  CHECK_THAT(LedgerFaults(*f.Reader()),
             Catch::Matchers::StartsWith("1: the entry (Declare) wrote or closed 3 rows, of which "
                                         "changed or replaced since: declaration(id 7)\n"));
}

TEST_CASE("a finding names the entry, and of the rows that it wrote the one that changed") {
  LedgerFixture f;
  for (int i = 0; i < 5; ++i) Declare(f, 2);
  const std::string wrote = ": the entry (Declare) wrote or closed 2 rows";
  SECTION("changed") {
    f.Tamper("UPDATE declaration SET creator = 'user:eve' WHERE id = 3001");
    CHECK(LedgerFaults(*f.Reader()) ==
          "3" + wrote + ", of which changed or replaced since: declaration(id 3001)\n");
  }
  SECTION("given another key") {
    f.Tamper("UPDATE declaration SET id = 9 WHERE id = 3001");
    CHECK(LedgerFaults(*f.Reader()) ==
          "3" + wrote + ", of which changed or replaced since: declaration(id 9)\n");
  }
  SECTION("deleted") {
    f.Tamper("DELETE FROM declaration WHERE id = 3001");
    CHECK(LedgerFaults(*f.Reader()) == "3" + wrote + ", of which are gone since: 1\n");
  }
  SECTION("moved to another entry") {
    f.Tamper("UPDATE declaration SET position = 4 WHERE id = 3001");
    CHECK(LedgerFaults(*f.Reader()) ==
          "3" + wrote + ", of which are gone since: 1\n" +
              "4: the entry (Declare) wrote or closed 2 rows; others that have its "
              "position: declaration(id 3001)\n");
  }
  SECTION("more than are named") {
    Declare(f, 15);
    f.Tamper("UPDATE declaration SET comment = 'x' WHERE position = 6 AND id >= 6002");
    CHECK_THAT(LedgerFaults(*f.Reader()),
               Catch::Matchers::StartsWith("6: the entry (Declare) wrote or closed 15 rows, of "
                                           "which changed or replaced since: declaration(id 60") &&
                   Catch::Matchers::EndsWith(" and 3 more\n"));
  }
  SECTION("deleted, and two others added") {
    f.Tamper(
        "DELETE FROM declaration WHERE id = 3001;"
        "INSERT INTO declaration VALUES (8, '', '', 1, 3), (9, '', '', 1, 3)");
    CHECK(LedgerFaults(*f.Reader()) == "3" + wrote +
                                           ", of which changed or gone since: 1; in their place: " +
                                           "declaration(id 8), declaration(id 9)\n");
  }
  SECTION("ahead of the ledger") {
    f.Tamper("INSERT INTO declaration VALUES (9, '', '', 1, 6)");
    CHECK(LedgerFaults(*f.Reader()) ==
          "6: rows have a position at which there is no entry: declaration(id 9)\n");
  }
  SECTION("of no entry") {
    f.Tamper(
        "INSERT INTO declaration VALUES (9, '', '', 1, -7);"
        "INSERT INTO token_scope VALUES (1, 1)");
    CHECK(LedgerFaults(*f.Reader()) ==
          "0: 1 rows of declaration have a position that no entry can have, or refer to a row that "
          "is missing\n"
          "0: 1 rows of token_scope have a position that no entry can have, or refer to a row that "
          "is missing\n");
  }
}

// What an entry keeps of its rows is no part of its leaf: what it says is believed as far as it
// makes the root that stands there.
TEST_CASE("what an entry keeps of its rows is checked, and not believed where it cannot be") {
  LedgerFixture f;
  for (int i = 0; i < 5; ++i) Declare(f, 2);
  const std::string change = "UPDATE declaration SET creator = 'user:eve' WHERE id = 3001;";
  const std::string any =
      "3: the entry (Declare) wrote or closed 2 rows, and not those 2 that have its position now: "
      "declaration(id 3000), declaration(id 3001)\n";
  SECTION("changed alone") {
    f.Tamper("UPDATE ledger_entry_rows SET hashes = zeroblob(64) WHERE position = 3");
    CHECK(LedgerFaults(*f.Reader()) == "3: what the entry keeps of its rows is not theirs\n");
  }
  SECTION("one hash is missing") {
    f.Tamper("UPDATE ledger_entry_rows SET hashes = substr(hashes, 1, 32) WHERE position = 3");
    CHECK(LedgerFaults(*f.Reader()) == "3: what the entry keeps of its rows is not theirs\n");
  }
  SECTION("not there, as with entries from before it was kept") {
    f.Tamper("DELETE FROM ledger_entry_rows");
    CHECK(LedgerFaults(*f.Reader()) == "");
    f.Tamper(change);
    CHECK(LedgerFaults(*f.Reader()) == any);
  }
  SECTION("not there, and no row either") {
    f.Tamper("DELETE FROM ledger_entry_rows; DELETE FROM declaration WHERE position = 3");
    CHECK(LedgerFaults(*f.Reader()) ==
          "3: the entry (Declare) wrote or closed 2 rows, and not those 0 that have its position "
          "now\n");
  }
  SECTION("not even the table is there, as in a file of the sixth schema") {
    f.Tamper("DROP TABLE ledger_entry_rows");
    CHECK(LedgerFaults(*f.Reader()) == "");
    f.Tamper(change);
    CHECK(LedgerFaults(*f.Reader()) == any);
  }
  SECTION("as it was, while the entry speaks for others") {
    f.Tamper("UPDATE ledger_entry SET rows_root = zeroblob(32) WHERE position = 3");
    CHECK_THAT(LedgerFaults(*f.Reader()),
               Catch::Matchers::Contains("3: the entry (Declare) speaks for other rows than those "
                                         "that it keeps the hashes of, which are there\n"));
  }
  SECTION("of a single row nothing is kept: its hash is the root") {
    Declare(f, 1);
    f.Tamper("UPDATE declaration SET comment = 'x' WHERE position = 6");
    CHECK(LedgerFaults(*f.Reader()) ==
          "6: the entry (Declare) wrote or closed 1 row, of which changed or replaced since: "
          "declaration(id 6000)\n");
    f.Tamper("UPDATE ledger_entry SET rows_root = NULL WHERE position = 6");
    CHECK_THAT(LedgerFaults(*f.Reader()),
               Catch::Matchers::Contains("6: the entry (Declare) wrote or closed 1 row, and not "
                                         "those 1 that have its position now: declaration(id "
                                         "6000)\n"));
  }
  SECTION("in another order, with the row") {
    f.Tamper(change +
             "UPDATE ledger_entry_rows SET hashes ="
             " CAST(substr(hashes, 33) || substr(hashes, 1, 32) AS BLOB) WHERE position = 3");
    CHECK(LedgerFaults(*f.Reader()) == any);
  }
  SECTION("changed with the row") {
    f.Tamper(change + "UPDATE ledger_entry_rows SET hashes = zeroblob(64) WHERE position = 3");
    CHECK(LedgerFaults(*f.Reader()) == any);
  }
  SECTION("a byte too many, with the row") {
    f.Tamper(change + "UPDATE ledger_entry_rows SET hashes = CAST(hashes || x'00' AS BLOB)");
    CHECK_THAT(LedgerFaults(*f.Reader()), Catch::Matchers::Contains(any));
  }
}

TEST_CASE("a check in small windows finds what one in a large one finds") {
  static_assert(kMaxVerifiedRows > 1000);
  LedgerFixture f;
  for (const int count : {1, 3, 0, 40, 2, 2, 7, 1}) Declare(f, count);
  const VerifyOptions small{.max_rows = 5};
  const VerifyReport all = VerifyTables(f.reader(), small).value();
  CHECK(all.ok());
  CHECK(all.rows == 56);
  CHECK(all.entries == 8);
  f.Tamper("UPDATE declaration SET comment = 'x' WHERE id IN (4007, 8000)");
  const auto reader = f.Reader();
  const VerifyReport report = VerifyTables(*reader, small).value();
  CHECK(report.found == 2);
  CHECK(report.findings == VerifyTables(*reader, {}).value().findings);
  CHECK(report.findings[0].position == 4);
  CHECK(report.findings[1].position == 8);
}

TEST_CASE("a window holds no more rows than it may, but for those of one entry") {
  LedgerFixture f;
  for (const int count : {2, 2, 30, 2, 2}) Declare(f, count);
  RowHasher hasher("secret");
  size_t rows = 0;
  int windows = 0;
  for (Position begin = 1; begin != kForever; ++windows) {
    const RowWindow window =
        ReadWindow(f.reader(), hasher, begin, 4, [](int64_t) { return absl::OkStatus(); }).value();
    CHECK((window.rows.size() <= 4 || window.end == begin + 1));
    CHECK(window.end > begin);
    rows += window.rows.size();
    begin = window.end;
  }
  CHECK(rows == 38);
  CHECK(windows >= 4);
}

TEST_CASE("of many findings the first are named, and all are counted") {
  LedgerFixture f;
  const int entries = 3 * static_cast<int>(kMaxLedgerFindings);
  f.Fill(entries, 100);
  f.Tamper(
      "UPDATE ledger_entry SET via = 'x'; INSERT INTO declaration"
      " SELECT position, '', '', 1, position FROM ledger_entry");
  const auto reader = f.Reader();
  for (const auto& check : {VerifyTree, VerifyTables}) {
    const VerifyReport report = check(*reader, {}).value();
    CHECK(report.found == entries);
    REQUIRE(report.findings.size() == kMaxLedgerFindings);
    CHECK(report.findings.front().position == 1);
    CHECK(report.findings.back().position == static_cast<Position>(kMaxLedgerFindings));
  }
}

TEST_CASE("a check tells how far it is, and ends when it is told to") {
  LedgerFixture f;
  Declare(f, 2);
  std::vector<std::string> told;
  VerifyOptions options;
  options.progress = [&](std::string_view what, int64_t done, int64_t total) {
    told.push_back(StrCat(what, " ", done, " of ", total));
    return absl::OkStatus();
  };
  REQUIRE(VerifyTree(f.reader(), options).ok());
  CHECK(told.back() == "entries 1 of 1");
  REQUIRE(VerifyTables(f.reader(), options).ok());
  CHECK_THAT(told.back(), Catch::Matchers::StartsWith("rows "));
  options.progress = [](std::string_view, int64_t, int64_t) {
    return absl::CancelledError("enough");
  };
  CHECK(absl::IsCancelled(VerifyTree(f.reader(), options).status()));
  CHECK(absl::IsCancelled(VerifyTables(f.reader(), options).status()));
}

TEST_CASE("a kept head that the ledger never had is found") {
  LedgerFixture f;
  f.Fill(10);
  tlog::Checkpoint kept{.origin = f.log().origin(),
                        .size = 6,
                        .root = f.log().Root(f.reader(), 6).value(),
                        .extensions = {}};
  CHECK(LedgerFaults(f.reader(), {.kept = {kept}}) == "");
  kept.root.bytes[0] ^= 1;
  CHECK(LedgerFaults(f.reader(), {.kept = {kept}}) ==
        "1: the checkpoint that was kept of 6 entries has another head than they have: the first "
        "that is another is one of 1 to 6; the one of 7 is theirs, so two histories were signed\n");
  kept.size = 11;
  CHECK(LedgerFaults(f.reader(), {.kept = {kept}}) ==
        "11: entries were taken away: the tree has 10, and the checkpoint that was kept has 11\n");
}

TEST_CASE("a stored checkpoint that nobody signed is found") {
  LedgerFixture f;
  f.Fill(3, 1);
  SECTION("changed") {
    f.Tamper(
        "UPDATE ledger_checkpoint SET note = replace(note, char(10) || '1' || char(10),"
        " char(10) || '2' || char(10))");
  }
  SECTION("under another size") {
    f.Tamper("UPDATE ledger_checkpoint SET size = 2 WHERE size = 1");
  }
  SECTION("no key any more") { f.Tamper("UPDATE ledger_key SET vkey = 'x'"); }
  CHECK_THAT(LedgerFaults(*f.Reader()), Catch::Matchers::StartsWith("0: "));
}

TEST_CASE("many old entries get their leaves in several transactions") {
  LedgerFixture f(/*with_tree=*/false);
  const int count = static_cast<int>(kMaxBackfilledEntries) + 1;
  f.Fill(count, 1000);
  Declare(f, 3);
  f.Close();
  f.Open();
  CHECK(f.log().size() == static_cast<uint64_t>(count) + 1);
  CHECK(Last(f).rows.count == 3);
  CHECK(LedgerFaults(f.reader()) == "");
}

TEST_CASE("leaves for old entries that a kill has interrupted are made from there on") {
  LedgerFixture f(/*with_tree=*/false);
  f.Fill(600, 100);
  Declare(f, 2);
  f.Close();
  f.Open();
  const tlog::Hash root = f.log().Root(f.reader(), 300).value();
  // As if only the first 300 had been done: their part of the tree is there, and no more.
  f.Tamper(
      "UPDATE ledger_entry SET commitment = NULL, salt = NULL, rows_root = NULL, row_count = 0"
      " WHERE position > 300;"
      "DELETE FROM ledger_tile WHERE level = 0 AND idx > 1;"
      "UPDATE ledger_tile SET hashes = CAST(substr(hashes, 1, 32 * 44) AS BLOB)"
      " WHERE level = 0 AND idx = 1;"
      "UPDATE ledger_tile SET hashes = CAST(substr(hashes, 1, 32) AS BLOB) WHERE level = 1;"
      "DELETE FROM ledger_checkpoint");
  f.Open();
  CHECK(f.log().size() == 601);
  CHECK(f.log().Root(f.reader(), 300).value() == root);
  CHECK(LedgerFaults(f.reader()) == "");
}

TEST_CASE("proofs hold however many tiles they come from") {
  LedgerFixture f;
  const int count = static_cast<int>(kMaxProofTiles + 8) * 256 + 17;
  f.Fill(count, 1000);
  const auto size = static_cast<uint64_t>(count);
  const tlog::Hash root = f.log().Root(f.reader(), size).value();
  for (uint64_t index = 0; index < size; index += 61) {
    const auto position = static_cast<Position>(index) + 1;
    const auto proof = f.log().InclusionProof(f.reader(), position, size).value();
    const tlog::Hash leaf = tlog::LeafHash(f.log().Leaf(f.reader(), position).value());
    CHECK(tlog::CheckInclusion(index, size, leaf, proof, root).ok());
  }
}

}  // namespace
}  // namespace whence::ledger::test
