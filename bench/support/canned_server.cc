#include "support/canned_server.h"

#include <chrono>

#include "grpcpp/generic/async_generic_service.h"
#include "support/figure.h"
#include "support/token_channel.h"

namespace whence::bench {
namespace {

// Takes the request as it is, answers, and is gone.
class Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Reactor(const grpc::ByteBuffer& reply) : reply_(reply) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
};

}  // namespace

class CannedServer::Service final : public grpc::CallbackGenericService {
 public:
  explicit Service(const std::string& reply) {
    const grpc::Slice slice(reply);
    reply_ = grpc::ByteBuffer(&slice, 1);
  }

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Reactor(reply_);
  }

 private:
  grpc::ByteBuffer reply_;
};

CannedServer::CannedServer(const std::string& reply) : service_(std::make_unique<Service>(reply)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
  Expect(server_ != nullptr && port_ != 0, "the canned server cannot start");
}

CannedServer::~CannedServer() {
  server_->Shutdown();
  server_->Wait();
}

std::shared_ptr<grpc::Channel> CannedServer::Connect(const std::string& token) const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  auto channel = test::ChannelWithToken(address, token, arguments);
  Expect(channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)),
         "cannot connect to " + address);
  return channel;
}

}  // namespace whence::bench
