#include "grpc/prediction_stream.h"

#include <thread>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "grpc/server_fixture.h"

namespace whence::rpc {
namespace {

using test::Eventually;
using test::HeldWriter;
using test::ReasonOf;
using test::ServerFixture;

// Purpose: a stream to a server that has `m.s.model`. Ownership: owns both.
class StreamFixture : public ServerFixture {
 public:
  using Stream =
      grpc::ClientReaderWriter<v1::StreamPredictionsRequest, v1::StreamPredictionsResponse>;

  StreamFixture() {
    MakeModel();
    const int before = clock.asked();
    stream = prediction->StreamPredictions(&context);
    // The server has looked at who opens it: what is counted from here on are messages.
    WHENCE_ASSERT(Eventually([&] { return clock.asked() > before; }));
  }

  static v1::StreamPredictionsRequest Message(int64_t sequence, std::vector<std::string> ids) {
    v1::StreamPredictionsRequest message;
    message.set_sequence(sequence);
    for (const std::string& id : ids) {
      v1::Prediction* prediction = message.add_predictions();
      prediction->set_id(id);
      prediction->set_model("m.s.model");
    }
    return message;
  }

  // Messages that the corridor was given since StartCounting; exact only while the writer is held.
  void StartCounting() { arrived_before_ = clock.asked(); }
  int arrived() const { return clock.asked() - arrived_before_; }

  // Sequences of the acknowledgements to come, as long as there are: "1 2 3 ".
  std::string Acknowledged() {
    std::string sequences;
    v1::StreamPredictionsResponse acknowledgement;
    while (stream->Read(&acknowledgement)) {
      StrAppend(&sequences, acknowledgement.sequence(), " ");
      accepted += acknowledgement.accepted_count();
    }
    return sequences;
  }

  static std::string UpTo(int last) {
    std::string sequences;
    for (int i = 1; i <= last; ++i) StrAppend(&sequences, i, " ");
    return sequences;
  }

  grpc::Status GetPrediction(const std::string& id) {
    v1::GetPredictionRequest request;
    request.set_id(id);
    v1::Prediction response;
    grpc::ClientContext own;
    return prediction->GetPrediction(&own, request, &response);
  }

  grpc::ClientContext context;
  std::unique_ptr<Stream> stream;
  int accepted = 0;

