#include "sql/backup.h"

#include <sqlite3.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "scratch.h"
#include "sql/connection.h"
#include "sql/data_folder.h"
#include "sql/migrations.h"
#include "sql/writer.h"

namespace whence::sql {
namespace {

using test::MustOpen;
using test::MustOpenReader;
using test::Reason;
using test::ScratchFolder;
using test::Select;
using test::SelectInteger;

constexpr Migration kSchema[] = {
    {1, "schema",
     "CREATE TABLE entry (position INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;"
     "CREATE TABLE total (id INTEGER PRIMARY KEY, entries INTEGER NOT NULL) STRICT;"
     "INSERT INTO total VALUES (1, 0);"}};

constexpr Query kInsert{"INSERT INTO entry (position, note) VALUES (?1, ?2)"};
constexpr Query kCountUp{"UPDATE total SET entries = entries + 1 WHERE id = 1"};

struct Database {
  ScratchFolder folder;
  std::string path = folder.File("whence.db");
  std::string copy = folder.File("backup.db");
  FakeClock clock;
  std::unique_ptr<Writer> writer;

  explicit Database(int entries) {
    auto connection = MustOpen(path);
    REQUIRE(Migrate(*connection, kSchema, clock).ok());
    WriterOptions options;
    options.clock = &clock;
    writer = Writer::Start(std::move(connection), options).value();
    for (int i = 0; i < entries; ++i) {
      REQUIRE(Add().ok());
    }
  }

