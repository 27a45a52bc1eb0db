#include "grpc/server.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "grpc/catalog_service.h"
#include "grpc/lineage_service.h"
#include "grpc/prediction_service.h"
#include "grpc/server_service.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"

namespace whence::rpc {
namespace {

// What the health service may be asked about, besides the server as a whole.
constexpr const char* kServices[] = {"whence.v1.CatalogService", "whence.v1.LineageService",
                                     "whence.v1.PredictionService", "whence.v1.ServerService"};

int Millis(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// A peer that vanished is found out, and its connection closed, whether it has calls or not.
void AddConnectionLimits(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(options.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // As many questions as it takes: gRPC would stop after two while nothing is said.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Millis(kMinPingInterval));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             Millis(options.handshake_timeout));
}

}  // namespace

struct Server::Services {
  Services(service::Corridor* corridor, const ServerOptions& options)
      : replies({.max_bytes = options.max_unread_reply_bytes,
                 .large_bytes = kLargeReplyBytes,
                 .grace = options.reply_grace,
                 .min_bytes_a_second = kMinReplyBytesPerSecond}),
        catalog(corridor, &replies),
        lineage(corridor, &replies),
        prediction(corridor, &replies, options.max_streams, options.max_streamed_bytes),
        server(corridor, &replies, options.max_backups) {}

  Replies replies;
  CatalogService catalog;
  LineageService lineage;
  PredictionService prediction;
  ServerService server;
  std::unique_ptr<grpc::Server> listener;
};

Server::Server(std::unique_ptr<Services> services, std::string address)
    : services_(std::move(services)), address_(std::move(address)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(service::Corridor* corridor,
                                                      const ServerOptions& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  auto services = std::make_unique<Services>(corridor, options);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen_address, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(-1);  // replies are bounded by their own limits
  // Two servers on one port would each get half of the callers.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  AddConnectionLimits(options, builder);
  builder.RegisterService(&services->catalog);
  builder.RegisterService(&services->lineage);
  builder.RegisterService(&services->prediction);
  builder.RegisterService(&services->server);
  services->listener = builder.BuildAndStart();
  if (services->listener == nullptr || port == 0) {
    return Unavailable("LISTEN_FAILED", StrCat("cannot listen on ", options.listen_address),
                       "give a free address with --listen HOST:PORT");
  }
  for (const char* service : kServices) {
    services->listener->GetHealthCheckService()->SetServingStatus(service, true);
  }
  const size_t colon = options.listen_address.rfind(':');
  std::string address = StrCat(options.listen_address.substr(0, colon), ":", port);
  return std::unique_ptr<Server>(new Server(std::move(services), std::move(address)));
}

void Server::Stop(absl::Duration grace) {
  if (services_->listener == nullptr) return;
  if (auto* health = services_->listener->GetHealthCheckService(); health != nullptr) {
    health->SetServingStatus(false);
  }
  services_->prediction.EndStreams();
  services_->listener->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  services_->listener->Wait();
  services_->listener.reset();
}

Server::~Server() { Stop(absl::ZeroDuration()); }

}  // namespace whence::rpc
