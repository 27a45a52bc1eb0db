#include "grpc/wire.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/strings.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "service/rpc_status.h"

namespace whence::rpc {
namespace {

// The token of `authorization: Bearer TOKEN`, with the scheme in any case; empty when there is
// none, or more than one, for then nobody can tell whose call it is.
std::string BearerOf(const grpc::CallbackServerContext& context) {
  constexpr std::string_view kScheme = "bearer ";
  const auto& metadata = context.client_metadata();
  if (metadata.count(kAuthorizationKey) != 1) return {};
  const grpc::string_ref found = metadata.find(kAuthorizationKey)->second;
  const std::string_view value(found.data(), found.size());
  if (!absl::EqualsIgnoreCase(ToAbsl(value.substr(0, kScheme.size())), ToAbsl(kScheme))) return {};
  return std::string(value.substr(kScheme.size()));
}

}  // namespace

service::CallInfo InfoOf(const grpc::CallbackServerContext& context,
                         const std::atomic<bool>* cancelled) {
  const auto deadline = context.deadline();
  return service::CallInfo{.bearer = BearerOf(context),
                           .via = "grpc",
                           .deadline = deadline == std::chrono::system_clock::time_point::max()
                                           ? absl::InfiniteFuture()
                                           : absl::FromChrono(deadline),
                           .cancelled = cancelled};
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
