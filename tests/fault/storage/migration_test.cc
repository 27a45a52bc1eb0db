// Databases of every older schema become the newest one, with what they hold; also when the power
// fails on the way. A migration that is added is met by these tests without a change here, but for
// a database of the version it begins from: see kMissing.
//
// What stands in tests/unit/sql/migrations_test.cc: order, names and checksums, a migration whose
// SQL fails, a full disk, SIGKILL in the middle, a database newer than the program.
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "catch2/catch.hpp"
#include "fault_vfs.h"
#include "files.h"
#include "migrations/embedded.h"
#include "sql/connection.h"
#include "sql/migrations.h"
#include "story.h"
#include "support/ledger_check.h"
#include "support/scratch_database.h"
#include "verdict.h"

namespace whence::fault {
namespace {

using List = std::vector<sql::Migration>;

constexpr char kMissing[] =
    "no database of this version is kept: in the source as it was when the version was the newest, "
    "run whence_storage_fault_tests '[.write-old-database]' and commit the file it names";

// What a later migration does: a column for old rows, a table rebuilt, one filled from another.
constexpr std::string_view kNext = R"(
ALTER TABLE ledger_entry ADD COLUMN note TEXT NOT NULL DEFAULT '';
UPDATE ledger_entry SET note = action || ' ' || position;
CREATE TABLE request_new (id TEXT PRIMARY KEY, action TEXT NOT NULL, digest BLOB NOT NULL,
  response BLOB NOT NULL, time_us INTEGER NOT NULL) STRICT;
INSERT INTO request_new SELECT id, action, digest, response, time_us FROM request;
DROP TABLE request;
ALTER TABLE request_new RENAME TO request;
CREATE TABLE entry_by_actor (actor TEXT PRIMARY KEY, entries INTEGER NOT NULL) STRICT;
INSERT INTO entry_by_actor SELECT actor, count(*) FROM ledger_entry GROUP BY actor;
)";

// Tables whose old rows a migration changes, by its number: those it must say here, and test.
const std::map<int, std::set<std::string>> kChangedOnPurpose = {};

List AllAndNext() {
  const auto embedded = EmbeddedMigrations();
  List list(embedded.begin(), embedded.end());
  list.push_back({static_cast<int>(list.size()) + 1, "next", kNext});
  return list;
}

std::string OldPath(int version) {
  const char* source = std::getenv("WHENCE_SOURCE_DIR");
  return StrCat(source == nullptr ? "." : source, "/tests/fault/storage/old/",
                absl::StrFormat("%04d.sql", version));
}

// A fresh folder with a database of that version, with data; version 0 is an empty file.
struct OldDatabase {
  explicit OldDatabase(int version) {
    auto connection = sql::Connection::Open(path);
    REQUIRE(connection.ok());
    const List list = AllAndNext();
    REQUIRE(sql::Migrate(**connection, {list.data(), static_cast<size_t>(version)}, clock).ok());
    if (version == 0) return;
    INFO(OldPath(version) << ": " << kMissing);
    REQUIRE(std::filesystem::exists(OldPath(version)));
    const absl::Status filled =
        (*connection)->ExecuteScript(StrCat("BEGIN;", ReadFile(OldPath(version)), "COMMIT;"));
    INFO(filled);
    REQUIRE(filled.ok());
  }

