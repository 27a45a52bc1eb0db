// What the ledger's tree costs, and what can be done with it.
//
// - Durable RecordRun from 64 callers, against the same on a server that makes no leaves, hashes no
//   rows and signs nothing (HouseOptions::ledger_tree), in alternating rounds.
// - Entries appended in batches of 100, each with its commitment, its leaf and the batch's tiles,
//   against a raw SQLite insert of the same rows in transactions as large.
// - A check of all entries, tiles and heads, against OpenSSL hashing the same bytes and nothing
//   else.
// - Inclusion proofs of entries at random out of a log of ten million, from the database: its tiles
//   are made of random leaves, for a proof looks at no entry.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"
#include "ledger/entry_view.h"
#include "ledger/ledger.h"
#include "ledger/log.h"
#include "ledger/tree_store.h"
#include "ledger/verify.h"
#include "migrations/embedded.h"
#include "sql/migrations.h"
#include "sql/transaction.h"
#include "support/calls.h"
#include "support/catalog.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/local_server.h"
#include "support/options.h"
#include "support/raw_sqlite.h"
#include "support/timing.h"
#include "tlog/appender.h"

namespace whence::bench {
namespace {

constexpr int kCallers = 64;
constexpr int kBatch = 100;
constexpr double kReachRuns = 0.85;
constexpr double kReachAppend = 0.5;
constexpr double kEnoughAppends = 20'000;  // entries a second
constexpr double kReachVerify = 0.3;
constexpr double kReachProofUs = 100;

// ---- durable mutations --------------------------------------------------------------------------

void Prepare(const std::shared_ptr<grpc::Channel>& channel) {
  CatalogMaker maker(channel);
  maker.Catalog("bench");
  maker.Schema("bench.runs");
  for (const char* name : {"bench.runs.features", "bench.runs.labels", "bench.runs.scores"}) {
    maker.AssetWithVersion(name, v1::KIND_TABLE);
  }
}

// Purpose: one server and what it is asked. Ownership: owns all of it. Thread-safety: none.
struct Side {
  explicit Side(bool ledger_tree) : server(folder.path(), {.ledger_tree = ledger_tree}) {
    channel = server.Connect();
    Prepare(channel);
    stub = std::make_unique<grpc::GenericStub>(channel);
    v1::Run* const run = request.mutable_run();
    run->set_job("bench.runs.score");
    run->add_reads()->set_reference("bench.runs.features@1");
    run->add_reads()->set_reference("bench.runs.labels@1");
    run->add_writes()->set_reference("bench.runs.scores");
  }
  double RunsPerSecond(const Options& options) {
    const LoopResult result =
        RunClosedLoop(kCallers, options.round(), [this](int, Answered answered) {
          BeginUnary<v1::Run>(*stub, "/whence.v1.LineageService/RecordRun", request,
                              std::move(answered));
        });
    Expect(result.failed == 0, "RecordRun failed");
    return result.calls_per_second;
  }

  TemporaryFolder folder;
  LocalServer server;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<grpc::GenericStub> stub;
  v1::RecordRunRequest request;
};

void BenchRuns(const Options& options) {
  Side with(/*ledger_tree=*/true);
  Side without(/*ledger_tree=*/false);
  std::vector<double> values, floors;
  for (int round = 0; round < options.rounds(); ++round) {
    floors.push_back(without.RunsPerSecond(options));
    values.push_back(with.RunsPerSecond(options));
  }
  const double value = Median(values);
  const double floor = Median(floors);
  Report({.name = "ledger_record_run_64_callers",
          .unit = "calls/s",
          .value = value,
          .floor = floor,
          .ratio = value / floor,
          .reach = kReachRuns});
}

// ---- entries by themselves ----------------------------------------------------------------------

// Purpose: a database with a ledger and nothing else in use. Ownership: owns all of it.
// Thread-safety: one thread.
class Entries {
 public:
  explicit Entries(const TemporaryFolder& folder) {
    auto connection = sql::Connection::Open(folder.database());
    Expect(connection.ok(), "no database");
    Expect(sql::Migrate(**connection, EmbeddedMigrations(), clock_).ok(), "no schema");
    Expect(ledger_.Load(**connection).ok(), "no ledger");
    const absl::Status opened =
        ledger_.OpenTree(**connection, {.folder = folder.path(), .ids = &ids_, .clock = &clock_});
    Expect(opened.ok(), opened.ToString());
    sql::WriterOptions options;
    options.clock = &clock_;
    options.threaded = false;
    options.max_batch_tasks = kBatch;
    options.observer = &ledger_;
    writer_ = sql::Writer::Start(*std::move(connection), options).value();
    writer_->SetCounter(sql::Counter::kPosition, ledger_.published());
    log_ = std::make_unique<ledger::Log>(&ledger_, writer_.get());
  }
  ~Entries() { writer_->Stop(); }

