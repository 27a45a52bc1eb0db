#include "grpc/backup_stream.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "base/digest.h"
#include "base/limits.h"
#include "grpc/server_fixture.h"
#include "sql/backup.h"

namespace whence::rpc {
namespace {

using test::Eventually;
using test::ReasonOf;
using test::ServerFixture;

// Records predictions with texts, so that a backup has several chunks.
void Fill(ServerFixture& fixture) {
  fixture.MakeModel();
  v1::RecordPredictionsRequest request;
  for (int i = 0; i < 12; ++i) {
    v1::Prediction* prediction = request.add_predictions();
    prediction->set_id(StrCat("p", i));
    prediction->set_model("m.s.model");
    prediction->set_input_text(std::string(kMaxPredictionTextBytes, 'x'));
  }
  v1::RecordPredictionsResponse response;
  grpc::ClientContext context;
  REQUIRE(fixture.prediction->RecordPredictions(&context, request, &response).ok());
  REQUIRE(response.accepted_count() == 12);
}

bool CopiesLeft(ServerFixture& fixture) {
  for (const auto& entry : std::filesystem::directory_iterator(fixture.folder())) {
    if (entry.path().filename().string().starts_with("backup-")) return true;
  }
  return false;
}

TEST_CASE("a backup is the database at a position, and its digest is that of its bytes") {
  ServerFixture fixture;
  Fill(fixture);
  grpc::ClientContext context;
  const auto reader = fixture.info->Backup(&context, v1::BackupRequest());
  v1::BackupChunk chunk;
  std::string bytes;
  int chunks = 0;
  while (reader->Read(&chunk)) {
    CHECK(chunk.data().size() <= kBackupChunkBytes);
    CHECK(chunk.total_bytes() > 0);
    if (chunk.digest().empty()) CHECK_FALSE(chunk.data().empty());
    bytes += chunk.data();
    ++chunks;
  }
  REQUIRE(reader->Finish().ok());
  CHECK(chunks > 3);
  CHECK(chunk.data().empty());
  CHECK(chunk.total_bytes() == static_cast<int64_t>(bytes.size()));
  CHECK(chunk.digest() == Sha256Digest(bytes));
  CHECK(chunk.position() == 4);
  CHECK(Eventually([&] { return !CopiesLeft(fixture); }));

  const whence::test::TemporaryFolder elsewhere;
  const std::string file = elsewhere.path() + "/copy";
  std::ofstream(file, std::ios::binary) << bytes;
  REQUIRE(sql::Restore(file, elsewhere.path() + "/data").ok());
  SystemClock clock;
  RandomIdSource ids(&clock);
  const auto house = service::House::Open({.data_folder = elsewhere.path() + "/data",
                                           .migrations = EmbeddedMigrations(),
                                           .clock = &clock,
                                           .ids = &ids});
  REQUIRE(house.ok());
  CHECK((*house)->ledger().published() == 4);
}

TEST_CASE("a backup that its caller leaves is removed") {
  ServerFixture fixture;
  Fill(fixture);
  {
    grpc::ClientContext context;
    const auto reader = fixture.info->Backup(&context, v1::BackupRequest());
    v1::BackupChunk chunk;
    REQUIRE(reader->Read(&chunk));
    context.TryCancel();
    CHECK(reader->Finish().error_code() == grpc::StatusCode::CANCELLED);
  }
  CHECK(Eventually([&] { return !CopiesLeft(fixture); }));
  CHECK(fixture.Create("after").ok());
}

TEST_CASE("a backup passes the same admission as every call") {
  ServerFixture fixture;
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer nobody");
  const auto reader = fixture.info->Backup(&context, v1::BackupRequest());
  v1::BackupChunk chunk;
  CHECK_FALSE(reader->Read(&chunk));
  CHECK(ReasonOf(reader->Finish()) == "TOKEN_INVALID");
}

TEST_CASE("backups are made while others write") {
  ServerFixture fixture;
  Fill(fixture);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      if (!fixture.Create(StrCat("c", i)).ok()) break;
    }
  });
  for (int round = 0; round < 3; ++round) {
    grpc::ClientContext context;
    const auto reader = fixture.info->Backup(&context, v1::BackupRequest());
    v1::BackupChunk chunk;
    Sha256 hash;
    while (reader->Read(&chunk)) hash.Update(chunk.data());
    CHECK(reader->Finish().ok());
    CHECK(chunk.digest() == "sha256:" + hash.HexDigest());
    CHECK(chunk.position() >= 4);
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace whence::rpc
