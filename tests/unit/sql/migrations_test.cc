#include "sql/migrations.h"

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/strings.h"
#include "scratch.h"

namespace whence::sql {
namespace {

using test::Child;
using test::MustOpen;
using test::Reason;
using test::ScratchFolder;
using test::Select;
using test::SelectInteger;

constexpr Migration kOne{1, "first",
                         "CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;\n"
                         "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL"
                         " REFERENCES parent (id)) STRICT;\n"
                         "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (10, 1);"};
constexpr Migration kTwo{2, "second", "ALTER TABLE parent ADD COLUMN name TEXT;"};
// Rebuilds a table that others refer to, which foreign keys would forbid.
constexpr Migration kThree{3, "third",
                           "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, title TEXT) STRICT;"
                           "INSERT INTO parent_new SELECT id, 'was ' || id FROM parent;"
                           "DROP TABLE parent; ALTER TABLE parent_new RENAME TO parent;"};

using List = std::vector<Migration>;

struct Database {
  ScratchFolder folder;
  std::string path = folder.File("a.db");
  FakeClock clock;
  std::unique_ptr<Connection> connection = MustOpen(path);

  absl::Status Apply(const List& list) { return Migrate(*connection, list, clock); }
};

TEST_CASE("migrations are applied once, in order, and recorded") {
  Database database;
  CHECK(SchemaVersion(*database.connection).value() == 0);
  REQUIRE(database.Apply({kOne}).ok());
  CHECK(SchemaVersion(*database.connection).value() == 1);
  database.clock.Advance(absl::Seconds(1));
  REQUIRE(database.Apply({kOne, kTwo, kThree}).ok());
  REQUIRE(database.Apply({kOne, kTwo, kThree}).ok());
  CHECK(SchemaVersion(*database.connection).value() == 3);
  CHECK(Select(*database.connection,
               "SELECT version, name, checksum, applied_time - min(applied_time) OVER ()"
               " FROM schema_migration ORDER BY version") ==
        std::vector<std::string>{StrCat("1|first|", Sha256Hex(kOne.sql), "|0"),
                                 StrCat("2|second|", Sha256Hex(kTwo.sql), "|1000000"),
                                 StrCat("3|third|", Sha256Hex(kThree.sql), "|1000000")});
  CHECK(Select(*database.connection, "SELECT title FROM parent") ==
        std::vector<std::string>{"was 1"});
  CHECK(SelectInteger(*database.connection, "PRAGMA foreign_keys") == 1);
  CHECK(Reason(database.connection->ExecuteScript("INSERT INTO child VALUES (11, 99)")) ==
        "SQL_CONSTRAINT");
}

TEST_CASE("an applied migration that is not ours any more refuses") {
  Database database;
  REQUIRE(database.Apply({kOne, kTwo}).ok());
  SECTION("its text") {
    const absl::Status status =
        database.Apply({kOne, {2, "second", "ALTER TABLE parent ADD COLUMN title TEXT;"}, kThree});
    CHECK(Reason(status) == "MIGRATION_CHANGED");
    CHECK(status.message().find("migration 2") != absl::string_view::npos);
    CHECK_FALSE(GetErrorDetail(status).hint.empty());
  }
  SECTION("its name") {
    CHECK(Reason(database.Apply({kOne, {2, "other", kTwo.sql}, kThree})) == "MIGRATION_CHANGED");
  }
  SECTION("the record of one is missing") {
    REQUIRE(
        database.connection->ExecuteScript("DELETE FROM schema_migration WHERE version = 1").ok());
    CHECK(Reason(database.Apply({kOne, kTwo, kThree})) == "MIGRATION_CHANGED");
  }
  CHECK(SchemaVersion(*database.connection).value() == 2);  // nothing was applied
}

TEST_CASE("a database that is newer than the program refuses") {
  Database database;
  REQUIRE(database.Apply({kOne, kTwo}).ok());
  const absl::Status status = database.Apply({kOne});
  CHECK(Reason(status) == "DATABASE_NEWER");
  CHECK(status.message().find("migration 2 (second)") != absl::string_view::npos);
  REQUIRE(
      database.connection->ExecuteScript("INSERT INTO schema_migration VALUES (-1, 'odd', 'x', 0)")
          .ok());
  CHECK(Reason(database.Apply({kOne, kTwo})) == "DATABASE_NEWER");
}

TEST_CASE("another program's database refuses") {
  Database database;
  SECTION("its application id was changed after it was opened") {
    REQUIRE(database.connection->ExecuteScript("PRAGMA application_id = 7").ok());
  }
  SECTION("it has tables and no record of migrations") {
    REQUIRE(database.connection->ExecuteScript("CREATE TABLE songs (title TEXT)").ok());
  }
  CHECK(Reason(database.Apply({kOne})) == "DATABASE_FOREIGN");
  CHECK(SchemaVersion(*database.connection).value() == 0);
}

TEST_CASE("a migration that fails leaves the database as it was before it") {
  Database database;
  const Migration broken{2, "broken",
                         "CREATE TABLE extra (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"};
  const Migration orphans{2, "orphans",
                          "CREATE TABLE extra (id INTEGER) STRICT; DELETE FROM parent;"};
  for (const Migration& bad : {broken, orphans}) {
    const absl::Status status = database.Apply({kOne, bad});
    INFO(status);
    CHECK(Reason(status) == "MIGRATION_FAILED");
    CHECK(status.message().find(StrCat("migration 2 (", bad.name, ")")) != absl::string_view::npos);
    CHECK(SchemaVersion(*database.connection).value() == 1);
    CHECK(SelectInteger(*database.connection,
                        "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'") == 0);
    CHECK(SelectInteger(*database.connection, "SELECT count(*) FROM parent") == 1);
    CHECK(SelectInteger(*database.connection, "PRAGMA foreign_keys") == 1);
  }
  CHECK(database.Apply({kOne, kTwo}).ok());
}

TEST_CASE("a disk that is full keeps its own name") {
  Database database;
  REQUIRE(database.Apply({kOne}).ok());
  REQUIRE(database.connection->ExecuteScript("PRAGMA max_page_count = 10").ok());
  const Migration large{2, "large",
                        "CREATE TABLE large (bytes BLOB) STRICT;"
                        "INSERT INTO large VALUES (zeroblob(1000000));"};
  CHECK(Reason(database.Apply({kOne, large})) == "DISK_FULL");
  CHECK(SchemaVersion(*database.connection).value() == 1);
  REQUIRE(database.connection->ExecuteScript("PRAGMA max_page_count = 10000").ok());
  CHECK(database.Apply({kOne, large}).ok());
}

constexpr char kKilledText[] =
    "CREATE TABLE extra (id INTEGER) STRICT; INSERT INTO extra VALUES (1);"
    "UPDATE child SET id = id + 1; SELECT die();";

TEST_CASE("child: is killed in the middle of a migration", "[.child-migrates]") {
  FakeClock clock;
  auto connection = MustOpen(test::ChildArgument());
  sqlite3_create_function(
      connection->handle(), "die", 0, SQLITE_UTF8, nullptr,
      [](sqlite3_context*, int, sqlite3_value**) { ::raise(SIGKILL); }, nullptr, nullptr);
  Migrate(*connection, List{kOne, {2, "killed", kKilledText}}, clock).IgnoreError();
  test::TellParent("not killed");
}

TEST_CASE("a migration that is killed half way has not happened") {
  Database database;
  database.connection.reset();
  Child child("[.child-migrates]", database.path);
  CHECK(child.WaitForEnd().find("not killed") == std::string::npos);
  CHECK(child.signal() == SIGKILL);
  database.connection = MustOpen(database.path);
  CHECK(SchemaVersion(*database.connection).value() == 1);
  CHECK(Select(*database.connection, "PRAGMA integrity_check") == std::vector<std::string>{"ok"});
  CHECK(SelectInteger(*database.connection, "SELECT id FROM child") == 10);
  CHECK(database.Apply({kOne, kTwo, kThree}).ok());
}

}  // namespace
}  // namespace whence::sql
