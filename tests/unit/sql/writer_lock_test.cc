// One writer (DESIGN 3): no second connection can write or checkpoint, in this process or another
// one; readers are not in the way, and the log is emptied by the writer alone.

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "sql/read_pool.h"
#include "writer_fixture.h"

namespace whence::sql {
namespace {

using test::Child;
using test::kInsertEntry;
using test::Lines;
using test::MustOpen;
using test::MustOpenReader;
using test::Reason;
using test::WriterFixture;

constexpr Query kCountAndLast{"SELECT count(*), coalesce(max(position), 0) FROM entry"};

OpenOptions Impatient() {
  OpenOptions options;
  options.busy_timeout = absl::ZeroDuration();
  return options;
}

std::string TryToWrite(const std::string& path) {
  auto connection = Connection::Open(path, Impatient());
  return connection.ok() ? Reason((*connection)->Execute(kInsertEntry, 1000, "intruder"))
                         : Reason(connection.status());
}

TEST_CASE("child: writes to the database", "[.child-writes]") {
  test::TellParent("result " + TryToWrite(test::ChildArgument()));
}

absl::Status AddEntry(Writer& writer, std::string_view note) {
  return writer.RunAndWait([note](WriteContext& context) {
    return context.connection().Execute(kInsertEntry, context.Next(Counter::kPosition), note);
  });
}

TEST_CASE("no second connection can write, before, between and after batches") {
  WriterFixture fixture{WriterOptions{}};
  CHECK(TryToWrite(fixture.path) == "DATABASE_BUSY");
  REQUIRE(AddEntry(*fixture.writer, "a").ok());
  CHECK(TryToWrite(fixture.path) == "DATABASE_BUSY");
  {
    Child other("[.child-writes]", fixture.path);
    CHECK(other.WaitForLine("result DATABASE_BUSY"));
  }
  REQUIRE(AddEntry(*fixture.writer, "b").ok());
  fixture.writer->Stop();
  CHECK(fixture.Entries() == Lines{"1|a", "2|b"});
  CHECK(TryToWrite(fixture.path).empty());  // stopped, it lets go
}

TEST_CASE("a second writer does not start while the first runs") {
  WriterFixture fixture;
  WriterOptions options = WriterFixture::Manual();
  options.clock = &fixture.clock;
  auto second = Writer::Start(MustOpen(fixture.path, Impatient()), options);
  CHECK(Reason(second.status()) == "DATABASE_BUSY");
}

TEST_CASE("nobody else can checkpoint while the writer runs") {
  WriterFixture fixture;
  const std::string log = fixture.path + "-wal";
  REQUIRE(AddEntry(*fixture.writer, "a").ok());
  const uint64_t size = test::FileSize(log);
  REQUIRE(size > 0);
  auto reader = MustOpenReader(fixture.path);
  auto other = MustOpen(fixture.path, Impatient());
  for (const auto mode : {Connection::CheckpointMode::kMove, Connection::CheckpointMode::kRestart,
                          Connection::CheckpointMode::kTruncate}) {
    for (Connection* connection : {reader.get(), other.get()}) {
      const auto refused = connection->Checkpoint(mode, absl::ZeroDuration());
      REQUIRE(refused.ok());
      CHECK_FALSE(refused->complete);
      CHECK(refused->moved_frames == 0);
    }
  }
  // The mode that takes no write lock: "busy, nothing known of the log".
  CHECK(test::Select(*other, "PRAGMA wal_checkpoint(PASSIVE)") == Lines{"1|-1|-1"});
  CHECK(test::FileSize(log) == size);
  fixture.writer.reset();
  CHECK(test::FileSize(log) == 0);
}

// What the sqlite3 shell prints.
std::string Shell(const std::string& path, const std::string& sql) {
  FILE* shell = ::popen(StrCat("sqlite3 ", path, " \"", sql, "\" 2>&1").c_str(), "r");
  REQUIRE(shell != nullptr);
  std::string out;
  char text[256];
  while (std::fgets(text, sizeof text, shell) != nullptr) {
    out += text;
  }
  ::pclose(shell);
  return out;
}

TEST_CASE("the sqlite3 shell can neither write nor checkpoint") {
  WriterFixture fixture;
  if (std::system("command -v sqlite3 >/dev/null 2>&1") != 0) {
    WARN("skipped: sqlite3 is not installed; the other process of the test above stands for it");
    return;
  }
  REQUIRE(AddEntry(*fixture.writer, "a").ok());
  CHECK(Shell(fixture.path, "INSERT INTO entry VALUES (1000, 'intruder')").find("locked") !=
        std::string::npos);
  CHECK(Shell(fixture.path, "PRAGMA wal_checkpoint(PASSIVE)") == "1|-1|-1\n");
  CHECK(Shell(fixture.path, "SELECT note FROM entry") == "a\n");
  CHECK(fixture.Entries() == Lines{"1|a"});
}

TEST_CASE("readers see whole batches while the writer goes on, and intruders never get in") {
  WriterFixture fixture{WriterOptions{}};
  ReadPool pool(fixture.path);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> intrusions{0};
  std::atomic<int> attempts{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        auto lease = pool.Acquire();
        const ReadTransaction snapshot(**lease);
        int64_t seen[2] = {0, 0};
        for (int64_t& count : seen) {
          Rows rows = (*lease)->Run(kCountAndLast);
          count = rows.Next() ? rows.Int64(0) : -1;
          // Every task adds two rows: an odd number would be half of one.
          wrong += count % 2 != 0 || count != rows.Int64(1) ? 1 : 0;
        }
        wrong += seen[0] != seen[1] ? 1 : 0;
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      intrusions += TryToWrite(fixture.path) != "DATABASE_BUSY" ? 1 : 0;
      ++attempts;
    }
  });
  absl::Status status;
  for (int i = 0; i < 150 && status.ok(); ++i) {
    status = fixture.writer->RunAndWait([](WriteContext& context) {
      for (int row = 0; row < 2; ++row) {
        const absl::Status added =
            context.connection().Execute(kInsertEntry, context.Next(Counter::kPosition), "x");
        if (!added.ok()) {
          return added;
        }
      }
      return absl::OkStatus();
    });
  }
  stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(status.ok());
  CHECK(wrong == 0);
  CHECK(intrusions == 0);
  CHECK(attempts > 0);
}

