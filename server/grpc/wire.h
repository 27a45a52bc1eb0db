// What every RPC shares: who calls, and how errors look on the wire.
#pragma once

#include <atomic>

#include "absl/status/status.h"
#include "grpcpp/grpcpp.h"
#include "service/call.h"

namespace whence::rpc {

// Metadata key in which a caller declares its principal.
inline constexpr char kPrincipalKey[] = "whence-principal";
// Who a caller without that metadata is.
inline constexpr char kAnonymous[] = "user:anonymous";

// Who calls, through gRPC, until when. `cancelled` may be null and must outlive the call.
service::CallInfo InfoOf(const grpc::CallbackServerContext& context,
                         const std::atomic<bool>* cancelled);

// The status with its detail as google.rpc.ErrorInfo (always, domain `whence`; metadata `field`
// and `hint` where known), BadRequest (where a field is known) and Help (where there is a hint).
// A status without a reason of ours is an error of our own and says INTERNAL_ERROR. Long texts are
// cut, so that the details fit into what clients take.
grpc::Status ToWire(const absl::Status& status);

}  // namespace whence::rpc
