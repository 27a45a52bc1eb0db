// The connection against a real gRPC server in this process.
#include "whence/connection.h"

#include <catch2/catch.hpp>
#include <set>

#include "absl/time/clock.h"
#include "client_test_util.h"
#include "fake_server.h"
#include "whence/whence.h"

namespace whence {
namespace {

using test::ClientOf;
using test::FakeServer;
using test::kAway;
using test::ScratchFolder;

TEST_CASE("Connect finds the server and shows its token", "[client][connection]") {
  FakeServer server;
  ClientOptions options = server.options();
  options.user_agent = "tests/1";
  const auto client = Client::Connect(options);
  REQUIRE(client.ok());
  const auto info = client->GetServerInfo();
  REQUIRE(info.ok());
  REQUIRE(info->version == "fake");
  REQUIRE(info->position == 7);
  const FakeServer::Call call = server.calls("GetServerInfo").at(0);
  REQUIRE(call.authorization == "Bearer svc-test");
  REQUIRE(call.user_agent.find("tests/1 whence-cpp/") == 0);
}

TEST_CASE("A URL finds the server as well", "[client][connection]") {
  FakeServer server;
  ClientOptions options = server.options();
  options.server = "grpc://" + server.address() + "/";
  REQUIRE(Client::Connect(options).ok());
  // The scheme says plain, whatever certificates there are.
  options.tls.enabled = true;
  REQUIRE(Client::Connect(options).ok());
  options.server = "grpcs://" + server.address();
  options.connect_timeout = absl::Milliseconds(200);
  REQUIRE(absl::IsUnavailable(Client::Connect(options).status()));
}

TEST_CASE("Connect says when nobody is there, in its time", "[client][connection]") {
  const absl::Time start = absl::Now();
  const auto client = Client::Connect(
      {.server = "127.0.0.1:1", .token = "t", .connect_timeout = absl::Milliseconds(200)});
  REQUIRE(absl::IsUnavailable(client.status()));
  REQUIRE(ErrorReason(client.status()) == "SERVER_UNREACHABLE");
  REQUIRE(client.status().message().find("127.0.0.1:1") != std::string::npos);
  REQUIRE(ExitCode(client.status()) == 7);
  REQUIRE(absl::Now() - start < absl::Seconds(8));
  // A service that starts without its server says so.
  const auto later =
      Client::Connect({.server = "127.0.0.1:1", .connect_timeout = absl::ZeroDuration()});
  REQUIRE(later.ok());
  REQUIRE(
      absl::IsUnavailable(later->WithDeadline(absl::Milliseconds(50)).GetAsset("a.b.c").status()));
}

TEST_CASE("Connect says when the server is there but silent", "[client][connection]") {
  FakeServer server;
  server.Delay("GetServerInfo", absl::Milliseconds(300));
  ClientOptions options = server.options();
  options.connect_timeout = absl::Milliseconds(50);
  const auto client = Client::Connect(options);
  REQUIRE(absl::IsUnavailable(client.status()));
  REQUIRE(ErrorReason(client.status()) == "SERVER_UNREACHABLE");
}

TEST_CASE("A mutation is repeated with the same request id and takes effect once",
          "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  SECTION("the calls did not get through") {
    server.FailNext("CreateCatalog", kAway, 3);
    REQUIRE(client.EnsureCatalog("prod").ok());
    REQUIRE(server.calls("CreateCatalog").size() == 4);
  }
  SECTION("the answer was lost") {
    server.LoseNextAnswer("CreateCatalog", kAway);
    const auto catalog = client.EnsureCatalog("prod", {.comment = "all of it"});
    REQUIRE(catalog.ok());
    REQUIRE(catalog->comment == "all of it");
    REQUIRE(server.calls("CreateCatalog").size() == 2);
  }
  const std::vector<FakeServer::Call> calls = server.calls("CreateCatalog");
  std::set<std::string> ids;
  for (const FakeServer::Call& call : calls) ids.insert(call.request_id);
  REQUIRE(ids.size() == 1);
  REQUIRE(ids.begin()->size() == 36);
  // Another call is another request.
  REQUIRE(client.EnsureCatalog("dev").ok());
  REQUIRE(ids.count(server.calls("CreateCatalog").back().request_id) == 0);
}

TEST_CASE("A request id that the caller gives is kept", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  REQUIRE(client.connection()->CreateCatalog({.name = "x"}, {.request_id = "job/7"}).ok());
  REQUIRE(server.calls("CreateCatalog").at(0).request_id == "job/7");
}

TEST_CASE("Reads are repeated too; ABORTED and other errors are not", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  server.FailNext("GetAsset", kAway, 2);
  REQUIRE(client.GetAsset("a.b.c").ok());
  REQUIRE(server.calls("GetAsset").size() == 3);
  for (const grpc::StatusCode code :
       {grpc::StatusCode::ABORTED, grpc::StatusCode::INTERNAL, grpc::StatusCode::NOT_FOUND}) {
    const size_t before = server.calls("GetAsset").size();
    server.FailNext("GetAsset", grpc::Status(code, "no"));
    REQUIRE_FALSE(client.GetAsset("a.b.c").ok());
    REQUIRE(server.calls("GetAsset").size() == before + 1);
  }
}

TEST_CASE("Calls have deadlines, the client's or their own", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  REQUIRE(client.GetAsset("a.b.c").ok());
  const absl::Duration usual = server.calls("GetAsset").at(0).time_left;
  REQUIRE(usual > absl::Seconds(10));
  REQUIRE(usual <= absl::Seconds(21));

  server.Delay("GetAsset", absl::Milliseconds(300));
  const absl::Time start = absl::Now();
  const absl::Status late = client.WithDeadline(absl::Milliseconds(60)).GetAsset("a.b.c").status();
  REQUIRE(absl::IsDeadlineExceeded(late));
  REQUIRE(late.message().find("GetAsset within 60ms") != std::string::npos);
  REQUIRE(absl::Now() - start < absl::Seconds(10));
}

TEST_CASE("Errors of the server reach the caller whole", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  server.FailNext("GetAsset", test::DetailedStatus(grpc::StatusCode::NOT_FOUND, "no asset a.b.c",
                                                   "ASSET_NOT_FOUND", "a.b.d exists", "name"));
  const absl::Status status = client.GetAsset("a.b.c").status();
  REQUIRE(DescribeError(status) ==
          "error: no asset a.b.c (NOT_FOUND, ASSET_NOT_FOUND)\nhint: a.b.d exists\n");
  REQUIRE(ErrorField(status) == "name");
}

TEST_CASE("A server that says why it is unavailable is quoted", "[client][connection]") {
  FakeServer server;
  ClientOptions options = server.options();
  options.retry.max_attempts = 2;
  const auto client = Client::Connect(options);
  REQUIRE(client.ok());
  server.FailNext("GetAsset",
                  test::DetailedStatus(grpc::StatusCode::UNAVAILABLE, "the writer is stopping",
                                       "SHUTTING_DOWN", "try again"),
                  2);
  const absl::Status status = client->GetAsset("a.b.c").status();
  REQUIRE(status.message() == "the writer is stopping");
  REQUIRE(ErrorReason(status) == "SHUTTING_DOWN");
}

TEST_CASE("Ensure gets what is there and creates what is not", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  server.Add("prod");
  REQUIRE(client.EnsureCatalog("prod")->name == "prod");
  REQUIRE(server.calls("CreateCatalog").empty());
  REQUIRE(client.EnsureCatalog("dev")->name == "dev");
  REQUIRE(server.calls("CreateCatalog").size() == 1);
  // Somebody else creates it between our two calls.
  server.FailNext("GetCatalog", test::DetailedStatus(grpc::StatusCode::NOT_FOUND, "no catalog",
                                                     "CATALOG_NOT_FOUND", ""));
  REQUIRE(client.EnsureCatalog("prod")->name == "prod");
  REQUIRE(server.calls("CreateCatalog").size() == 2);
  // The fake's assets are all models.
  REQUIRE(client.EnsureAsset("a.b.c", Kind::kModel).ok());
  const absl::Status other = client.EnsureAsset("a.b.c", Kind::kTable).status();
  REQUIRE(absl::IsFailedPrecondition(other));
  REQUIRE(ErrorReason(other) == "ASSET_KIND_MISMATCH");
  REQUIRE(other.message() == "a.b.c is a MODEL, not a TABLE");
}

TEST_CASE("Lists go on over pages and end with an error if one comes", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  const auto names = [&client]() {
    std::vector<std::string> result;
    for (auto& asset : client.ListAssets("prod")) {
      result.push_back(asset.ok() ? asset->name : ErrorReason(asset.status()));
    }
    return result;
  };
  REQUIRE(names().empty());
  server.SetAssetPages({{"a", "b"}, {}, {"c"}});
  REQUIRE(names() == std::vector<std::string>{"a", "b", "c"});
  // Pages are fetched when they are needed.
  const size_t before = server.calls("ListAssets").size();
  auto range = client.ListAssets("prod");
  REQUIRE(server.calls("ListAssets").size() == before);
  auto asset = range.begin();
  REQUIRE((*asset)->name == "a");
  REQUIRE(server.calls("ListAssets").size() == before + 1);
  REQUIRE((*++asset)->name == "b");
  REQUIRE((*++asset)->name == "c");
  REQUIRE(server.calls("ListAssets").size() == before + 3);
  REQUIRE(++asset == range.end());
  // An outage in the middle is bridged, an error is the last element.
  server.FailNext("ListAssets", kAway);
  REQUIRE(names() == std::vector<std::string>{"a", "b", "c"});
  server.FailNext("ListAssets", grpc::Status::OK);
  server.FailNext("ListAssets", test::DetailedStatus(grpc::StatusCode::INVALID_ARGUMENT, "stale",
                                                     "PAGE_TOKEN_INVALID", ""));
  REQUIRE(names() == std::vector<std::string>{"a", "b", "PAGE_TOKEN_INVALID"});
}

TEST_CASE("A point in history is asked for", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  REQUIRE(client.GetAsset("a.b.c", {.position = 17})->comment == "17");
  REQUIRE(client.GetAsset("a.b.c")->comment == "0");
}

TEST_CASE("A version's file is read before it is registered", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  const ScratchFolder folder;
  const std::string file = folder.Write("model.onnx", "abc");
  const auto version =
      client.RegisterVersion("a.b.c", ModelVersion{.file = file, .metrics = {{"auc", 0.5}}});
  REQUIRE(version.ok());
  REQUIRE(version->name == "a.b.c@1");
  REQUIRE(version->digest.substr(0, 15) == "sha256:ba7816bf");
  REQUIRE(version->location == file);
  REQUIRE(std::get<ModelDetail>(version->detail).metrics.at("auc") == 0.5);
  const absl::Status missing =
      client.RegisterVersion("a.b.c", ModelVersion{.file = "/nowhere"}).status();
  REQUIRE(ErrorReason(missing) == "FILE_NOT_FOUND");
  REQUIRE(server.calls("RegisterVersion").size() == 1);
}

TEST_CASE("An explanation is a graph of plain structs", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  const auto explanation = client.Explain("prediction:p-1");
  REQUIRE(explanation.ok());
  const LineageGraph& graph = explanation->graph;
  REQUIRE(graph.nodes.size() == 3);
  REQUIRE(graph.position == 62);
  REQUIRE(graph.cut_by_nodes);
  REQUIRE_FALSE(graph.cut_by_depth);
  REQUIRE_FALSE(explanation->Complete());
  REQUIRE(std::get<Prediction>(graph.nodes[0].node).latency == absl::Microseconds(800));
  const auto& model = std::get<DatasetNode>(graph.nodes[1].node);
  REQUIRE(std::get<ModelDetail>(model.detail).framework == "onnx");
  REQUIRE(graph.nodes[1].source);
  REQUIRE(std::holds_alternative<std::monostate>(graph.nodes[2].node));
  REQUIRE(graph.edges[0].role == EdgeRole::kModel);
  REQUIRE(graph.edges[0].source == 1);
  REQUIRE(graph.Find("a.b.model@1") == &graph.nodes[1]);
  REQUIRE(graph.Find("other") == nullptr);
}

TEST_CASE("A prediction goes over the wire whole", "[client][connection]") {
  FakeServer server;
  const Client client = ClientOf(server);
  const absl::Time start = absl::FromUnixMicros(1'700'000'000'123'456);
  const auto back = client.RecordPrediction({.id = "p-1",
                                             .endpoint = "a.b.endpoint",
                                             .model = "a.b.model@1",
                                             .prompts = {"a.b.prompt@2"},
                                             .inputs = {"a.b.t@3"},
                                             .retrieved = {{.index = "a.b.i@1",
                                                            .item_id = "117",
                                                            .score = 0.83,
                                                            .source = "a.b.t@3",
                                                            .source_location = "row 117",
                                                            .excerpt = "Books"}},
                                             .input = "How long?",
                                             .output = "Fourteen days",
                                             .status = PredictionStatus::kBlocked,
                                             .error_message = "guard",
                                             .start_time = start,
                                             .latency = absl::Nanoseconds(300),
                                             .input_tokens = 3,
                                             .output_tokens = 2,
                                             .cost_micros = 40,
                                             .currency = "EUR",
                                             .run_id = "r",
                                             .input_digest = "sha256:aa",
                                             .output_digest = "sha256:bb",
                                             .properties = {{"k", "v"}}});
  REQUIRE(back.ok());
  REQUIRE(back->id == "p-1");
  REQUIRE(back->endpoint == "a.b.endpoint");
  REQUIRE(back->model == "a.b.model@1");
  REQUIRE(back->prompts == std::vector<std::string>{"a.b.prompt@2"});
  REQUIRE(back->inputs == std::vector<std::string>{"a.b.t@3"});
  REQUIRE(back->retrieved.at(0).source_location == "row 117");
  REQUIRE(back->retrieved.at(0).score == 0.83);
  REQUIRE(back->input == "How long?");
  REQUIRE(back->output == "Fourteen days");
  REQUIRE(back->status == PredictionStatus::kBlocked);
  REQUIRE(back->error_message == "guard");
  REQUIRE(back->start_time == start);
  // Less than a microsecond is not "unknown".
  REQUIRE(back->latency == absl::Microseconds(1));
  REQUIRE(back->input_tokens == 3);
  REQUIRE(back->output_tokens == 2);
  REQUIRE(back->cost_micros == 40);
  REQUIRE(back->currency == "EUR");
  REQUIRE(back->run_id == "r");
  REQUIRE(back->output_digest == "sha256:bb");
  REQUIRE(back->properties.at("k") == "v");
  // What is not given is filled in where a repetition must not differ.
  const auto bare = client.RecordPrediction({.model = "a.b.model"});
  REQUIRE(bare->id.size() == 36);
  REQUIRE(bare->start_time.has_value());
}

TEST_CASE("Options that cannot work are refused with the field", "[client][connection]") {
  const auto reason = [](const ClientOptions& options) {
    return ErrorReason(MakeGrpcConnection(options).status());
  };
  REQUIRE(reason({.server = ""}) == "SERVER_NAME_MALFORMED");
  REQUIRE(reason({.server = "a b"}) == "SERVER_NAME_MALFORMED");
  REQUIRE(reason({.server = "ftp://localhost:7070"}) == "SERVER_NAME_MALFORMED");
  REQUIRE(reason({.server = "http://localhost:7070/path"}) == "SERVER_NAME_MALFORMED");
  REQUIRE(reason({.server = "grpc://"}) == "SERVER_NAME_MALFORMED");
  for (const char* token : {"t\xc3\xa4glich", "two words", "line\n"}) {
    REQUIRE(reason({.server = "localhost", .token = token}) == "TOKEN_MALFORMED");
  }
  REQUIRE(reason({.server = "a", .tls = {.ca = "/nowhere/ca.pem"}}) == "TLS_FILE_UNREADABLE");
  const ScratchFolder folder;
  const std::string pem = folder.Write("cert.pem", "x");
  REQUIRE(reason({.server = "a", .tls = {.cert = pem}}) == "TLS_KEY_WITHOUT_CERTIFICATE");
  for (const char* good :
       {"a", "a:1", "[::1]", "[::1]:7", "::1", "unix:/run/w.sock", "dns:///a:7070", "10.0.0.1",
        "grpc://a/", "https://a:8443", "grpcs://[::1]"}) {
    CAPTURE(good);
    REQUIRE(reason({.server = good}).empty());
  }
}

TEST_CASE("A token travels encrypted, or not beyond this machine", "[client][connection]") {
  const auto reason = [](const std::string& server, bool encrypted, bool allow) {
    return ErrorReason(MakeGrpcConnection({.server = server,
                                           .token = "secret",
                                           .allow_plaintext_token = allow,
                                           .tls = {.enabled = encrypted}})
                           .status());
  };
  for (const char* here : {"localhost", "127.0.0.1:7", "[::1]", "::1", "unix:/run/w.sock",
                           "dns:///localhost:7", "ipv4:127.0.0.1:7", "grpc://localhost"}) {
    CAPTURE(here);
    REQUIRE(reason(here, false, false).empty());
  }
  for (const char* away : {"a", "10.0.0.1", "127.evil.example", "localhost.example:1", "dns:///a:7",
                           "grpc://a", "http://a"}) {
    CAPTURE(away);
    REQUIRE(reason(away, false, false) == "TOKEN_IN_PLAINTEXT");
    REQUIRE(reason(away, false, true).empty());
  }
  REQUIRE(reason("a", true, false).empty());
  REQUIRE(reason("grpcs://a", false, false).empty());
  REQUIRE(reason("http://a", true, false) == "TOKEN_IN_PLAINTEXT");  // the scheme says plain
}

TEST_CASE("Who has no token is told where it may come from", "[client][connection]") {
  FakeServer server;
  ClientOptions options = server.options();
  options.token.clear();
  options.connect_timeout = absl::ZeroDuration();
  const test::ScopedEnvironment data("WHENCE_DATA", "/nowhere");
  const auto client = Client::Connect(options);
  REQUIRE(client.ok());
  const grpc::Status denied = test::DetailedStatus(grpc::StatusCode::UNAUTHENTICATED, "who?",
                                                   "CREDENTIAL_MISSING", "send one", "");
  server.FailNext("GetServerInfo", denied);
  const absl::Status status = client->GetServerInfo().status();
  REQUIRE(absl::IsUnauthenticated(status));
  REQUIRE(ErrorReason(status) == "CREDENTIAL_MISSING");
  REQUIRE(ErrorHint(status).find("WHENCE_TOKEN_FILE") != std::string::npos);
  REQUIRE(ExitCode(status) == 4);
  REQUIRE(server.calls("GetServerInfo").at(0).authorization.empty());
}

}  // namespace
}  // namespace whence