WriterOptions SmallLog() {
  WriterOptions options = WriterFixture::Manual();
  options.checkpoint_pages = 20;
  options.idle_checkpoint_pages = 10;
  return options;
}

TEST_CASE("the writer checkpoints when the log has grown, and the log starts anew") {
  WriterFixture fixture(SmallLog());
  int64_t largest = 0;
  for (int i = 0; i < 200; ++i) {
    REQUIRE(AddEntry(*fixture.writer, std::string(3000, 'x')).ok());
    largest = std::max(largest, fixture.writer->stats().wal_frames);
  }
  CHECK(fixture.writer->stats().checkpoints > 5);
  CHECK(largest < 60);
  CHECK(test::FileSize(fixture.path) > 100 * 4096);  // what was in the log is in the file
}

TEST_CASE("an idle writer moves the log, which the next commit overwrites") {
  WriterFixture fixture(SmallLog());
  Lines log;
  for (int i = 0; i < 12; ++i) {
    fixture.Add("x", &log);
    fixture.writer->RunQueued();
  }
  const auto size = test::FileSize(fixture.path + "-wal");
  const int64_t frames = fixture.writer->stats().wal_frames;
  REQUIRE(size > 0);
  CHECK(fixture.writer->RunQueued() == 0);
  CHECK(fixture.writer->stats().checkpoints == 1);
  CHECK(fixture.writer->RunQueued() == 0);
  CHECK(fixture.writer->stats().checkpoints == 1);  // there is nothing more to move
  REQUIRE(AddEntry(*fixture.writer, "after").ok());
  CHECK(fixture.writer->stats().wal_frames < frames);
  CHECK(test::FileSize(fixture.path + "-wal") == size);
  CHECK(fixture.Entries().back() == "13|after");
}

TEST_CASE("an idle writer thread moves the log by itself") {
  WriterOptions options = SmallLog();
  options.threaded = true;
  options.checkpoint_pages = 10'000;
  options.idle_after = absl::Milliseconds(5);
  WriterFixture fixture(options);
  for (int i = 0; i < 12; ++i) {
    REQUIRE(AddEntry(*fixture.writer, std::string(1000, 'x')).ok());
  }
  for (int i = 0; i < 1000 && fixture.writer->stats().checkpoints == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(fixture.writer->stats().checkpoints == 1);
  CHECK(AddEntry(*fixture.writer, "after").ok());
}

TEST_CASE("a long read delays the checkpoint and is not disturbed by it") {
  WriterFixture fixture(SmallLog());
  REQUIRE(AddEntry(*fixture.writer, "first").ok());
  auto reader = MustOpenReader(fixture.path);
  int64_t crowded = 0;
  {
    const ReadTransaction snapshot(*reader);
    REQUIRE(snapshot.status().ok());
    for (int i = 0; i < 60; ++i) {
      REQUIRE(AddEntry(*fixture.writer, std::string(3000, 'x')).ok());
    }
    crowded = fixture.writer->stats().wal_frames;
    CHECK(crowded > 60);
    CHECK(test::SelectInteger(*reader, "SELECT count(*) FROM entry") == 1);
  }
  for (int i = 0; i < 30; ++i) {
    REQUIRE(AddEntry(*fixture.writer, "y").ok());
  }
  CHECK(fixture.writer->stats().wal_frames < crowded);
  CHECK(fixture.Entries().size() == 91);
}

TEST_CASE("a long burst's log file is cut when the log starts anew") {
  WriterOptions options = WriterFixture::Manual();
  options.checkpoint_pages = 1;
  OpenOptions open;
  open.kept_log_bytes = 100'000;
  WriterFixture fixture(options, open);
  REQUIRE(AddEntry(*fixture.writer, std::string(1'000'000, 'x')).ok());
  const std::string log = fixture.path + "-wal";
  REQUIRE(test::FileSize(log) > 1'000'000);
  REQUIRE(AddEntry(*fixture.writer, "small").ok());
  CHECK(test::FileSize(log) <= 100'000);
}

}  // namespace
}  // namespace whence::sql
