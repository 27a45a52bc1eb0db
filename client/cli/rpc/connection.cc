#include "cli/rpc/connection.h"

#include <chrono>
#include <future>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/version.h"
#include "cli/error.h"
#include "cli/files.h"
#include "cli/rpc/status.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/channel_arguments.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"
#include "whence/v1/audit.grpc.pb.h"
#include "whence/v1/server.grpc.pb.h"

namespace whence::cli {
namespace {

using google::protobuf::MessageLite;

constexpr char kAuthorizationKey[] = "authorization";
// Graphs of a million nodes come in one message.
constexpr int kMaxReplyBytes = 2'000'000'000;
// Who follows the ledger wants to know soon that the server is back; gRPC's own is two minutes.
constexpr int kMaxReconnectMillis = 5'000;

absl::StatusOr<std::string> ReadIfNamed(const std::string& path) {
  std::istringstream no_input;
  if (path.empty()) return std::string();
  return ReadFile(path, no_input, size_t{1} << 20);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const Target& target) {
  if (!target.use_tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  WHENCE_ASSIGN_OR_RETURN(options.pem_root_certs, ReadIfNamed(target.tls.ca));
  WHENCE_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadIfNamed(target.tls.cert));
  WHENCE_ASSIGN_OR_RETURN(options.pem_private_key, ReadIfNamed(target.tls.key));
  return grpc::SslCredentials(options);
}

// Deadline of a call; none for InfiniteDuration.
void SetDeadline(absl::Duration timeout, grpc::ClientContext& context) {
  if (timeout != absl::InfiniteDuration()) {
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
  }
}

// Shows the token. It is worth as much as what its owner may do, so it travels encrypted, or not
// beyond this machine.
absl::Status ShowToken(const Target& target, grpc::ClientContext& context) {
  if (target.credential.token.empty()) return absl::OkStatus();
  if (!target.use_tls && !target.allow_plaintext_token && !StaysHere(target.server)) {
    return LocalError(
        StrCat("the connection to ", target.server,
               " is not encrypted; anybody on the way could take the token"),
        "use TLS (grpcs://, or a context with --ca), or allow it with --allow-plaintext-token");
  }
  context.AddMetadata(kAuthorizationKey, StrCat("Bearer ", target.credential.token));
  return absl::OkStatus();
}

// Who was not let in is told what it showed, or where a token was looked for.
absl::Status ExplainDenial(const Target& target, const absl::Status& status) {
  const Credential& credential = target.credential;
  if (credential.token.empty()) {
    return WithOtherHint(status, StrCat("no token was found; looked for in: ", credential.looked));
  }
  const std::string shown =
      StrCat("shown was ", TokenHint(credential.token), " of ", credential.from);
  const std::string hint = HintOf(status);
  return WithOtherHint(status, hint.empty() ? shown : StrCat(hint, "; ", shown));
}

// gRPC's words for a failed connection end in the system's, after the last colon:
// "failed to connect to all addresses; last error: UNKNOWN: ipv4:...: Connection refused".
std::string SystemReason(const std::string& message) {
  const size_t colon = message.rfind(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

// The status of a call, with the error of a server that cannot be reached made plain.
absl::Status Explain(const Target& target, const grpc::Status& result) {
  absl::Status status = FromGrpc(result);
  if (status.code() == absl::StatusCode::kUnauthenticated) return ExplainDenial(target, status);
  if (status.ok() || !GetErrorDetail(status).reason.empty()) return status;
  const std::string message = result.error_message();
  if (status.code() == absl::StatusCode::kUnavailable) {
    status = absl::UnavailableError(
        StrCat("no answer from ", target.server, ": ", SystemReason(message)));
    return WithHint(status,
                    "is whenced running there? say where it is with --server or WHENCE_SERVER");
  }
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    status = absl::DeadlineExceededError(
        StrCat("no answer from ", target.server, " within ", absl::FormatDuration(target.timeout)));
    return WithHint(status, "give it more time with --timeout");
  }
  if (status.code() == absl::StatusCode::kUnimplemented) {
    return WithHint(status, "the server is older than this whence; see 'whence admin info'");
  }
  return status;
}

// Makes a call by name and waits for it.
template <class Request, class Response>
grpc::Status CallByName(grpc::ClientContext& context, const std::shared_ptr<grpc::Channel>& channel,
                        const std::string& path, const Request& request, Response* response) {
  grpc::TemplatedGenericStub<Request, Response> stub(channel);
  std::promise<grpc::Status> promise;
  stub.UnaryCall(&context, path, grpc::StubOptions(), &request, response,
                 [&promise](grpc::Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

// grpc.health.v1.HealthCheckResponse by hand: field 1 is the status, a varint; Debian does not ship
// the message. Absent means 0.
std::string HealthName(const grpc::ByteBuffer& reply) {
  grpc::Slice slice;
  int status = 0;
  if (reply.DumpToSingleSlice(&slice).ok() && slice.size() >= 2 && slice.begin()[0] == 0x08) {
    status = slice.begin()[1];
  }
  switch (status) {
    case 1:
      return "SERVING";
    case 2:
      return "NOT_SERVING";
    case 3:
      return "SERVICE_UNKNOWN";
    default:
      return "UNKNOWN";
  }
}

}  // namespace

struct Connection::Wire {
  std::shared_ptr<grpc::Channel> channel;
};

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Target& target) {
  WHENCE_ASSIGN_OR_RETURN(auto credentials, Credentials(target));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMillis);
  // What is meant to stay on this machine does not go through a proxy of the environment.
  if (StaysHere(target.server)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetUserAgentPrefix(StrCat("whence-cli/", kVersion));
  auto wire = std::make_unique<Wire>();
  wire->channel = grpc::CreateCustomChannel(target.server, credentials, arguments);
  return std::unique_ptr<Connection>(new Connection(target, std::move(wire)));
}

Connection::Connection(Target target, std::unique_ptr<Wire> wire)
    : target_(std::move(target)), wire_(std::move(wire)) {}

Connection::~Connection() = default;

absl::Status Connection::CallUnary(const char* service, const char* name,
                                   const google::protobuf::Message& request,
                                   google::protobuf::Message* response) {
  grpc::ClientContext context;
  SetDeadline(target_.timeout, context);
  WHENCE_RETURN_IF_ERROR(ShowToken(target_, context));
  const MessageLite& lite_request = request;
  MessageLite* lite_response = response;
  return Explain(target_,
                 CallByName(context, wire_->channel, StrCat("/whence.v1.", service, "/", name),
                            lite_request, lite_response));
}

absl::StatusOr<std::string> Connection::CheckHealth() {
  grpc::ClientContext context;
  SetDeadline(target_.timeout, context);  // and no token: everybody may ask this
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer reply;
  WHENCE_RETURN_IF_ERROR(Explain(
      target_,
      CallByName(context, wire_->channel, "/grpc.health.v1.Health/Check", request, &reply)));
  return HealthName(reply);
}

absl::Status Connection::ReadBackup(
    const std::function<absl::Status(const v1::BackupChunk&)>& use) {
  grpc::ClientContext context;
  // A backup takes as long as it takes, unless --timeout says otherwise.
  SetDeadline(target_.timeout_given ? target_.timeout : absl::InfiniteDuration(), context);
  WHENCE_RETURN_IF_ERROR(ShowToken(target_, context));
  const auto stub = v1::ServerService::NewStub(wire_->channel);
  const auto reader = stub->Backup(&context, v1::BackupRequest());
  v1::BackupChunk chunk;
  absl::Status used = absl::OkStatus();
  while (used.ok() && reader->Read(&chunk)) used = use(chunk);
  if (!used.ok()) context.TryCancel();
  const absl::Status finished = Explain(target_, reader->Finish());
  return used.ok() ? finished : used;
}

absl::Status Connection::ReadEntries(
    const v1::StreamEntriesRequest& request,
    const std::function<absl::Status(const v1::StreamEntriesResponse&)>& use,
    const std::stop_token& stop) {
  grpc::ClientContext context;
  SetDeadline(target_.timeout_given ? target_.timeout : absl::InfiniteDuration(), context);
  WHENCE_RETURN_IF_ERROR(ShowToken(target_, context));
  const auto stub = v1::AuditService::NewStub(wire_->channel);
  const auto reader = stub->StreamEntries(&context, request);
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  v1::StreamEntriesResponse page;
  absl::Status used = absl::OkStatus();
  while (used.ok() && reader->Read(&page)) used = use(page);
  if (!used.ok()) context.TryCancel();
  const absl::Status finished = Explain(target_, reader->Finish());
  return used.ok() ? finished : used;
}

}  // namespace whence::cli