  absl::Status Add(const std::string& note = std::string(500, 'x')) {
    return writer->RunAndWait([&note](WriteContext& context) {
      const int64_t position = context.Next(Counter::kPosition);
      absl::Status status = context.connection().Execute(kInsert, position, note);
      status.Update(context.connection().Execute(kCountUp));
      return status;
    });
  }
};

std::string ReadFile(const std::string& path) {
  std::string bytes(test::FileSize(path), '\0');
  std::ifstream(path, std::ios::binary)
      .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

TEST_CASE("a backup is a whole, private, self-contained copy") {
  Database database(50);
  int64_t done = 0;
  int64_t total = -1;
  REQUIRE(Backup(database.path, database.copy, [&](int64_t now, int64_t all) {
            CHECK(now >= done);
            done = now;
            total = all;
          }).ok());
  CHECK(done == total);
  CHECK(VerifyDatabaseFile(database.copy).ok());
  CHECK((std::filesystem::status(database.copy).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK_FALSE(std::filesystem::exists(database.copy + ".partial"));
  CHECK_FALSE(std::filesystem::exists(database.copy + "-wal"));
  const std::string bytes = ReadFile(database.copy);
  CHECK(bytes[18] == 1);  // not in WAL mode: it needs no files beside it
  CHECK(bytes.find("whence-backup sha256:") == bytes.size() - 86);
  auto reader = MustOpenReader(database.copy);
  CHECK(SelectInteger(*reader, "SELECT count(*) FROM entry") == 50);
}

TEST_CASE("a backup made while the server writes is the database as it stood after some commit") {
  Database database(300);
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::thread writing([&] {
    while (!stop) {
      failed += database.Add().ok() ? 0 : 1;
    }
  });
  for (int i = 0; i < 3; ++i) {
    const std::string copy = StrCat(database.copy, i);
    const absl::Status status = Backup(database.path, copy);
    INFO(status);
    REQUIRE(status.ok());
    auto reader = MustOpenReader(copy);
    const int64_t entries = SelectInteger(*reader, "SELECT entries FROM total");
    CHECK(entries >= 300);
    CHECK(Select(*reader, "SELECT count(*), min(position), max(position) FROM entry") ==
          std::vector<std::string>{StrCat(entries, "|1|", entries)});
  }
  stop = true;
  writing.join();
  CHECK(failed == 0);
}

TEST_CASE("a backup never replaces a file, and a failed one leaves nothing") {
  Database database(3);
  WriteFile(database.copy, "precious");
  CHECK(Reason(Backup(database.path, database.copy)) == "BACKUP_EXISTS");
  CHECK(ReadFile(database.copy) == "precious");
  std::filesystem::remove(database.copy);

  WriteFile(database.copy + ".partial", "another one");
  CHECK(Reason(Backup(database.path, database.copy)) == "BACKUP_EXISTS");
  CHECK(ReadFile(database.copy + ".partial") == "another one");
  std::filesystem::remove(database.copy + ".partial");

  CHECK(Reason(Backup(database.path, database.folder.File("missing/b.db"))) == "IO_ERROR");
  CHECK(Reason(Backup(database.folder.File("none.db"), database.copy)) == "IO_ERROR");

  REQUIRE(database.Add(std::string(8 << 20, 'x')).ok());  // several steps long
  std::atomic<bool> cancelled{false};
  BackupOptions options;
  options.cancelled = &cancelled;
  const auto cancels = [&](int64_t done, int64_t total) {
    CHECK(done < total);
    cancelled = true;
  };
  CHECK(Reason(Backup(database.path, database.copy, cancels, options)) == "BACKUP_CANCELLED");
  for (const auto& entry : std::filesystem::directory_iterator(database.folder.path())) {
    CHECK(entry.path().filename().string().starts_with("whence.db"));
  }
}

TEST_CASE("damage anywhere in a backup is found, and says where") {
  Database database(200);
  REQUIRE(Backup(database.path, database.copy).ok());
  const std::string good = ReadFile(database.copy);
  const std::string bad = database.folder.File("bad.db");
  const auto damaged = [&](const std::string& bytes) {
    WriteFile(bad, bytes);
    const absl::Status status = VerifyDatabaseFile(bad);
    INFO(status);
    CHECK(Reason(status) == "DATABASE_DAMAGED");
    CHECK(status.code() == absl::StatusCode::kDataLoss);
    CHECK(status.message().find(bad) == 0);
    CHECK(Reason(Restore(bad, database.folder.File("data"))) == "DATABASE_DAMAGED");
  };
  for (size_t i = 0; i < 40; ++i) {  // one bit, all over the file: header, pages, text, last line
    std::string bytes = good;
    const size_t at = i * (bytes.size() - 1) / 39;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << i % 8));
    damaged(bytes);
  }
  for (const size_t size : {size_t{0}, size_t{99}, size_t{4096}, good.size() / 2, good.size() - 86,
                            good.size() - 4096, good.size() - 1}) {
    if (size != good.size() - 86) {
      damaged(good.substr(0, size));
    }
  }
  damaged(good + "x");
  damaged(
      "not a database at all, but a text that is longer than the header of one would have to be "
      "to be looked at, which is a hundred bytes");
  WriteFile(bad, good);
  CHECK(VerifyDatabaseFile(bad).ok());
}

TEST_CASE("a database in which something acts by itself is none of ours, and it does not act") {
  Database database(5);
  database.writer->Stop();
  database.writer.reset();
  for (const char* acting :
       {"CREATE TRIGGER planted AFTER INSERT ON entry BEGIN DELETE FROM entry; END",
        "CREATE VIEW planted_view AS SELECT 1"}) {
    INFO(acting);
    {
      sqlite3* raw = nullptr;
      REQUIRE(sqlite3_open(database.path.c_str(), &raw) == SQLITE_OK);
      REQUIRE(sqlite3_exec(raw, acting, nullptr, nullptr, nullptr) == SQLITE_OK);
      sqlite3_close(raw);
    }
    const absl::Status status = VerifyDatabaseFile(database.path);
    CHECK(Reason(status) == "DATABASE_DAMAGED");
    CHECK_THAT(std::string(status.message()), Catch::Contains("planted"));
  }
  auto connection = MustOpen(database.path);
  REQUIRE(connection->Execute(kInsert, int64_t{100}, std::string("x")).ok());
  CHECK(SelectInteger(*connection, "SELECT count(*) FROM entry") == 6);
}

TEST_CASE("damage is found without the seal as well, as far as SQLite can see it") {
  Database database(200);
  REQUIRE(Backup(database.path, database.copy).ok());
  std::string bytes = ReadFile(database.copy);
  bytes.resize(bytes.size() - 86);
  const std::string bare = database.folder.File("bare.db");
  WriteFile(bare, bytes);
  CHECK(VerifyDatabaseFile(bare).ok());
  for (size_t page = 1; page < bytes.size() / 4096; page += 7) {
    std::string bad = bytes;
    bad.replace(page * 4096, 64, 64, '\xee');
    WriteFile(bare, bad);
    CHECK(Reason(VerifyDatabaseFile(bare)) == "DATABASE_DAMAGED");
  }
}

TEST_CASE("a file that is whole but not ours, or not finished, is refused") {
  const ScratchFolder folder;
  const std::string path = folder.File("a.db");
  CHECK(Reason(VerifyDatabaseFile(path)) == "DATABASE_MISSING");
  const auto make = [&](const char* sql) {
    std::filesystem::remove(path);
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
  };
  make("CREATE TABLE songs (title TEXT)");
  CHECK(Reason(VerifyDatabaseFile(path)) == "DATABASE_FOREIGN");
  const std::string ours = StrCat("PRAGMA application_id = ", kApplicationId, ";");
  make(StrCat(ours, "CREATE TABLE entry (position INTEGER)").c_str());
  CHECK(Reason(VerifyDatabaseFile(path)) == "DATABASE_DAMAGED");
  const std::string migrated =
      StrCat(ours, "CREATE TABLE schema_migration (version INTEGER PRIMARY KEY);",
             "INSERT INTO schema_migration VALUES (1);");
  make(migrated.c_str());
  CHECK(VerifyDatabaseFile(path).ok());
  make(StrCat(migrated, "CREATE TABLE p (id INTEGER PRIMARY KEY);",
              "CREATE TABLE c (p INTEGER REFERENCES p (id)); INSERT INTO c VALUES (5)")
           .c_str());
  const absl::Status orphan = VerifyDatabaseFile(path);
  CHECK(Reason(orphan) == "DATABASE_DAMAGED");
  CHECK(orphan.message().find("row 1 of c refers to a missing row of p") !=
        absl::string_view::npos);
}

TEST_CASE("a restored database is the one that was backed up, and can be written on") {
  Database database(20);
  REQUIRE(Backup(database.path, database.copy).ok());
  REQUIRE(database.Add().ok());  // after the backup: not in it
  const std::string target = database.folder.File("restored");
  const absl::Status status = Restore(database.copy, target);
  INFO(status);
  REQUIRE(status.ok());
  CHECK_FALSE(std::filesystem::exists(target + "/whence.db.partial"));
  CHECK(VerifyDatabaseFile(target + "/whence.db").ok());
  CHECK(ReadFile(target + "/whence.db").size() + 86 == ReadFile(database.copy).size());
  auto connection = MustOpen(target + "/whence.db");
  CHECK(Migrate(*connection, kSchema, database.clock).ok());
  CHECK(SelectInteger(*connection, "SELECT max(position) FROM entry") == 20);
  CHECK(connection->Execute(kInsert, 21, "on").ok());
}

TEST_CASE("a folder that has a database or is in use is not restored into") {
  Database database(2);
  REQUIRE(Backup(database.path, database.copy).ok());
  const std::string target = database.folder.File("restored");
  {
    const auto in_use = DataFolder::Open(target, database.clock);
    REQUIRE(in_use.ok());
    CHECK(Reason(Restore(database.copy, target)) == "DATA_IN_USE");
  }
  WriteFile(target + "/whence.db-wal", "a log that would be replayed");
  CHECK(Reason(Restore(database.copy, target)) == "RESTORE_TARGET_NOT_EMPTY");
  std::filesystem::remove(target + "/whence.db-wal");
  REQUIRE(Restore(database.copy, target).ok());
  CHECK(Reason(Restore(database.copy, target)) == "RESTORE_TARGET_NOT_EMPTY");
  CHECK(Reason(Restore(database.folder.File("none.db"), target)) == "DATABASE_MISSING");
}

TEST_CASE("a backup leaves room for the writer, and is not begun without") {
  Database database(100);
  REQUIRE(database.Add(std::string(9 << 20, 'x')).ok());  // several steps long
  CHECK(BackupOptions().reserve_bytes == kBackupReserveBytes);
  int64_t pages = 0;
  const auto counts = [&pages](int64_t, int64_t total) { pages = total; };
  REQUIRE(Backup(database.path, database.copy, counts).ok());
  std::filesystem::remove(database.copy);
  const int64_t needed = pages * 4096;
  REQUIRE(needed > (9 << 20));

  BackupOptions options;
  int64_t free = needed + kBackupReserveBytes;
  std::string asked;
  options.free_bytes = [&](const std::string& path) {
    asked = path;
    return free;
  };
  int steps = 0;
  const auto writes = [&](int64_t done, int64_t) {
    ++steps;
    free = needed - done * 4096 + kBackupReserveBytes;  // what it writes is taken
  };
  REQUIRE(Backup(database.path, database.copy, writes, options).ok());
  CHECK(asked.starts_with(database.copy));
  CHECK(steps == 3);
  std::filesystem::remove(database.copy);

  const auto refusal = [&] {
    steps = 0;
    const absl::Status status = Backup(database.path, database.copy, writes, options);
    for (const auto& entry : std::filesystem::directory_iterator(database.folder.path())) {
      CHECK(entry.path().filename().string().starts_with("whence.db"));
    }
    return status;
  };
  // A byte too little: nothing is written.
  free = needed + kBackupReserveBytes - 1;
  const absl::Status full = refusal();
  CHECK(absl::IsResourceExhausted(full));
  CHECK(Reason(full) == "DISK_FULL");
  CHECK(std::string(full.message()).find(StrCat("needs ", needed, " bytes more")) !=
        std::string::npos);
  CHECK(std::string(full.message()).find(StrCat(free, " are free")) != std::string::npos);
  CHECK(steps == 0);
  // Another takes the room on the way.
  free = needed + kBackupReserveBytes;
  options.free_bytes = [&](const std::string&) { return steps < 2 ? free : free - 1; };
  CHECK(Reason(refusal()) == "DISK_FULL");
  CHECK(steps == 2);
  // Who cannot say how much there is says so.
  options.free_bytes = [](const std::string&) -> absl::StatusOr<int64_t> {
    return Unavailable("IO_ERROR", "no answer", "");
  };
  CHECK(Reason(refusal()) == "IO_ERROR");
  // Without a test's answer the system's: some is free where tests run, and never all there is.
  options.free_bytes = nullptr;
  options.reserve_bytes = std::numeric_limits<int64_t>::max() / 2;
  CHECK(Reason(refusal()) == "DISK_FULL");
  options.reserve_bytes = 0;
  CHECK(Backup(database.path, database.copy, writes, options).ok());
}

}  // namespace
}  // namespace whence::sql
