#include "sql/data_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "base/error.h"
#include "base/strings.h"
#include "scratch.h"
#include "sql/connection.h"

namespace whence::sql {
namespace {

using test::Child;
using test::Reason;
using test::ScratchFolder;

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777u : 0;
}

FakeClock& ClockOfTests() {
  static FakeClock clock(absl::FromUnixSeconds(1772531880));  // 2026-03-03 09:58:00Z
  return clock;
}

TEST_CASE("the folder, its parents and the database file are private") {
  const ScratchFolder scratch;
  const std::string path = scratch.File("a/b/data");
  const auto folder = DataFolder::Open(path, ClockOfTests());
  INFO(folder.status());
  REQUIRE(folder.ok());
  CHECK((*folder)->path() == path);
  CHECK((*folder)->database_path() == path + "/whence.db");
  CHECK(ModeOf(path) == 0700);
  CHECK(ModeOf(scratch.File("a")) == 0700);
  CHECK(ModeOf(path + "/whence.db") == 0600);
  CHECK(ModeOf(path + "/LOCK") == 0600);
  // SQLite gives the files beside it the same mode.
  auto connection = test::MustOpen((*folder)->database_path());
  REQUIRE(connection->ExecuteScript("CREATE TABLE t (id INTEGER) STRICT").ok());
  CHECK(ModeOf(path + "/whence.db-wal") == 0600);
}

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("the log that an earlier run left is written again, and nothing behind it") {
  const ScratchFolder scratch;
  std::string path;
  {
    const auto folder = DataFolder::Open(scratch.File("data"), ClockOfTests());
    REQUIRE(folder.ok());
    path = (*folder)->database_path();
    auto connection = test::MustOpen(path);
    REQUIRE(connection->ExecuteScript("CREATE TABLE t (id INTEGER) STRICT").ok());
    REQUIRE(connection->ExecuteScript("INSERT INTO t VALUES (7)").ok());
  }
  const std::string log = BytesOf(path + "-wal");
  REQUIRE(log.size() > 4096);
  // Room that was never written takes no blocks: it tells whether it has been.
  constexpr size_t kRoom = size_t{16} << 20;
  REQUIRE(::truncate((path + "-wal").c_str(), static_cast<off_t>(log.size() + kRoom)) == 0);

  const auto folder = DataFolder::Open(scratch.File("data"), ClockOfTests());
  REQUIRE(folder.ok());
  CHECK(BytesOf(path + "-wal") == log + std::string(kRoom, '\0'));
  struct stat info {};
  REQUIRE(::stat((path + "-wal").c_str(), &info) == 0);
  CHECK(static_cast<size_t>(info.st_blocks) * 512 < kRoom / 2);
  auto reader = test::MustOpenReader(path);
  CHECK(test::SelectInteger(*reader, "SELECT id FROM t") == 7);
}

TEST_CASE("a folder in use is refused, and who uses it is said") {
  const ScratchFolder scratch;
  auto first = DataFolder::Open(scratch.File("data"), ClockOfTests());
  REQUIRE(first.ok());
  const std::string holder = StrCat(scratch.File("data"), " is in use by whenced, process ",
                                    ::getpid(), ", started 2026-03-03 09:58Z");
  const auto second = DataFolder::Open(scratch.File("data"), ClockOfTests());
  CHECK(Reason(second.status()) == "DATA_IN_USE");
  CHECK(second.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(second.status().message() == holder);
  CHECK(GetErrorDetail(second.status()).hint == "stop it, or start this one with another --data");

  REQUIRE((*first)->UpdateAddress("127.0.0.1:7070").ok());
  const auto third = DataFolder::Open(scratch.File("data"), ClockOfTests());
  CHECK(third.status().message() == holder + " (listening on 127.0.0.1:7070)");
  REQUIRE((*first)->UpdateAddress("[::1]:1").ok());  // shorter: nothing of the old one stays
  CHECK(DataFolder::Open(scratch.File("data"), ClockOfTests()).status().message() ==
        holder + " (listening on [::1]:1)");

  first->reset();
  CHECK(DataFolder::Open(scratch.File("data"), ClockOfTests()).ok());
}

TEST_CASE("child: holds a data folder", "[.child-holds]") {
  const auto folder = DataFolder::Open(test::ChildArgument(), ClockOfTests());
  REQUIRE(folder.ok());
  REQUIRE((*folder)->UpdateAddress("127.0.0.1:7070").ok());
  test::TellParent("holding");
  ::pause();
}

TEST_CASE("another process keeps us out until it ends, in whatever way") {
  const ScratchFolder scratch;
  const std::string path = scratch.File("data");
  {
    Child child("[.child-holds]", path);
    REQUIRE(child.WaitForLine("holding"));
    const auto refused = DataFolder::Open(path, ClockOfTests());
    CHECK(refused.status().message() ==
          ToAbsl(StrCat(path, " is in use by whenced, process ", child.pid(),
                        ", started 2026-03-03 09:58Z (listening on 127.0.0.1:7070)")));
  }  // killed
  const auto opened = DataFolder::Open(path, ClockOfTests());
  CHECK(opened.ok());
}

TEST_CASE("a holder that cannot be read is still a holder") {
  const ScratchFolder scratch;
  const std::string path = scratch.File("data");
  const auto first = DataFolder::Open(path, ClockOfTests());
  REQUIRE(first.ok());
  std::ofstream(path + "/LOCK", std::ios::trunc) << "pid=\x1b[31mred\nno equals sign\n";
  const auto second = DataFolder::Open(path, ClockOfTests());
  CHECK(Reason(second.status()) == "DATA_IN_USE");
  CHECK(second.status().message() == path + " is in use by another process");
}

TEST_CASE("places that cannot be a data folder are refused") {
  const ScratchFolder scratch;
  std::ofstream(scratch.File("file")) << "x";
  CHECK(Reason(DataFolder::Open("", ClockOfTests()).status()) == "DATA_FOLDER_UNUSABLE");
  CHECK(Reason(DataFolder::Open(scratch.File("file"), ClockOfTests()).status()) ==
        "DATA_FOLDER_UNUSABLE");
  CHECK(Reason(DataFolder::Open(scratch.File("file/data"), ClockOfTests()).status()) ==
        "DATA_FOLDER_UNUSABLE");
  if (::getuid() != 0) {  // root may write everywhere
    REQUIRE(::chmod(scratch.path().c_str(), 0500) == 0);
    CHECK(Reason(DataFolder::Open(scratch.File("new"), ClockOfTests()).status()) ==
          "DATA_FOLDER_UNUSABLE");
    REQUIRE(::chmod(scratch.path().c_str(), 0700) == 0);
  }
}

TEST_CASE("a secret is its owner's alone, whole, and in place of an older one") {
  const ScratchFolder scratch;
  const std::string path = scratch.File("secret");
  const auto content = [&path] {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const mode_t before = ::umask(0);
  REQUIRE(WriteSecretFile(path, "first\n").ok());
  CHECK(ModeOf(path) == 0600);
  CHECK(content() == "first\n");
  // What lies in the way, left by a start that was killed or put there by somebody, is not used.
  std::ofstream(scratch.File("elsewhere")) << "kept";
  REQUIRE(::symlink(scratch.File("elsewhere").c_str(), (path + ".part").c_str()) == 0);
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  REQUIRE(WriteSecretFile(path, "2").ok());
  ::umask(before);
  CHECK(ModeOf(path) == 0600);
  CHECK(content() == "2");
  CHECK(std::ifstream(scratch.File("elsewhere")).get() == 'k');
  CHECK(::access((path + ".part").c_str(), F_OK) != 0);
  const absl::Status nowhere = WriteSecretFile(scratch.File("no/secret"), "swordfish");
  CHECK(Reason(nowhere) == "IO_ERROR");
  CHECK(nowhere.ToString().find("swordfish") == std::string::npos);
}

}  // namespace
}  // namespace whence::sql
