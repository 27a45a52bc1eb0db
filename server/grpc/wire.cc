#include "grpc/wire.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/strings.h"
#include "google/rpc/status.pb.h"
#include "grpc/peer_names.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "service/rpc_status.h"

namespace whence::rpc {
namespace {

// Fills in the token of `authorization: Bearer TOKEN`, with the scheme in any case; or, where there
// is no `authorization`, the names of the connection's certificate. Neither where there is
// something else or more than one: then nobody can tell whose call it is.
void ReadCredentials(const grpc::CallbackServerContext& context, service::CallInfo* info) {
  constexpr std::string_view kScheme = "bearer ";
  const auto& metadata = context.client_metadata();
  const size_t shown = metadata.count(kAuthorizationKey);
  if (const auto peer = context.auth_context(); shown == 0 && peer != nullptr) {
    info->certificate = PeerNames(*peer);
  }
  if (shown != 1) return;
  const grpc::string_ref found = metadata.find(kAuthorizationKey)->second;
  const std::string_view value(found.data(), found.size());
  if (!absl::EqualsIgnoreCase(ToAbsl(value.substr(0, kScheme.size())), ToAbsl(kScheme))) return;
  info->bearer = std::string(value.substr(kScheme.size()));
}

}  // namespace

service::CallInfo InfoOf(const grpc::CallbackServerContext& context,
                         const std::atomic<bool>* cancelled) {
  const auto deadline = context.deadline();
  service::CallInfo info{.via = "grpc",
                         .deadline = deadline == std::chrono::system_clock::time_point::max()
                                         ? absl::InfiniteFuture()
                                         : absl::FromChrono(deadline),
                         .cancelled = cancelled};
  ReadCredentials(context, &info);
  return info;
}

grpc::Status ToWire(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status wire = service::ToRpcStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), wire.message(),
                      wire.SerializeAsString());
}

bool ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  grpc::ByteBuffer mine = bytes;  // a reader takes a buffer apart; the slices are shared
  grpc::ProtoBufferReader reader(&mine);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

absl::Status RequestUnreadable() {
  return InvalidArgument("REQUEST_UNREADABLE", "", "the bytes of the request are no such message",
                         "make it with the protos of this API");
}

grpc::ByteBuffer ToByteBuffer(std::string bytes) {
  auto* const kept = new std::string(std::move(bytes));
  const grpc::Slice slice(
      kept->data(), kept->size(), [](void* owner) { delete static_cast<std::string*>(owner); },
      kept);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace whence::rpc
