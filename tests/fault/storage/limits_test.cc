// What the process runs out of, or may not do: descriptors, and a disk that may only be read.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/strings.h"
#include "catch2/catch.hpp"
#include "fault_vfs.h"
#include "sql/backup.h"
#include "story.h"
#include "support/sanitizer.h"
#include "support/scratch_database.h"
#include "verdict.h"

namespace whence::fault {
namespace {

std::vector<Mutation*> BatchOf(const Story& story, size_t number) {
  std::vector<Mutation*> batch;
  for (const auto& mutation : story.batches[number]) batch.push_back(mutation.get());
  return batch;
}

// Lets the process have this many descriptors more than it has, while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(int more) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    // Gaps below the limit would be used as well: all are filled.
    struct rlimit few = before_;
    int next = -1;
    while ((next = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && next < kFirst) {
      held_.push_back(next);
    }
    REQUIRE(next >= 0);
    ::close(next);
    few.rlim_cur = static_cast<rlim_t>(next + more);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  }
  ~FewDescriptors() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
    for (const int fd : held_) ::close(fd);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  static constexpr int kFirst = 64;
  struct rlimit before_ {};
  std::vector<int> held_;
};

TEST_CASE("without descriptors the server does not open, and says why", "[limits]") {
  const Story story = Story::Short();
  const test::TemporaryFolder folder;
  int refused = 0;
  for (int more = 0;; ++more) {
    INFO(more << " descriptors");
    absl::StatusOr<std::unique_ptr<Server>> server = absl::UnknownError("");
    {
      const FewDescriptors few(more);
      server = Server::Open(folder.path());
    }
    if (server.ok()) {
      for (const absl::Status& status : (*server)->Do(BatchOf(story, 0))) CHECK(status.ok());
      break;
    }
    ++refused;
    INFO(server.status());
    CHECK(IsStorageFailure(server.status()));
    REQUIRE(more < 20);
  }
  CHECK(refused > 2);
}

TEST_CASE("an open server writes on without descriptors; reads and backups say what is missing",
          "[limits]") {
  if (test::Sanitized("undefined")) {
    WARN("skipped: the sanitizer looks at objects through a pipe, for which it has no descriptors");
    return;
  }
  const Story story = Story::Short();
  const test::TemporaryFolder folder;
  const std::unique_ptr<Server> server = Server::Open(folder.path()).value();
  const std::string copy = folder.path() + "/copy.db";
  for (int more = 0; more < 3; ++more) {
    const FewDescriptors few(more);
    const absl::Status read = server->Read();
    CHECK((read.ok() || IsStorageFailure(read)));
    const absl::Status backup = sql::Backup(folder.path() + "/whence.db", copy);
    INFO(backup);
    CHECK(IsStorageFailure(backup));
    CHECK_FALSE(std::filesystem::exists(copy));
    CHECK_FALSE(std::filesystem::exists(copy + ".partial"));
    if (more == 0) {
      CHECK_FALSE(read.ok());
      for (const absl::Status& status : server->Do(BatchOf(story, 0))) CHECK(status.ok());
    }
  }
  CHECK(server->Read().ok());
  CHECK(sql::Backup(folder.path() + "/whence.db", copy).ok());
  for (const absl::Status& status : server->Do(BatchOf(story, 1))) CHECK(status.ok());
}

TEST_CASE("a full disk: nothing is changed, reads go on, and so do writes when there is room",
          "[limits]") {
  const Story story = Story::Short();
  Reference reference(&story);
  const test::TemporaryFolder folder;
  Outcomes outcomes;
  {
    FaultVfs vfs;
    const std::unique_ptr<Server> server = Server::Open(folder.path()).value();
    for (const absl::Status& status : server->Do(BatchOf(story, 0))) REQUIRE(status.ok());
    vfs.Arm({.op = Op::kWrite, .at = 1, .code = SQLITE_FULL, .lasting = true});
    for (int tries = 0; tries < 3; ++tries) {
      for (const absl::Status& status : server->Do(BatchOf(story, 1))) {
        INFO(status);
        CHECK(test::ReasonOf(status) == "DISK_FULL");
        CHECK(absl::IsResourceExhausted(status));
      }
      CHECK(server->Read().ok());
      CHECK(server->house().writer().status().ok());
    }
    vfs.Heal();
    for (size_t number : {0, 1}) {
      const std::vector<Mutation*> batch = BatchOf(story, number);
      const std::vector<absl::Status> statuses = server->Do(batch);
      for (size_t i = 0; i < batch.size(); ++i) {
        INFO(statuses[i]);
        CHECK(statuses[i].ok());
        outcomes[batch[i]->id()] = OutcomeOf(statuses[i], *batch[i]);
      }
    }
    CHECK(server->ViewsDifference() == "");
  }
  CHECK(Judge(folder.path(), story, outcomes, reference, Depth::kAndResend) == "");
}

TEST_CASE("a disk that becomes read-only stops the writer; reads go on; a restart mends it",
          "[limits]") {
  const Story story = Story::Short();
  Reference reference(&story);
  const test::TemporaryFolder folder;
  Outcomes outcomes;
  {
    FaultVfs vfs;
    std::unique_ptr<Server> server = Server::Open(folder.path()).value();
    const std::vector<Mutation*> first = BatchOf(story, 0);
    for (const absl::Status& status : server->Do(first)) REQUIRE(status.ok());
    for (const Mutation* mutation : first) {
      outcomes[mutation->id()] = OutcomeOf(absl::OkStatus(), *mutation);
    }
    // What Linux answers to every write, SQLite's VFS turns into this.
    vfs.Arm({.op = Op::kWrite, .at = 1, .code = SQLITE_IOERR_WRITE, .lasting = true});
    const std::vector<Mutation*> second = BatchOf(story, 1);
    for (const absl::Status& status : server->Do(second)) {
      CHECK(test::ReasonOf(status) == "IO_ERROR");
    }
    for (const absl::Status& status : server->Do(second)) {
      CHECK(test::ReasonOf(status) == "WRITER_FAILED");
    }
    CHECK(server->Read().ok());
    server.reset();
    vfs.Heal();
    server = Server::Open(folder.path()).value();
    const std::vector<absl::Status> statuses = server->Do(second);
    for (size_t i = 0; i < second.size(); ++i) {
      CHECK(statuses[i].ok());
      outcomes[second[i]->id()] = OutcomeOf(statuses[i], *second[i]);
    }
  }
  CHECK(Judge(folder.path(), story, outcomes, reference, Depth::kAndResend) == "");
}

TEST_CASE("a folder on a file system that is read-only is refused by name", "[limits]") {
  // The kernel's own: nobody may make files there, not even root.
  const absl::Status status = Server::Open("/sys/kernel/whence").status();
  INFO(status);
  CHECK(test::ReasonOf(status) == "DATA_FOLDER_UNUSABLE");
}

}  // namespace
}  // namespace whence::fault
