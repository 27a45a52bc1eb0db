// Every way in is shut to who shows no credential that holds, and to who may do nothing: whatever
// the server serves is found out from the server itself, so that a method that comes later is swept
// too, or fails for want of a question.
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "access/token_format.h"
#include "base/position.h"
#include "generic_call.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "server_fixture.h"
#include "support/questions.h"
#include "support/sanitizer.h"
#include "support/token_channel.h"
#include "support/token_maker.h"

namespace whence::rpc::test {
namespace {

using whence::test::ChannelWithToken;

// What anybody may call: load balancers ask for health, and tools for what there is to call.
const std::set<std::string> kOpen = {"grpc.health.v1.Health",
                                     "grpc.reflection.v1alpha.ServerReflection"};

// The names of the services that the server lists by reflection.
std::set<std::string> ServedServices(const std::shared_ptr<grpc::Channel>& channel) {
  OneMessageStream stream(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                          std::string("\x3A\x01*"));
  const std::string answer = stream.Wait();
  static const std::regex kName("(grpc|whence)(\\.[a-z0-9]+)+\\.[A-Za-z]+");
  std::set<std::string> names;
  for (std::sregex_iterator found(answer.begin(), answer.end(), kName), end; found != end;
       ++found) {
    names.insert(found->str());
  }
  return names;
}

// The paths of all their methods but the open ones.
std::vector<std::string> ClosedMethods(const std::set<std::string>& services) {
  std::vector<std::string> paths;
  for (const std::string& name : services) {
    if (kOpen.count(name) > 0) continue;
    CAPTURE(name);
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    REQUIRE(service != nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      paths.push_back(StrCat("/", name, "/", service->method(i)->name()));
    }
  }
  return paths;
}

// How a call ends that says nothing in its request.
grpc::Status Outcome(const std::shared_ptr<grpc::Channel>& channel, const std::string& path) {
  OneMessageStream stream(channel, path, "");
  CHECK(stream.Wait().empty());
  return stream.outcome();
}

// A token of a principal that may do everything, and may no longer be shown.
std::string RevokedToken(ServerFixture& fixture) {
  std::string secret;
  const auto make = [&](sql::WriteContext& context) -> absl::Status {
    const ledger::Change change{
        .position = kNoPosition, .time = context.now(), .actor = "user:ana"};
    access::NewToken wanted;
    wanted.principal = fixture.house().access().snapshot().metastore_owner();
    WHENCE_ASSIGN_OR_RETURN(access::MadeToken made, access::CreateToken(context, change, wanted));
    secret = made.secret;
    return access::RevokeToken(context, change, made.token.id).status();
  };
  REQUIRE(fixture.house().writer().RunAndWait(make).ok());
  return secret;
}

// A JWT of an issuer that the server does not believe, of whom it would have to be.
std::string StrangersToken() {
  return access::test::Signer::Ed25519("k").Token(access::test::GoodClaims());
}

TEST_CASE("no method of any service answers without a credential, with garbage, or a revoked one") {
  ServerFixture fixture;
  const std::string& address = fixture.server().address();
  const std::set<std::string> services = ServedServices(fixture.channel());
  const std::vector<std::string> methods = ClosedMethods(services);
  CHECK(services.size() > kOpen.size());
  CHECK(methods.size() >= 40);
  const std::map<std::string, std::string> reasons = {{"", "CREDENTIAL_MISSING"},
                                                      {"garbage", "TOKEN_INVALID"},
                                                      {access::NewTokenSecret(), "TOKEN_INVALID"},
                                                      {RevokedToken(fixture), "TOKEN_INVALID"},
                                                      {StrangersToken(), "TOKEN_INVALID"}};
  for (const auto& [token, reason] : reasons) {
    const auto channel = token.empty()
                             ? grpc::CreateChannel(address, grpc::InsecureChannelCredentials())
                             : ChannelWithToken(address, token);
    for (const std::string& path : methods) {
      const grpc::Status outcome = Outcome(channel, path);
      CAPTURE(path, reason);
      CHECK(outcome.error_code() == grpc::StatusCode::UNAUTHENTICATED);
      CHECK(ReasonOf(outcome) == reason);
      if (!token.empty()) {
        CHECK((outcome.error_message() + outcome.error_details()).find(token) == std::string::npos);
      }
    }
  }
  // Nothing but that they were refused: the first of each reason, the others are counted. Counts
  // are written after 1 s, 2 s, 4 s..., so in the minute that a sanitizer may take there are six.
  const Position published = fixture.house().ledger().published();
  CHECK(published >= 2);
  CHECK(published <= 2 * (1 + (whence::test::Sanitized() ? 6 : 1)));
  // The sweep asks what can be answered: with a token every method gets beyond this step.
  for (const std::string& path : methods) {
    OneMessageStream stream(fixture.channel(), path, "");
    stream.Wait();
    CAPTURE(path);
    CHECK(stream.outcome().error_code() != grpc::StatusCode::UNAUTHENTICATED);
    CHECK(stream.outcome().error_code() != grpc::StatusCode::UNIMPLEMENTED);
  }
}

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using service::test::AllQuestions;
using service::test::Question;
using service::test::World;

std::unique_ptr<Message> New(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// How a question ends, in the words of support/questions.h.
std::string OutcomeOf(const std::shared_ptr<grpc::Channel>& channel, const MethodDescriptor& method,
                      const Question& question) {
  const std::unique_ptr<Message> request = New(method.input_type());
  REQUIRE(google::protobuf::TextFormat::ParseFromString(question.request, request.get()));
  OneMessageStream stream(channel, StrCat("/", method.service()->full_name(), "/", method.name()),
                          request->SerializeAsString());
  const std::string answer = stream.Wait();
  if (!stream.outcome().ok()) return ReasonOf(stream.outcome());
  const std::unique_ptr<Message> response = New(method.output_type());
  REQUIRE(response->ParseFromString(answer));
  return service::test::ContentOf(*response);
}

TEST_CASE("no method of any service gives anything to who was granted nothing") {
  World world;
  const auto server = Server::Start(&world.corridor(), {.listen_address = "127.0.0.1:0"}).value();
  const auto nobody = ChannelWithToken(server->address(), world.Somebody("").bearer);
  std::map<std::string, const MethodDescriptor*> methods;
  for (const std::string& path : ClosedMethods(ServedServices(nobody))) {
    const size_t slash = path.rfind('/');
    const std::string name = StrCat(path.substr(1, slash - 1), ".", path.substr(slash + 1));
    const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    REQUIRE(method != nullptr);
    CHECK(methods.emplace(method->name(), method).second);
  }
  const int64_t before = world.changes();
  std::set<std::string> left = [&] {
    std::set<std::string> names;
    for (const auto& [name, method] : methods) names.insert(name);
    return names;
  }();
  for (const Question& question : AllQuestions()) {
    CAPTURE(question.operation, question.request);
    REQUIRE(methods.contains(question.operation));
    left.erase(question.operation);
    CHECK(OutcomeOf(nobody, *methods.at(question.operation), question) == question.of_a_stranger);
  }
  CHECK(left == std::set<std::string>());
  CHECK(world.changes() == before);
  // Both streams serve those who may.
  const auto owner = ChannelWithToken(server->address(), world.caller.bearer);
  for (const Question& question : service::test::StreamQuestions()) {
    CAPTURE(question.operation);
    CHECK(OutcomeOf(owner, *methods.at(question.operation), question) == "OK");
  }
  server->Stop(absl::Seconds(10));
}

TEST_CASE("the longest token that may be right gets through the door") {
  ServerFixture fixture;
  const auto refusal = [&](size_t size) {
    // Like a JWT in everything; the server's answer to it is what is asked about.
    const std::string token = StrCat("eyJhbGciOiJFZERTQSJ9.", std::string(size - 26, 'a'), ".aaaa");
    const auto channel = ChannelWithToken(fixture.server().address(), token);
    return Outcome(channel, "/whence.v1.ServerService/GetServerInfo");
  };
  CHECK(ReasonOf(refusal(kMaxTokenBytes)) == "TOKEN_INVALID");
  // That one byte more is too much is said behind the door (access/jwt_test); what is twice as long
  // gRPC itself does not take in.
  const grpc::Status outside = refusal(2 * kMaxTokenBytes);
  CHECK(outside.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(ReasonOf(outside) != "TOKEN_INVALID");
}

TEST_CASE("health and reflection are open, and nothing else is") {
  ServerFixture fixture;
  const auto nobody =
      grpc::CreateChannel(fixture.server().address(), grpc::InsecureChannelCredentials());
  std::string response;
  CHECK(CallUnary(nobody, "/grpc.health.v1.Health/Check", "", &response).ok());
  std::set<std::string> open;
  for (const std::string& service : ServedServices(nobody)) {
    if (!service.starts_with("whence.")) open.insert(service);
  }
  CHECK(open == kOpen);
}

TEST_CASE("the credential is the one authorization header, of the scheme Bearer") {
  ServerFixture fixture;
  const std::string token = fixture.token();
  const auto channel =
      grpc::CreateChannel(fixture.server().address(), grpc::InsecureChannelCredentials());
  const auto info = v1::ServerService::NewStub(channel);
  const auto ask = [&](const std::vector<std::pair<std::string, std::string>>& metadata) {
    grpc::ClientContext context;
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    v1::ServerInfo reply;
    return ReasonOf(info->GetServerInfo(&context, v1::GetServerInfoRequest(), &reply));
  };
  CHECK(ask({{"authorization", "Bearer " + token}}) == "OK");
  CHECK(ask({{"authorization", "bearer " + token}}) == "OK");
  CHECK(ask({{"authorization", "BEARER " + token}}) == "OK");
  CHECK(ask({{"authorization", "Basic " + token}}) == "CREDENTIAL_MISSING");
  CHECK(ask({{"authorization", token}}) == "CREDENTIAL_MISSING");
  CHECK(ask({{"authorization", "Bearer"}}) == "CREDENTIAL_MISSING");
  CHECK(ask({{"authorization", "Bearer "}}) == "CREDENTIAL_MISSING");
  CHECK(ask({{"authorization", ""}}) == "CREDENTIAL_MISSING");
  // Nobody can tell whose call it is.
  CHECK(ask({{"authorization", "Bearer " + token}, {"authorization", "Bearer " + token}}) ==
        "CREDENTIAL_MISSING");
  // Names that somebody declares count for nothing.
  CHECK(ask({{"whence-principal", "user:ana"}}) == "CREDENTIAL_MISSING");
}

TEST_CASE("a stream ends with the token that opened it") {
  ServerFixture fixture;
  fixture.MakeModel();
  std::string secret;
  int64_t token = 0;
  const auto change_of = [](sql::WriteContext& context) {
    return ledger::Change{.position = kNoPosition, .time = context.now(), .actor = "user:ana"};
  };
  REQUIRE(fixture.house()
              .writer()
              .RunAndWait([&](sql::WriteContext& context) -> absl::Status {
                access::NewToken wanted;
                wanted.principal = fixture.house().access().snapshot().metastore_owner();
                WHENCE_ASSIGN_OR_RETURN(access::MadeToken made,
                                        access::CreateToken(context, change_of(context), wanted));
                secret = made.secret;
                token = made.token.id;
                return absl::OkStatus();
              })
              .ok());
  const auto prediction =
      v1::PredictionService::NewStub(ChannelWithToken(fixture.server().address(), secret));
  grpc::ClientContext context;
  const auto stream = prediction->StreamPredictions(&context);
  const auto message = [](const std::string& id) {
    v1::StreamPredictionsRequest request;
    v1::Prediction* made = request.add_predictions();
    made->set_id(id);
    made->set_model("m.s.model");
    return request;
  };
  v1::StreamPredictionsResponse acknowledgement;
  REQUIRE(stream->Write(message("p1")));
  REQUIRE(stream->Read(&acknowledgement));
  REQUIRE(fixture.house()
              .writer()
              .RunAndWait([&](sql::WriteContext& write) {
                return access::RevokeToken(write, change_of(write), token).status();
              })
              .ok());
  stream->Write(message("p2"));
  CHECK_FALSE(stream->Read(&acknowledgement));
  CHECK(ReasonOf(stream->Finish()) == "TOKEN_INVALID");
}

}  // namespace
}  // namespace whence::rpc::test
