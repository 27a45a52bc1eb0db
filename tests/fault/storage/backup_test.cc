// A backup made under write load and restored elsewhere is the source as it stood at the position
// that it names; a backup that is damaged anywhere is refused, with the reason.
#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "catch2/catch.hpp"
#include "fault_vfs.h"
#include "files.h"
#include "service/backup.h"
#include "sql/backup.h"
#include "story.h"
#include "support/scratch_database.h"
#include "verdict.h"

namespace whence::fault {
namespace {

// The whole answer of a backup, as a door sends it.
void Fetch(service::BackupCopy& copy, const std::string& path) {
  std::string all, chunk;
  for (;;) {
    const absl::StatusOr<bool> more = copy.ReadChunk(&chunk);
    REQUIRE(more.ok());
    if (!*more) break;
    all += chunk;
  }
  WriteFile(path, all);
}

TEST_CASE("a backup under write load is the source at the position it names", "[backup]") {
  const Story story = Story::Many(400);
  Reference reference(&story);
  const test::TemporaryFolder folder;
  const std::unique_ptr<Server> server = Server::Open(folder.path()).value();
  std::vector<Mutation*> mutations;
  for (const auto& batch : story.batches) {
    for (const auto& mutation : batch) mutations.push_back(mutation.get());
  }
  Outcomes outcomes;
  std::atomic<bool> started{false};
  std::atomic<bool> done{false};
  std::thread writing([&] {
    for (size_t i = 0; i < mutations.size(); ++i) {
      server->SetSecond(static_cast<int>(i));
      const absl::Status status = server->Do({mutations[i]}).front();
      outcomes[mutations[i]->id()] = OutcomeOf(status, *mutations[i]);
      started = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    done = true;
  });
  while (!started) std::this_thread::yield();
  // The position that each names, and the file.
  std::vector<std::pair<Position, std::string>> copies;
  while (!done && copies.size() < 6) {
    auto copy = service::BackupCopy::Make(server->house(), nullptr);
    REQUIRE(copy.ok());
    copies.emplace_back((*copy)->position(), StrCat(folder.path(), "/kept-", copies.size()));
    Fetch(**copy, copies.back().second);
  }
  writing.join();
  REQUIRE(copies.size() > 1);
  CHECK(copies.front().first < copies.back().first);  // it was written meanwhile

  for (const auto& [position, path] : copies) {
    INFO("position " << position);
    const test::TemporaryFolder elsewhere;
    REQUIRE(sql::Restore(path, elsewhere.path()).ok());
    Outcomes held;
    for (Position i = 0; i < position; ++i) {
      const std::string& id = mutations[static_cast<size_t>(i)]->id();
      held[id] = outcomes.at(id);
    }
    CHECK(Judge(elsewhere.path(), story, held, reference, Depth::kAndResend) == "");
  }
}

struct Damage : test::TemporaryFolder {
  Damage() {
    const Story story = Story::Everything();
    const test::TemporaryFolder source;
    const std::unique_ptr<Server> server = Server::Open(source.path()).value();
    for (const auto& batch : story.batches) {
      for (const auto& mutation : batch) REQUIRE(server->Do({mutation.get()}).front().ok());
    }
    REQUIRE(sql::Backup(source.path() + "/whence.db", path() + "/good.db").ok());
    good = ReadFile(path() + "/good.db");
  }

  // It is refused by name, and nothing comes of it.
  void Refused(const std::string& bytes) const {
    const std::string bad = path() + "/bad.db";
    const std::string data = path() + "/data";
    WriteFile(bad, bytes);
    const absl::Status status = sql::Restore(bad, data);
    INFO(status);
    CHECK(test::ReasonOf(status) == "DATABASE_DAMAGED");
    CHECK(status.message().size() > bad.size() + 20);
    CHECK_FALSE(std::filesystem::exists(data + "/whence.db"));
  }

  std::string good;
};

TEST_CASE("a backup with any page damaged is refused", "[backup]") {
  const Damage damage;
  for (size_t at = 0; at < damage.good.size(); at += 4096) {
    INFO("page " << at / 4096);
    std::string bytes = damage.good;
    const size_t byte = std::min(at + at / 4096 * 37 % 4096, bytes.size() - 1);
    bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << at / 4096 % 8));
    damage.Refused(bytes);
  }
}

TEST_CASE("a backup that cannot be read is not called damaged", "[backup]") {
  const Damage damage;
  for (const auto& [op, code] :
       {std::pair(Op::kRead, SQLITE_IOERR_READ), std::pair(Op::kAllocate, SQLITE_NOMEM)}) {
    for (int64_t at = 1;; at += op == Op::kRead ? 1 : 7) {
      FaultVfs vfs;
      vfs.Arm({.op = op, .at = at, .code = code});
      const absl::Status status = sql::VerifyDatabaseFile(damage.path() + "/good.db");
      INFO(NameOf(op) << " " << at << ": " << status);
      CHECK((status.ok() || IsStorageFailure(status)));
      if (!vfs.struck()) break;
    }
  }
}

TEST_CASE("a backup that is cut is refused", "[backup]") {
  const Damage damage;
  const size_t pages = damage.good.size() / 4096;
  for (size_t kept = 0; kept < pages; ++kept) damage.Refused(damage.good.substr(0, kept * 4096));
  for (size_t cut = 1; cut < 86; cut += 3) {
    damage.Refused(damage.good.substr(0, damage.good.size() - cut));
  }
}

// Nothing, or the empty file that is made with the folder.
bool HasNoDatabase(const std::string& data) {
  std::error_code gone;
  const auto bytes = std::filesystem::file_size(data + "/whence.db", gone);
  return gone || bytes == 0;
}

TEST_CASE("a restore that the disk fails leaves no database, and can be repeated", "[backup]") {
  const Damage damage;
  const std::string wanted = DumpOf(damage.path() + "/good.db");
  int failed = 0;
  for (const Op op : kFileOps) {
    for (int64_t at = 1;; ++at) {
      const test::TemporaryFolder folder;
      const std::string data = folder.path() + "/new/data";
      FaultVfs vfs;
      vfs.Arm({.op = op, .at = at, .code = at % 2 == 0 ? EIO : ENOSPC, .half = true});
      const absl::Status status = sql::Restore(damage.path() + "/good.db", data);
      const bool struck = vfs.struck();
      vfs.Heal();
      INFO(NameOf(op) << " " << at << ": " << status);
      if (!status.ok()) {
        ++failed;
        CHECK(IsStorageFailure(status));
        CHECK(HasNoDatabase(data));
        CHECK(sql::Restore(damage.path() + "/good.db", data).ok());
      }
      CHECK(DumpOf(data + "/whence.db") == wanted);
      if (!struck) break;
    }
  }
  CHECK(failed > 20);
}

TEST_CASE("a restore during which the power fails has happened, or not", "[backup]") {
  const Damage damage;
  const std::string wanted = DumpOf(damage.path() + "/good.db");
  int lost = 0;
  for (const Op op : kFileOps) {
    bool struck = true;
    for (int64_t at = 1; struck; ++at) {
      for (const Survival survival : kSurvivals) {
        const test::TemporaryFolder folder;
        const std::string data = folder.path() + "/new/data";
        FaultVfs vfs;
        vfs.Arm({.op = op, .at = at, .half = at % 2 == 0, .crash = true});
        const absl::Status status = sql::Restore(damage.path() + "/good.db", data);
        struck = vfs.struck();
        vfs.TakeUnsynced().LosePower(survival, static_cast<uint64_t>(at));
        INFO(NameOf(op) << " " << at << ", " << NameOf(survival) << " survives: " << status);
        if (HasNoDatabase(data)) {
          ++lost;
          CHECK_FALSE(status.ok());
          CHECK(sql::Restore(damage.path() + "/good.db", data).ok());
        }
        CHECK(DumpOf(data + "/whence.db") == wanted);
      }
    }
  }
  CHECK(lost > 20);
}

}  // namespace
}  // namespace whence::fault
