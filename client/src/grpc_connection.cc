#include "src/grpc_connection.h"

#include <algorithm>
#include <optional>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "src/address.h"
#include "src/error_info.h"
#include "src/text_file.h"

namespace whence {
namespace {

using client_internal::Address;
using client_internal::MakeError;
using client_internal::ParseAddress;
using client_internal::StaysHere;

constexpr char kAuthorizationMetadata[] = "authorization";
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

// A token is worth as much as what its owner may do: it travels encrypted, or not beyond this
// machine. The message does not show it.
absl::Status CheckToken(const ClientOptions& options, const std::string& target, bool encrypted) {
  const std::string& token = options.token;
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    return MakeError(absl::StatusCode::kInvalidArgument,
                     "the token holds more than printable ASCII", "TOKEN_MALFORMED",
                     "a token looks like whence_..., on one line", "token");
  }
  if (token.empty() || encrypted || options.allow_plaintext_token || StaysHere(target)) {
    return absl::OkStatus();
  }
  return MakeError(
      absl::StatusCode::kFailedPrecondition,
      "the connection to " + target + " is not encrypted; anybody on the way could take the token",
      "TOKEN_IN_PLAINTEXT",
      "use TLS (\"grpcs://host\", or tls), or allow it with allow_plaintext_token", "token");
}

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> MakeGrpcConnection(const ClientOptions& options) {
  const absl::StatusOr<Address> address = ParseAddress(options.server);
  if (!address.ok()) return address.status();
  const bool encrypted = address->tls.value_or(options.tls.Use());
  if (absl::Status status = CheckToken(options, address->target, encrypted); !status.ok()) {
    return status;
  }
  const auto credentials = CredentialsOf(encrypted, options.tls);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kMinReconnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMillis);
  // What is meant to stay on this machine does not go through a proxy of the environment.
  if (StaysHere(address->target)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
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
  if (options_.token.empty()) return;
  context->AddMetadata(kAuthorizationMetadata, "Bearer " + options_.token);
}

absl::Status GrpcConnection::ToStatus(const ClientOptions& options, const grpc::Status& status,
                                      const char* call, absl::Duration deadline) {
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED && options.token.empty()) {
    return MakeError(absl::StatusCode::kUnauthenticated,
                     "no token was found to show to the server at " + options.server,
                     "CREDENTIAL_MISSING",
                     "looked for in: ClientOptions::token and token_file, WHENCE_TOKEN, "
                     "WHENCE_TOKEN_FILE, the context's token-file, and, for a server on this "
                     "machine, admin.token in WHENCE_DATA or ./whence-data");
  }
  return FromGrpcStatus(status, options.server, call, deadline);
}

}  // namespace client_internal
}  // namespace whence
