#include "support/local_server.h"

#include <chrono>

#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "grpc/server.h"
#include "migrations/embedded.h"
#include "support/figure.h"

namespace whence::bench {

struct LocalServer::Parts {
  SystemClock clock;
  RandomIdSource ids{&clock};
  std::unique_ptr<service::House> house;
  std::unique_ptr<service::Corridor> corridor;
  std::unique_ptr<rpc::Server> server;
};

LocalServer::LocalServer(const std::string& data_folder) : parts_(std::make_unique<Parts>()) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the server's main
  auto house = service::House::Open({.data_folder = data_folder,
                                     .migrations = EmbeddedMigrations(),
                                     .clock = &parts_->clock,
                                     .ids = &parts_->ids});
  Expect(house.ok(), house.status().ToString());
  parts_->house = *std::move(house);
  parts_->corridor = std::make_unique<service::Corridor>(parts_->house.get(), /*workers=*/2);
  auto server = rpc::Server::Start(parts_->corridor.get(), {.listen_address = "127.0.0.1:0"});
  Expect(server.ok(), server.status().ToString());
  parts_->server = *std::move(server);
}

LocalServer::~LocalServer() {
  parts_->server.reset();
  parts_->corridor.reset();
  parts_->house.reset();
}

std::shared_ptr<grpc::Channel> LocalServer::Connect() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  auto channel = grpc::CreateCustomChannel(parts_->server->address(),
                                           grpc::InsecureChannelCredentials(), arguments);
  Expect(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)),
         "cannot connect to " + parts_->server->address());
  return channel;
}

service::Corridor& LocalServer::corridor() const { return *parts_->corridor; }
service::House& LocalServer::house() const { return *parts_->house; }

}  // namespace whence::bench
