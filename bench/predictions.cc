// Durable RecordPredictions in batches of 100 from several callers, and StreamPredictions over one
// stream, against a raw SQLite insert of the same rows.
//
// The floor: the rows that the server stored are read back and inserted, by one prepared statement,
// into a copy of the database as it was before: same table, same indexes, WAL, synchronous FULL,
// same cache, same checkpoints. Its transactions hold as many rows as those of the server did on
// average in the run before (the group commit joins what is queued), so that both sync equally
// often.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "grpcpp/impl/codegen/proto_utils.h"
#include "support/calls.h"
#include "support/catalog.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/graph_data.h"
#include "support/local_server.h"
#include "support/options.h"
#include "support/raw_sqlite.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::bench {
namespace {

constexpr int kBatch = 100;
constexpr int kCallers = 8;
constexpr double kReach = 0.5;

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

std::string RandomHex(std::mt19937_64& random, int digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < digits; ++i) text += kDigits[random() % 16];
  return text;
}

// What a gateway in front of a language model knows of one answer; ids are random UUIDs.
void Fill(std::mt19937_64& random, v1::Prediction* prediction) {
  prediction->set_id(RandomHex(random, 8) + "-" + RandomHex(random, 4) + "-4" +
                     RandomHex(random, 3) + "-a" + RandomHex(random, 3) + "-" +
                     RandomHex(random, 12));
  prediction->set_endpoint("bench.serving.endpoint");
  prediction->set_model("bench.serving.model@1");
  prediction->add_prompts("bench.serving.prompt@1");
  prediction->mutable_start_time()->set_seconds(1'790'000'000 +
                                                static_cast<int64_t>(random() % 1000));
  prediction->set_latency_us(static_cast<int64_t>(200'000 + random() % 1'000'000));
  prediction->set_input_tokens(static_cast<int64_t>(100 + random() % 1000));
  prediction->set_output_tokens(static_cast<int64_t>(10 + random() % 500));
  prediction->set_cost_micros(static_cast<int64_t>(random() % 5000));
  prediction->set_input_digest("sha256:" + RandomHex(random, 64));
  prediction->set_output_digest("sha256:" + RandomHex(random, 64));
  (*prediction->mutable_properties())["session"] = RandomHex(random, 16);
}

// The messages, made and serialised before anything is measured: the load must not be the limit.
template <class Request>
std::vector<grpc::ByteBuffer> MakeMessages(size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<grpc::ByteBuffer> messages(count);
  for (size_t i = 0; i < count; ++i) {
    Request request;
    for (int j = 0; j < kBatch; ++j) Fill(random, request.add_predictions());
    if constexpr (requires { request.set_sequence(0); }) {
      request.set_sequence(static_cast<int64_t>(i) + 1);
    }
    bool own = false;
    Check(grpc::GenericSerialize<grpc::ProtoBufferWriter, Request>(request, &messages[i], &own),
          "serialise");
  }
  return messages;
}

template <class Reply>
void ExpectAccepted(grpc::ByteBuffer* buffer) {
  Reply reply;
  Check(grpc::GenericDeserialize<grpc::ProtoBufferReader, Reply>(buffer, &reply), "parse");
  Expect(reply.accepted_count() == kBatch, "a prediction was refused");
}

// Purpose: lets a thread wait until others have done a number of things. Thread-safety: safe.
class Countdown {
 public:
  explicit Countdown(size_t count) : left_(count) {}
  void Done() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) zero_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  size_t left_;
};

// Purpose: callers that each send the next batch when theirs is acknowledged, until all are sent.
// Ownership: borrows stub and messages. Thread-safety: Run once, from one thread.
class UnaryLoad {
 public:
  UnaryLoad(grpc::GenericStub* stub, const std::vector<grpc::ByteBuffer>* messages)
      : stub_(stub), messages_(messages), done_(kCallers) {}

  void Run() {
    for (int i = 0; i < kCallers; ++i) Next();
    done_.Wait();
  }

 private:
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer reply;
  };

  void Next() {
    const size_t index = next_.fetch_add(1);
    if (index >= messages_->size()) {
      done_.Done();
      return;
    }
    auto* call = new Call;
    stub_->UnaryCall(&call->context, "/whence.v1.PredictionService/RecordPredictions",
                     grpc::StubOptions(), &(*messages_)[index], &call->reply,
                     [this, call](const grpc::Status& status) {
                       Check(status, "RecordPredictions");
                       ExpectAccepted<v1::RecordPredictionsResponse>(&call->reply);
                       delete call;
                       Next();
                     });
  }

  grpc::GenericStub* const stub_;
  const std::vector<grpc::ByteBuffer>* const messages_;
  std::atomic<size_t> next_ = 0;
  Countdown done_;
};

// Purpose: one stream that is written as fast as flow control lets it, until all is acknowledged.
// Ownership: borrows stub and messages. Thread-safety: Run once, from one thread.
class StreamLoad final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  StreamLoad(grpc::GenericStub* stub, const std::vector<grpc::ByteBuffer>* messages)
      : messages_(messages), done_(1) {
    stub->PrepareBidiStreamingCall(&context_, "/whence.v1.PredictionService/StreamPredictions",
                                   grpc::StubOptions(), this);
  }

  void Run() {
    StartRead(&reply_);
    StartWrite(&(*messages_)[0]);
    StartCall();
    done_.Wait();
  }

 private:
  void OnWriteDone(bool ok) override {
    Expect(ok, "the stream broke");
    if (++written_ < messages_->size()) {
      StartWrite(&(*messages_)[written_]);
    } else {
      StartWritesDone();
    }
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ExpectAccepted<v1::StreamPredictionsResponse>(&reply_);
    ++acknowledged_;
    reply_.Clear();
    StartRead(&reply_);
  }
  void OnDone(const grpc::Status& status) override {
    Check(status, "StreamPredictions");
    Expect(acknowledged_ == messages_->size(), "the stream ended early");
    done_.Done();
  }

  const std::vector<grpc::ByteBuffer>* const messages_;
  grpc::ClientContext context_;
  grpc::ByteBuffer reply_;
  size_t written_ = 0;
  size_t acknowledged_ = 0;
  Countdown done_;
};

