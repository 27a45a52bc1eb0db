// Errors that are easy to overlook: a row that could not be read is not a row that is not there.
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string>

#include "base/error.h"
#include "base/strings.h"
#include "catch2/catch.hpp"
#include "memory.h"
#include "sql/connection.h"
#include "sql/data_folder.h"
#include "sql/writer.h"
#include "support/scratch_database.h"

namespace {

// Paths of what was synced, while a test listens.
std::set<std::string>* synced = nullptr;

}  // namespace

// In the place of the C library's: SQLite and the server's own files both call it.
extern "C" int fsync(int fd) {
  if (synced != nullptr) {
    char path[PATH_MAX] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), path, sizeof path - 1) > 0) synced->insert(path);
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace whence::fault {
namespace {

constexpr sql::Query kInsert{"INSERT INTO entry (id, note) VALUES (?1, ?2)"};
constexpr sql::Query kFind{"SELECT note FROM entry WHERE id = ?1"};

struct Entries {
  Entries() {
    auto connection = sql::Connection::Open(folder.path() + "/a.db").value();
    WHENCE_ASSERT(connection
                      ->ExecuteScript("CREATE TABLE entry (id INTEGER PRIMARY KEY, note TEXT NOT "
                                      "NULL) STRICT; INSERT INTO entry VALUES (1, 'a note');")
                      .ok());
    sql::WriterOptions options;
    options.clock = &clock;
    options.threaded = false;
    writer = sql::Writer::Start(std::move(connection), options).value();
  }

  test::TemporaryFolder folder;
  FakeClock clock;
  std::unique_ptr<sql::Writer> writer;
};

TEST_CASE("a task that takes an unread row for a missing one is not believed", "[overlooked]") {
  Entries entries;
  const auto decides = [](sql::WriteContext& context) -> absl::Status {
    FailAllocation(1, /*lasting=*/true);
    sql::Rows rows = context.connection().Run(kFind, 1);
    const bool there = rows.Next();
    FailAllocation(0, false);
    if (!there) return NotFound("ENTRY_NOT_FOUND", "there is no entry 1", "");
    return absl::OkStatus();
  };
  CHECK(test::ReasonOf(entries.writer->RunAndWait(decides)) == "OUT_OF_MEMORY");
  // The same where it goes on as if nothing were there.
  const auto writes = [&decides](sql::WriteContext& context) -> absl::Status {
    if (decides(context).ok()) return absl::OkStatus();
    return context.connection().Execute(kInsert, 2, "instead");
  };
  entries.writer->Stop();
  Entries others;
  CHECK(test::ReasonOf(others.writer->RunAndWait(writes)) == "OUT_OF_MEMORY");
  CHECK(others.writer->status().ok());
  CHECK(others.writer
            ->RunAndWait([](sql::WriteContext& context) -> absl::Status {
              sql::Rows rows = context.connection().Run(kFind, 2);
              return rows.Next() ? Internal("THERE", "it is there") : rows.status();
            })
            .ok());
}

TEST_CASE("text is read without memory", "[overlooked]") {
  Entries entries;
  auto connection =
      sql::Connection::Open(entries.folder.path() + "/a.db", {.read_only = true}).value();
  sql::Rows rows = connection->Run(kFind, 1);
  REQUIRE(rows.Next());
  FailAllocation(1, /*lasting=*/true);
  const std::string note(rows.Text(0));
  FailAllocation(0, false);
  CHECK(note == "a note");
}

TEST_CASE("the names of a new data folder are on the disk before it is used", "[overlooked]") {
  const test::TemporaryFolder folder;
  const FakeClock clock;
  std::set<std::string> paths;
  synced = &paths;
  REQUIRE(sql::DataFolder::Open(folder.path() + "/new/data", clock).ok());
  synced = nullptr;
  for (const char* name : {"", "/new", "/new/data"}) {
    INFO(name);
    CHECK(paths.contains(folder.path() + name));
  }
}

}  // namespace
}  // namespace whence::fault