  test::TemporaryFolder folder;
  std::string path = folder.path() + "/whence.db";
  FakeClock clock;
};

// Opens and migrates, as the server does at its start.
absl::Status MigrateFile(const std::string& path, const List& list, const Clock& clock) {
  absl::StatusOr<std::unique_ptr<sql::Connection>> connection = sql::Connection::Open(path);
  if (!connection.ok()) return connection.status();
  return sql::Migrate(**connection, list, clock);
}

TEST_CASE("write the database of the newest version", "[.write-old-database]") {
  const Story story = Story::Everything();
  const test::TemporaryFolder folder;
  {
    const std::unique_ptr<Server> server = Server::Open(folder.path()).value();
    for (const auto& batch : story.batches) {
      for (const auto& mutation : batch) {
        const absl::Status done = server->Do({mutation.get()}).front();
        INFO(mutation->id() << ": " << done);
        REQUIRE(done.ok());
      }
    }
    // Somebody shows the owner's token: when it was used last is written down at the end.
    const std::string& token = server->house().first_token();
    REQUIRE(server->Read({.bearer = token, .via = "test"}).ok());
  }
  const std::string path = OldPath(static_cast<int>(EmbeddedMigrations().size()));
  WriteFile(path, InsertsOf(folder.path() + "/whence.db"));
  WARN(path);
}

TEST_CASE("a database of every version becomes the newest, with its data", "[migration]") {
  for (int version = 0; version <= static_cast<int>(EmbeddedMigrations().size()); ++version) {
    INFO("version " << version);
    const OldDatabase old(version);
    auto server = Server::Open(old.folder.path());
    INFO(server.status());
    REQUIRE(server.ok());
    CHECK((*server)->house().schema_version() == static_cast<int>(EmbeddedMigrations().size()));
    CHECK((*server)->Read().ok());
    CHECK((*server)->ViewsDifference() == "");
    if (version > 0) CHECK((*server)->house().ledger().published() > 10);
    CHECK(FaultsOf(old.path) == "");
    CHECK(test::LedgerFaults(old.path) == "");
  }
}

TEST_CASE("a migrated database holds what it held, row by row", "[migration]") {
  const List list = AllAndNext();
  for (int version = 1; version < static_cast<int>(list.size()); ++version) {
    INFO("from version " << version);
    const OldDatabase old(version);
    const Tables before = TablesOf(old.path);
    REQUIRE(before.at("ledger_entry").rows.size() > 10);
    std::set<std::string> changed;
    for (int later = version + 1; later <= static_cast<int>(list.size()); ++later) {
      if (const auto found = kChangedOnPurpose.find(later); found != kChangedOnPurpose.end()) {
        changed.insert(found->second.begin(), found->second.end());
      }
    }
    // Also as far as the server itself goes, which then opens it.
    { CHECK(Server::Open(old.folder.path()).ok()); }
    CHECK(LostFrom(before, old.path, changed) == "");
    REQUIRE(MigrateFile(old.path, list, old.clock).ok());
    CHECK(TablesOf(old.path).contains("entry_by_actor"));
    CHECK(LostFrom(before, old.path, changed) == "");
  }
}

TEST_CASE("a migration that loses, changes or adds a row is noticed", "[migration]") {
  const auto [sql, found] = GENERATE(table<std::string, std::string>({
      {"DELETE FROM edge WHERE via_id = (SELECT min(via_id) FROM edge)", "edge has lost"},
      {"UPDATE securable SET creator = 'user:eve' WHERE id = 3", "securable has lost 3"},
      {"INSERT INTO request SELECT 'more', action, digest, response, time_us FROM request "
       "WHERE id = 'request-1'",
       "request has got 'more'"},
      {"ALTER TABLE securable DROP COLUMN creator", "securable has lost"},
      {"DROP TABLE request", "request has lost"},
  }));
  INFO(sql);
  const int newest = static_cast<int>(EmbeddedMigrations().size());
  const OldDatabase old(newest);
  const Tables before = TablesOf(old.path);
  List list = AllAndNext();
  list.back().sql = sql;
  REQUIRE(MigrateFile(old.path, list, old.clock).ok());
  CHECK_THAT(LostFrom(before, old.path), Catch::Matchers::StartsWith(found));
}

TEST_CASE("a migration during which the power fails has happened, or not", "[migration]") {
  const List list = AllAndNext();
  int judged = 0;
  for (int version = 0; version < static_cast<int>(list.size()); ++version) {
    const OldDatabase old(version);
    const Files before = ReadFiles(old.folder.path());
    // Undisturbed: what it looks like at the end, and at every version on the way.
    std::vector<std::string> dumps;
    for (size_t count = static_cast<size_t>(version); count <= list.size(); ++count) {
      PutBack(old.folder.path(), before);
      REQUIRE(
          MigrateFile(old.path, {list.begin(), list.begin() + static_cast<int>(count)}, old.clock)
              .ok());
      dumps.push_back(DumpOf(old.path));
    }
    for (const Op op : {Op::kWrite, Op::kSync, Op::kTruncate, Op::kDelete}) {
      for (int64_t at = 1;; ++at) {
        PutBack(old.folder.path(), before);
        Unsynced unsynced;
        bool struck = false;
        {
          FaultVfs vfs;
          vfs.Arm({.op = op, .at = at, .half = at % 2 == 0, .crash = true});
          const bool done = MigrateFile(old.path, list, old.clock).ok();
          struck = vfs.struck();
          CHECK(done == !struck);
          unsynced = vfs.TakeUnsynced();
        }
        const Survival survival = kSurvivals[static_cast<size_t>(at) % std::size(kSurvivals)];
        unsynced.LosePower(survival, static_cast<uint64_t>(at));
        INFO("from version " << version << ", " << NameOf(op) << " " << at << ", "
                             << NameOf(survival) << " survives");
        CHECK(FaultsOf(old.path) == "");
        const std::string found = DumpOf(old.path);
        CHECK((found.empty() || std::find(dumps.begin(), dumps.end(), found) != dumps.end()));
        REQUIRE(MigrateFile(old.path, list, old.clock).ok());
        CHECK(DumpOf(old.path) == dumps.back());
        ++judged;
        if (!struck) break;
      }
    }
  }
  WARN(judged << " crashes");
}

TEST_CASE("a migration that the disk fails has a name, and happens once the disk is well",
          "[migration]") {
  const List list = AllAndNext();
  const int version = static_cast<int>(list.size()) - 1;
  const OldDatabase old(version);
  const Files before = ReadFiles(old.folder.path());
  REQUIRE(MigrateFile(old.path, list, old.clock).ok());
  const std::string wanted = DumpOf(old.path);
  for (const auto& [op, code] :
       {std::pair(Op::kWrite, SQLITE_IOERR_WRITE), std::pair(Op::kWrite, SQLITE_FULL),
        std::pair(Op::kSync, SQLITE_IOERR_FSYNC), std::pair(Op::kRead, SQLITE_IOERR_READ)}) {
    for (int64_t at = 1;; ++at) {
      PutBack(old.folder.path(), before);
      FaultVfs vfs;
      vfs.Arm({.op = op, .at = at, .code = code});
      const absl::Status status = MigrateFile(old.path, list, old.clock);
      INFO(NameOf(op) << " " << at << ": " << status);
      CHECK(status.ok() == !vfs.struck());
      CHECK((status.ok() || IsStorageFailure(status)));
      const bool struck = vfs.struck();
      vfs.Heal();
      CHECK(MigrateFile(old.path, list, old.clock).ok());
      CHECK(DumpOf(old.path) == wanted);
      if (!struck) break;
    }
  }
}

TEST_CASE("a database that this server must not touch stays as it is", "[migration]") {
  const OldDatabase old(static_cast<int>(EmbeddedMigrations().size()));
  std::string wanted = "MIGRATION_CHANGED";
  SECTION("made by a newer server") {
    wanted = "DATABASE_NEWER";
    REQUIRE(MigrateFile(old.path, AllAndNext(), old.clock).ok());
  }
  SECTION("made by a migration with another text") {
    auto connection = sql::Connection::Open(old.path).value();
    REQUIRE(connection->ExecuteScript("UPDATE schema_migration SET checksum = 'x'").ok());
  }
  const std::string before = DumpOf(old.path);
  const absl::Status status = Server::Open(old.folder.path()).status();
  CHECK(test::ReasonOf(status) == wanted);
  CHECK_FALSE(GetErrorDetail(status).hint.empty());
  CHECK(DumpOf(old.path) == before);
}

}  // namespace
}  // namespace whence::fault
