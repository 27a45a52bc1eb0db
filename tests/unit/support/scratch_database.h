#pragma once

// A migrated database in a folder of its own, with a writer without a thread (the test decides when
// its batches run), a reader and a clock that the test sets. For tests of rooms above sql. Header
// only, so that the support library itself needs no room but base; who includes it links
// whence::migrations.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"
#include "migrations/embedded.h"
#include "sql/connection.h"
#include "sql/migrations.h"
#include "sql/writer.h"

namespace whence::test {

// A fresh folder, removed with everything in it on destruction.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "whence-test-XXXXXX";
    WHENCE_ASSERT(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The reason of an error (base/error.h); "OK" for none, the text of a status without a reason.
inline std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  std::string reason = GetErrorDetail(status).reason;
  return reason.empty() ? status.ToString() : reason;
}

class ScratchDatabase {
 public:
  ScratchDatabase() {
    const std::string path = folder_.path() + "/whence.db";
    auto connection = sql::Connection::Open(path);
    WHENCE_ASSERT(connection.ok());
    WHENCE_ASSERT(sql::Migrate(**connection, EmbeddedMigrations(), clock).ok());
    sql::WriterOptions options;
    options.clock = &clock;
    options.threaded = false;
    auto started = sql::Writer::Start(*std::move(connection), options);
    WHENCE_ASSERT(started.ok());
    writer_ = *std::move(started);
    sql::OpenOptions read_only;
    read_only.read_only = true;
    auto opened = sql::Connection::Open(path, read_only);
    WHENCE_ASSERT(opened.ok());
    reader_ = *std::move(opened);
  }
  ~ScratchDatabase() {
    reader_.reset();
    writer_->Stop();
  }

  sql::Connection& reader() { return *reader_; }
  sql::Writer& writer() { return *writer_; }

  // Runs `execute` as a mutation of its own, in a batch of its own, and returns its outcome.
  absl::Status Write(absl::FunctionRef<absl::Status(sql::WriteContext&)> execute) {
    absl::Status outcome = absl::UnknownError("did not run");
    Queue(execute, [&outcome](absl::Status status) { outcome = std::move(status); });
    Run();
    return outcome;
  }

  // Queues a mutation; Run() runs everything queued in one batch. What `execute` refers to must
  // live until then.
  void Queue(absl::AnyInvocable<absl::Status(sql::WriteContext&) &&> execute,
             absl::AnyInvocable<void(absl::Status) &&> finish) {
    writer_->Submit({.execute = std::move(execute), .finish = std::move(finish)});
  }
  void Run() {
    while (writer_->RunQueued() > 0) {
    }
  }

  FakeClock clock;

 private:
  TemporaryFolder folder_;
  std::unique_ptr<sql::Writer> writer_;
  std::unique_ptr<sql::Connection> reader_;
};

}  // namespace whence::test
