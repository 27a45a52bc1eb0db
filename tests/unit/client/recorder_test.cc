// The recorder against a real stream, and against streams that misbehave.
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"
#include "client_test_util.h"
#include "fake_server.h"
#include "src/error_info.h"
#include "whence/testing/mock_connection.h"
#include "whence/whence.h"

namespace whence {
namespace {

using test::ClientOf;
using test::Eventually;
using test::FakeServer;
using testing::MockConnection;
using Ids = std::vector<std::string>;

constexpr absl::Duration kLong = absl::Seconds(20);

RecorderOptions Quick() {
  return {.reconnect = {.initial_backoff = absl::Milliseconds(1),
                        .max_backoff = absl::Milliseconds(5)}};
}

Prediction Numbered(int number) {
  return {.id = "p-" + std::to_string(number), .output = "answer"};
}

// A connection whose streams take everything and say nothing.
class SilentConnection : public Connection {
 public:
  std::unique_ptr<PredictionStream> OpenPredictionStream(PredictionStream::Events events) override {
    class Silent : public PredictionStream {
     public:
      Silent(SilentConnection* connection, Events events)
          : connection_(connection), events_(std::move(events)) {}
      void Send(const PredictionBatch& batch) override {
        connection_->sent += static_cast<int>(batch.predictions.size());
      }
      void Cancel() override {
        ++connection_->cancelled;
        events_.on_closed(absl::CancelledError("cancelled"));
      }

     private:
      SilentConnection* connection_;
      Events events_;
    };
    ++opened;
    return std::make_unique<Silent>(this, std::move(events));
  }
  std::atomic<int> opened{0};
  std::atomic<int> sent{0};
  std::atomic<int> cancelled{0};
};

TEST_CASE("Predictions reach the server in order and are counted", "[client][recorder]") {
  FakeServer server;
  PredictionRecorder recorder(ClientOf(server), "a.b.endpoint", Quick());
  REQUIRE(recorder.Flush().ok());  // nothing to wait for
  Ids expected;
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(recorder.Record(Numbered(i)).ok());
    expected.push_back("p-" + std::to_string(i));
  }
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(recorder.counts() == RecorderCounts{.accepted = 1000});
  REQUIRE(recorder.last_error().ok());
  REQUIRE(server.streams() == std::vector<Ids>{expected});
  // An idle stream is used again.
  REQUIRE(recorder.Record(Numbered(1000)).ok());
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(server.streams().size() == 1);
}

TEST_CASE("After a break exactly what was not acknowledged is sent again", "[client][recorder]") {
  FakeServer server;
  RecorderOptions options = Quick();
  options.max_batch = 1;
  options.max_in_flight = 4;
  // Two are acknowledged; the four on their way then are read and lost.
  server.PlanStream({.acks = 2, .swallowed = 4});
  PredictionRecorder recorder(ClientOf(server), "a.b.endpoint", options);
  for (int i = 0; i < 8; ++i) recorder.Record(Numbered(i));
  REQUIRE(recorder.Flush(kLong).ok());
  const std::vector<Ids> streams = server.streams();
  REQUIRE(streams.size() == 2);
  REQUIRE(streams[0] == Ids{"p-0", "p-1", "p-2", "p-3", "p-4", "p-5"});
  REQUIRE(streams[1] == Ids{"p-2", "p-3", "p-4", "p-5", "p-6", "p-7"});
  REQUIRE(recorder.counts() == RecorderCounts{.accepted = 8, .resent = 4});
}

TEST_CASE("Streams that break again and again lose nothing", "[client][recorder]") {
  FakeServer server;
  RecorderOptions options = Quick();
  options.max_batch = 7;
  options.ack_timeout = absl::Milliseconds(50);  // some streams wait for more than they get
  for (int i = 0; i < 30; ++i) {
    server.PlanStream({.acks = i % 3,
                       .swallowed = i % 4,
                       .status = i % 2 == 0 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "x")
                                            : grpc::Status::OK});
  }
  PredictionRecorder recorder(ClientOf(server), "a.b.endpoint", options);
  for (int i = 0; i < 500; ++i) REQUIRE(recorder.Record(Numbered(i)).ok());
  const absl::Status flushed = recorder.Flush(kLong);
  CAPTURE(flushed.ToString());
  REQUIRE(flushed.ok());
  REQUIRE(recorder.counts().accepted == 500);
  REQUIRE(recorder.counts().queued == 0);
  REQUIRE(server.durable().size() == 500);
}