  void Append(int64_t count) {
    for (int64_t done = 0; done < count; done += kBatch) {
      for (int i = 0; i < kBatch; ++i) Queue();
      Expect(writer_->RunQueued() == kBatch, "a batch has another size");
    }
  }
  ledger::SignedCheckpoint Sign() {
    std::optional<ledger::SignedCheckpoint> made;
    log_->CheckpointNow([&made](absl::StatusOr<ledger::SignedCheckpoint> checkpoint) {
      Expect(checkpoint.ok(), "not signed");
      made = *std::move(checkpoint);
    });
    writer_->RunQueued();
    return *made;
  }
  ledger::Ledger& ledger() { return ledger_; }
  ledger::Log& log() { return *log_; }

 private:
  void Queue() {
    writer_->Submit(
        {.execute =
             [this](sql::WriteContext& context) {
               ledger::Entry entry;
               entry.position = context.Next(sql::Counter::kPosition);
               entry.time = context.now();
               entry.actor = "svc:scorer";
               entry.via = "grpc";
               entry.action = "RecordRun";
               entry.resource = "run:0190a5c2-7000-7000-8000-000000000004";
               entry.request_id = "0190a5c2-7000-7000-8000-000000000005";
               entry.digest.assign(32, static_cast<char>(entry.position));
               return ledger_.Append(context, entry);
             },
         .finish = [](const absl::Status& status) { Expect(status.ok(), status.ToString()); }});
  }

