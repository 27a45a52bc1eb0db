// What every RPC shares: who calls, and how errors look on the wire.
#pragma once

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/grpcpp.h"
#include "service/call.h"

namespace whence::rpc {

// Metadata key in which a caller declares its principal.
inline constexpr char kPrincipalKey[] = "whence-principal";
// Who a caller without that metadata is.
inline constexpr char kAnonymous[] = "user:anonymous";

// The connection of a call. Lives as long as its context.
class ContextPeer final : public service::Peer {
 public:
  explicit ContextPeer(const grpc::CallbackServerContext& context) : context_(context) {}
  std::string Name() const override { return context_.peer(); }

 private:
  const grpc::CallbackServerContext& context_;
};

// Who calls, through gRPC, until when. `cancelled` and `peer` may be null and must outlive the
// call.
service::CallInfo InfoOf(const grpc::CallbackServerContext& context,
                         const std::atomic<bool>* cancelled, const service::Peer* peer = nullptr);

// The status with its detail as google.rpc.ErrorInfo (always, domain `whence`; metadata `field`
// and `hint` where known), BadRequest (where a field is known) and Help (where there is a hint).
// A status without a reason of ours is an error of our own and says INTERNAL_ERROR. Long texts are
// cut, so that the details fit into what clients take.
grpc::Status ToWire(const absl::Status& status);

// For the calls that gRPC hands over as bytes. Reads a request; false when it is none.
bool ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message* message);
// What such a call is answered that could not be read: InvalidArgument REQUEST_UNREADABLE.
absl::Status RequestUnreadable();
// The same bytes, not copied.
grpc::ByteBuffer ToByteBuffer(std::string bytes);

}  // namespace whence::rpc