 private:
  int arrived_before_ = 0;
};

TEST_CASE("messages are acknowledged in their order, each when it is durable") {
  StreamFixture fixture;
  for (int i = 1; i <= 200; ++i) {
    REQUIRE(fixture.stream->Write(
        StreamFixture::Message(i, {StrCat("a", i), StrCat("b", i), "wrong id"})));
  }
  fixture.stream->WritesDone();
  v1::StreamPredictionsResponse acknowledgement;
  int64_t last_position = 0;
  for (int i = 1; i <= 200; ++i) {
    REQUIRE(fixture.stream->Read(&acknowledgement));
    CHECK(acknowledgement.sequence() == i);
    CHECK(acknowledgement.accepted_count() == 2);
    REQUIRE(acknowledgement.refused_size() == 1);
    CHECK(acknowledgement.refused(0).index() == 2);
    CHECK(acknowledgement.refused(0).reason() == "PREDICTION_ID_MALFORMED");
    CHECK(acknowledgement.position() > last_position);
    last_position = acknowledgement.position();
  }
  CHECK_FALSE(fixture.stream->Read(&acknowledgement));
  CHECK(fixture.stream->Finish().ok());
  CHECK(fixture.GetPrediction("b200").ok());
}

TEST_CASE("an acknowledged message can be read while the stream goes on") {
  StreamFixture fixture;
  v1::StreamPredictionsResponse acknowledgement;
  for (int i = 1; i <= 5; ++i) {
    REQUIRE(fixture.stream->Write(StreamFixture::Message(i, {StrCat("p", i)})));
    REQUIRE(fixture.stream->Read(&acknowledgement));
    CHECK(acknowledgement.sequence() == i);
    CHECK(fixture.GetPrediction(StrCat("p", i)).ok());
  }
  fixture.stream->WritesDone();
  CHECK(fixture.stream->Finish().ok());
}

TEST_CASE("messages are read ahead, so that many become durable in one step") {
  StreamFixture fixture;
  {
    const HeldWriter held(fixture.house());
    fixture.StartCounting();
    for (int i = 1; i <= 200; ++i) {
      REQUIRE(fixture.stream->Write(StreamFixture::Message(i, {StrCat("p", i)})));
    }
    CHECK(Eventually([&] { return fixture.arrived() == 200; }));
  }
  fixture.stream->WritesDone();
  CHECK(fixture.Acknowledged() == StreamFixture::UpTo(200));
  CHECK(fixture.stream->Finish().ok());
  CHECK(fixture.house().writer().stats().largest_batch == 200);
}

TEST_CASE("one id in several messages of a stream is recorded by the first of them") {
  StreamFixture fixture;
  for (int i = 1; i <= 50; ++i) {
    v1::StreamPredictionsRequest message = StreamFixture::Message(i, {"p"});
    message.mutable_predictions(0)->set_latency_us(i);
    REQUIRE(fixture.stream->Write(message));
  }
  fixture.stream->WritesDone();
  CHECK(fixture.Acknowledged() == StreamFixture::UpTo(50));
  CHECK(fixture.accepted == 1);
  CHECK(fixture.stream->Finish().ok());
  v1::GetPredictionRequest request;
  request.set_id("p");
  v1::Prediction response;
  grpc::ClientContext context;
  REQUIRE(fixture.prediction->GetPrediction(&context, request, &response).ok());
  CHECK(response.latency_us() == 1);
}

TEST_CASE("a message that is refused as a whole ends the stream, after what came before it") {
  StreamFixture fixture;
  REQUIRE(fixture.stream->Write(StreamFixture::Message(1, {"p1"})));
  REQUIRE(fixture.stream->Write(StreamFixture::Message(2, {"p2"})));
  REQUIRE(fixture.stream->Write(StreamFixture::Message(3, {})));
  // The stream may end before these are written.
  fixture.stream->Write(StreamFixture::Message(4, {"p4"}));
  fixture.stream->Write(StreamFixture::Message(5, {"p5"}));
  CHECK(fixture.Acknowledged() == "1 2 ");
  const grpc::Status status = fixture.stream->Finish();
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(ReasonOf(status) == "BATCH_EMPTY");
  CHECK(fixture.GetPrediction("p2").ok());
  CHECK(ReasonOf(fixture.GetPrediction("p4")) == "PREDICTION_NOT_FOUND");
}

TEST_CASE("a refused message waits for those before it") {
  StreamFixture fixture;
  {
    const HeldWriter held(fixture.house());
    fixture.StartCounting();
    REQUIRE(fixture.stream->Write(StreamFixture::Message(1, {"p1"})));
    REQUIRE(fixture.stream->Write(StreamFixture::Message(2, {})));
    CHECK(Eventually([&] { return fixture.arrived() == 2; }));
  }
  CHECK(fixture.Acknowledged() == "1 ");
  CHECK(ReasonOf(fixture.stream->Finish()) == "BATCH_EMPTY");
}

TEST_CASE("a caller that nobody may be has no stream") {
  ServerFixture fixture;
  fixture.MakeModel();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer nobody");
  const auto stream = fixture.prediction->StreamPredictions(&context);
  stream->Write(StreamFixture::Message(1, {"p1"}));
  v1::StreamPredictionsResponse acknowledgement;
  CHECK_FALSE(stream->Read(&acknowledgement));
  CHECK(ReasonOf(stream->Finish()) == "TOKEN_INVALID");
}

TEST_CASE("a stream without messages ends well") {
  StreamFixture fixture;
  fixture.stream->WritesDone();
  CHECK(fixture.Acknowledged().empty());
  CHECK(fixture.stream->Finish().ok());
}

TEST_CASE("a caller that cancels leaves nothing half done") {
  StreamFixture fixture;
  v1::StreamPredictionsResponse acknowledgement;
  REQUIRE(fixture.stream->Write(StreamFixture::Message(1, {"p1"})));
  REQUIRE(fixture.stream->Read(&acknowledgement));
  {
    const HeldWriter held(fixture.house());
    fixture.StartCounting();
    for (int i = 2; i <= 20; ++i) {
      REQUIRE(fixture.stream->Write(StreamFixture::Message(i, {StrCat("p", i), StrCat("q", i)})));
    }
    CHECK(Eventually([&] { return fixture.arrived() == 19; }));
    fixture.context.TryCancel();
    CHECK_FALSE(fixture.stream->Read(&acknowledgement));
    CHECK(fixture.stream->Finish().error_code() == grpc::StatusCode::CANCELLED);
  }
  // The writer takes one after the other: when it has done this, it has done with the messages.
  REQUIRE(fixture.Create("fence").ok());
  // What was acknowledged is there; of the others all or nothing.
  CHECK(fixture.GetPrediction("p1").ok());
  for (int i = 2; i <= 20; ++i) {
    CHECK(fixture.GetPrediction(StrCat("p", i)).ok() == fixture.GetPrediction(StrCat("q", i)).ok());
  }
  // The server is as ready as before.
  grpc::ClientContext context;
  const auto stream = fixture.prediction->StreamPredictions(&context);
  REQUIRE(stream->Write(StreamFixture::Message(1, {"after"})));
  CHECK(stream->Read(&acknowledgement));
  stream->WritesDone();
  CHECK(stream->Finish().ok());
}

TEST_CASE("a caller that cancels again and again does no harm") {
  ServerFixture fixture;
  fixture.MakeModel();
  for (int round = 0; round < 30; ++round) {
    grpc::ClientContext context;
    const auto stream = fixture.prediction->StreamPredictions(&context);
    for (int i = 0; i < round % 7; ++i) {
      stream->Write(StreamFixture::Message(i, {StrCat("p", round, "-", i)}));
    }
    if (round % 3 == 0) {
      v1::StreamPredictionsResponse acknowledgement;
      if (round % 7 != 0) stream->Read(&acknowledgement);
    }
    if (round % 2 == 0) stream->WritesDone();
    context.TryCancel();
    stream->Finish();
  }
  CHECK(fixture.Create("after").ok());
}

TEST_CASE("the server reads no further than so many unacknowledged messages") {
  StreamFixture fixture;
  constexpr int kMessages = kMaxUnacknowledged + 300;
  std::thread sender;
  {
    const HeldWriter held(fixture.house());
    fixture.StartCounting();
    sender = std::thread([&fixture] {
      for (int i = 1; i <= kMessages; ++i) {
        if (!fixture.stream->Write(StreamFixture::Message(i, {StrCat("p", i)}))) break;
      }
      fixture.stream->WritesDone();
    });
    CHECK(Eventually([&] { return fixture.arrived() == kMaxUnacknowledged; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(fixture.arrived() == kMaxUnacknowledged);
  }
  CHECK(fixture.Acknowledged() == StreamFixture::UpTo(kMessages));
  sender.join();
  CHECK(fixture.stream->Finish().ok());
  CHECK(fixture.accepted == kMessages);
}

TEST_CASE("the server reads no further than so many unacknowledged bytes") {
  StreamFixture fixture;
  // Large, but refused one by one: nothing is stored.
  v1::StreamPredictionsRequest large;
  for (int i = 0; i < 32; ++i) {
    large.add_predictions()->set_input_text(std::string(kMaxPredictionTextBytes, 'x'));
  }
  const int fitting = static_cast<int>(kMaxUnacknowledgedBytes / large.ByteSizeLong()) + 1;
  const int messages = fitting + 3;
  std::thread sender;
  {
    const HeldWriter held(fixture.house());
    fixture.StartCounting();
    sender = std::thread([&] {
      for (int i = 1; i <= messages; ++i) {
        large.set_sequence(i);
        if (!fixture.stream->Write(large)) break;
      }
      fixture.stream->WritesDone();
    });
    CHECK(Eventually([&] { return fixture.arrived() == fitting; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(fixture.arrived() == fitting);
  }
  CHECK(fixture.Acknowledged() == StreamFixture::UpTo(messages));
  sender.join();
  CHECK(fixture.stream->Finish().ok());
  CHECK(fixture.accepted == 0);
}

}  // namespace
}  // namespace whence::rpc
