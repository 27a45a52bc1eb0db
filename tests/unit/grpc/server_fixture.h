#pragma once

// A real server on a free port of the loopback interface, over a house of its own.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>

#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/uuid.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/server.h"
#include "grpcpp/grpcpp.h"
#include "migrations/embedded.h"
#include "service/corridor.h"
#include "service/house.h"
#include "support/house_fixture.h"
#include "support/token_channel.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence::rpc::test {

using whence::test::HeldWriter;
using whence::test::TemporaryFolder;

// The machine's clock, for deadlines are real here. Counts who asks: the corridor asks once for
// every call that comes in, so a test sees calls arrive.
class CountingClock final : public Clock {
 public:
  absl::Time Now() const override {
    asked_.fetch_add(1);
    return absl::Now();
  }
  int asked() const { return asked_.load(); }

 private:
  mutable std::atomic<int> asked_ = 0;
};

// Waits until `condition` holds; false when it does not for a very long time.
template <class Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 30'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// Purpose: a server and a channel to it, on which every call shows the token of `user:ana`, who
// owns the metastore. Ownership: owns everything. Thread-safety: the stubs may
// be used from any thread; Start and Stop from one.
class ServerFixture {
 public:
  ServerFixture() { Start(); }
  ~ServerFixture() { Stop(kStopGrace); }

  void Start() {
    auto house = service::House::Open({.data_folder = folder_.path(),
                                       .migrations = EmbeddedMigrations(),
                                       .clock = &clock,
                                       .ids = &ids_,
                                       .admin = "user:ana"});
    WHENCE_ASSERT(house.ok());
    house_ = *std::move(house);
    if (!house_->first_token().empty()) token_ = house_->first_token();
    corridor_ = std::make_unique<service::Corridor>(house_.get(), kLongReadWorkers);
    auto server = Server::Start(corridor_.get(), {.listen_address = "127.0.0.1:0"});
    WHENCE_ASSERT(server.ok());
    server_ = *std::move(server);
    channel_ = whence::test::ChannelWithToken(server_->address(), token_);
    catalog = v1::CatalogService::NewStub(channel_);
    lineage = v1::LineageService::NewStub(channel_);
    prediction = v1::PredictionService::NewStub(channel_);
    info = v1::ServerService::NewStub(channel_);
  }
  void Stop(absl::Duration grace) {
    if (server_ != nullptr) server_->Stop(grace);
    server_.reset();
    corridor_.reset();
    house_.reset();
  }

  service::House& house() { return *house_; }
  Server& server() { return *server_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const std::string& token() const { return token_; }
  const std::string& folder() const { return folder_.path(); }

  // A model to predict with: `m.s.model`.
  void MakeModel() {
    v1::CreateCatalogRequest create_catalog;
    create_catalog.mutable_catalog()->set_name("m");
    v1::CreateSchemaRequest create_schema;
    create_schema.mutable_schema()->set_name("m.s");
    v1::CreateAssetRequest create_asset;
    create_asset.mutable_asset()->set_name("m.s.model");
    create_asset.mutable_asset()->set_kind(v1::KIND_MODEL);
    v1::Catalog made_catalog;
    v1::Schema made_schema;
    v1::Asset made_asset;
    grpc::ClientContext contexts[3];
    REQUIRE(catalog->CreateCatalog(&contexts[0], create_catalog, &made_catalog).ok());
    REQUIRE(catalog->CreateSchema(&contexts[1], create_schema, &made_schema).ok());
    REQUIRE(catalog->CreateAsset(&contexts[2], create_asset, &made_asset).ok());
  }

  grpc::Status Create(const std::string& name, v1::Catalog* made = nullptr,
                      grpc::ClientContext* context = nullptr) {
    v1::CreateCatalogRequest request;
    request.mutable_catalog()->set_name(name);
    v1::Catalog ignored;
    grpc::ClientContext own;
    return catalog->CreateCatalog(context == nullptr ? &own : context, request,
                                  made == nullptr ? &ignored : made);
  }
  grpc::Status Get(const std::string& name, v1::Catalog* found = nullptr) {
    v1::GetCatalogRequest request;
    request.set_name(name);
    v1::Catalog ignored;
    grpc::ClientContext context;
    return catalog->GetCatalog(&context, request, found == nullptr ? &ignored : found);
  }

  CountingClock clock;
  std::unique_ptr<v1::CatalogService::Stub> catalog;
  std::unique_ptr<v1::LineageService::Stub> lineage;
  std::unique_ptr<v1::PredictionService::Stub> prediction;
  std::unique_ptr<v1::ServerService::Stub> info;

 private:
  TemporaryFolder folder_;
  SeededIdSource ids_{7};
  std::unique_ptr<service::House> house_;
  std::unique_ptr<service::Corridor> corridor_;
  std::unique_ptr<Server> server_;
  std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
};

// What an error carries on the wire.
struct WireError {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::Help help;
};

inline WireError Details(const grpc::Status& status) {
  WireError error;
  CHECK(error.status.ParseFromString(status.error_details()));
  for (const google::protobuf::Any& detail : error.status.details()) {
    if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&error.info);
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&error.bad_request);
    if (detail.Is<google::rpc::Help>()) detail.UnpackTo(&error.help);
  }
  return error;
}

// The reason of an error, "OK" for none.
inline std::string ReasonOf(const grpc::Status& status) {
  return status.ok() ? "OK" : Details(status).info.reason();
}

}  // namespace whence::rpc::test