TEST_CASE("A server that comes back gets what was held", "[client][recorder]") {
  FakeServer server;
  PredictionRecorder recorder(ClientOf(server), "a.b.endpoint", Quick());
  recorder.Record(Numbered(0));
  REQUIRE(recorder.Flush(kLong).ok());
  server.Stop();
  recorder.Record(Numbered(1));
  const absl::Status waiting = recorder.Flush(absl::Milliseconds(50));
  REQUIRE(absl::IsDeadlineExceeded(waiting));
  REQUIRE(ErrorReason(waiting) == "FLUSH_TIMEOUT");
  REQUIRE(recorder.counts().queued == 1);
  REQUIRE(Eventually([&] { return !recorder.last_error().ok(); }));
  REQUIRE(recorder.Flush(absl::ZeroDuration()).message().find("; they") == std::string::npos);
  server.Start();
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(recorder.last_error().ok());
  REQUIRE(server.durable() == std::set<std::string>{"p-0", "p-1"});
}

TEST_CASE("A stream without acknowledgements is given up for a new one", "[client][recorder]") {
  FakeServer server;
  server.PlanStream({.acks = 1, .silent = true});
  RecorderOptions options = Quick();
  options.ack_timeout = absl::Milliseconds(100);
  PredictionRecorder recorder(ClientOf(server), "a.b.endpoint", options);
  recorder.Record(Numbered(0));
  REQUIRE(recorder.Flush(kLong).ok());
  recorder.Record(Numbered(1));
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(server.streams().size() == 2);
  REQUIRE(server.streams().at(1) == Ids{"p-1"});
}

TEST_CASE("Refusals are told and counted, and nothing waits for them", "[client][recorder]") {
  FakeServer server;
  server.Refuse("p-1");
  std::mutex mutex;
  std::vector<std::pair<std::string, absl::Status>> refused;
  RecorderOptions options = Quick();
  options.on_refused = [&](const Prediction& prediction, const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex);
    refused.emplace_back(prediction.id, status);
  };
  PredictionRecorder recorder(ClientOf(server), "a.b.endpoint", options);
  for (int i = 0; i < 3; ++i) recorder.Record(Numbered(i));
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(recorder.counts() == RecorderCounts{.accepted = 2, .refused = 1});
  REQUIRE(Eventually([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return refused.size() == 1;
  }));
  REQUIRE(refused[0].first == "p-1");
  REQUIRE(absl::IsNotFound(refused[0].second));
  REQUIRE(ErrorReason(refused[0].second) == "MODEL_NOT_FOUND");
  REQUIRE(refused[0].second.message() == "no such model");
}

TEST_CASE("Record never waits, and says when the recorder is full", "[client][recorder]") {
  auto connection = std::make_shared<SilentConnection>();
  RecorderOptions options = Quick();
  options.max_queued = 3;
  options.close_timeout = absl::Milliseconds(20);
  absl::Time start = absl::Now();
  {
    PredictionRecorder recorder(Client(connection), "a.b.endpoint", options);
    for (int i = 0; i < 3; ++i) REQUIRE(recorder.Record(Numbered(i)).ok());
    const absl::Status full = recorder.Record(Numbered(3));
    REQUIRE(absl::IsResourceExhausted(full));
    REQUIRE(ErrorReason(full) == "RECORDER_FULL");
    REQUIRE(recorder.counts() == RecorderCounts{.queued = 3, .dropped = 1});
    REQUIRE(absl::IsDeadlineExceeded(recorder.Flush(absl::Milliseconds(10))));
    REQUIRE(Eventually([&] { return connection->sent >= 1; }));
  }
  REQUIRE(absl::Now() - start < absl::Seconds(10));
}

