// How a connection is opened: its settings, and whose files it refuses. Then the errors of SQLite
// by name.

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "base/strings.h"
#include "scratch.h"
#include "sql/connection.h"
#include "sql/sqlite_error.h"

namespace whence::sql {
namespace {

using test::MustOpen;
using test::MustOpenReader;
using test::Reason;
using test::ScratchFolder;
using test::Select;
using test::SelectInteger;

constexpr Query kInsert{"INSERT INTO child (id, parent, size) VALUES (?1, ?2, ?3)"};
constexpr Query kInsertText{"INSERT INTO child (id, parent, size) VALUES (?1, ?2, ?3) -- text"};
constexpr Query kGrow{"INSERT INTO blob (bytes) VALUES (zeroblob(?1))"};

absl::StatusCode CodeOf(const absl::Status& status) { return status.code(); }

TEST_CASE("a writing connection has every setting that durability and safety need") {
  const ScratchFolder folder;
  auto connection = MustOpen(folder.File("a.db"));
  const auto pragma = [&](const std::string& name) {
    const auto rows = Select(*connection, "PRAGMA " + name);
    return rows.empty() ? "" : rows[0];
  };
  CHECK(pragma("journal_mode") == "wal");
  CHECK(pragma("synchronous") == "2");
  CHECK(pragma("foreign_keys") == "1");
  CHECK(pragma("wal_autocheckpoint") == "0");
  CHECK(pragma("trusted_schema") == "0");
  CHECK(pragma("cell_size_check") == "1");
  CHECK(pragma("temp_store") == "2");
  CHECK(pragma("cache_size") == "-65536");
  CHECK(pragma("journal_size_limit") == "201326592");
  CHECK(pragma("busy_timeout") == "5000");
  CHECK(pragma("application_id") == StrCat(kApplicationId));
  int on = 0;
  sqlite3_db_config(connection->handle(), SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
  CHECK(on == 1);
}

TEST_CASE("another program's database is refused and not touched") {
  const ScratchFolder folder;
  const std::string path = folder.File("other.db");
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &other) == SQLITE_OK);
  sqlite3_exec(other, "CREATE TABLE songs (title TEXT)", nullptr, nullptr, nullptr);
  SECTION("without an application id") {}
  SECTION("with an application id") {
    sqlite3_exec(other, "PRAGMA application_id = 42", nullptr, nullptr, nullptr);
  }
  sqlite3_close(other);
  const uint64_t size = test::FileSize(path);
  const auto opened = Connection::Open(path);
  CHECK(Reason(opened.status()) == "DATABASE_FOREIGN");
  CHECK(opened.status().message().find(path) != absl::string_view::npos);
  CHECK(test::FileSize(path) == size);
  CHECK(test::FileSize(path + "-wal") == 0);
}

TEST_CASE("files that cannot be opened have a named reason") {
  const ScratchFolder folder;
  CHECK(Reason(Connection::Open(folder.File("missing/a.db")).status()) == "IO_ERROR");
  OpenOptions read_only;
  read_only.read_only = true;
  CHECK(Reason(Connection::Open(folder.File("missing.db"), read_only).status()) == "IO_ERROR");
  CHECK_FALSE(std::ifstream(folder.File("missing.db")).good());

  std::ofstream(folder.File("text.db")) << std::string(5000, 't');
  const auto text = Connection::Open(folder.File("text.db"));
  CHECK(Reason(text.status()) == "DATABASE_CORRUPT");
  CHECK(CodeOf(text.status()) == absl::StatusCode::kDataLoss);

  OpenOptions vfs;
  vfs.vfs = "no such vfs";
  CHECK(Reason(Connection::Open(folder.File("a.db"), vfs).status()) == "SQL_ERROR");
}

TEST_CASE("constraint violations say whether the key exists or something is missing") {
  auto connection = MustOpen(":memory:");
  REQUIRE(
      connection
          ->ExecuteScript("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;"
                          "CREATE TABLE child (id INTEGER PRIMARY KEY,"
                          " parent INTEGER NOT NULL REFERENCES parent (id),"
                          " size INTEGER CHECK (size > 0)) STRICT;"
                          "INSERT INTO parent VALUES (1, 'one');"
                          "INSERT INTO child VALUES (1, 1, 1)")
          .ok());
  const auto check = [&](const absl::Status& status, absl::StatusCode code, const char* text) {
    INFO(status);
    CHECK(Reason(status) == "SQL_CONSTRAINT");
    CHECK(status.code() == code);
    CHECK(status.message().find(text) != absl::string_view::npos);
    CHECK(status.message().find("INSERT INTO child (id, parent, size) ...") == 0);
    CHECK_FALSE(GetErrorDetail(status).hint.empty());
    CHECK_FALSE(GetErrorDetail(status).metadata["sqlite_code"].empty());
  };
  using enum absl::StatusCode;
  check(connection->Execute(kInsert, 1, 1, 1), kAlreadyExists, "UNIQUE");
  check(connection->Execute(kInsert, 2, 9, 1), kFailedPrecondition, "FOREIGN KEY");
  check(connection->Execute(kInsert, 2, 1, 0), kFailedPrecondition, "CHECK");
  check(connection->Execute(kInsert, 2, Null{}, 1), kFailedPrecondition, "NOT NULL");
  check(connection->Execute(kInsertText, 2, 1, "big"), kFailedPrecondition, "cannot store TEXT");
  static constexpr Query kUnique{"INSERT INTO parent (id, name) VALUES (?1, ?2)"};
  CHECK(CodeOf(connection->Execute(kUnique, 2, "one")) == kAlreadyExists);
  CHECK(connection->Execute(kInsert, 2, 1, 1).ok());
}

TEST_CASE("a full disk is DISK_FULL, and goes away when there is room") {
  const ScratchFolder folder;
  OpenOptions options;
  options.max_pages = 20;
  auto connection = MustOpen(folder.File("a.db"), options);
  REQUIRE(connection->ExecuteScript("CREATE TABLE blob (bytes BLOB NOT NULL) STRICT").ok());
  CHECK(connection->Execute(kGrow, 4000).ok());
  const absl::Status full = connection->Execute(kGrow, 200'000);
  CHECK(Reason(full) == "DISK_FULL");
  CHECK(CodeOf(full) == absl::StatusCode::kResourceExhausted);
  CHECK(connection->ExecuteScript("PRAGMA max_page_count = 1000").ok());
  CHECK(connection->Execute(kGrow, 200'000).ok());
}

TEST_CASE("busy, read-only and corrupt databases have their names") {
  const ScratchFolder folder;
  const std::string path = folder.File("a.db");
  auto connection = MustOpen(path);
  REQUIRE(connection
              ->ExecuteScript("CREATE TABLE blob (bytes BLOB NOT NULL) STRICT;"
                              "INSERT INTO blob VALUES (zeroblob(20000))")
              .ok());
  SECTION("busy") {
    OpenOptions impatient;
    impatient.busy_timeout = absl::Milliseconds(10);
    auto other = MustOpen(path, impatient);
    const WriteTransaction holds(*connection);
    REQUIRE(holds.status().ok());
    const absl::Status status = other->Execute(kGrow, 1);
    CHECK(Reason(status) == "DATABASE_BUSY");
    CHECK(CodeOf(status) == absl::StatusCode::kUnavailable);
  }
  SECTION("read-only") {
    auto reader = MustOpenReader(path);
    const absl::Status status = reader->Execute(kGrow, 1);
    CHECK(Reason(status) == "DATABASE_READ_ONLY");
    CHECK(CodeOf(status) == absl::StatusCode::kFailedPrecondition);
  }
  SECTION("corrupt") {
    REQUIRE(connection->Checkpoint(Connection::CheckpointMode::kTruncate, absl::Seconds(1)).ok());
    connection.reset();
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(4096);
      file << std::string(4096, '\xee');
    }
    auto damaged = MustOpen(path);
    const absl::Status status = damaged->Execute(kGrow, 1);
    CHECK(Reason(status) == "DATABASE_CORRUPT");
    CHECK(CodeOf(status) == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("codes that a test cannot easily cause") {
  using internal::SqliteError;
  CHECK(Reason(SqliteError(nullptr, SQLITE_NOMEM, "")) == "OUT_OF_MEMORY");
  CHECK(Reason(SqliteError(nullptr, SQLITE_IOERR_NOMEM, "")) == "OUT_OF_MEMORY");
  CHECK(Reason(SqliteError(nullptr, SQLITE_IOERR_FSYNC, "COMMIT")) == "IO_ERROR");
  CHECK(Reason(SqliteError(nullptr, SQLITE_CANTOPEN, "")) == "IO_ERROR");
  CHECK(Reason(SqliteError(nullptr, SQLITE_LOCKED, "")) == "DATABASE_BUSY");
  CHECK(Reason(SqliteError(nullptr, SQLITE_NOTADB, "")) == "DATABASE_CORRUPT");
  CHECK(Reason(SqliteError(nullptr, SQLITE_TOOBIG, "")) == "SQL_ERROR");
  CHECK(SqliteError(nullptr, SQLITE_IOERR_FSYNC, "COMMIT").message() == "COMMIT: disk I/O error");
  CHECK(internal::IsRecoverable(SQLITE_FULL));
  CHECK(internal::IsRecoverable(SQLITE_IOERR_NOMEM));
  CHECK_FALSE(internal::IsRecoverable(SQLITE_IOERR_FSYNC));
  CHECK_FALSE(internal::IsRecoverable(SQLITE_CORRUPT));
}

TEST_CASE("a statement is named by its first words") {
  using internal::FirstWords;
  CHECK(FirstWords("") == "");
  CHECK(FirstWords("COMMIT") == "COMMIT");
  CHECK(FirstWords("  SELECT\n  a,\tb FROM t") == "SELECT a, b FROM t");
  CHECK(FirstWords("SELECT a FROM t WHERE b = 1 AND c = 2") == "SELECT a FROM t WHERE b ...");
  CHECK(FirstWords(std::string(200, 'x')).size() == 63);
}

TEST_CASE("while a transaction is required, nothing runs outside one") {
  auto connection = MustOpen(":memory:");
  REQUIRE(connection->ExecuteScript("CREATE TABLE blob (bytes BLOB NOT NULL) STRICT").ok());
  connection->RequireTransaction(true);
  const absl::Status status = connection->Execute(kGrow, 1);
  CHECK(Reason(status) == "TRANSACTION_LOST");
  CHECK_FALSE(connection->Run(kGrow, 1).Next());
  connection->RequireTransaction(false);
  CHECK(connection->Execute(kGrow, 1).ok());
  CHECK(SelectInteger(*connection, "SELECT count(*) FROM blob") == 1);
}

}  // namespace
}  // namespace whence::sql
