#include "grpc/server.h"

#include <thread>

#include <catch2/catch.hpp>

#include "google/protobuf/descriptor.h"
#include "grpc/generic_call.h"
#include "grpc/server_fixture.h"

namespace whence::rpc {
namespace {

using test::Details;
using test::Eventually;
using test::HeldWriter;
using test::ServerFixture;

TEST_CASE("the server says that it is serving") {
  ServerFixture fixture;
  // HealthCheckRequest: field 1 is the service. HealthCheckResponse: field 1 is the status, 1
  // SERVING.
  std::string response;
  REQUIRE(test::CallUnary(fixture.channel(), "/grpc.health.v1.Health/Check", "", &response).ok());
  CHECK(response == "\x08\x01");
  const std::string service = "whence.v1.CatalogService";
  const std::string request = "\x0A" + std::string(1, static_cast<char>(service.size())) + service;
  REQUIRE(
      test::CallUnary(fixture.channel(), "/grpc.health.v1.Health/Check", request, &response).ok());
  CHECK(response == "\x08\x01");
}

TEST_CASE("reflection lists the services") {
  ServerFixture fixture;
  // ServerReflectionRequest: field 7, list_services.
  test::OneMessageStream stream(fixture.channel(),
                                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                std::string("\x3A\x01*"));
  const std::string answer = stream.Wait();
  for (const char* service :
       {"whence.v1.AccessService", "whence.v1.AuditService", "whence.v1.CatalogService",
        "whence.v1.LineageService", "whence.v1.PolicyService", "whence.v1.PredictionService",
        "whence.v1.ServerService", "whence.v1.TagService", "grpc.health.v1.Health"}) {
    CAPTURE(service);
    CHECK(answer.find(service) != std::string::npos);
  }
}

// Paths of all methods of the contract that are no streams.
std::vector<std::string> UnaryMethods() {
  std::vector<std::string> paths;
  for (const char* file : {"catalog", "lineage", "prediction", "server"}) {
    const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        StrCat("whence/v1/", file, ".proto"));
    REQUIRE(descriptor != nullptr);
    for (int i = 0; i < descriptor->service_count(); ++i) {
      const auto* service = descriptor->service(i);
      for (int j = 0; j < service->method_count(); ++j) {
        const auto* method = service->method(j);
        if (method->client_streaming() || method->server_streaming()) continue;
        paths.push_back(StrCat("/", service->full_name(), "/", method->name()));
      }
    }
  }
  return paths;
}

TEST_CASE("every method of the contract answers, and an empty request gets a named error or none") {
  ServerFixture fixture;
  const std::vector<std::string> methods = UnaryMethods();
  CHECK(methods.size() > 45);
  for (const std::string& method : methods) {
    CAPTURE(method);
    std::string response;
    const grpc::Status status = test::CallUnary(fixture.channel(), method, "", &response);
    if (status.ok()) continue;
    CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    const test::WireError error = Details(status);
    CHECK(error.info.domain() == "whence");
    CHECK(error.info.reason() != "INTERNAL_ERROR");
    CHECK(error.info.reason().size() > 2);
    CHECK(error.info.metadata().count("hint") == 1);
  }
}

TEST_CASE("bytes that are no message are refused, and the server goes on") {
  ServerFixture fixture;
  std::string response;
  const grpc::Status status = test::CallUnary(
      fixture.channel(), "/whence.v1.CatalogService/CreateCatalog", "\xFF\xFF\xFF", &response);
  CHECK_FALSE(status.ok());
  CHECK(fixture.Create("a").ok());
}

TEST_CASE("an address in use is refused, one that is free is told") {
  ServerFixture fixture;
  service::Corridor corridor(&fixture.house(), 1);
  const auto second = Server::Start(&corridor, {.listen_address = fixture.server().address()});
  CHECK(whence::test::ReasonOf(second.status()) == "LISTEN_FAILED");
  CHECK(whence::test::ReasonOf(Server::Start(&corridor, {.listen_address = "nonsense"}).status()) ==
        "LISTEN_FAILED");
  CHECK_THAT(fixture.server().address(), Catch::StartsWith("127.0.0.1:"));
  CHECK_THAT(fixture.server().address(), !Catch::EndsWith(":0"));
}

TEST_CASE("a server that is started again has what was answered") {
  ServerFixture fixture;
  v1::Catalog made;
  REQUIRE(fixture.Create("a", &made).ok());
  fixture.Stop(absl::Seconds(10));
  CHECK(fixture.Get("a").error_code() == grpc::StatusCode::UNAVAILABLE);
  fixture.Start();
  v1::Catalog found;
  REQUIRE(fixture.Get("a", &found).ok());
  CHECK(found.DebugString() == made.DebugString());
  REQUIRE(fixture.Create("b", &made).ok());
  CHECK(made.id() == 2);
  CHECK(made.position() == 2);
}

TEST_CASE("calls under way when the server stops may end in its grace") {
  ServerFixture fixture;
  REQUIRE(fixture.Create("warm").ok());
  auto held = std::make_unique<HeldWriter>(fixture.house());
  const int before = fixture.clock.asked();
  grpc::Status outcome;
  std::thread caller([&] { outcome = fixture.Create("under-way"); });
  REQUIRE(Eventually([&] { return fixture.clock.asked() > before; }));
  std::thread stopper([&] { fixture.server().Stop(absl::Seconds(60)); });
  // From the moment of stopping new calls are refused, while the old one still waits.
  CHECK(Eventually([&] { return !fixture.Get("warm").ok(); }));
  held->Release();
  caller.join();
  stopper.join();
  CHECK(outcome.ok());
  fixture.Stop(absl::ZeroDuration());
  fixture.Start();
  CHECK(fixture.Get("under-way").ok());
}

TEST_CASE("calls that outlast the grace are cut off, and the server still stops cleanly") {
  ServerFixture fixture;
  fixture.MakeModel();
  auto held = std::make_unique<HeldWriter>(fixture.house());
  const int before = fixture.clock.asked();
  grpc::Status outcome;
  std::thread caller([&] { outcome = fixture.Create("under-way"); });
  grpc::ClientContext context;
  const auto stream = fixture.prediction->StreamPredictions(&context);
  v1::StreamPredictionsRequest message;
  message.add_predictions()->set_model("m.s.model");
  REQUIRE(stream->Write(message));
  // The call, who opens the stream, and its message.
  REQUIRE(Eventually([&] { return fixture.clock.asked() >= before + 3; }));
  std::thread stopper([&] { fixture.server().Stop(absl::ZeroDuration()); });
  caller.join();  // answered by gRPC, although the writer is held
  CHECK_FALSE(outcome.ok());
  held->Release();
  stopper.join();
  v1::StreamPredictionsResponse acknowledgement;
  while (stream->Read(&acknowledgement)) {
  }
  CHECK_FALSE(stream->Finish().ok());
}

}  // namespace
}  // namespace whence::rpc
