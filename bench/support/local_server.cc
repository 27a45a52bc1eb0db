#include "support/local_server.h"

#include <chrono>
#include <fstream>
#include <string>

#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "grpc/server.h"
#include "http/server.h"
#include "migrations/embedded.h"
#include "sql/data_folder.h"
#include "support/figure.h"
#include "support/token_channel.h"

namespace whence::bench {

struct LocalServer::Parts {
  SystemClock clock;
  RandomIdSource ids{&clock};
  std::unique_ptr<service::House> house;
  std::unique_ptr<service::Corridor> corridor;
  std::unique_ptr<rpc::Server> server;
  std::string token;  // of the metastore's owner
  std::unique_ptr<http::Server> http;
};

LocalServer::LocalServer(const std::string& data_folder, const LocalServerOptions& options)
    : parts_(std::make_unique<Parts>()) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the server's main
  const std::string token_file = data_folder + "/admin.token";
  auto house = service::House::Open(
      {.data_folder = data_folder,
       .migrations = EmbeddedMigrations(),
       .clock = &parts_->clock,
       .ids = &parts_->ids,
       .keep_first_token =
           [&](const std::string& secret) { return sql::WriteSecretFile(token_file, secret); },
       .ledger_tree = options.ledger_tree});
  Expect(house.ok(), house.status().ToString());
  parts_->house = *std::move(house);
  std::ifstream(token_file) >> parts_->token;
  Expect(!parts_->token.empty(), "no token in " + token_file);
  parts_->corridor = std::make_unique<service::Corridor>(parts_->house.get(), /*workers=*/2);
  auto server = rpc::Server::Start(parts_->corridor.get(), {.listen_address = "127.0.0.1:0"});
  Expect(server.ok(), server.status().ToString());
  parts_->server = *std::move(server);
}

LocalServer::~LocalServer() {
  parts_->http.reset();
  parts_->server.reset();
  parts_->corridor.reset();
  parts_->house.reset();
}

std::shared_ptr<grpc::Channel> LocalServer::Connect() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  auto channel = test::ChannelWithToken(parts_->server->address(), parts_->token, arguments);
  Expect(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)),
         "cannot connect to " + parts_->server->address());
  return channel;
}

const std::string& LocalServer::token() const { return parts_->token; }

std::string LocalServer::OpenHttp() {
  auto http = http::Server::Start(parts_->corridor.get(), {.listen_address = "127.0.0.1:0"});
  Expect(http.ok(), http.status().ToString());
  parts_->http = *std::move(http);
  return parts_->http->address();
}

service::Corridor& LocalServer::corridor() const { return *parts_->corridor; }
service::House& LocalServer::house() const { return *parts_->house; }

}  // namespace whence::bench
