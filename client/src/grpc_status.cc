#include "src/grpc_status.h"

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "src/error_info.h"

namespace whence::client_internal {
namespace {

// gRPC tells it in words only.
bool IsFailedHandshake(const std::string& message) {
  return message.find("andshake failed") != std::string::npos;
}

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status, const std::string& server,
                            const std::string& call, absl::Duration deadline) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& any : details.details()) {
      if (!any.Is<google::rpc::ErrorInfo>()) continue;
      absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                          status.error_message());
      result.SetPayload(kErrorInfoUrl, absl::Cord(any.value()));
      return result;
    }
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      if (IsFailedHandshake(status.error_message())) {
        return MakeError(absl::StatusCode::kUnavailable,
                         "no encrypted connection to " + server + ": " + status.error_message(),
                         "TLS_HANDSHAKE_FAILED",
                         "check that the server speaks TLS, and that tls.ca names the authority of "
                         "its certificate");
      }
      return MakeError(absl::StatusCode::kUnavailable,
                       "cannot reach a whence server at " + server + ": " + status.error_message(),
                       "SERVER_UNREACHABLE",
                       "start one with 'whenced', or name another with WHENCE_SERVER or a context");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return MakeError(absl::StatusCode::kDeadlineExceeded,
                       "the server at " + server + " did not answer " + call + " within " +
                           absl::FormatDuration(deadline),
                       "DEADLINE_EXCEEDED",
                       "whether it had an effect is not known; ask again, or allow more time");
    case grpc::StatusCode::UNIMPLEMENTED:
      return MakeError(absl::StatusCode::kUnimplemented,
                       "the server at " + server + " has no " + call, "CALL_NOT_IMPLEMENTED",
                       "check that it is a whence server, and of this client's version or later");
    default:
      return MakeError(static_cast<absl::StatusCode>(status.error_code()), status.error_message(),
                       "");
  }
}

}  // namespace whence::client_internal