// A catalog with what the predictions name, and no prediction.
void Prepare(const std::string& folder) {
  const LocalServer server(folder);
  CatalogMaker maker(server.Connect());
  maker.Catalog("bench");
  maker.Schema("bench.serving");
  maker.Asset("bench.serving.endpoint", v1::KIND_ENDPOINT);
  maker.AssetWithVersion("bench.serving.model", v1::KIND_MODEL);
  maker.AssetWithVersion("bench.serving.prompt", v1::KIND_PROMPT);
}

struct Served {
  double rows_per_second = 0;
  size_t rows_per_transaction = 0;
};

template <class Load>
Served RunServer(const std::string& folder, const std::vector<grpc::ByteBuffer>& messages) {
  const LocalServer server(folder);
  grpc::GenericStub stub(server.Connect());
  Load load(&stub, &messages);
  const sql::WriterStats before = server.house().writer().stats();
  const auto start = std::chrono::steady_clock::now();
  load.Run();
  const double seconds = Seconds(start);
  const sql::WriterStats after = server.house().writer().stats();
  const size_t rows = messages.size() * kBatch;
  const auto batches = static_cast<size_t>(after.batches - before.batches);
  return {static_cast<double>(rows) / seconds, std::max<size_t>(kBatch, rows / batches)};
}

// Rows per second.
double RunFloor(const std::string& path, const RawRows& rows, size_t rows_per_transaction) {
  RawDatabase database(path, RawDatabase::Mode::kWrite);
  std::string parameters = "?";
  for (int i = 1; i < rows.columns(); ++i) parameters += ",?";
  RawStatement insert(database, "INSERT INTO prediction VALUES (" + parameters + ")");
  const auto start = std::chrono::steady_clock::now();
  for (size_t row = 0; row < rows.size();) {
    database.Run("BEGIN IMMEDIATE");
    for (size_t i = 0; i < rows_per_transaction && row < rows.size(); ++i, ++row) {
      rows.BindRow(row, insert);
      insert.Step();
      insert.Reset();
    }
    database.Run("COMMIT");
  }
  return static_cast<double>(rows.size()) / Seconds(start);
}

// Purpose: what several rounds of one kind of load gave. Ownership: owns the numbers.
// Thread-safety: none.
class Figures {
 public:
  explicit Figures(std::string name) : name_(std::move(name)) {}

  // Loads the server, then inserts what it stored into the other database. Rounds of one seed send
  // the same predictions.
  template <class Load, class Request>
  void Round(unsigned seed, const TemporaryFolder& served, const TemporaryFolder& raw,
             size_t batches) {
    const auto messages = MakeMessages<Request>(batches, seed);
    const std::string before = std::to_string(LastRow(served.database()));
    const Served result = RunServer<Load>(served.path(), messages);
    rows_per_transaction_ = result.rows_per_transaction;
    values_.push_back(result.rows_per_second);
    const RawDatabase stored(served.database(), RawDatabase::Mode::kRead);
    const RawRows rows(stored,
                       "SELECT * FROM prediction WHERE row_id > " + before + " ORDER BY row_id");
    Expect(rows.size() == batches * kBatch, std::to_string(rows.size()) + " rows were stored, " +
                                                std::to_string(batches * kBatch) + " sent");
    floors_.push_back(RunFloor(raw.database(), rows, rows_per_transaction_));
  }

  void Print() const {
    std::fprintf(stderr, "  %zu rows a transaction\n", rows_per_transaction_);
    Report({.name = name_,
            .unit = "rows/s",
            .value = Median(values_),
            .floor = Median(floors_),
            .ratio = Median(values_) / Median(floors_),
            .reach = kReach,
            .better = "higher"});
  }

 private:
  static int64_t LastRow(const std::string& path) {
    const RawDatabase database(path, RawDatabase::Mode::kRead);
    RawStatement last(database, "SELECT coalesce(max(row_id), 0) FROM prediction");
    last.Step();
    return last.Int64(0);
  }

  const std::string name_;
  std::vector<double> values_;
  std::vector<double> floors_;
  size_t rows_per_transaction_ = 0;
};

// In an empty catalog, or in a copy of a large one.
void Bench(const Options& options) {
  const TemporaryFolder prepared;
  if (options.data.has_value()) CopyDatabase(GraphData(options), prepared.path());
  Prepare(prepared.path());
  Figures unary("record_predictions_100");
  Figures stream("stream_predictions_100");
  const size_t batches = options.brief ? 5 : options.data.has_value() ? 1000 : 2000;
  unsigned seed = 0;
  for (int round = 0; round < (options.brief || options.data.has_value() ? 1 : 3); ++round) {
    const TemporaryFolder served;
    const TemporaryFolder raw;
    CopyDatabase(prepared.path(), served.path());
    CopyDatabase(prepared.path(), raw.path());
    unary.Round<UnaryLoad, v1::RecordPredictionsRequest>(++seed, served, raw, batches);
    stream.Round<StreamLoad, v1::StreamPredictionsRequest>(++seed, served, raw, batches);
  }
  unary.Print();
  stream.Print();
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
