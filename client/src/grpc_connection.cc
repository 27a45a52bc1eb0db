#include "src/grpc_connection.h"

#include <algorithm>
#include <optional>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "src/error_info.h"
#include "src/text_file.h"

namespace whence {
namespace {

using client_internal::MakeError;

constexpr char kPrincipalMetadata[] = "whence-principal";
constexpr char kDefaultPort[] = ":7070";
// An explanation of a million nodes takes about 200 MB; whatever is larger is a mistake.
constexpr int kMaxAnswerBytes = 512 << 20;
// gRPC's own waits between connection attempts begin with a second and reach two minutes, too long
// for a server that is just being restarted.
constexpr int kMinReconnectMillis = 100;
constexpr int kMaxReconnectMillis = 2000;
// While calls wait, a silent server is asked for a sign of life, so that one that vanished behind a
// network that forgot the connection is given up after 30 seconds, not after the quarter of an hour
// that TCP takes. Servers allow a question every 10 seconds.
constexpr int kKeepaliveMillis = 20'000;
constexpr int kKeepaliveTimeoutMillis = 10'000;
#ifndef WHENCE_VERSION
#define WHENCE_VERSION "unknown"
#endif
constexpr char kUserAgent[] = "whence-cpp/" WHENCE_VERSION;

// What gRPC connects to.
struct Address {
  std::string target;
  std::optional<bool> tls;  // where the scheme says
};

absl::Status MalformedServer(const std::string& server) {
  return MakeError(absl::StatusCode::kInvalidArgument, "\"" + server + "\" is no server's name",
                   "SERVER_NAME_MALFORMED", "write host:port, for example localhost:7070",
                   "server");
}

// The port is ours unless they say it: "host", "[::1]" and "::1" have none.
std::string WithPort(const std::string& host) {
  const size_t colon = host.find(':');
  if (colon == std::string::npos) return host + kDefaultPort;
  if (host.front() == '[') return host.back() == ']' ? host + kDefaultPort : host;
  const bool bare_ipv6 = host.find(':', colon + 1) != std::string::npos;
  return bare_ipv6 ? "[" + host + "]" + kDefaultPort : host;
}

// For what people write: a name, an address, a URL, or one of gRPC's own forms.
absl::StatusOr<Address> ParseAddress(const std::string& server) {
  const bool printable =
      std::all_of(server.begin(), server.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (server.empty() || !printable) return MalformedServer(server);
  for (const char* form : {"unix:", "dns:", "ipv4:", "ipv6:", "xds:"}) {
    if (server.rfind(form, 0) == 0) return Address{server, std::nullopt};
  }
  const size_t scheme_end = server.find("://");
  if (scheme_end == std::string::npos) return Address{WithPort(server), std::nullopt};
  const std::string scheme = server.substr(0, scheme_end);
  std::string host = server.substr(scheme_end + 3);
  if (!host.empty() && host.back() == '/') host.pop_back();
  const bool encrypted = scheme == "https" || scheme == "grpcs";
  const bool known = encrypted || scheme == "http" || scheme == "grpc";
  if (!known || host.empty() || host.find('/') != std::string::npos) return MalformedServer(server);
  return Address{WithPort(host), encrypted};
}

absl::StatusOr<std::string> ReadPem(const std::string& path, const std::string& field) {
  if (path.empty()) return std::string();
  std::optional<std::string> text = client_internal::ReadTextFile(path);
  if (text.has_value() && !text->empty()) return *std::move(text);
  return MakeError(absl::StatusCode::kInvalidArgument, "cannot read the file " + path + " for TLS",
                   "TLS_FILE_UNREADABLE", "check the path and who may read it", "tls." + field);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(bool encrypted,
                                                                        const TlsOptions& tls) {
  if (!encrypted) return grpc::InsecureChannelCredentials();
  const absl::StatusOr<std::string> ca = ReadPem(tls.ca, "ca");
  if (!ca.ok()) return ca.status();
  const absl::StatusOr<std::string> cert = ReadPem(tls.cert, "cert");
  if (!cert.ok()) return cert.status();
  const absl::StatusOr<std::string> key = ReadPem(tls.key, "key");
  if (!key.ok()) return key.status();
  if (cert->empty() != key->empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument,
                     "tls.cert and tls.key belong together, and only one is given",
                     "TLS_KEY_WITHOUT_CERTIFICATE", "give both or none", "tls");
  }
  return grpc::SslCredentials(
      {.pem_root_certs = *ca, .pem_private_key = *key, .pem_cert_chain = *cert});
}

absl::Status CheckPrincipal(const std::string& principal) {
  const bool printable = std::all_of(principal.begin(), principal.end(),
                                     [](char c) { return c >= ' ' && c < '\x7f'; });
  if (printable && !principal.empty() && principal.front() != ' ' && principal.back() != ' ') {
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kInvalidArgument,
                   "\"" + principal + "\" cannot be a principal", "PRINCIPAL_MALFORMED",
                   "write printable ASCII, for example user:ana or svc:trainer", "principal");
}

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> MakeGrpcConnection(const ClientOptions& options) {
  const absl::StatusOr<Address> address = ParseAddress(options.server);
  if (!address.ok()) return address.status();
  if (absl::Status status = CheckPrincipal(options.principal); !status.ok()) return status;
  const bool encrypted = address->tls.value_or(options.tls.Use());
  const auto credentials = CredentialsOf(encrypted, options.tls);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kMinReconnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMillis);
  arguments.SetUserAgentPrefix(options.user_agent.empty() ? kUserAgent
                                                          : options.user_agent + " " + kUserAgent);
  auto channel = grpc::CreateCustomChannel(address->target, *credentials, arguments);
  ClientOptions named = options;
  named.server = address->target;
  return std::make_shared<client_internal::GrpcConnection>(std::move(channel), std::move(named));
}

namespace client_internal {

GrpcConnection::GrpcConnection(std::shared_ptr<grpc::Channel> channel, ClientOptions options)
    : options_(std::move(options)),
      channel_(std::move(channel)),
      catalog_(v1::CatalogService::NewStub(channel_)),
      lineage_(v1::LineageService::NewStub(channel_)),
      prediction_(v1::PredictionService::NewStub(channel_)),
      server_(v1::ServerService::NewStub(channel_)) {}

void GrpcConnection::Introduce(grpc::ClientContext* context) const {
  context->AddMetadata(kPrincipalMetadata, options_.principal);
}

}  // namespace client_internal
}  // namespace whence