TEST_CASE("Record waits for room as long as it may", "[client][recorder]") {
  RecorderOptions options = Quick();
  options.max_queued = 1;
  options.close_timeout = absl::ZeroDuration();
  SECTION("none comes") {
    options.max_block = absl::Milliseconds(30);
    PredictionRecorder recorder(Client(std::make_shared<SilentConnection>()), "e", options);
    REQUIRE(recorder.Record(Numbered(0)).ok());
    const absl::Time start = absl::Now();
    REQUIRE(absl::IsResourceExhausted(recorder.Record(Numbered(1))));
    REQUIRE(absl::Now() - start >= absl::Milliseconds(30));
  }
  SECTION("room comes") {
    options.max_block = kLong;
    FakeServer server;
    PredictionRecorder recorder(ClientOf(server), "e", options);
    for (int i = 0; i < 20; ++i) REQUIRE(recorder.Record(Numbered(i)).ok());
    REQUIRE(recorder.Flush(kLong).ok());
    REQUIRE(recorder.counts() == RecorderCounts{.accepted = 20});
  }
}

TEST_CASE("What must stay the same over repetitions is filled in at once", "[client][recorder]") {
  auto mock = std::make_shared<MockConnection>();
  PredictionRecorder recorder(Client(mock), "a.b.endpoint", Quick());
  const absl::Time before = absl::Now();
  recorder.Record({.latency = absl::Milliseconds(500)});
  recorder.Record({.endpoint = "a.b.other", .model = VersionRef{.reference = "a.b.m@1"}});
  REQUIRE(recorder.Flush(kLong).ok());
  const auto predictions = mock->predictions();
  REQUIRE(predictions.size() == 2);
  REQUIRE(predictions[0].id.size() == 36);
  REQUIRE(predictions[0].endpoint == "a.b.endpoint");
  REQUIRE(*predictions[0].start_time < before);
  REQUIRE(*predictions[0].start_time > before - absl::Seconds(2));
  REQUIRE(predictions[1].endpoint == "a.b.other");
  REQUIRE(predictions[1].model == "a.b.m@1");

  PredictionRecorder homeless(Client(mock), "", Quick());
  const absl::Status orphan = homeless.Record({.id = "x"});
  REQUIRE(ErrorReason(orphan) == "PREDICTION_WITHOUT_PARENT");
  REQUIRE(homeless.counts() == RecorderCounts{.dropped = 1});
}

TEST_CASE("A prediction that breaks the stream is found and refused, the others go through",
          "[client][recorder]") {
  // As gRPC does with a message over the server's limit, and the server with one over its sender's.
  class Picky : public MockConnection {
   public:
    explicit Picky(absl::Status outcome) : outcome_(std::move(outcome)) {}
    std::unique_ptr<PredictionStream> OpenPredictionStream(
        PredictionStream::Events events) override {
      class PickyStream : public PredictionStream {
       public:
        PickyStream(std::unique_ptr<PredictionStream> inner, Events events, absl::Status outcome)
            : inner_(std::move(inner)), events_(std::move(events)), outcome_(std::move(outcome)) {}
        void Send(const PredictionBatch& batch) override {
          if (closed_) return;
          for (const Prediction& prediction : batch.predictions) {
            if (prediction.id != "p-37") continue;
            closed_ = true;
            events_.on_closed(outcome_);
            return;
          }
          inner_->Send(batch);
        }
        void Cancel() override {}

       private:
        std::unique_ptr<PredictionStream> inner_;
        Events events_;
        const absl::Status outcome_;
        bool closed_ = false;
      };
      auto inner = MockConnection::OpenPredictionStream(events);
      return std::make_unique<PickyStream>(std::move(inner), std::move(events), outcome_);
    }

   private:
    const absl::Status outcome_;
  };
  const absl::Status outcome =
      GENERATE(absl::ResourceExhaustedError("Received message larger than max (9 vs. 4)"),
               client_internal::MakeError(absl::StatusCode::kResourceExhausted, "too many bytes",
                                          "REQUEST_OVER_BYTES_LIMIT"));
  auto connection = std::make_shared<Picky>(outcome);
  std::atomic<int> refused{0};
  RecorderOptions options = Quick();
  options.max_batch = 64;
  options.on_refused = [&refused](const Prediction& prediction, const absl::Status& status) {
    if (prediction.id == "p-37" && absl::IsResourceExhausted(status)) ++refused;
  };
  PredictionRecorder recorder(Client(connection), "e", options);
  for (int i = 0; i < 100; ++i) recorder.Record(Numbered(i));
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(recorder.counts().accepted == 99);
  REQUIRE(recorder.counts().refused == 1);
  REQUIRE(Eventually([&] { return refused == 1; }));
  const auto predictions = connection->predictions();
  REQUIRE(predictions.size() == 99);
  for (size_t i = 1; i < predictions.size(); ++i) {  // the order of Record survived
    REQUIRE(std::stoi(predictions[i - 1].id.substr(2)) < std::stoi(predictions[i].id.substr(2)));
  }
}

