// A ledger of three thousand entries that somebody changed behind the server's back: every byte of
// every entry and of every tile, and what is deleted, doubled, exchanged, cut off, put back or
// written anew. All of it is found, and the first place is named. Rows of the governed tables, and
// a ledger in which all kinds of them are, stand in tests/unit/service/ledger_tamper_*_test.cc.
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

#include "ledger/signer.h"
#include "ledger/tree_store.h"
#include "ledger/verify.h"
#include "ledger_fixture.h"
#include "support/flip_sql.h"
#include "support/ledger_check.h"
#include "tlog/appender.h"
#include "tlog/tile.h"

namespace whence::ledger::test {
namespace {

namespace fs = std::filesystem;

using whence::test::FlippedSql;
using whence::test::HasByteSql;
using whence::test::TextOf;

constexpr int kEntries = 3000;  // eleven full tiles, one of 184, and over them one of eleven
constexpr int kBatch = 250;
constexpr size_t kAllFindings = 100'000;

constexpr sql::Query kDeclare{
    "INSERT INTO declaration (id, comment, creator, create_time_us, position)"
    " VALUES (?1, 'why', 'user:ana', 1, ?2)"};
constexpr sql::Query kTold{"SELECT value FROM temp.told"};
constexpr sql::Query kTile{"SELECT hashes FROM ledger_tile WHERE level = ?1 AND idx = ?2"};
constexpr sql::Query kPutTile{"UPDATE ledger_tile SET hashes = ?3 WHERE level = ?1 AND idx = ?2"};
constexpr sql::Query kCommit{"UPDATE ledger_entry SET commitment = ?2 WHERE position = ?1"};

// Made once: of every kind of entry some, and rows of every tenth. A head is signed every 250.
class Original {
 public:
  static const Original& Get() {
    static const Original original;
    return original;
  }

  std::string path() const { return f_.path(); }
  // What an auditor has: the newest head, and the one of so many entries.
  const tlog::Checkpoint& newest() const { return newest_; }
  const tlog::Checkpoint& Of(uint64_t size) const { return heads_.at(size); }

 private:
  Original() {
    for (int i = 0; i < kEntries / kBatch; ++i) {
      f_.clock.Advance(absl::Seconds(2));
      AddBatch();
      absl::StatusOr<SignedCheckpoint> made = absl::UnknownError("no answer");
      f_.log().CheckpointNow([&](absl::StatusOr<SignedCheckpoint> h) { made = std::move(h); });
      f_.Run();
    }
    for (const uint64_t size : {999, 1000, 1100, 1101, 2000, kEntries}) {
      heads_[size] = {.origin = f_.log().origin(),
                      .size = size,
                      .root = f_.log().Root(f_.reader(), size).value(),
                      .extensions = {}};
    }
    newest_ = Of(kEntries);
    f_.Close();
    REQUIRE(whence::test::LedgerFaults(f_.path()) == "");
  }

  void AddBatch() {
    std::vector<absl::Status> outcomes(kBatch, absl::UnknownError("did not run"));
    for (absl::Status& outcome : outcomes) {
      f_.writer().Submit(
          {.execute = [this](sql::WriteContext& context) { return Add(context); },
           .finish = [&outcome](absl::Status status) { outcome = std::move(status); }});
    }
    f_.Run();
    for (const absl::Status& outcome : outcomes) REQUIRE(outcome.ok());
  }

  absl::Status Add(sql::WriteContext& context) {
    const Position position = context.Next(sql::Counter::kPosition);
    Entry entry = LedgerFixture::EntryAt(position, context.now(), "CreateAsset");
    entry.kind = static_cast<EntryKind>(1 + position % 4);
    if (position % 3 == 0) entry.detail = StrCat(R"({"reads":)", position, "}");
    if (position % 5 == 0) entry.outcome = "PERMISSION_DENIED";
    if (position % 7 == 0) entry.repeats = position;
    if (position % 11 == 0) entry.rate = 10;
    absl::Status status;
    for (int i = 0; position % 10 == 0 && i < 2; ++i) {
      status.Update(context.connection().Execute(kDeclare, 10 * position + i, position));
    }
    status.Update(f_.ledger().Append(context, entry));
    context.OnCommit([this, position] { f_.ledger().Publish(position); });
    return status;
  }

