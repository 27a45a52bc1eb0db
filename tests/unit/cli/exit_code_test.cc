// What the command ends with when a server refuses: codes that scripts depend on, by a server that
// answers every call with one status.
#include <catch2/catch.hpp>

#include <sstream>

#include "base/strings.h"
#include "cli/exit_code.h"
#include "cli/run.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"

namespace whence::cli {
namespace {

class RefusingServer {
 public:
  explicit RefusingServer(grpc::Status status) : service_(std::move(status)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    REQUIRE(server_ != nullptr);
  }
  ~RefusingServer() { server_->Shutdown(); }
  RefusingServer(const RefusingServer&) = delete;
  RefusingServer& operator=(const RefusingServer&) = delete;

  std::string address() const { return StrCat("127.0.0.1:", port_); }

 private:
  class Refusal final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Refusal(const grpc::Status& status) { Finish(status); }
    void OnDone() override { delete this; }
  };
  class Service final : public grpc::CallbackGenericService {
   public:
    explicit Service(grpc::Status status) : status_(std::move(status)) {}
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
      return new Refusal(status_);
    }

   private:
    const grpc::Status status_;
  };

  Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

struct Outcome {
  int code = 0;
  std::string err;
};

Outcome Ask(const std::vector<std::string>& words, grpc::StatusCode code) {
  const RefusingServer server(grpc::Status(code, "because"));
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Environment environment;
  environment.variable = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "WHENCE_SERVER") return server.address();
    if (name == "WHENCE_TIMEOUT") return "20s";
    if (name == "WHENCE_CONFIG") return "/nowhere/config.yaml";
    return std::nullopt;
  };
  environment.in = &in;
  environment.out = &out;
  environment.err = &err;
  environment.user = "ana";
  const int exit_code = Run(words, environment);
  CHECK(out.str().empty());
  return {.code = exit_code, .err = err.str()};
}

TEST_CASE("what a server refuses ends with the code of its status") {
  const std::vector<std::pair<grpc::StatusCode, int>> codes = {
      {grpc::StatusCode::INVALID_ARGUMENT, 1},
      {grpc::StatusCode::FAILED_PRECONDITION, 1},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, 1},
      {grpc::StatusCode::INTERNAL, 1},
      {grpc::StatusCode::DATA_LOSS, 1},
      {grpc::StatusCode::UNIMPLEMENTED, 1},
      {grpc::StatusCode::PERMISSION_DENIED, 4},
      {grpc::StatusCode::UNAUTHENTICATED, 4},
      {grpc::StatusCode::NOT_FOUND, 5},
      {grpc::StatusCode::ALREADY_EXISTS, 6},
      {grpc::StatusCode::ABORTED, 6},
      {grpc::StatusCode::DEADLINE_EXCEEDED, 7}};
  for (const auto& [status, expected] : codes) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"catalog", "get", "prod"}, {"catalog", "create", "prod"}}) {
      const Outcome outcome = Ask(words, status);
      CAPTURE(static_cast<int>(status), words[1], outcome.err);
      CHECK(outcome.code == expected);
      CHECK(outcome.err.rfind("error: ", 0) == 0);
    }
  }
}

TEST_CASE("a server that stays unavailable ends with 7, after its retries") {
  CHECK(Ask({"--timeout", "300ms", "catalog", "get", "prod"}, grpc::StatusCode::UNAVAILABLE).code ==
        7);
}

}  // namespace
}  // namespace whence::cli
