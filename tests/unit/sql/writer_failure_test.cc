// What the writer does when the disk, the memory or a task lets it down.

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "fault_vfs.h"
#include "sql/full_text.h"
#include "writer_fixture.h"

namespace whence::sql {
namespace {

using fault::Fault;
using fault::FaultVfs;
using fault::Op;
using test::kInsertEntry;
using test::Lines;
using test::MustOpen;
using test::Reason;
using test::Select;
using test::WriterFixture;

// Until it is healed: writes of the log fail after so many that succeed.
Fault LogWritesFail(int code, int64_t after = 0) {
  return {.op = Op::kWrite, .at = after + 1, .code = code, .lasting = true, .ending = "-wal"};
}
// Syncs of the log, or (`a.db`) of the database, that is of checkpoints.
Fault SyncsFail(const char* ending) {
  return {.op = Op::kSync, .at = 1, .code = SQLITE_IOERR_FSYNC, .lasting = true, .ending = ending};
}

// After a crash: the same file, by a new connection.
Lines Reopened(WriterFixture& fixture) {
  fixture.writer.reset();
  auto connection = MustOpen(fixture.path);
  CHECK(Select(*connection, "PRAGMA integrity_check") == Lines{"ok"});
  return Select(*connection, "SELECT position, note FROM entry ORDER BY position");
}

TEST_CASE("a failed sync fails the whole batch, and then the writer refuses everything") {
  FaultVfs vfs;
  WriterFixture fixture;
  Lines log;
  bool hook_ran = false;
  fixture.Add("before", &log);
  fixture.writer->RunQueued();

  vfs.Arm(SyncsFail("-wal"));
  fixture.Add("early", &log, FailedPrecondition("REFUSED", "by the test"));
  fixture.Add("a", &log);
  WriteTask hooked;
  hooked.execute = [&](WriteContext& context) {
    context.OnCommit([&] { hook_ran = true; });
    return absl::OkStatus();
  };
  hooked.finish = WriterFixture::Logs("b", &log);
  fixture.writer->Submit(std::move(hooked));
  fixture.Add("own", &log, FailedPrecondition("REFUSED", "by the test"));
  fixture.writer->RunQueued();
  // Two were refused for a reason of their own; the last may have seen what the others did.
  CHECK(log == Lines{"before=ok", "early=REFUSED", "a=IO_ERROR", "b=IO_ERROR", "own=IO_ERROR"});
  CHECK_FALSE(hook_ran);

  vfs.Heal();  // that the disk seems well again changes nothing
  fixture.Add("later", &log);
  CHECK(log.back() == "later=WRITER_FAILED");
  const absl::Status status = fixture.writer->status();
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(GetErrorDetail(status).metadata["cause"] == "IO_ERROR");
  CHECK(status.message().find("COMMIT: disk I/O error") != absl::string_view::npos);
  CHECK(Reopened(fixture).at(0) == "1|before");
}

TEST_CASE("tasks queued behind a failed sync are refused as well") {
  FaultVfs vfs;
  WriterOptions options = WriterFixture::Manual();
  options.max_batch_tasks = 1;
  WriterFixture fixture(options);
  Lines log;
  vfs.Arm(SyncsFail("-wal"));
  fixture.Add("a", &log);
  fixture.Add("b", &log);
  fixture.writer->RunQueued();
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a=IO_ERROR", "b=WRITER_FAILED"});
  CHECK(fixture.writer->stats().failed_tasks == 2);
}

// FTS5 remembers what a transaction has changed, and SQLite, where it finds no memory, may take the
// transaction back while FTS5 is at it.
TEST_CASE("a text for which there is no memory, wherever, leaves nothing of itself behind") {
  FaultVfs vfs;  // SQLite's allocations are those of its disk
  WriterFixture fixture;
  Lines log;
  const auto run = [&](const std::string& note, std::function<absl::Status(Connection&)> change) {
    WriteTask task;
    task.execute = [change](WriteContext& context) { return change(context.connection()); };
    task.finish = WriterFixture::Logs(note, &log);
    fixture.writer->Submit(std::move(task));
    fixture.writer->RunQueued();
    return log.back();
  };
  const auto put = [&](const std::string& note, int64_t id, const std::string& text) {
    return run(note, [=](Connection& connection) {
      return FullTextPut(connection, id, text, "", "", "", "");
    });
  };
  REQUIRE(run("made", [](Connection& connection) {
            return connection.ExecuteScript(
                "CREATE VIRTUAL TABLE search_text USING fts5 (name, comment, columns, tags,"
                " prompt, tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')");
          }) == "made=ok");
  int64_t lost = 0;
  bool failed = true;
  for (int64_t at = 1; failed; ++at) {
    CAPTURE(at);
    REQUIRE(put("old", 1, "old words") == "old=ok");
    REQUIRE(put("other", 2, "other words") == "other=ok");
    vfs.Arm({.op = Op::kAllocate, .at = at});
    const std::string outcome = put("lost", 1, "lost words and many more");
    failed = vfs.struck();
    vfs.Heal();
    lost += outcome == "lost=OUT_OF_MEMORY" ? 1 : 0;
    CHECK((outcome == "lost=OUT_OF_MEMORY" || outcome == "lost=ok"));
    REQUIRE(put("new", 1, "new words") == "new=ok");
    const auto reader = MustOpen(fixture.path);
    CHECK(Select(*reader, "SELECT rowid FROM search_text ('lost OR old')").empty());
    CHECK(Select(*reader, "SELECT rowid FROM search_text ('words') ORDER BY 1") == Lines{"1", "2"});
    fixture.writer->RunQueued();
    REQUIRE(run("sound", [](Connection& connection) {
              return connection.ExecuteScript(
                  "INSERT INTO search_text (search_text) VALUES ('integrity-check')");
            }) == "sound=ok");
  }
  CHECK(lost > 20);
}

TEST_CASE("a full disk at commit fails the batch honestly; when there is room it goes on") {
  FaultVfs vfs;
  WriterFixture fixture;
  Lines log;
  fixture.Add("before", &log);
  fixture.writer->RunQueued();
  // Each number of frames that still fit: the commit may stop before, between and inside them.
  for (const int fit : {0, 1, 2, 3}) {
    vfs.Arm(LogWritesFail(SQLITE_FULL, fit));
    fixture.Add("lost", &log);
    fixture.Add("lost too", &log);
    fixture.writer->RunQueued();
    vfs.Heal();
    REQUIRE(log.back().starts_with("lost too="));
    if (fit < 2) {
      CHECK(log.back() == "lost too=DISK_FULL");
    }
  }
  const size_t stored = fixture.Entries().size();
  fixture.Add("after", &log);
  fixture.writer->RunQueued();
  CHECK(log.back() == "after=ok");
  CHECK(fixture.writer->status().ok());
  const Lines entries = Reopened(fixture);
  REQUIRE(entries.size() == stored + 1);
  CHECK(entries.back() == std::to_string(stored + 1) + "|after");  // positions without a gap
}

TEST_CASE("SQLite rolls the transaction back half way: nothing of it is acknowledged") {
  // A cache so small that the batch spills into the log before its commit, where the disk is full.
  FaultVfs vfs;
  OpenOptions open;
  open.cache_kib = 64;
  WriterFixture fixture(WriterFixture::Manual(), open);
  Lines log;
  const auto big = [&](const std::string& name, bool swallow) {
    WriteTask task;
    task.execute = [swallow](WriteContext& context) {
      absl::Status status;
      for (int i = 0; i < 200 && status.ok(); ++i) {
        status = context.connection().Execute(kInsertEntry, context.Next(Counter::kPosition),
                                              std::string(3000, 'x'));
      }
      if (!status.ok() && swallow) {
        // What is written after an error that was overlooked must not be kept by itself.
        CHECK(Reason(context.connection().Execute(kInsertEntry, 999, "stray")) ==
              "TRANSACTION_LOST");
        return absl::OkStatus();
      }
      return status;
    };
    task.finish = WriterFixture::Logs(name, &log);
    fixture.writer->Submit(std::move(task));
  };
  const bool swallow = GENERATE(false, true);
  const int code = GENERATE(SQLITE_FULL, SQLITE_IOERR_WRITE);
  fixture.Add("first", &log);
  vfs.Arm(LogWritesFail(code));
  big("big", swallow);
  fixture.Add("behind", &log);
  WriteTask heals;  // runs in the next transaction: the loss ends the one before it
  heals.execute = [&vfs](WriteContext&) {
    vfs.Heal();
    return absl::OkStatus();
  };
  heals.finish = WriterFixture::Logs("heals", &log);
  fixture.writer->Submit(std::move(heals));
  fixture.writer->RunQueued();
  if (code == SQLITE_FULL) {
    CHECK(log == Lines{"first=DISK_FULL", "big=DISK_FULL", "behind=ok", "heals=ok"});
    CHECK(Reopened(fixture) == Lines{"1|behind"});
  } else {
    CHECK(log ==
          Lines{"first=IO_ERROR", "big=IO_ERROR", "behind=WRITER_FAILED", "heals=WRITER_FAILED"});
    vfs.Heal();
    CHECK(Reopened(fixture).empty());
  }
}

TEST_CASE("a database at its page limit refuses what does not fit and keeps the rest") {
  OpenOptions open;
  open.max_pages = 10;
  WriterFixture fixture(WriterFixture::Manual(), open);
  Lines log;
  fixture.Add("a", &log);
  fixture.Add(std::string(100'000, 'x'), &log);
  fixture.Add("c", &log);
  fixture.writer->RunQueued();
  REQUIRE(log.size() == 3);
  CHECK(log[1].ends_with("=DISK_FULL"));
  CHECK(log[2] == "c=ok");
  CHECK(fixture.writer->status().ok());
  CHECK(fixture.Entries().back().ends_with("|c"));
}

TEST_CASE("a row that refers to nothing is its own task's error, also when the check is deferred") {
  WriterFixture fixture;
  fixture.writer.reset();
  auto connection = MustOpen(fixture.path);
  REQUIRE(
      connection
          ->ExecuteScript("CREATE TABLE part (entry INTEGER NOT NULL REFERENCES entry (position)"
                          " DEFERRABLE INITIALLY DEFERRED) STRICT")
          .ok());
  fixture.Start(std::move(connection), WriterFixture::Manual());
  static constexpr Query kInsertPart{"INSERT INTO part (entry) VALUES (?1)"};
  Lines log;
  fixture.Add("a", &log);
  WriteTask dangling;
  dangling.execute = [](WriteContext& context) {
    return context.connection().Execute(kInsertPart, 77);
  };
  dangling.finish = WriterFixture::Logs("dangling", &log);
  fixture.writer->Submit(std::move(dangling));
  fixture.Add("c", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a=ok", "dangling=SQL_CONSTRAINT", "c=ok"});
}

TEST_CASE("a task that ends the transaction itself stops the writer") {
  WriterFixture fixture;
  Lines log;
  WriteTask rogue;
  rogue.execute = [](WriteContext& context) {
    return context.connection().ExecuteScript("ROLLBACK");
  };
  rogue.finish = WriterFixture::Logs("rogue", &log);
  fixture.Add("a", &log);
  fixture.writer->Submit(std::move(rogue));
  fixture.Add("c", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a=TRANSACTION_LOST", "rogue=TRANSACTION_LOST", "c=WRITER_FAILED"});
}

TEST_CASE("a checkpoint whose sync fails stops the writer; what was answered is kept") {
  FaultVfs vfs;
  WriterOptions options = WriterFixture::Manual();
  options.checkpoint_pages = 1;
  WriterFixture fixture(options);
  Lines log;
  vfs.Arm(SyncsFail("a.db"));
  fixture.Add("a", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a=ok"});
  CHECK(Reason(fixture.writer->status()) == "WRITER_FAILED");
  fixture.writer.reset();
  vfs.Heal();
  CHECK(Reopened(fixture) == Lines{"1|a"});
}

TEST_CASE("where file locks do not work, another program's write is noticed and stops the writer") {
  FaultVfs vfs;
  // The lock to write is granted and not taken.
  vfs.Arm({.op = Op::kLock, .at = 1, .lasting = true, .idle = true, .ending = "-shm write"});
  WriterFixture fixture;
  Lines log;
  fixture.Add("a", &log);
  fixture.writer->RunQueued();
  CHECK(vfs.struck());
  {
    vfs.Pause(true);  // for another program it is there, and free
    auto other = MustOpen(fixture.path);
    REQUIRE(other->Execute(kInsertEntry, 1000, "intruder").ok());
    other.reset();
    vfs.Pause(false);
  }
  fixture.Add("b", &log);
  fixture.writer->RunQueued();
  CHECK(log == Lines{"a=ok", "b=WRITER_FAILED"});
  CHECK(GetErrorDetail(fixture.writer->status()).metadata["cause"] == "DATABASE_CHANGED");
}

}  // namespace
}  // namespace whence::sql