  LedgerFixture f_;
  std::map<uint64_t, tlog::Checkpoint> heads_;
  tlog::Checkpoint newest_;
};

// A copy to be tampered with. Nothing that SQLite could object to is left but the types of columns,
// NOT NULL and keys.
class Copy {
 public:
  Copy() {
    fs::copy_file(Original::Get().path(), path());
    file_ = sql::Connection::Open(path()).value();
    Must("PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = ON");
  }

  absl::Status Do(const std::string& script) { return file_->ExecuteScript(script); }
  void Must(const std::string& script) {
    const absl::Status done = Do(script);
    INFO(script << ": " << done);
    REQUIRE(done.ok());
  }
  // The only column of a query.
  std::vector<int64_t> Ask(const std::string& select) {
    Must(StrCat("DROP TABLE IF EXISTS temp.told; CREATE TEMP TABLE told AS ", select));
    std::vector<int64_t> values;
    sql::Rows rows = file_->Run(kTold);
    while (rows.Next()) values.push_back(rows.Int64(0));
    return values;
  }

  VerifyReport Tree(const std::vector<tlog::Checkpoint>& kept = {}) {
    return VerifyTree(*file_, {.kept = kept, .max_findings = kAllFindings}).value();
  }
  VerifyReport Tables() { return VerifyTables(*file_, {.max_findings = kAllFindings}).value(); }
  // Both, by an auditor who kept the newest head.
  std::set<Position> Found() {
    std::set<Position> found;
    for (const VerifyReport& report : {Tree({Original::Get().newest()}), Tables()}) {
      for (const Finding& finding : report.findings) found.insert(finding.position);
    }
    return found;
  }

  std::string Tile(int level, int index) {
    sql::Rows rows = file_->Run(kTile, level, index);
    REQUIRE(rows.Next());
    return std::string(rows.Blob(0));
  }
  void PutTile(int level, int index, const std::string& hashes) {
    REQUIRE(file_->Execute(kPutTile, level, index, sql::Blob{hashes}).ok());
  }

  // What somebody does who knows how a ledger is made: commitments, leaves and tiles of the entries
  // as they are now. Nobody has the key to sign that.
  void MakeConsistent() {
    Ledger ledger;
    tlog::Appender appender;
    for (const int64_t position : Ask("SELECT position AS value FROM ledger_entry ORDER BY 1")) {
      StoredEntry stored = ledger.GetStored(*file_, position).value();
      stored.commitment = Commit(stored.salt.value(), stored.entry).value();
      REQUIRE(file_->Execute(kCommit, position, sql::Blob{stored.commitment.view()}).ok());
      appender.Append(tlog::LeafHash(LeafOf(stored).value()));
    }
    Must("DELETE FROM ledger_tile");
    REQUIRE(WriteTiles(*file_, appender.TakeChanges()).ok());
  }

  sql::Connection& file() { return *file_; }
  std::string path() const { return folder_.path() + "/whence.db"; }

