// Plain files on a file system that does not do what it is asked. Every call that fails, and the
// power that fails at it, is in tests/fault/storage.
#include "sql/file_io.h"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <fstream>
#include <map>
#include <string>

#include "base/clock.h"
#include "scratch.h"
#include "sql/data_folder.h"
#include "sql/file_system.h"

namespace whence::sql {
namespace {

using internal::File;
using test::Reason;
using test::ScratchFolder;

// Purpose: the process's file system while it lives, with calls that fail.
class Unwilling final : public FileSystem {
 public:
  Unwilling() { Use(this); }
  ~Unwilling() override { Use(nullptr); }
  Unwilling(const Unwilling&) = delete;
  Unwilling& operator=(const Unwilling&) = delete;

  // Errors by the name of the call; "interrupts" counts how many reads and writes EINTR ends.
  std::map<std::string, int> errors;
  int interrupts = 0;
  bool brief = false;  // reads and writes take one byte at a time

  ssize_t Read(int fd, void* out, size_t count, off_t offset) override {
    if (Fails("read") || Interrupted()) return -1;
    return FileSystem::Read(fd, out, brief ? 1 : count, offset);
  }
  ssize_t Write(int fd, const void* bytes, size_t count, off_t offset) override {
    if (Fails("write") || Interrupted()) return -1;
    return FileSystem::Write(fd, bytes, brief ? 1 : count, offset);
  }
  int Sync(int fd) override { return Fails("sync") ? -1 : FileSystem::Sync(fd); }
  int Lock(int fd) override { return Fails("lock") ? -1 : FileSystem::Lock(fd); }
  int StatName(const char* path, struct stat* info) override {
    return Fails("stat") ? -1 : FileSystem::StatName(path, info);
  }
  int RenameNew(const char* from, const char* to) override {
    return Fails("rename new") ? -1 : FileSystem::RenameNew(from, to);
  }
  int Remove(const char* path) override { return Fails("remove") ? -1 : FileSystem::Remove(path); }

 private:
  bool Fails(const std::string& call) {
    const auto found = errors.find(call);
    if (found == errors.end()) return false;
    errno = found->second;
    return true;
  }
  bool Interrupted() {
    if (interrupts == 0) return false;
    --interrupts;
    errno = EINTR;
    return true;
  }
};

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool IsThere(const std::string& path) { return internal::Exists(path).value(); }

void Make(const std::string& path) {
  REQUIRE(File::Open(path, O_RDWR | O_CREAT)->Write(0, "content").ok());
}

TEST_CASE("reads and writes that are short or interrupted go on to their end") {
  const ScratchFolder folder;
  Unwilling files;
  files.brief = true;
  files.interrupts = 5;
  const auto file = File::Open(folder.File("a"), O_RDWR | O_CREAT);
  REQUIRE(file.ok());
  CHECK(file->Write(0, "a line").ok());
  CHECK(file->Write(2, "place").ok());
  files.interrupts = 5;
  CHECK(*file->Read(0, 100) == "a place");
  CHECK(Content(folder.File("a")) == "a place");
}

TEST_CASE("a full disk and a sick one have different names") {
  const ScratchFolder folder;
  Unwilling files;
  const auto file = File::Open(folder.File("a"), O_RDWR | O_CREAT);
  files.errors["write"] = ENOSPC;
  CHECK(Reason(file->Write(0, "x")) == "DISK_FULL");
  files.errors["write"] = EDQUOT;
  CHECK(Reason(file->Write(0, "x")) == "DISK_FULL");
  files.errors["write"] = EIO;
  CHECK(Reason(file->Write(0, "x")) == "IO_ERROR");
  files.errors["sync"] = EIO;
  CHECK(Reason(file->Sync()) == "IO_ERROR");
}

TEST_CASE("a name that cannot be looked up is not a name that is free") {
  const ScratchFolder folder;
  Make(folder.File("a"));
  CHECK(*internal::Exists(folder.File("a")));
  CHECK_FALSE(*internal::Exists(folder.File("b")));
  CHECK_FALSE(*internal::Exists(folder.File("a/b")));
  Unwilling files;
  files.errors["stat"] = EIO;
  CHECK(Reason(internal::Exists(folder.File("a")).status()) == "IO_ERROR");
}

TEST_CASE("where files cannot be renamed without replacing others, a second name does it") {
  const ScratchFolder folder;
  const std::string from = folder.File("from"), to = folder.File("to");
  Make(from);
  Unwilling files;
  files.errors["rename new"] = EINVAL;
  SECTION("the new name is free") {
    CHECK(internal::RenameToNew(from, to).ok());
    CHECK(Content(to) == "content");
    CHECK_FALSE(IsThere(from));
  }
  SECTION("it is not") {
    std::ofstream(to) << "another's";
    CHECK(Reason(internal::RenameToNew(from, to)) == "BACKUP_EXISTS");
    CHECK(Content(to) == "another's");
    CHECK(Content(from) == "content");
  }
  SECTION("the old name stays: then the new one goes") {
    // The first removal is of the old name; there is no telling which of the two fails, so both.
    files.errors["remove"] = EIO;
    CHECK(Reason(internal::RenameToNew(from, to)) == "IO_ERROR");
    CHECK(Content(from) == "content");
  }
}

TEST_CASE("a new name that cannot be kept is taken back") {
  const ScratchFolder folder;
  Make(folder.File("from"));
  Unwilling files;
  files.errors["sync"] = EIO;
  const bool over = GENERATE(false, true);
  const auto rename = over ? internal::RenameOver : internal::RenameToNew;
  CHECK(Reason(rename(folder.File("from"), folder.File("to"))) == "IO_ERROR");
  CHECK_FALSE(IsThere(folder.File("to")));
}

TEST_CASE("a data folder whose name cannot be kept is not made") {
  const ScratchFolder folder;
  const FakeClock clock;
  {
    Unwilling files;
    files.errors["sync"] = EIO;
    CHECK(Reason(DataFolder::Open(folder.File("data"), clock).status()) == "DATA_FOLDER_UNUSABLE");
    CHECK_FALSE(IsThere(folder.File("data")));
  }
  CHECK(DataFolder::Open(folder.File("data"), clock).ok());
}

TEST_CASE("a data folder that cannot be locked is refused") {
  const ScratchFolder folder;
  const FakeClock clock;
  Unwilling files;
  files.errors["lock"] = ENOLCK;
  CHECK(Reason(DataFolder::Open(folder.File("data"), clock).status()) == "DATA_FOLDER_UNUSABLE");
}

TEST_CASE("a lock that says half, or nothing, of who holds it is a lock") {
  const ScratchFolder folder;
  const FakeClock clock;
  const std::string path = folder.File("data");
  Unwilling files;
  files.errors["write"] = ENOSPC;
  const auto first = DataFolder::Open(path, clock);
  REQUIRE(first.ok());
  CHECK(Reason((*first)->UpdateAddress("127.0.0.1:1")) == "DATA_FOLDER_UNUSABLE");
  for (const char* half : {"", "pid=12", "pi"}) {
    std::ofstream(path + "/LOCK", std::ios::trunc) << half;
    const auto second = DataFolder::Open(path, clock);
    CHECK(Reason(second.status()) == "DATA_IN_USE");
    CHECK(second.status().message() == path + " is in use by another process");
  }
}

}  // namespace
}  // namespace whence::sql