TEST_CASE("A server that denies the stream gets the predictions once it allows it",
          "[client][recorder]") {
  auto mock = std::make_shared<MockConnection>();
  mock->FailNext("OpenPredictionStream", absl::PermissionDeniedError("not yet"), 5);
  mock->FailNext("Send", absl::InternalError("hiccup"), 2);
  PredictionRecorder recorder(Client(mock), "e", Quick());
  for (int i = 0; i < 10; ++i) recorder.Record(Numbered(i));
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(recorder.counts().accepted == 10);
  REQUIRE(recorder.counts().refused == 0);
}

TEST_CASE("Batches are bounded in number and in bytes", "[client][recorder]") {
  class Measuring : public MockConnection {
   public:
    std::unique_ptr<PredictionStream> OpenPredictionStream(
        PredictionStream::Events events) override {
      class MeasuringStream : public PredictionStream {
       public:
        MeasuringStream(Measuring* owner, Events events)
            : owner_(owner), events_(std::move(events)) {}
        void Send(const PredictionBatch& batch) override {
          owner_->sizes.push_back(batch.predictions.size());
          events_.on_ack({.sequence = batch.sequence});
        }
        void Cancel() override {}

       private:
        Measuring* owner_;
        Events events_;
      };
      return std::make_unique<MeasuringStream>(this, std::move(events));
    }
    std::vector<size_t> sizes;  // the recorder's thread writes, the test reads after Flush
  };
  auto connection = std::make_shared<Measuring>();
  RecorderOptions options = Quick();
  options.max_batch = 10;
  options.max_batch_bytes = 100'000;
  PredictionRecorder recorder(Client(connection), "e", options);
  const std::vector<size_t>& sizes = connection->sizes;
  for (int i = 0; i < 100; ++i) recorder.Record(Numbered(i));
  REQUIRE(recorder.Flush(kLong).ok());
  for (const size_t size : sizes) REQUIRE(size <= 10);

  const size_t small = sizes.size();
  for (int i = 0; i < 6; ++i) recorder.Record({.output = std::string(45'000, 'x')});
  recorder.Record({.output = std::string(250'000, 'x')});  // alone over the bound: goes alone
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(sizes.size() >= small + 4);
  for (size_t i = small; i < sizes.size(); ++i) REQUIRE(sizes[i] <= 2);
  REQUIRE(sizes.back() == 1);
}

TEST_CASE("Many threads record at once and every prediction arrives once", "[client][recorder]") {
  FakeServer server;
  server.PlanStream({.acks = 3, .swallowed = 1});
  RecorderOptions options = Quick();
  options.max_batch = 50;
  PredictionRecorder recorder(ClientOf(server), "e", options);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&recorder, &taken, t] {
      for (int i = 0; i < 250; ++i) {
        if (recorder.Record({.id = std::to_string(t) + "-" + std::to_string(i)}).ok()) ++taken;
        if (i % 100 == 0 && recorder.counts().dropped > 0) --taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(taken == 1000);
  REQUIRE(recorder.Flush(kLong).ok());
  REQUIRE(recorder.counts().accepted == 1000);
  REQUIRE(server.durable().size() == 1000);
}

TEST_CASE("The destructor delivers what is held", "[client][recorder]") {
  FakeServer server;
  {
    PredictionRecorder recorder(ClientOf(server), "e", Quick());
    for (int i = 0; i < 100; ++i) recorder.Record(Numbered(i));
  }
  REQUIRE(server.durable().size() == 100);
}

TEST_CASE("A connection without streams keeps the recorder trying, not spinning",
          "[client][recorder]") {
  RecorderOptions options;  // with the usual waits
  options.close_timeout = absl::ZeroDuration();
  auto mock = std::make_shared<MockConnection>();
  mock->FailNext("OpenPredictionStream", absl::UnavailableError("down"), 1'000'000);
  PredictionRecorder recorder(Client(mock), "e", options);
  recorder.Record(Numbered(0));
  absl::SleepFor(absl::Milliseconds(200));
  REQUIRE(mock->calls().size() < 40);
  REQUIRE(absl::IsUnavailable(recorder.last_error()));
}

}  // namespace
}  // namespace whence