 private:
  whence::test::TemporaryFolder folder_;
  std::unique_ptr<sql::Connection> file_;
};

std::set<Position> PositionsOf(const VerifyReport& report) {
  std::set<Position> positions;
  for (const Finding& finding : report.findings) positions.insert(finding.position);
  return positions;
}

// The first entry that is named; 0 where what is wrong is of none.
Position FirstOf(const std::set<Position>& found) {
  const auto first = found.upper_bound(kNoPosition);
  return first == found.end() ? kNoPosition : *first;
}

// ---- entries ------------------------------------------------------------------------------------

enum class Type { kText, kBlob, kInteger };
struct Column {
  std::string name;
  Type type;
};
// All but the position.
const std::vector<Column>& Columns() {
  static const std::vector<Column> columns = {
      {"time_us", Type::kInteger},   {"actor", Type::kText},      {"via", Type::kText},
      {"action", Type::kText},       {"resource", Type::kText},   {"request_id", Type::kText},
      {"digest", Type::kBlob},       {"kind", Type::kInteger},    {"outcome", Type::kText},
      {"detail", Type::kText},       {"repeats", Type::kInteger}, {"rate", Type::kInteger},
      {"row_count", Type::kInteger}, {"rows_root", Type::kBlob},  {"commitment", Type::kBlob},
      {"salt", Type::kBlob}};
  return columns;
}

int64_t BytesOf(Copy& copy, const Column& column) {
  if (column.type == Type::kInteger) return 8;
  return copy.Ask(
      StrCat("SELECT max(length(CAST(", column.name, " AS BLOB))) AS value FROM ledger_entry"))[0];
}

// A check looks at each entry by itself, beside its leaf: so one check of all entries with a byte
// flipped, in which just those are named, is worth one of each. The next test flips some alone.
TEST_CASE("every byte of every column of three thousand entries, flipped, is found at its entry") {
  Copy copy;
  int64_t bytes = 0;
  for (const Column& column : Columns()) {
    const int64_t size = BytesOf(copy, column);
    REQUIRE(size > 0);
    for (int64_t byte = 0; byte < size; ++byte, ++bytes) {
      const std::string has = HasByteSql(column.name, byte);
      const std::vector<int64_t> positions =
          copy.Ask(StrCat("SELECT position AS value FROM ledger_entry WHERE ", has));
      const std::string flip =
          StrCat("UPDATE ledger_entry SET ", column.name, " = ",
                 FlippedSql(column.name, byte, static_cast<int>(byte % 8)), " WHERE ", has);
      copy.Must(flip);
      INFO("byte " << byte << " of " << column.name << " of " << positions.size() << " entries");
      REQUIRE(!positions.empty());
      REQUIRE(PositionsOf(copy.Tree()) == std::set<Position>(positions.begin(), positions.end()));
      copy.Must(flip);
    }
  }
  CHECK(bytes > 200);
  CHECK(copy.Tree().ok());
}

// First and last, and at the borders of tiles.
const std::vector<Position>& Sample() {
  static const std::vector<Position> sample = {1, 2, 255, 256, 257, 770, 1500, 2816, 2817, 3000};
  return sample;
}

TEST_CASE("a byte of one entry, flipped alone, is found at just that entry") {
  Copy copy;
  int64_t turn = 0;
  for (const Position position : Sample()) {
    for (const Column& column : Columns()) {
      const int64_t byte = column.type == Type::kInteger ? turn++ % 8 : turn++ % 16;
      const std::string flip =
          StrCat("UPDATE ledger_entry SET ", column.name, " = ",
                 FlippedSql(column.name, byte, static_cast<int>(byte % 8)),
                 " WHERE position = ", position, " AND ", HasByteSql(column.name, byte));
      const bool there =
          !copy.Ask(StrCat("SELECT 1 AS value FROM ledger_entry WHERE position = ", position,
                           " AND ", HasByteSql(column.name, byte)))
               .empty();
      copy.Must(flip);
      INFO(flip);
      CHECK(PositionsOf(copy.Tree({Original::Get().newest()})) ==
            (there ? std::set<Position>{position} : std::set<Position>{}));
      copy.Must(flip);
    }
  }
}

TEST_CASE("an entry whose position has a flipped byte is found where it is missing") {
  Copy copy;
  for (const Position position : Sample()) {
    for (int64_t bit = 0; bit < 64; bit += 3) {
      const auto moved =
          static_cast<Position>(static_cast<uint64_t>(position) ^ uint64_t{1} << bit);
      INFO(position << " to " << moved);
      const absl::Status done = copy.Do(
          StrCat("UPDATE ledger_entry SET position = ", moved, " WHERE position = ", position));
      // There is one entry at a position: the key of the table.
      const bool taken = moved >= 1 && moved <= kEntries;
      REQUIRE(done.ok() == !taken);
      if (taken) continue;
      const std::set<Position> found = copy.Found();
      CHECK(FirstOf(found) == position);
      CHECK(found.contains(moved > kEntries ? moved : kNoPosition));
      copy.Must(
          StrCat("UPDATE ledger_entry SET position = ", position, " WHERE position = ", moved));
    }
  }
}

TEST_CASE("in an entry nothing stands for an empty value, nor an empty value for nothing") {
  Copy copy;
  const auto check = [&](const std::string& set, const std::string& where) {
    INFO(set << " where " << where);
    copy.Must(StrCat("UPDATE ledger_entry SET ", set, " WHERE ", where));
    const std::vector<int64_t> changed =
        copy.Ask(StrCat("SELECT position AS value FROM ledger_entry WHERE ", where));
    CHECK(copy.Found() == std::set<Position>(changed.begin(), changed.end()));
    copy.Must("DELETE FROM ledger_entry; INSERT INTO ledger_entry SELECT * FROM original");
  };
  copy.Must("CREATE TABLE original AS SELECT * FROM ledger_entry");
  std::vector<std::string> refused;
  for (const Column& column : Columns()) {
    const std::string null = StrCat(column.name, " = NULL");
    if (copy.Do(StrCat("UPDATE ledger_entry SET ", null, " WHERE position = 9")).ok()) {
      const std::string had =
          StrCat("position IN (SELECT position FROM original WHERE ", column.name, " IS NOT NULL)");
      check(null, had);
    } else {
      refused.push_back(column.name);
    }
    if (column.type == Type::kInteger) continue;
    const std::string empty = column.type == Type::kText ? "''" : "x''";
    check(StrCat(column.name, " = ", empty),
          StrCat("position IN (SELECT position FROM original WHERE ", column.name, " IS NOT ",
                 empty, ")"));
  }
  // NOT NULL: all but the hashes, which entries of an old database had not, and what is erased.
  CHECK(refused.size() == Columns().size() - 3);
}

TEST_CASE("an entry that somebody erased without saying so is found") {
  Copy copy;
  const std::string blank = "actor = '', resource = '', request_id = '', digest = x'', detail = ''";
  for (const char* salt : {"NULL", "x''", "x'00'", "salt || salt"}) {
    INFO(salt);
    copy.Must("CREATE TABLE original AS SELECT * FROM ledger_entry");
    copy.Must(StrCat("UPDATE ledger_entry SET salt = CAST(", salt, " AS BLOB), ", blank,
                     " WHERE position IN (700, 2000)"));
    CHECK(copy.Found() == std::set<Position>{700, 2000});
    copy.Must(
        "DELETE FROM ledger_entry; INSERT INTO ledger_entry SELECT * FROM original;"
        "DROP TABLE original");
  }
}

// What else one can do with rows.
TEST_CASE("entries that are deleted, doubled, exchanged or added are found at the first") {
  std::string swap;
  for (const Column& column : Columns()) {
    StrAppend(&swap, swap.empty() ? "" : ", ", column.name);
  }
  const std::string copied = StrCat(" SET (", swap, ") = (SELECT ", swap, " FROM ledger_entry");
  const std::string insert = StrCat("INSERT INTO ledger_entry (position, ", swap, ") SELECT ");
  const std::vector<std::tuple<std::string, Position>> all = {
      {"DELETE FROM ledger_entry WHERE position = 1", 1},
      {"DELETE FROM ledger_entry WHERE position = 257", 257},
      {"DELETE FROM ledger_entry WHERE position IN (512, 2999)", 512},
      {"DELETE FROM ledger_entry WHERE position = 3000", 3000},
      {"DELETE FROM ledger_entry WHERE position > 2900", 2901},
      {"DELETE FROM ledger_entry", 1},
      // Neighbours, and far ones.
      {"UPDATE ledger_entry SET position = -1 WHERE position = 256;"
       "UPDATE ledger_entry SET position = 256 WHERE position = 257;"
       "UPDATE ledger_entry SET position = 257 WHERE position = -1",
       256},
      {"UPDATE ledger_entry SET position = -1 WHERE position = 70;"
       "UPDATE ledger_entry SET position = 70 WHERE position = 2870;"
       "UPDATE ledger_entry SET position = 2870 WHERE position = -1",
       70},
      // All that come after one, moved up by one.
      {"DELETE FROM ledger_entry WHERE position = 1200; UPDATE ledger_entry SET position = "
       "-position"
       " WHERE position > 1200; UPDATE ledger_entry SET position = -position - 1 WHERE position < "
       "0",
       1200},
      // Another's values in place of its own.
      {StrCat("UPDATE ledger_entry", copied, " WHERE position = 300) WHERE position = 301"), 301},
      {StrCat(insert, "3001, ", swap, " FROM ledger_entry WHERE position = 10"), 3001},
      {StrCat(insert, "5000, ", swap, " FROM ledger_entry WHERE position = 10"), 5000},
      {StrCat(insert, "4611686018427387904, ", swap, " FROM ledger_entry WHERE position = 10"),
       4611686018427387904},
      {StrCat(insert, "0, ", swap, " FROM ledger_entry WHERE position = 10"), kNoPosition},
      {StrCat(insert, "-3, ", swap, " FROM ledger_entry WHERE position = 10"), kNoPosition},
  };
  for (const auto& [script, first] : all) {
    INFO(script);
    Copy copy;
    copy.Must(script);
    const std::set<Position> found = copy.Found();
    CHECK_FALSE(found.empty());
    CHECK(FirstOf(found) == first);
  }
  // What is there cannot be doubled: positions are the table's key.
  CHECK_FALSE(
      Copy().Do(StrCat(insert, "20, ", swap, " FROM ledger_entry WHERE position = 10")).ok());
}

// ---- tiles --------------------------------------------------------------------------------------

// As above: leaves are looked at one by one.
TEST_CASE("every byte of every tile of leaves, flipped, is found at its entry") {
  Copy copy;
  std::set<Position> all;
  for (Position position = 1; position <= kEntries; ++position) all.insert(position);
  const auto flip = [&](size_t byte) {
    for (int index = 0; index < 12; ++index) {
      std::string hashes = copy.Tile(0, index);
      for (size_t at = byte; at < hashes.size(); at += tlog::kHashBytes) {
        hashes[at] = static_cast<char>(hashes[at] ^ (1 << byte % 8));
      }
      copy.PutTile(0, index, hashes);
    }
  };
  for (size_t byte = 0; byte < tlog::kHashBytes; ++byte) {
    INFO(byte);
    flip(byte);
    CHECK(PositionsOf(copy.Tree()) == all);
    flip(byte);
  }
  CHECK(copy.Tree().ok());
}

TEST_CASE("a byte of a tile, flipped alone, is found at the first entry under it") {
  Copy copy;
  // Every byte of the tile of the higher level; of a full tile and of the last one some, for a
  // check of all entries takes a hundredth of a second.
  for (const auto& [level, index, step] :
       {std::tuple(1, 0, 1), std::tuple(0, 3, 29), std::tuple(0, 11, 23)}) {
    const std::string hashes = copy.Tile(level, index);
    for (size_t at = 0; at < hashes.size(); at += static_cast<size_t>(step)) {
      std::string other = hashes;
      other[at] = static_cast<char>(other[at] ^ (1 << at % 8));
      copy.PutTile(level, index, other);
      const auto hash = static_cast<Position>(at / tlog::kHashBytes);
      INFO(level << "/" << index << " byte " << at);
      const VerifyReport report = copy.Tree({Original::Get().newest()});
      REQUIRE(report.found > 0);
      REQUIRE(report.findings.front().position ==
              (level == 0 ? 256 * index + hash : 256 * hash) + 1);
    }
    copy.PutTile(level, index, hashes);
  }
  CHECK(copy.Tree().ok());
}

TEST_CASE("tiles that are cut, lengthened, deleted, doubled or exchanged are found at the first") {
  const std::vector<std::tuple<std::string, std::string, Position>> all = {
      // Which, what becomes of it, the first entry that is wrong.
      {"level = 0 AND idx = 3", "substr(hashes, 1, 8191)", 1024},
      {"level = 0 AND idx = 3", "substr(hashes, 1, 8160)", 1024},
      {"level = 0 AND idx = 3", "substr(hashes, 1, 32)", 770},
      {"level = 0 AND idx = 3", "substr(hashes, 33)", 769},
      {"level = 0 AND idx = 3", "x''", 769},
      {"level = 0 AND idx = 3", "hashes || x'00'", 1025},
      {"level = 0 AND idx = 3", "hashes || hashes", 1025},
      {"level = 0 AND idx = 11", "substr(hashes, 1, 184 * 32 - 1)", 3000},
      {"level = 0 AND idx = 11", "substr(hashes, 1, 183 * 32)", 3000},
      {"level = 0 AND idx = 11", "x''", 2817},
      {"level = 0 AND idx = 11", "hashes || x'00'", 3001},
      {"level = 0 AND idx = 11", "hashes || zeroblob(32)", 3001},
      {"level = 0 AND idx = 11", "hashes || zeroblob(10000)", 3001},
      {"level = 1", "substr(hashes, 1, 11 * 32 - 1)", 10 * 256 + 1},
      {"level = 1", "substr(hashes, 1, 10 * 32)", 10 * 256 + 1},
      {"level = 1", "substr(hashes, 33)", 1},
      {"level = 1", "x''", 1},
      {"level = 1", "hashes || x'00'", 11 * 256 + 1},
      {"level = 1", "hashes || zeroblob(32)", 11 * 256 + 1},
  };
  for (const auto& [tile, becomes, first] : all) {
    INFO(tile << " becomes " << becomes);
    Copy copy;
    copy.Must(StrCat("UPDATE ledger_tile SET hashes = CAST(", becomes, " AS BLOB) WHERE ", tile));
    CHECK(FirstOf(copy.Found()) == first);
  }
  const std::vector<std::tuple<std::string, Position>> more = {
      {"DELETE FROM ledger_tile WHERE level = 0 AND idx = 3", 769},
      {"DELETE FROM ledger_tile WHERE level = 0 AND idx = 11", 2817},
      {"DELETE FROM ledger_tile WHERE level = 0 AND idx IN (5, 9)", 1281},
      {"DELETE FROM ledger_tile WHERE level = 1", 1},
      {"DELETE FROM ledger_tile", 1},
      {"UPDATE ledger_tile SET idx = CASE idx WHEN 3 THEN -4 ELSE -3 END"
       " WHERE level = 0 AND idx IN (3, 4);"
       "UPDATE ledger_tile SET idx = -idx WHERE level = 0 AND idx < 0",
       769},
      {"UPDATE ledger_tile SET level = 1 - level WHERE idx = 0 AND level = 7;"
       "UPDATE ledger_tile SET level = 7 WHERE idx = 0 AND level = 0;"
       "UPDATE ledger_tile SET level = 0 WHERE idx = 0 AND level = 1;"
       "UPDATE ledger_tile SET level = 1 WHERE idx = 0 AND level = 7",
       1},
      {"UPDATE ledger_tile SET hashes = (SELECT hashes FROM ledger_tile WHERE level = 0 AND idx = "
       "2)"
       " WHERE level = 0 AND idx = 7",
       1793},
      {"INSERT INTO ledger_tile SELECT 0, 12, hashes FROM ledger_tile WHERE level = 0 AND idx = 2",
       3001},
      {"INSERT INTO ledger_tile VALUES (0, 1000000000, zeroblob(32))", 256000000001},
      {"INSERT INTO ledger_tile VALUES (0, 9223372036854775807, zeroblob(32))", kNoPosition},
      {"INSERT INTO ledger_tile VALUES (0, -1, zeroblob(32))", kNoPosition},
      {"INSERT INTO ledger_tile VALUES (1, 1, zeroblob(32))", 65537},
      {"INSERT INTO ledger_tile VALUES (2, 0, zeroblob(32))", 1},
      {"INSERT INTO ledger_tile VALUES (8, 0, zeroblob(32))", kNoPosition},
      {"INSERT INTO ledger_tile VALUES (-1, 0, zeroblob(32))", kNoPosition},
  };
  for (const auto& [script, first] : more) {
    INFO(script);
    Copy copy;
    copy.Must(script);
    const std::set<Position> found = copy.Found();
    CHECK_FALSE(found.empty());
    CHECK(FirstOf(found) == first);
  }
}

// ---- whole histories ----------------------------------------------------------------------------

// As it was at 2,000 entries, to the last byte.
void TakeBack(Copy& copy) {
  copy.Must(
      "DELETE FROM declaration WHERE position > 2000; DELETE FROM ledger_entry WHERE position > "
      "2000;"
      "DELETE FROM ledger_checkpoint WHERE size > 2000");
  copy.MakeConsistent();
}

TEST_CASE("a tail that was cut off, tiles and all, is found by the auditor at its first entry") {
  Copy copy;
  TakeBack(copy);
  CHECK(TextOf(copy.Tree()) == "");  // just what the file was once
  CHECK(TextOf(copy.Tables()) == "");
  CHECK(copy.Found() == std::set<Position>{2001});
  // The same entries again, but for what they say.
  fs::copy_file(Original::Get().path(), copy.path() + ".newer");
  copy.Must(StrCat("ATTACH '", copy.path(),
                   ".newer' AS newer; INSERT INTO ledger_entry SELECT * FROM newer.ledger_entry"
                   " WHERE position > 2000; INSERT INTO declaration SELECT * FROM newer.declaration"
                   " WHERE position > 2000; DETACH newer;"
                   "UPDATE ledger_entry SET resource = 'prod.raw.other' WHERE position = 2400"));
  copy.MakeConsistent();
  CHECK(TextOf(copy.Tree()) == "");
  CHECK(copy.Tree().unchecked ==
        std::vector<std::string>{"entries 2001 to 3000: no signed head has them"});
  CHECK(copy.Found() == std::set<Position>{2001});
}

TEST_CASE("an entry that was written anew with all that follows from it is found by the auditor") {
  Copy copy;
  copy.Must(
      "UPDATE ledger_entry SET actor = 'user:eve' WHERE position = 1101;"
      "UPDATE declaration SET creator = 'user:eve' WHERE position = 1110");
  copy.MakeConsistent();
  const Original& original = Original::Get();
  // The heads that are stored are signed: they do not hold from there on. That of 1000 still does.
  const VerifyReport report = copy.Tree();
  REQUIRE(report.found == 1);
  CHECK(TextOf(report) ==
        "1001: the stored checkpoint of 1250 entries has another head than they have: the first "
        "that is another is one of 1001 to 1250, and so have 7 larger ones\n");
  // Without them all seems well, but for what the tables say and what an auditor kept.
  copy.Must("DELETE FROM ledger_checkpoint WHERE size > 1000");
  CHECK(TextOf(copy.Tree()) == "");
  CHECK(copy.Tree().unchecked ==
        std::vector<std::string>{"entries 1001 to 3000: no signed head has them"});
  CHECK(copy.Found() == std::set<Position>{1001, 1110});
  CHECK(PositionsOf(copy.Tree({original.Of(1100), original.newest()})) == std::set<Position>{1101});
  const VerifyReport near = copy.Tree({original.Of(1100), original.Of(1101)});
  CHECK(TextOf(near) ==
        "1101: the checkpoint that was kept of 1101 entries has another head than they have: the "
        "last of them is another\n");
}

TEST_CASE("entries that somebody added are not covered by any head, and that is said") {
  Copy copy;
  copy.Must(
      "INSERT INTO ledger_entry SELECT position + 3000, time_us, actor, via, action, resource,"
      " request_id, digest, kind, outcome, detail, repeats, rate, row_count, rows_root, commitment,"
      " salt FROM ledger_entry WHERE position < 6");
  copy.MakeConsistent();
  const VerifyReport report = copy.Tree({Original::Get().newest()});
  CHECK(report.ok());
  CHECK(report.unchecked ==
        std::vector<std::string>{"entries 3001 to 3005: no signed head has them"});
}

// ---- rows beside so many entries ----------------------------------------------------------------

TEST_CASE("rows of a large ledger that are changed, exchanged or doubled are found at the first") {
  const std::vector<std::tuple<std::string, Position>> all = {
      {"UPDATE declaration SET comment = 'whz' WHERE id = 15001", 1500},
      {"DELETE FROM declaration WHERE position = 2990", 2990},
      {"DELETE FROM declaration", 10},
      {"UPDATE declaration SET id = 99 WHERE id = 15001", 1500},
      {"INSERT INTO declaration SELECT 99, comment, creator, create_time_us, position"
       " FROM declaration WHERE id = 15001",
       1500},
      {"INSERT INTO declaration VALUES (99, '', '', 1, 1501)", 1501},
      {"UPDATE declaration SET position = CASE id WHEN 15001 THEN 2000 ELSE 1500 END"
       " WHERE id IN (15001, 20001)",
       1500},
      {"UPDATE ledger_log SET rows_secret = zeroblob(32)", 10},
  };
  for (const auto& [script, first] : all) {
    INFO(script);
    Copy copy;
    copy.Must(script);
    CHECK(FirstOf(copy.Found()) == first);
  }
}

}  // namespace
}  // namespace whence::ledger::test
