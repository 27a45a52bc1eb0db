// A disk that is really full: a file system of a few MiB in memory, where the kernel says so and
// no test. What fits in it is changed by a page at a time, so that it ends everywhere.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/strings.h"
#include "catch2/catch.hpp"
#include "story.h"
#include "support/scratch_database.h"
#include "verdict.h"

namespace whence::fault {
namespace {

// Purpose: a file system of its own that only this process sees, and that goes with it.
class SmallDisk {
 public:
  explicit SmallDisk(int pages) {
    const std::string options = StrCat("mode=0700,size=", int64_t{pages} * kPageBytes);
    mounted_ =
        ::unshare(CLONE_NEWNS) == 0 &&
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        ::mount("tmpfs", path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // False, and said so, where the kernel lets this user mount nothing.
  bool usable() const {
    if (!mounted_) WARN("skipped: only root with CAP_SYS_ADMIN can mount a small disk");
    return mounted_;
  }
  const std::string& path() const { return folder_.path(); }
  std::string data() const { return path() + "/data"; }

  // Fills it until only so many pages fit.
  void Leave(int pages) const {
    const int fd = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    const std::string page(kPageBytes, '\0');
    off_t size = 0;
    while (::write(fd, page.data(), page.size()) == kPageBytes) size += kPageBytes;
    CHECK(::ftruncate(fd, std::max<off_t>(0, size - off_t{pages} * kPageBytes)) == 0);
    ::close(fd);
  }
  void Empty() const { ::unlink(ballast().c_str()); }

 private:
  static constexpr int kPageBytes = 4096;  // of the database, and of the kernel
  std::string ballast() const { return path() + "/ballast"; }

  const test::TemporaryFolder folder_;
  bool mounted_ = false;
};

// Purpose: a server on a small disk, and a story that it is told a few mutations at a time.
class Life {
 public:
  explicit Life(const SmallDisk& disk, const sql::WriterOptions& options)
      : disk_(disk), options_(options) {
    for (const auto& batch : story_.batches) {
      for (const auto& mutation : batch) all_.push_back(mutation.get());
    }
    server_ = Server::Open(disk_.data(), options_).value();
    Tell(story_.batches.front().size() + story_.batches[1].size());
  }

  // The next few, on a disk with so much room; what does not fit, once more when there is. How many
  // did not fit.
  int Tell(size_t count, int room = -1) {
    std::vector<Mutation*> batch(all_.begin() + static_cast<std::ptrdiff_t>(told_),
                                 all_.begin() + static_cast<std::ptrdiff_t>(told_ + count));
    told_ += count;
    if (room >= 0) disk_.Leave(room);
    const std::vector<Mutation*> failed = Do(batch);
    CHECK(server_->Read().ok());
    CHECK(server_->house().writer().status().ok());
    disk_.Empty();
    CHECK(Do(failed).empty());
    return static_cast<int>(failed.size());
  }

  // Stops the server and starts it with so much room, then with enough. Whether it refused.
  bool Restart(int room) {
    server_.reset();
    disk_.Leave(room);
    absl::StatusOr<std::unique_ptr<Server>> opened = Server::Open(disk_.data(), options_);
    const bool refused = !opened.ok();
    if (refused) {
      INFO(opened.status());
      CHECK(IsStorageFailure(opened.status()));
      disk_.Empty();
      opened = Server::Open(disk_.data(), options_);
    } else {
      CHECK((*opened)->Read().ok());
    }
    disk_.Empty();
    INFO(opened.status());
    REQUIRE(opened.ok());
    server_ = *std::move(opened);
    return refused;
  }

  // Everything that was told is there, once, and the database is sound.
  std::string End() {
    Reference reference(&story_);
    std::string wrong = server_->ViewsDifference();
    server_.reset();
    return wrong.empty() ? Judge(disk_.data(), story_, outcomes_, reference, Depth::kState) : wrong;
  }

 private:
  std::vector<Mutation*> Do(const std::vector<Mutation*>& batch) {
    server_->SetSecond(++second_);
    const std::vector<absl::Status> statuses = server_->Do(batch);
    std::vector<Mutation*> failed;
    for (size_t i = 0; i < batch.size(); ++i) {
      outcomes_[batch[i]->id()] = OutcomeOf(statuses[i], *batch[i]);
      if (statuses[i].ok()) continue;
      INFO(batch[i]->id() << ": " << statuses[i]);
      // What needs what was not done may say so.
      const bool follows = !failed.empty() && test::ReasonOf(statuses[i]).ends_with("_NOT_FOUND");
      CHECK((test::ReasonOf(statuses[i]) == "DISK_FULL" || follows));
      failed.push_back(batch[i]);
    }
    return failed;
  }

  const SmallDisk& disk_;
  const sql::WriterOptions options_;
  const Story story_ = Story::Many(600);
  std::vector<Mutation*> all_;
  size_t told_ = 0;
  int second_ = 0;
  Outcomes outcomes_;
  std::unique_ptr<Server> server_;
};

constexpr int kDiskPages = 2048;
constexpr size_t kTold = 10;
constexpr int kRounds = 40;

TEST_CASE("a disk that is really full: writes are refused, reads go on, and so do writes later",
          "[small-disk]") {
  const SmallDisk disk(kDiskPages);
  if (!disk.usable()) return;
  // With checkpoints, which need room in the database; and without, so that the log grows always.
  sql::WriterOptions options = Server::SmallLimits();
  const bool checkpoints = GENERATE(true, false);
  if (!checkpoints) options.checkpoint_pages = options.idle_checkpoint_pages = 1'000'000;
  Life life(disk, options);
  int refused = 0;
  for (int round = 0; round < kRounds; ++round) {
    const int room = checkpoints ? round % 3 : round;
    INFO(room << " pages of room");
    refused += life.Tell(kTold, room) > 0 ? 1 : 0;
  }
  WARN(refused << " of " << kRounds << " batches did not fit, "
               << (checkpoints ? "with checkpoints" : "without"));
  CHECK(refused > (checkpoints ? 0 : 10));
  CHECK(refused < kRounds);
  CHECK(life.End() == "");
}

TEST_CASE("a server that starts on a disk that is really full serves, or says why not",
          "[small-disk]") {
  const SmallDisk disk(kDiskPages);
  if (!disk.usable()) return;
  Life life(disk, Server::SmallLimits());
  int refused = 0;
  for (int room = 0; room < 20; ++room) {
    INFO(room << " pages of room");
    refused += life.Restart(room) ? 1 : 0;
    life.Tell(kTold);
  }
  WARN(refused << " of 20 starts were refused");
  CHECK(refused < 20);
  CHECK(life.End() == "");
}

}  // namespace
}  // namespace whence::fault
