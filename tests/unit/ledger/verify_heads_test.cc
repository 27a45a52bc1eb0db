// Signed heads and the keys that signed them: what a check makes of those that are stored, kept by
// an auditor, and remembered beside the key.
#include <catch2/catch.hpp>

#include <filesystem>

#include "ledger/signer.h"
#include "ledger/verify.h"
#include "ledger_fixture.h"
#include "sql/data_folder.h"
#include "support/ledger_check.h"
#include "tlog/note_key.h"

namespace whence::ledger::test {
namespace {

namespace fs = std::filesystem;

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using whence::test::TextOf;

// Signs what there is.
tlog::Checkpoint Sign(LedgerFixture& f) {
  absl::StatusOr<SignedCheckpoint> made = absl::UnknownError("no answer");
  f.log().CheckpointNow([&](absl::StatusOr<SignedCheckpoint> head) { made = std::move(head); });
  f.Run();
  REQUIRE(made.ok());
  return {.origin = f.log().origin(), .size = made->size, .root = made->root, .extensions = {}};
}

VerifyReport Check(const LedgerFixture& f, const VerifyOptions& options = {}) {
  return VerifyTree(*f.Reader(), options).value();
}

using Lines = std::vector<std::string>;

TEST_CASE("what no signed head has is said") {
  LedgerFixture f;
  f.Fill(10);
  const tlog::Checkpoint kept = Sign(f);
  CHECK(Check(f).unchecked == Lines{});
  f.Fill(20);
  f.Tamper("DELETE FROM ledger_checkpoint WHERE size > 10");
  CHECK(Check(f).ok());
  CHECK(Check(f).unchecked == Lines{"entries 11 to 30: no signed head has them"});
  f.Tamper("DELETE FROM ledger_checkpoint");
  CHECK(Check(f).ok());
  CHECK(Check(f).unchecked == Lines{"entries 1 to 30: no signed head has them"});
  CHECK(Check(f, {.kept = {kept}}).unchecked == Lines{"entries 11 to 30: no signed head has them"});
  f.Tamper("DELETE FROM ledger_entry WHERE position > 11; DELETE FROM ledger_tile");
  const VerifyReport report = Check(f);
  CHECK(report.found == 11);
  CHECK(report.unchecked == Lines{});  // no entry is in the tree
}

TEST_CASE("one entry that no signed head has is said") {
  LedgerFixture f;
  f.Fill(1);
  f.Tamper("DELETE FROM ledger_checkpoint");
  CHECK(Check(f).unchecked == Lines{"entry 1: no signed head has it"});
}

TEST_CASE("a check counts the tiles that it has read") {
  LedgerFixture f;
  CHECK(Check(f).tiles == 0);
  f.Fill(10);
  CHECK(Check(f).tiles == 1);
  f.Fill(300, 100);
  CHECK(Check(f).tiles == 3);  // two of leaves, and the one over them
}

// A history that goes on from another one's first `common` entries: as an older copy of the
// database does that is run elsewhere.
struct Forked {
  explicit Forked(int common, int kept_more, int more) {
    f.Fill(common);
    if (common > 0) Sign(f);
    f.Close();
    const std::string copy = f.folder.path() + "/copy";
    fs::copy_file(f.path(), copy);
    f.Open();
    f.Fill(kept_more);
    kept = Sign(f);
    f.Close();
    fs::copy_file(copy, f.path(), fs::copy_options::overwrite_existing);
    f.Open();
    f.clock.Advance(absl::Minutes(1));
    f.Fill(more);
    f.Close();
  }
  LedgerFixture f;
  tlog::Checkpoint kept;
};

TEST_CASE("an older copy is found by who kept a larger head, at the first entry that is gone") {
  const Forked forked(5, 10, 0);
  const VerifyReport report = Check(forked.f, {.kept = {forked.kept}});
  CHECK(TextOf(report) ==
        "6: entries were taken away: the tree has 5, and the checkpoint that was kept has 15\n");
  CHECK(Check(forked.f).ok());
}

TEST_CASE("an older copy is found beside what the server remembers that it signed") {
  const Forked forked(5, 10, 0);
  const VerifyOptions options{.folder = forked.f.folder.path()};
  const std::string path = options.folder + "/ledger.signed";
  CHECK(TextOf(Check(forked.f, options)) ==
        "6: entries were taken away: the tree has 5, and the head in ledger.signed has 15\n");
  SECTION("unless it is not there, and that is said") {
    fs::remove(path);
    const VerifyReport report = Check(forked.f, options);
    CHECK(report.ok());
    CHECK(report.unchecked == Lines{"whether this is an older copy: ledger.signed says which head "
                                    "was signed last, and it is missing"});
  }
  SECTION("or cannot be read, and that is said") {
    fs::permissions(path, fs::perms::others_read, fs::perm_options::add);
    const VerifyReport report = Check(forked.f, options);
    CHECK(report.ok());
    REQUIRE(report.unchecked.size() == 1);
    CHECK_THAT(report.unchecked[0], StartsWith("whether this is an older copy: "));
  }
  SECTION("or nothing was signed yet") {
    REQUIRE(sql::WriteSecretFile(path, "").ok());
    const VerifyReport report = Check(forked.f, options);
    CHECK(report.ok());
    CHECK(report.unchecked == Lines{});
  }
  SECTION("and what is none is found") {
    REQUIRE(sql::WriteSecretFile(path, "nothing\n").ok());
    CHECK(TextOf(Check(forked.f, options)) ==
          "0: ledger.signed is not a head that the ledger's key signed\n");
  }
}

TEST_CASE("a copy that went on by itself is found behind the last head that both have") {
  const Forked forked(5, 10, 20);
  CHECK(TextOf(Check(forked.f, {.kept = {forked.kept}})) ==
        "6: the checkpoint that was kept of 15 entries has another head than they have: the first "
        "that is another is one of 6 to 15\n");
  CHECK(TextOf(Check(forked.f, {.folder = forked.f.folder.path()})) ==
        "6: the head in ledger.signed of 15 entries has another head than they have: the first "
        "that is another is one of 6 to 15\n");
}

TEST_CASE("where the histories part is told when there is only one entry") {
  const Forked forked(5, 1, 20);
  CHECK(TextOf(Check(forked.f, {.kept = {forked.kept}})) ==
        "6: the checkpoint that was kept of 6 entries has another head than they have: the last of "
        "them is another\n");
}

TEST_CASE("two histories that were both signed are told from one that was changed") {
  Forked forked(5, 10, 20);
  tlog::Checkpoint later{.origin = forked.kept.origin, .size = 20, .root = {}, .extensions = {}};
  forked.f.Open();
  later.root = forked.f.log().Root(forked.f.reader(), 20).value();
  CHECK(TextOf(Check(forked.f, {.kept = {forked.kept, later}})) ==
        "6: the checkpoint that was kept of 15 entries has another head than they have: the first "
        "that is another is one of 6 to 15; the one of 20 is theirs, so two histories were "
        "signed\n");
}

TEST_CASE("of heads that hold no more, the entry that is wrong is named, and how many there are") {
  LedgerFixture f;
  for (int i = 0; i < 5; ++i) {
    f.Fill(4);
    Sign(f);
  }
  f.Tamper(
      "UPDATE ledger_tile SET hashes = CAST(substr(hashes, 1, 32 * 9) || zeroblob(32) ||"
      " substr(hashes, 32 * 10 + 1) AS BLOB)");
  CHECK(TextOf(Check(f)) ==
        "10: the entry is not the one in the tree\n"
        "10: the stored checkpoint of 12 entries has another head than they have: the first that "
        "is another is one of 9 to 12, and so have 2 larger ones\n");
}

TEST_CASE("a head of no entries can only be one") {
  LedgerFixture f;
  f.Fill(3);
  CHECK(
      TextOf(Check(
          f, {.kept = {{.origin = f.log().origin(), .size = 0, .root = {}, .extensions = {}}}})) ==
      "0: the checkpoint that was kept of 0 entries has another head than they have: there is "
      "only one of none\n");
}

TEST_CASE("a ledger that has lost its name is found, not taken for one that has not begun") {
  LedgerFixture f;
  f.Fill(3);
  const tlog::Checkpoint kept = Sign(f);
  f.Tamper("DELETE FROM ledger_log");
  const std::string nameless =
      "0: the database does not say which ledger it holds, nor how its rows are hashed\n";
  CHECK(TextOf(Check(f)) == nameless);
  CHECK(TextOf(VerifyTables(*f.Reader(), {}).value()) == nameless);
  f.Tamper("DELETE FROM ledger_tile; DELETE FROM ledger_checkpoint; DELETE FROM ledger_key");
  CHECK(TextOf(Check(f, {.kept = {kept}})) ==
        nameless +
            "1: the entry is not in the tree\n"
            "1: entries were taken away: the tree has 0, and the checkpoint that was kept has 3\n"
            "2: the entry is not in the tree\n"
            "3: the entry is not in the tree\n");
  CHECK(whence::test::ReasonOf(VerifyTree(*f.Reader(), {}).status()) == "LEDGER_NOT_STARTED");
}

TEST_CASE("what a witness cosigned is a head like others") {
  LedgerFixture f;
  f.Fill(4);
  Sign(f);
  const tlog::SignerKey witness =
      tlog::SignerKey::Generate("witness.example", tlog::KeyType::kCosignature).value();
  tlog::Note note = tlog::Note::Parse(f.log().LatestCheckpoint()->note).value();
  REQUIRE(note.Sign(witness, 1'700'000'000).ok());
  const auto put = [&](const std::string& vkey, int size, const std::string& text) {
    f.Tamper(StrCat("DELETE FROM ledger_witness; INSERT INTO ledger_witness VALUES ('", vkey, "', ",
                    size, ", 1, '", text, "')"));
  };
  const std::string vkey = witness.verifier().ToText();
  const std::string unsigned_note = f.log().LatestCheckpoint()->note;
  put(vkey, 4, note.ToText());
  CHECK(TextOf(Check(f)) == "");
  const int64_t all = Check(f).checkpoints;
  f.Tamper("DELETE FROM ledger_checkpoint");
  CHECK(all > 1);
  CHECK(TextOf(Check(f)) == "");
  CHECK(Check(f).unchecked == Lines{});
  const std::string of_4 = "0: the stored checkpoint of 4 entries is not one that the witness ";
  SECTION("of another size") {
    put(vkey, 3, note.ToText());
    CHECK_THAT(TextOf(Check(f)), StartsWith("0: the stored checkpoint of 3 entries is not one"));
  }
  SECTION("without its signature") {
    put(vkey, 4, unsigned_note);
    CHECK(TextOf(Check(f)) == of_4 + "witness.example cosigned\n");
  }
  SECTION("by no key") {
    put("witness", 4, note.ToText());
    CHECK(TextOf(Check(f)) == of_4 + "beside it cosigned\n");
  }
}

// ---- keys, and every byte of what is signed -----------------------------------------------------

struct Stored {
  std::string table;
  std::string column;
  std::string row;  // a condition
};

constexpr sql::Query kValue{"SELECT value FROM temp.told"};

// The text as it is stored.
std::string ValueOf(sql::Connection& connection, const Stored& stored) {
  REQUIRE(connection
              .ExecuteScript(
                  StrCat("DROP TABLE IF EXISTS temp.told; CREATE TEMP TABLE told AS SELECT ",
                         stored.column, " AS value FROM ", stored.table, " WHERE ", stored.row))
              .ok());
  sql::Rows rows = connection.Run(kValue);
  REQUIRE(rows.Next());
  return std::string(stored.column == "rows_secret" ? rows.Blob(0) : rows.Text(0));
}

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes)
    StrAppend(&hex, absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
  return hex;
}

void Put(sql::Connection& connection, const Stored& stored, const std::string& value) {
  const std::string type = stored.column == "rows_secret" ? "BLOB" : "TEXT";
  const absl::Status done =
      connection.ExecuteScript(StrCat("UPDATE ", stored.table, " SET ", stored.column, " = CAST(x'",
                                      Hex(value), "' AS ", type, ") WHERE ", stored.row));
  REQUIRE(done.ok());
}

TEST_CASE("every byte of the log's name, its keys and its signed heads, changed, is found") {
  LedgerFixture f;
  REQUIRE(f.Do("Declare", [](sql::Connection& connection, Position position) {
             static constexpr sql::Query kDeclare{
                 "INSERT INTO declaration (id, comment, creator, create_time_us, position)"
                 " VALUES (1, '', 'user:ana', 1, ?1)"};
             return connection.Execute(kDeclare, position);
           }).ok());
  f.Fill(4);
  Sign(f);
  f.Reopen({.new_key = true});  // the old key speaks for the new one, and both sign the head of 5
  f.Fill(5);
  Sign(f);
  f.Close();
  const auto file = sql::Connection::Open(f.path()).value();
  REQUIRE(file->ExecuteScript("PRAGMA synchronous = OFF").ok());
  REQUIRE(whence::test::LedgerFaults(*file) == "");
  for (const Stored& stored :
       {Stored{"ledger_log", "origin", "1"}, Stored{"ledger_log", "rows_secret", "1"},
        Stored{"ledger_key", "vkey", "number = 1"}, Stored{"ledger_key", "vkey", "number = 2"},
        Stored{"ledger_key", "endorsement", "number = 2"},
        Stored{"ledger_checkpoint", "note", "size = 5"},
        Stored{"ledger_checkpoint", "note", "size = 10"}}) {
    const std::string value = ValueOf(*file, stored);
    REQUIRE(value.size() > 20);
    for (size_t i = 0; i < value.size(); ++i) {
      for (const int mask : {1, 128}) {
        std::string other = value;
        other[i] = static_cast<char>(other[i] ^ mask);
        Put(*file, stored, other);
        INFO(stored.table << "." << stored.column << " " << stored.row << " byte " << i << " ^ "
                          << mask);
        CHECK_FALSE(whence::test::LedgerFaults(*file).empty());
      }
    }
    Put(*file, stored, value + value);
    CHECK_FALSE(whence::test::LedgerFaults(*file).empty());
    Put(*file, stored, value);
  }
  REQUIRE(whence::test::LedgerFaults(*file) == "");
}

TEST_CASE("rows of keys and heads that are exchanged, doubled or gone are found") {
  const auto [script, wanted] = GENERATE(table<std::string, std::string>({
      {"UPDATE ledger_checkpoint SET size = 6 WHERE size = 10", "0: the stored checkpoint of 6"},
      {"INSERT INTO ledger_checkpoint SELECT 9, time_us, note FROM ledger_checkpoint"
       " WHERE size = 10",
       "0: the stored checkpoint of 9 entries is not one that the ledger's key signed\n"},
      {"UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = 5)"
       " WHERE size = 10",
       "0: the stored checkpoint of 10"},
      {"UPDATE ledger_checkpoint SET note = ''", "0: the stored checkpoint of "},
      {"DELETE FROM ledger_key", "0: the stored checkpoint of "},
      {"DELETE FROM ledger_key WHERE number = 1", "0: public key 2 of the ledger stands where 1"},
      {"DELETE FROM ledger_key WHERE number = 2", "0: the stored checkpoint of "},
      {"UPDATE ledger_key SET number = 3 WHERE number = 2", "0: public key 3 of the ledger stands"},
      {"UPDATE ledger_key SET number = 3 WHERE number = 1", "0: public key 2 of the ledger stands"},
      {"INSERT INTO ledger_key SELECT 3, vkey, from_size, time_us, endorsement FROM ledger_key"
       " WHERE number = 2",
       "0: what is said for public key 3 of the ledger was not signed"},
      {"UPDATE ledger_key SET from_size = from_size + 1 WHERE number = 2",
       "0: what is said for public key 2 of the ledger was not signed by the key before\n"},
      {"UPDATE ledger_key SET endorsement = (SELECT endorsement FROM ledger_key WHERE number = 2)"
       " WHERE number = 1",
       "0: what is said for public key 1 of the ledger was not signed by the key before\n"},
  }));
  INFO(script);
  LedgerFixture f;
  f.Fill(5);
  f.Reopen({.new_key = true});
  f.Fill(5);
  Sign(f);
  REQUIRE(TextOf(Check(f)) == "");
  f.Tamper(script);
  CHECK_THAT(TextOf(Check(f)), StartsWith(wanted));
}

// Nothing that is signed says it (ledger/verify.h).
TEST_CASE("when a head was signed and a key was made is nobody's word") {
  LedgerFixture f;
  f.Fill(5);
  Sign(f);
  f.Tamper("UPDATE ledger_checkpoint SET time_us = 1; UPDATE ledger_key SET time_us = 1");
  CHECK(TextOf(Check(f)) == "");
}

}  // namespace
}  // namespace whence::ledger::test