  SystemClock clock_;
  RandomIdSource ids_{&clock_};
  ledger::Ledger ledger_;
  std::unique_ptr<sql::Writer> writer_;
  std::unique_ptr<ledger::Log> log_;
};

// The same rows, by one prepared statement.
double InsertRaw(const TemporaryFolder& from, int64_t count) {
  const RawDatabase source(from.database(), RawDatabase::Mode::kRead);
  const RawRows rows(source, "SELECT * FROM ledger_entry ORDER BY position");
  Expect(static_cast<int64_t>(rows.size()) == count, "other entries than were appended");
  const TemporaryFolder folder;
  RawDatabase database(folder.database(), RawDatabase::Mode::kWrite);
  const SystemClock clock;
  {
    const auto connection = sql::Connection::Open(from.database(), {.read_only = true}).value();
    static constexpr sql::Query kSchema{
        "SELECT sql FROM sqlite_schema WHERE name = 'ledger_entry' ORDER BY name"};
    sql::Rows schema = connection->Run(kSchema);
    Expect(schema.Next(), "no table");
    database.Run(std::string(schema.Text(0)));
  }
  std::string values;
  for (int i = 1; i <= rows.columns(); ++i) values += (i == 1 ? "?" : ", ?") + std::to_string(i);
  RawStatement insert(database, "INSERT INTO ledger_entry VALUES (" + values + ")");
  return SecondsOf([&] {
    for (size_t row = 0; row < rows.size(); ++row) {
      if (row % kBatch == 0) database.Run("BEGIN IMMEDIATE");
      rows.BindRow(row, insert);
      insert.Step();
      insert.Reset();
      if (row % kBatch == kBatch - 1) database.Run("COMMIT");
    }
  });
}

void BenchAppend(const Options& options) {
  const int64_t count = options.brief ? 3 * kBatch : 100'000;
  std::vector<double> values, floors;
  for (int round = 0; round < options.rounds(); ++round) {
    const TemporaryFolder folder;
    {
      Entries entries(folder);
      values.push_back(static_cast<double>(count) / SecondsOf([&] { entries.Append(count); }));
    }
    floors.push_back(static_cast<double>(count) / InsertRaw(folder, count));
  }
  const double value = Median(values);
  const double floor = Median(floors);
  Report({.name = "ledger_append_100",
          .unit = "entries/s",
          .value = value,
          .floor = floor,
          .ratio = value / floor,
          .reach = std::min(kReachAppend, kEnoughAppends / floor)});
}

// ---- a whole log --------------------------------------------------------------------------------

// What of an entry is hashed: its leaf, and what it is committed to.
struct EntryBytes {
  std::string leaf;
  std::string committed;
};

EntryBytes BytesOf(Entries& entries, sql::Connection& reader, Position position) {
  const ledger::StoredEntry stored = entries.ledger().GetStored(reader, position).value();
  EntryBytes bytes{.leaf = ledger::LeafOf(stored).value(), .committed = ""};
  const ledger::internal::EntryView view{.actor = stored.entry.actor,
                                         .resource = stored.entry.resource,
                                         .request_id = stored.entry.request_id,
                                         .digest = stored.entry.digest,
                                         .detail = stored.entry.detail};
  Expect(ledger::internal::FormatErasable(view, &bytes.committed).ok(), "no text");
  bytes.committed.append(stored.salt->begin(), stored.salt->end());
  return bytes;
}

// Of each entry both, and the two hashes of a node: a tree has as many nodes as leaves.
double HashAll(const std::vector<EntryBytes>& entries) {
  unsigned sum = 0;
  const std::string node(2 * tlog::kHashBytes + 1, 'n');
  const double seconds = SecondsOf([&] {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    for (const EntryBytes& entry : entries) {
      for (const std::string* text : {&entry.leaf, &entry.committed, &node}) {
        SHA256_CTX context;
        SHA256_Init(&context);
        SHA256_Update(&context, text->data(), text->size());
        SHA256_Final(digest, &context);
        sum += digest[0];
      }
    }
  });
  Expect(sum > 0, "all digests begin with a zero");
  return seconds;
}

constexpr sql::Query kInsertBareEntry{
    "INSERT INTO ledger_entry (position, time_us, actor, via, action, resource, request_id, digest)"
    " VALUES (?1, 1, '', '', '', '', '', zeroblob(32))"};

// A tree of so many leaves, as it lies in a database; of its entries the first and the last, which
// say how many there are.
void MakeTree(const TemporaryFolder& folder, int64_t size) {
  const SystemClock clock;
  auto connection = sql::Connection::Open(folder.database()).value();
  Expect(sql::Migrate(*connection, EmbeddedMigrations(), clock).ok(), "no schema");
  for (const int64_t position : {int64_t{1}, size}) {
    Expect(connection->Execute(kInsertBareEntry, position).ok(), "no entry");
  }
  std::mt19937_64 random(11);
  tlog::Appender appender;
  constexpr int64_t kLeavesPerTransaction = int64_t{1024} * tlog::kTileWidth;
  while (static_cast<int64_t>(appender.size()) < size) {
    const int64_t end =
        std::min(size, static_cast<int64_t>(appender.size()) + kLeavesPerTransaction);
    while (static_cast<int64_t>(appender.size()) < end) {
      tlog::Hash leaf;
      for (unsigned char& byte : leaf.bytes) byte = static_cast<unsigned char>(random());
      appender.Append(leaf);
    }
    sql::WriteTransaction transaction(*connection);
    Expect(ledger::WriteTiles(*connection, appender.TakeChanges()).ok(), "no tiles");
    Expect(transaction.Commit().ok(), "no tiles");
  }
}

void BenchProofs(const Options& options) {
  const TemporaryFolder folder;
  MakeTree(folder, static_cast<int64_t>(options.Scaled(10'000'000, 3000)));
  Entries entries(folder);
  const uint64_t size = entries.Sign().size;
  const auto opened = sql::Connection::Open(folder.database(), {.read_only = true}).value();
  sql::Connection& reader = *opened;
  std::mt19937_64 random(7);
  std::vector<double> micros;
  for (int i = 0; i < (options.brief ? 20 : 2000); ++i) {
    const auto position = static_cast<Position>(random() % size) + 1;
    micros.push_back(1e6 * SecondsOf([&] {
                       Expect(entries.log().InclusionProof(reader, position, size).ok(),
                              "no proof");
                     }));
  }
  Report({.name = "ledger_inclusion_proof_10m",
          .unit = "us",
          .value = Median(micros),
          .reach = kReachProofUs,
          .better = "lower"});
}

void BenchLog(const Options& options) {
  const auto count = static_cast<int64_t>(options.Scaled(1'000'000, 5 * kBatch)) / kBatch * kBatch;
  const TemporaryFolder folder;
  Entries entries(folder);
  entries.Append(count);
  entries.Sign();
  const auto reader = sql::Connection::Open(folder.database(), {.read_only = true}).value();
  std::vector<EntryBytes> bytes;
  for (Position position = 1; position <= count; ++position) {
    bytes.push_back(BytesOf(entries, *reader, position));
  }
  std::vector<double> values, floors;
  for (int round = 0; round < options.rounds(); ++round) {
    floors.push_back(static_cast<double>(count) / HashAll(bytes));
    values.push_back(static_cast<double>(count) / SecondsOf([&] {
                       const auto report = ledger::VerifyTree(*reader, {});
                       Expect(report.ok() && report->ok(), "the log does not verify");
                     }));
  }
  const double value = Median(values);
  const double floor = Median(floors);
  Report({.name = "ledger_verify",
          .unit = "entries/s",
          .value = value,
          .floor = floor,
          .ratio = value / floor,
          .reach = kReachVerify});
}

void Bench(const Options& options) {
  BenchRuns(options);
  BenchAppend(options);
  BenchLog(options);
  BenchProofs(options);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
