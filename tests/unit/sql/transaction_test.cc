#include "sql/transaction.h"

#include <catch2/catch.hpp>

#include "scratch.h"
#include "sql/connection.h"

namespace whence::sql {
namespace {

using test::MustOpen;
using test::MustOpenReader;
using test::Reason;
using test::ScratchFolder;
using test::SelectInteger;

constexpr Query kInsert{"INSERT INTO t (id) VALUES (?1)"};
constexpr Query kCount{"SELECT count(*) FROM t"};

int64_t Count(Connection& connection) {
  Rows rows = connection.Run(kCount);
  return rows.Next() ? rows.Int64(0) : -1;
}

struct Database {
  ScratchFolder folder;
  std::string path = folder.File("a.db");
  std::unique_ptr<Connection> writer = MustOpen(path);

  Database() {
    REQUIRE(writer->ExecuteScript("CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT").ok());
  }
};

TEST_CASE("a read transaction sees the database as it stood when it began") {
  Database database;
  auto reader = MustOpenReader(database.path);
  REQUIRE(database.writer->Execute(kInsert, 1).ok());
  {
    const ReadTransaction snapshot(*reader);
    REQUIRE(snapshot.status().ok());
    // Written after it began and before its first read: not seen.
    REQUIRE(database.writer->Execute(kInsert, 2).ok());
    CHECK(Count(*reader) == 1);
    REQUIRE(database.writer->Execute(kInsert, 3).ok());
    CHECK(Count(*reader) == 1);
  }
  CHECK_FALSE(reader->InTransaction());
  CHECK(Count(*reader) == 3);
}

TEST_CASE("a read transaction that may wait takes its snapshot at the first read, and keeps it") {
  Database database;
  auto reader = MustOpenReader(database.path);
  {
    const ReadTransaction snapshot(*reader, ReadTransaction::Taken::kAtFirstRead);
    REQUIRE(snapshot.status().ok());
    REQUIRE(database.writer->Execute(kInsert, 1).ok());
    CHECK(Count(*reader) == 1);
    REQUIRE(database.writer->Execute(kInsert, 2).ok());
    CHECK(Count(*reader) == 1);
  }
  CHECK_FALSE(reader->InTransaction());
  CHECK(Count(*reader) == 2);
}

TEST_CASE("a read transaction that waits runs nothing while nobody reads") {
  Database database;
  auto reader = MustOpenReader(database.path);
  {
    const ReadTransaction snapshot(*reader, ReadTransaction::Taken::kAtFirstRead);
    CHECK_FALSE(reader->InTransaction());
  }
  // The next statement belongs to no transaction, and the next transaction is another.
  CHECK(Count(*reader) == 0);
  CHECK_FALSE(reader->InTransaction());
  const ReadTransaction snapshot(*reader, ReadTransaction::Taken::kAtFirstRead);
  CHECK(Count(*reader) == 0);
  CHECK(reader->InTransaction());
}

TEST_CASE("a read transaction ends also after an error inside it") {
  Database database;
  auto reader = MustOpenReader(database.path);
  {
    const ReadTransaction snapshot(*reader);
    CHECK(Reason(reader->Execute(kInsert, 1)) == "DATABASE_READ_ONLY");
  }
  CHECK_FALSE(reader->InTransaction());
}

TEST_CASE("a write transaction is kept by Commit and only by it") {
  Database database;
  {
    WriteTransaction transaction(*database.writer);
    REQUIRE(database.writer->Execute(kInsert, 1).ok());
  }
  CHECK(Count(*database.writer) == 0);
  {
    WriteTransaction transaction(*database.writer);
    REQUIRE(database.writer->Execute(kInsert, 1).ok());
    CHECK(transaction.Commit().ok());
  }
  CHECK(Count(*database.writer) == 1);
}

TEST_CASE("a write transaction says when another connection writes") {
  Database database;
  OpenOptions impatient;
  impatient.busy_timeout = absl::ZeroDuration();
  auto other = MustOpen(database.path, impatient);
  const WriteTransaction first(*database.writer);
  const WriteTransaction second(*other);
  CHECK(first.status().ok());
  CHECK(Reason(second.status()) == "DATABASE_BUSY");
}

TEST_CASE("a commit that fails leaves nothing") {
  Database database;
  REQUIRE(database.writer
              ->ExecuteScript("CREATE TABLE u (id INTEGER PRIMARY KEY, t INTEGER NOT NULL"
                              " REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED) STRICT")
              .ok());
  WriteTransaction transaction(*database.writer);
  REQUIRE(database.writer->ExecuteScript("INSERT INTO u VALUES (1, 99)").ok());
  CHECK(Reason(transaction.Commit()) == "SQL_CONSTRAINT");
  CHECK_FALSE(database.writer->InTransaction());
  CHECK(SelectInteger(*database.writer, "SELECT count(*) FROM u") == 0);
}

TEST_CASE("savepoints undo their part, also nested") {
  Database database;
  WriteTransaction transaction(*database.writer);
  REQUIRE(database.writer->Execute(kInsert, 1).ok());
  {
    Savepoint outer(*database.writer);
    REQUIRE(database.writer->Execute(kInsert, 2).ok());
    {
      Savepoint inner(*database.writer);
      REQUIRE(database.writer->Execute(kInsert, 3).ok());
      CHECK(inner.Rollback().ok());
    }
    CHECK(Count(*database.writer) == 2);
    {
      const Savepoint forgotten(*database.writer);
      REQUIRE(database.writer->Execute(kInsert, 4).ok());
    }
    CHECK(Count(*database.writer) == 2);
    CHECK(outer.Release().ok());
  }
  CHECK(transaction.Commit().ok());
  CHECK(Count(*database.writer) == 2);
}

TEST_CASE("a savepoint whose transaction SQLite rolled back says so") {
  Database database;
  WriteTransaction transaction(*database.writer);
  Savepoint savepoint(*database.writer);
  REQUIRE(database.writer->ExecuteScript("ROLLBACK").ok());
  CHECK(Reason(savepoint.Rollback()) == "TRANSACTION_LOST");
}

}  // namespace
}  // namespace whence::sql
