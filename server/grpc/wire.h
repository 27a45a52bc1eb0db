// What every RPC shares: who calls, and how errors look on the wire.
#pragma once

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/grpcpp.h"
#include "service/call.h"

namespace whence::rpc {

// Metadata key of a caller's credential: `Bearer whence_...` (RFC 6750).
inline constexpr char kAuthorizationKey[] = "authorization";

// What a caller shows of itself through gRPC, and until when it waits. `cancelled` may be null and
// must outlive the call.
service::CallInfo InfoOf(const grpc::CallbackServerContext& context,
                         const std::atomic<bool>* cancelled);

// The status with the details that every door gives (service/rpc_status.h).
grpc::Status ToWire(const absl::Status& status);

// For the calls that gRPC hands over as bytes. Reads a request; false when it is none.
bool ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message* message);
// What such a call is answered that could not be read: InvalidArgument REQUEST_UNREADABLE.
absl::Status RequestUnreadable();
// The same bytes, not copied.
grpc::ByteBuffer ToByteBuffer(std::string bytes);

}  // namespace whence::rpc
