#include "support/local_server.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "base/uuid.h"
#include "grpc/server.h"
#include "migrations/embedded.h"
#include "service/corridor.h"
#include "service/house.h"

namespace whence::bench {
namespace {

[[noreturn]] void GiveUp(const std::string& why) {
  std::fprintf(stderr, "benchmark: %s\n", why.c_str());
  std::exit(1);
}

std::string NewFolder() {
  const char* base = std::getenv("WHENCE_BENCH_DIR");
  std::string folder = std::string(base == nullptr ? "." : base) + "/whence-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) GiveUp("cannot make a folder " + folder);
  return folder;
}

}  // namespace

struct LocalServer::Parts {
  std::string folder;
  SystemClock clock;
  RandomIdSource ids{&clock};
  std::unique_ptr<service::House> house;
  std::unique_ptr<service::Corridor> corridor;
  std::unique_ptr<rpc::Server> server;
};

LocalServer::LocalServer() : parts_(std::make_unique<Parts>()) {
  parts_->folder = NewFolder();
  auto house = service::House::Open({.data_folder = parts_->folder,
                                     .migrations = EmbeddedMigrations(),
                                     .clock = &parts_->clock,
                                     .ids = &parts_->ids});
  if (!house.ok()) GiveUp(house.status().ToString());
  parts_->house = *std::move(house);
  parts_->corridor = std::make_unique<service::Corridor>(parts_->house.get(), /*workers=*/2);
  auto server = rpc::Server::Start(parts_->corridor.get(), {.listen_address = "127.0.0.1:0"});
  if (!server.ok()) GiveUp(server.status().ToString());
  parts_->server = *std::move(server);
}

LocalServer::~LocalServer() {
  parts_->server.reset();
  parts_->corridor.reset();
  parts_->house.reset();
  std::error_code ignored;
  std::filesystem::remove_all(parts_->folder, ignored);
}

std::shared_ptr<grpc::Channel> LocalServer::Connect() const {
  auto channel = grpc::CreateChannel(parts_->server->address(), grpc::InsecureChannelCredentials());
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    GiveUp("cannot connect to " + parts_->server->address());
  }
  return channel;
}

const std::string& LocalServer::folder() const { return parts_->folder; }

}  // namespace whence::bench
