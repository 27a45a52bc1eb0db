#include "grpc/server.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "grpc/audit_service.h"
#include "grpc/prediction_service.h"
#include "grpc/server_service.h"
#include "grpc/services.h"
#include "grpc/tls_credentials.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "net/listener.h"

namespace whence::rpc {
namespace {

// What the health service may be asked about, besides the server as a whole.
constexpr const char* kServices[] = {"whence.v1.AccessService",  "whence.v1.AuditService",
                                     "whence.v1.CatalogService", "whence.v1.LineageService",
                                     "whence.v1.PolicyService",  "whence.v1.PredictionService",
                                     "whence.v1.ServerService",  "whence.v1.TagService"};

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
                             Millis(options.min_ping_interval));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             Millis(options.handshake_timeout));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_calls_per_connection);
  // The longest token, and as much again for all else: gRPC would take 8 KiB in all.
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(2 * kMaxTokenBytes));
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const ServerOptions& options) {
  if (options.tls == nullptr) return grpc::InsecureServerCredentials();
  return ReloadingTlsCredentials(options.tls, options.require_client_certificate);
}

}  // namespace

struct Server::Services {
  Services(service::Corridor* corridor, const ServerOptions& options)
      : replies({.max_bytes = options.max_unread_reply_bytes,
                 .large_bytes = kLargeReplyBytes,
                 .grace = options.reply_grace,
                 .min_bytes_a_second = options.min_reply_bytes_per_second}),
        prediction(corridor, &replies, options.max_streams, options.max_streamed_bytes,
                   options.stream_idle),
        about(corridor, &replies, options.max_backups),
        audit(corridor, &replies, options.max_entry_streams) {
    for (const auto make : {MakeAccessService, MakeCatalogService, MakeLineageService,
                            MakePolicyService, MakeTagService}) {
      others.push_back(make(corridor, &replies));
    }
  }

  std::shared_ptr<grpc::ServerCredentials> credentials;  // asked for as long as there is a server
  Replies replies;
  PredictionService prediction;
  ServerService about;
  AuditService audit;
  std::vector<std::unique_ptr<grpc::Service>> others;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<net::Listener> listener;
};

Server::Server(std::unique_ptr<Services> services, std::string address)
    : services_(std::move(services)), address_(std::move(address)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(service::Corridor* corridor,
                                                      const ServerOptions& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  auto services = std::make_unique<Services>(corridor, options);
  WHENCE_ASSIGN_OR_RETURN(services->listener, net::Listener::Open(options.listen_address));
  WHENCE_RETURN_IF_ERROR(
      services->listener->CheckEncrypted(options.tls != nullptr, options.insecure_plaintext));
  services->credentials = CredentialsOf(options);
  grpc::ServerBuilder builder;
  services->connections = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      services->credentials);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.SetMaxSendMessageSize(-1);  // replies are bounded by their own limits
  AddConnectionLimits(options, builder);
  grpc::ResourceQuota quota("whenced");
  quota.Resize(options.max_incoming_bytes);
  builder.SetResourceQuota(quota);
  builder.RegisterService(&services->prediction);
  builder.RegisterService(&services->audit);
  builder.RegisterService(&services->about);
  for (const auto& service : services->others) builder.RegisterService(service.get());
  services->server = builder.BuildAndStart();
  WHENCE_ASSERT(services->server != nullptr);  // it fails on addresses only, and has none
  for (const char* service : kServices) {
    services->server->GetHealthCheckService()->SetServingStatus(service, true);
  }
  services->listener->Start(
      [connections = services->connections.get()](int connection, int socket) {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters accepted;
        accepted.listener_fd = socket;
        accepted.fd = connection;
        connections->HandleNewConnection(&accepted);
      });
  std::string address = services->listener->address();
  return std::unique_ptr<Server>(new Server(std::move(services), std::move(address)));
}

void Server::Stop(absl::Duration grace) {
  if (services_->server == nullptr) return;
  if (auto* health = services_->server->GetHealthCheckService(); health != nullptr) {
    health->SetServingStatus(false);
  }
  services_->listener->Stop();
  services_->prediction.EndStreams();
  services_->audit.EndStreams();
  services_->server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  services_->server->Wait();
  services_->server.reset();
}

Server::~Server() { Stop(absl::ZeroDuration()); }

}  // namespace whence::rpc
