#pragma once

// A metastore's database with a ledger that has its tree, and a writer that the test runs.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "base/assert.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "ledger/ledger.h"
#include "ledger/log.h"
#include "support/scratch_database.h"

namespace whence::ledger::test {

using whence::test::ReasonOf;
using whence::test::TemporaryFolder;

// Bytes that repeat, and differ from call to call.
class CountingRandom : public RandomSource {
 public:
  void Fill(std::span<unsigned char> bytes) override {
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(++count_ * 37 >> 3);
  }

 private:
  uint32_t count_ = 0;
};

// Purpose: one life after the other of a server's ledger. Thread-safety: one thread.
class LedgerFixture {
 public:
  explicit LedgerFixture(bool with_tree = true) { Open(with_tree); }
  ~LedgerFixture() { Close(); }

  absl::Status TryOpen(bool with_tree, TreeOptions options = {}) {
    auto connection = sql::Connection::Open(path());
    WHENCE_ASSERT(connection.ok());
    WHENCE_ASSERT(sql::Migrate(**connection, EmbeddedMigrations(), clock).ok());
    ledger_ = std::make_unique<Ledger>(&random);
    absl::StatusOr<Position> last = ledger_->Load(**connection);
    if (!last.ok()) return last.status();
    options.folder = folder.path();
    options.ids = &ids;
    options.clock = &clock;
    if (with_tree) {
      if (absl::Status status = ledger_->OpenTree(**connection, options); !status.ok()) {
        return status;
      }
    }
    sql::WriterOptions writer;
    writer.clock = &clock;
    writer.threaded = false;
    writer.observer = ledger_.get();
    writer_ = sql::Writer::Start(*std::move(connection), writer).value();
    writer_->SetCounter(sql::Counter::kPosition, *last);
    reader_ = sql::Connection::Open(path(), {.read_only = true}).value();
    log_ = std::make_unique<Log>(ledger_.get(), writer_.get());
    return absl::OkStatus();
  }
  void Open(bool with_tree = true, const TreeOptions& options = {}) {
    const absl::Status status = TryOpen(with_tree, options);
    INFO(status);
    REQUIRE(status.ok());
  }
  void Close() {
    log_.reset();
    reader_.reset();
    if (writer_ != nullptr) writer_->Stop();
    writer_.reset();
    ledger_.reset();
  }
  void Reopen(const TreeOptions& options = {}) {
    Close();
    Open(/*with_tree=*/true, options);
  }

  // One entry, with what `write` writes at its position, in a task of its own.
  using Write = absl::FunctionRef<absl::Status(sql::Connection&, Position)>;
  void Queue(std::string action, absl::AnyInvocable<absl::Status(sql::Connection&, Position)> write,
             absl::Status* outcome) {
    writer_->Submit({.execute = [this, action = std::move(action), write = std::move(write)](
                                    sql::WriteContext& context) mutable -> absl::Status {
                       const Position position = context.Next(sql::Counter::kPosition);
                       absl::Status status = write(context.connection(), position);
                       const Entry entry = EntryAt(position, context.now(), action);
                       if (status.ok()) status = ledger_->Append(context, entry);
                       if (status.ok()) {
                         context.OnCommit([this, position] { ledger_->Publish(position); });
                       }
                       return status;
                     },
                     .finish = [outcome](absl::Status status) { *outcome = std::move(status); }});
  }
  size_t Run() {
    size_t all = 0;
    while (const size_t some = writer_->RunQueued()) all += some;
    return all;
  }
  absl::Status Do(std::string action, Write write) {
    absl::Status outcome = absl::UnknownError("did not run");
    Queue(std::move(action), write, &outcome);
    Run();
    return outcome;
  }
  // So many entries that write nothing, in one batch each `batch` of them.
  void Fill(int count, int batch = 7) {
    std::vector<absl::Status> outcomes(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      Queue(
          StrCat("Act", i), [](sql::Connection&, Position) { return absl::OkStatus(); },
          &outcomes[static_cast<size_t>(i)]);
      if (i % batch == batch - 1) Run();
    }
    Run();
    for (const absl::Status& outcome : outcomes) REQUIRE(outcome.ok());
  }

  static Entry EntryAt(Position position, absl::Time time, std::string action = "Act") {
    Entry entry;
    entry.position = position;
    entry.time = time;
    entry.actor = "user:ana";
    entry.via = "grpc";
    entry.action = std::move(action);
    entry.resource = StrCat("prod.raw.t", position);
    entry.request_id = StrCat("r-", position);
    entry.digest = std::string(32, static_cast<char>(position));
    return entry;
  }

  // Runs SQL on the closed database, as somebody does who has the file.
  void Tamper(std::string_view sql) {
    Close();
    auto connection = sql::Connection::Open(path()).value();
    const absl::Status done = connection->ExecuteScript(
        StrCat("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; ", sql));
    INFO(sql << ": " << done);
    REQUIRE(done.ok());
  }
  // A read-only connection to the database, open or not.
  std::unique_ptr<sql::Connection> Reader() const {
    return sql::Connection::Open(path(), {.read_only = true}).value();
  }

  std::string path() const { return folder.path() + "/whence.db"; }
  Ledger& ledger() { return *ledger_; }
  Log& log() { return *log_; }
  sql::Writer& writer() { return *writer_; }
  sql::Connection& reader() { return *reader_; }

  TemporaryFolder folder;
  FakeClock clock;
  SeededIdSource ids{11};
  CountingRandom random;

 private:
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<sql::Writer> writer_;
  std::unique_ptr<sql::Connection> reader_;
  std::unique_ptr<Log> log_;
};

}  // namespace whence::ledger::test
