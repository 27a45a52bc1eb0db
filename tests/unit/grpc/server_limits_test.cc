// What one caller, or all of them together, can make the doors take in.
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "grpc/generic_call.h"
#include "grpc/places.h"
#include "grpc/server_fixture.h"
#include "grpc/wire.h"
#include "support/sanitizer.h"

namespace whence::rpc {
namespace {

using test::Eventually;
using test::HeldWriter;
using test::ReasonOf;
using test::ServerFixture;

constexpr char kCreate[] = "/whence.v1.CatalogService/CreateCatalog";

TEST_CASE("a request of the largest size is read, a larger one is not") {
  ServerFixture fixture;
  // An unknown field of the right length around nothing that matters.
  const auto request = [](size_t bytes) {
    v1::CreateCatalogRequest message;
    message.mutable_catalog()->set_name("");
    std::string text = message.SerializeAsString();
    const size_t header = 2 + 4;  // the field's number (100), and its length in four bytes
    const size_t length = bytes - text.size() - header;
    text += "\xA2\x06";
    for (int i = 0; i < 4; ++i) {
      text += static_cast<char>(((length >> (7 * i)) & 0x7F) | (i < 3 ? 0x80U : 0U));
    }
    text.resize(bytes, 'x');
    return text;
  };
  std::string response;
  const auto limit = static_cast<size_t>(kMaxRequestBytes);
  CHECK(ReasonOf(test::CallUnary(fixture.channel(), kCreate, request(limit), &response)) ==
        "NAME_PART_EMPTY");
  const grpc::Status refusal =
      test::CallUnary(fixture.channel(), kCreate, request(limit + 1), &response);
  CHECK(refusal.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(fixture.Create("after").ok());
}

TEST_CASE("messages within messages are read to a depth, and no further") {
  ServerFixture fixture;
  // Unknown groups (field 100), each within the other: the only way to nest in this contract.
  const auto nested = [](size_t depth) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) text += "\xA3\x06";
    for (size_t i = 0; i < depth; ++i) text += "\xA4\x06";
    return text;
  };
  std::string response;
  CHECK(ReasonOf(test::CallUnary(fixture.channel(), kCreate, nested(90), &response)) ==
        "NAME_PART_EMPTY");
  for (const size_t depth : {size_t{200}, size_t{1'000'000}}) {
    const grpc::Status refusal =
        test::CallUnary(fixture.channel(), kCreate, nested(depth), &response);
    CHECK(refusal.error_code() == grpc::StatusCode::UNIMPLEMENTED);  // gRPC's word for it
  }
  CHECK(fixture.Create("after").ok());
}

TEST_CASE("a request that is none is refused, also where replies travel as bytes") {
  ServerFixture fixture;
  std::string response;
  for (const char* method :
       {"/whence.v1.LineageService/Explain", "/whence.v1.LineageService/GetLineage"}) {
    const grpc::Status refusal =
        test::CallUnary(fixture.channel(), method, "\x0A\x7Fshorter than it says", &response);
    CHECK(refusal.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    CHECK(ReasonOf(refusal) == "REQUEST_UNREADABLE");
    CHECK(ReasonOf(test::CallUnary(fixture.channel(), method, "", &response)) ==
          "REFERENCE_MALFORMED");
  }
}

TEST_CASE("texts of an error are as long as trailing metadata can bear") {
  const auto wire = [](size_t message, size_t other) {
    return ToWire(MakeError(absl::StatusCode::kNotFound, std::string(message, 'm'),
                            {.reason = "ASSET_NOT_FOUND",
                             .field = std::string(other, 'f'),
                             .hint = std::string(other, 'h'),
                             .metadata = {{"fact", std::string(other, 'x')}}}));
  };
  const auto fact = [](const grpc::Status& status, const char* name) {
    return test::Details(status).info.metadata().at(name);
  };
  const grpc::Status whole = wire(kMaxWireMessageBytes, kMaxWireHintBytes);
  CHECK(whole.error_message() == std::string(kMaxWireMessageBytes, 'm'));
  CHECK(fact(whole, "field") == std::string(kMaxWireHintBytes, 'f'));
  CHECK(fact(whole, "hint") == std::string(kMaxWireHintBytes, 'h'));
  CHECK(fact(whole, "fact") == std::string(kMaxWireHintBytes, 'x'));
  const grpc::Status cut = wire(kMaxWireMessageBytes + 1, kMaxWireHintBytes + 1);
  CHECK(cut.error_message() == std::string(kMaxWireMessageBytes - 3, 'm') + "...");
  CHECK(fact(cut, "hint") == std::string(kMaxWireHintBytes - 3, 'h') + "...");
  CHECK(test::ReasonOf(cut) == "ASSET_NOT_FOUND");
}

TEST_CASE("places are as many as there are, and come back") {
  Places places(2);
  const Places::Place first(places);
  CHECK(first.taken());
  {
    const Places::Place second(places);
    CHECK(second.taken());
    const Places::Place third(places);
    CHECK_FALSE(third.taken());
  }
  const Places::Place fourth(places);
  CHECK(fourth.taken());
  CHECK_FALSE(Places::Place(places).taken());
}

TEST_CASE("places are not given twice to threads that ask at once") {
  Places places(3);
  std::atomic<int> held = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const Places::Place place(places);
        if (!place.taken()) continue;
        if (held.fetch_add(1) >= 3) ++wrong;
        held.fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const Places::Place one(places);
  const Places::Place two(places);
  const Places::Place three(places);
  CHECK(three.taken());
}

// Purpose: a second door of the same house, with bounds that a test can reach. Ownership: owns the
// door, borrows the fixture.
struct SmallDoor {
  using Stream =
      grpc::ClientReaderWriter<v1::StreamPredictionsRequest, v1::StreamPredictionsResponse>;

  SmallDoor(ServerFixture& fixture, const ServerOptions& options)
      : corridor(&fixture.house(), 1), server(Server::Start(&corridor, options).value()) {
    const auto channel = whence::test::ChannelWithToken(server->address(), fixture.token());
    prediction = v1::PredictionService::NewStub(channel);
    info = v1::ServerService::NewStub(channel);
    // The corridor goes to the writer's thread by way of gRPC, which ThreadSanitizer cannot see;
    // this way it can.
    WHENCE_ASSERT(fixture.house().writer().RunAndWait([](auto&) { return absl::OkStatus(); }).ok());
  }

  service::Corridor corridor;
  std::unique_ptr<Server> server;
  std::unique_ptr<v1::PredictionService::Stub> prediction;
  std::unique_ptr<v1::ServerService::Stub> info;
};

v1::StreamPredictionsRequest Message(const std::string& id, size_t bytes) {
  v1::StreamPredictionsRequest message;
  v1::Prediction* prediction = message.add_predictions();
  prediction->set_id(id);
  prediction->set_model("m.s.model");
  prediction->set_input_text(std::string(bytes, 'x'));
  return message;
}

// One message there and its acknowledgement back, or the reason why not.
std::string Exchange(SmallDoor::Stream& stream, const std::string& id) {
  v1::StreamPredictionsResponse acknowledgement;
  if (stream.Write(Message(id, 1)) && stream.Read(&acknowledgement)) return "OK";
  return ReasonOf(stream.Finish());
}

TEST_CASE("the server's own bounds are those of the list") {
  const ServerOptions options;
  CHECK(options.max_streams == kMaxStreams);
  CHECK(options.max_streamed_bytes == kMaxStreamedBytes);
  CHECK(options.max_backups == kMaxBackups);
  CHECK(options.stream_idle == kStreamIdle);
  CHECK(options.max_calls_per_connection == kMaxCallsPerConnection);
  CHECK(options.max_incoming_bytes == kMaxIncomingBytes);
  CHECK(options.keepalive_time == kKeepaliveTime);
  CHECK(options.keepalive_timeout == kKeepaliveTimeout);
  CHECK(options.min_ping_interval == kMinPingInterval);
  CHECK(options.handshake_timeout == kHandshakeTimeout);
  CHECK(options.max_unread_reply_bytes == kMaxUnreadReplyBytes);
  CHECK(options.reply_grace == kReplyGrace);
  CHECK(options.min_reply_bytes_per_second == kMinReplyBytesPerSecond);
}

TEST_CASE("as many streams may be open as there are places") {
  ServerFixture fixture;
  fixture.MakeModel();
  SmallDoor door(fixture, {.listen_address = "127.0.0.1:0", .max_streams = 2});
  grpc::ClientContext contexts[4];
  auto first = door.prediction->StreamPredictions(&contexts[0]);
  auto second = door.prediction->StreamPredictions(&contexts[1]);
  CHECK(Exchange(*first, "a") == "OK");
  CHECK(Exchange(*second, "b") == "OK");
  auto third = door.prediction->StreamPredictions(&contexts[2]);
  CHECK(Exchange(*third, "c") == "TOO_MANY_STREAMS");
  CHECK(Exchange(*first, "d") == "OK");  // nobody else is touched
  first->WritesDone();
  CHECK(first->Finish().ok());
  std::string outcome;
  // The place is free once gRPC is done with the call, a moment after its caller knows.
  CHECK(Eventually([&] {
    grpc::ClientContext context;
    auto again = door.prediction->StreamPredictions(&context);
    outcome = Exchange(*again, "e");
    context.TryCancel();
    return outcome == "OK";
  }));
  contexts[1].TryCancel();
}

TEST_CASE("a stream that is idle makes room, the one that was so for longest first") {
  ServerFixture fixture;
  fixture.MakeModel();
  SmallDoor door(
      fixture,
      {.listen_address = "127.0.0.1:0", .max_streams = 2, .stream_idle = absl::ZeroDuration()});
  grpc::ClientContext contexts[3];
  auto first = door.prediction->StreamPredictions(&contexts[0]);
  auto second = door.prediction->StreamPredictions(&contexts[1]);
  CHECK(Exchange(*first, "a") == "OK");
  CHECK(Exchange(*second, "b") == "OK");
  CHECK(Exchange(*first, "c") == "OK");
  // That its caller has an answer the server knows a moment later; until then the stream is stuck,
  // and cancelled.
  std::this_thread::sleep_for(whence::test::Patience(std::chrono::milliseconds(20)));
  auto third = door.prediction->StreamPredictions(&contexts[2]);
  CHECK(Exchange(*third, "d") == "OK");
  v1::StreamPredictionsResponse acknowledgement;
  CHECK_FALSE(second->Read(&acknowledgement));
  const grpc::Status ended = second->Finish();
  CHECK(ReasonOf(ended) == "STREAM_IDLE");
  CHECK(ended.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(Exchange(*first, "e") == "OK");
  for (SmallDoor::Stream* stream : {first.get(), third.get()}) {
    stream->WritesDone();
    CHECK(stream->Finish().ok());
  }
}

TEST_CASE("a stream for which something is being recorded is not idle") {
  ServerFixture fixture;
  fixture.MakeModel();
  SmallDoor door(
      fixture,
      {.listen_address = "127.0.0.1:0", .max_streams = 1, .stream_idle = absl::ZeroDuration()});
  grpc::ClientContext contexts[2];
  auto first = door.prediction->StreamPredictions(&contexts[0]);
  CHECK(Exchange(*first, "a") == "OK");
  {
    const HeldWriter held(fixture.house());
    const int before = fixture.clock.asked();
    REQUIRE(first->Write(Message("b", 1)));
    REQUIRE(Eventually([&] { return fixture.clock.asked() > before; }));
    auto second = door.prediction->StreamPredictions(&contexts[1]);
    CHECK(Exchange(*second, "c") == "TOO_MANY_STREAMS");
  }
  v1::StreamPredictionsResponse acknowledgement;
  CHECK(first->Read(&acknowledgement));
  first->WritesDone();
  CHECK(first->Finish().ok());
}

TEST_CASE("streams that hold too much together read message by message, and none waits for good") {
  ServerFixture fixture;
  fixture.MakeModel();
  constexpr size_t kBytes = size_t{200} << 10;
  SmallDoor door(fixture, {.listen_address = "127.0.0.1:0", .max_streamed_bytes = 3 * kBytes});
  grpc::ClientContext contexts[2];
  auto first = door.prediction->StreamPredictions(&contexts[0]);
  auto second = door.prediction->StreamPredictions(&contexts[1]);
  CHECK(Exchange(*first, "a") == "OK");
  CHECK(Exchange(*second, "b") == "OK");
  constexpr int kMessages = 10;
  std::vector<std::thread> callers;
  {
    const HeldWriter held(fixture.house());
    const int before = fixture.clock.asked();
    const auto send = [](SmallDoor::Stream& stream, const std::string& name) {
      for (int i = 0; i < kMessages; ++i) stream.Write(Message(StrCat(name, i), kBytes));
      stream.WritesDone();
    };
    callers.emplace_back([&] { send(*first, "x"); });
    // Three messages fill the room.
    REQUIRE(Eventually([&] { return fixture.clock.asked() == before + 3; }));
    callers.emplace_back([&] { send(*second, "y"); });
    // The other stream still gets one in: it holds nothing yet.
    REQUIRE(Eventually([&] { return fixture.clock.asked() == before + 4; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(fixture.clock.asked() == before + 4);
  }
  for (SmallDoor::Stream* stream : {first.get(), second.get()}) {
    v1::StreamPredictionsResponse acknowledgement;
    int acknowledged = 0;
    while (stream->Read(&acknowledgement)) ++acknowledged;
    CHECK(acknowledged == kMessages);
    CHECK(stream->Finish().ok());
  }
  for (std::thread& caller : callers) caller.join();
}

TEST_CASE("as many backups may be under way as there are places") {
  ServerFixture fixture;
  SmallDoor door(fixture, {.listen_address = "127.0.0.1:0", .max_backups = 1});
  const auto whole = [&door] {
    grpc::ClientContext context;
    const auto reader = door.info->Backup(&context, v1::BackupRequest());
    v1::BackupChunk chunk;
    while (reader->Read(&chunk)) {
    }
    return ReasonOf(reader->Finish());
  };
  // One that waits for its worker: they are busy, for two callers, until they are let go.
  std::atomic<bool> release = false;
  std::atomic<int> busy = 0;
  for (const char* caller : {"user:ana", "user:bob"}) {
    door.corridor.workers().Run(caller, 0, [&](absl::Status) {
      ++busy;
      while (!release) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  }
  REQUIRE(Eventually([&] { return busy.load() == 2; }));
  grpc::ClientContext context;
  const auto waiting = door.info->Backup(&context, v1::BackupRequest());
  REQUIRE(Eventually([&] { return door.corridor.workers().waiting() == 1; }));
  CHECK(whole() == "TOO_MANY_BACKUPS");
  release = true;
  v1::BackupChunk chunk;
  while (waiting->Read(&chunk)) {
  }
  CHECK(waiting->Finish().ok());
  CHECK(Eventually([&] { return whole() == "OK"; }));
}

}  // namespace
}  // namespace whence::rpc
