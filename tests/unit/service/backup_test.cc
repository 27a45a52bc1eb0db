#include "service/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "base/digest.h"
#include "base/limits.h"
#include "sql/backup.h"
#include "support/prediction_fixture.h"

namespace whence::service {
namespace {

using test::HouseFixture;
using test::PredictionFixture;
using test::ReasonOf;

// All bytes of a copy.
std::string ReadAll(BackupCopy& copy) {
  std::string all;
  std::string chunk;
  for (;;) {
    const absl::StatusOr<bool> more = copy.ReadChunk(&chunk);
    REQUIRE(more.ok());
    if (!*more) return all;
    REQUIRE(chunk.size() <= kBackupChunkBytes);
    all += chunk;
  }
}

// Puts a folder in place of a file that this process has open: reading it fails from then on.
void SpoilOpenFile(std::string_view beginning) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    const std::filesystem::path file = std::filesystem::read_symlink(entry.path(), ignored);
    if (!file.filename().string().starts_with(beginning)) continue;
    const int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(dup2(folder, std::stoi(entry.path().filename())) >= 0);
    close(folder);
    return;
  }
  FAIL("no file " << beginning << " is open");
}

int FilesIn(const std::string& folder, std::string_view beginning) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(beginning)) ++count;
  }
  return count;
}

TEST_CASE("a copy that its disk does not give back is no copy") {
  HouseFixture fixture;
  auto made = BackupCopy::Make(fixture.house(), nullptr);
  REQUIRE(made.ok());
  SpoilOpenFile("backup-");
  std::string chunk;
  const absl::Status read = (*made)->ReadChunk(&chunk).status();
  CHECK(ReasonOf(read) == "BACKUP_UNREADABLE");
  CHECK(absl::IsUnavailable(read));
}

TEST_CASE("a copy is a database of its own, at a position") {
  HouseFixture fixture;
  fixture.Asset("m.s.a", v1::KIND_TABLE);
  auto made = BackupCopy::Make(fixture.house(), nullptr);
  REQUIRE(made.ok());
  fixture.Asset("m.s.b", v1::KIND_TABLE);  // too late for the copy
  BackupCopy& copy = **made;
  CHECK(copy.position() == 3);
  const std::string bytes = ReadAll(copy);
  CHECK(static_cast<int64_t>(bytes.size()) == copy.total_bytes());
  CHECK(copy.digest() == Sha256Digest(bytes));

  const test::TemporaryFolder elsewhere;
  const std::string file = elsewhere.path() + "/copy";
  std::ofstream(file, std::ios::binary) << bytes;
  REQUIRE(sql::VerifyDatabaseFile(file).ok());
  const std::string folder = elsewhere.path() + "/data";
  REQUIRE(sql::Restore(file, folder).ok());
  auto house = House::Open({.data_folder = folder,
                            .migrations = EmbeddedMigrations(),
                            .clock = &fixture.clock,
                            .ids = &fixture.ids});
  REQUIRE(house.ok());
  CHECK((*house)->ledger().published() == 3);
}

TEST_CASE("a copy leaves nothing behind") {
  HouseFixture fixture;
  {
    auto copy = BackupCopy::Make(fixture.house(), nullptr);
    REQUIRE(copy.ok());
    CHECK(FilesIn(fixture.folder(), "backup-") == 1);
  }
  CHECK(FilesIn(fixture.folder(), "backup-") == 0);
}

TEST_CASE("a copy that nobody waits for is not made") {
  PredictionFixture fixture;
  std::vector<v1::Prediction> batch;  // 6 MiB: more than is copied between two looks
  for (int i = 0; i < 24; ++i) {
    batch.push_back(PredictionFixture::Prediction(StrCat(i)));
    batch.back().set_input_text(std::string(kMaxPredictionTextBytes, 'x'));
  }
  REQUIRE(fixture.Batch(batch)->accepted_count() == 24);
  const std::atomic<bool> cancelled = true;
  const auto copy = BackupCopy::Make(fixture.house(), &cancelled);
  CHECK(ReasonOf(copy.status()) == "BACKUP_CANCELLED");
  CHECK(FilesIn(fixture.folder(), "backup-") == 0);
}

}  // namespace
}  // namespace whence::service
