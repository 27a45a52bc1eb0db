// One unary call between gRPC and the corridor.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "base/error.h"
#include "grpc/replies.h"
#include "grpc/wire.h"
#include "grpcpp/grpcpp.h"
#include "service/corridor.h"
#include "service/encoded.h"

namespace whence::rpc {

// Purpose: finishes a call from whatever thread the corridor answers on, and tells the operation
// when the caller has gone. A large reply for which there is no room becomes REPLIES_UNREAD.
// Ownership: owns itself until OnDone. Thread-safety: gRPC's.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryReactor(grpc::CallbackServerContext* context) : context_(context) {}

  service::CallInfo Info() const { return InfoOf(*context_, &cancelled_); }

  // Ends the call; `response` is what it answers when the status is OK. The reply of a mutation is
  // never refused: the caller would believe that nothing happened.
  template <class Response>
  void Answer(absl::Status status, bool mutation, Replies& replies, Response* response) {
    if (status.ok() && !replies.Admit(SizeOf(*response), mutation, context_, &sending_)) {
      Response().Swap(response);  // Clear() would keep the memory
      status = ResourceExhausted("REPLIES_UNREAD", "too many large replies wait for their readers",
                                 "ask for less at a time, or repeat the call later");
    }
    if (sending_ == nullptr) {
      Finish(ToWire(status));
      return;
    }
    // In two steps: see OnSendInitialMetadataDone. From here on another thread may end the call.
    outcome_ = ToWire(status);
    forget_ = [response] { Response().Swap(response); };
    StartSendInitialMetadata();
  }

 private:
  static size_t SizeOf(const google::protobuf::Message& reply) { return reply.ByteSizeLong(); }
  static size_t SizeOf(const grpc::ByteBuffer& reply) { return reply.Length(); }

  void OnCancel() override { cancelled_.store(true, std::memory_order_relaxed); }

  // gRPC keeps a reply's message until its reader has all the bytes, though it needs only these,
  // and they take a fraction of the memory. It writes them inside of Finish, unless the call does
  // not know of this reactor yet: an operation may answer before Serve returns. Here it does, and
  // the call, with its message, cannot end before this function does.
  void OnSendInitialMetadataDone(bool) override {
    Finish(std::move(outcome_));
    std::move(forget_)();
  }

  void OnDone() override { delete this; }

  grpc::CallbackServerContext* const context_;
  std::unique_ptr<Replies::Sending> sending_;
  grpc::Status outcome_;                  // of a large reply
  absl::AnyInvocable<void() &&> forget_;  // empties it
  std::atomic<bool> cancelled_ = false;
};

// Runs an operation for a unary call.
template <class Operation, class Request, class Response>
grpc::ServerUnaryReactor* Serve(service::Corridor& corridor, Replies& replies,
                                const Operation& operation, grpc::CallbackServerContext* context,
                                const Request* request, Response* response) {
  constexpr bool kMutation = !requires { operation.pace; };
  auto* reactor = new UnaryReactor(context);
  corridor.Run(operation, reactor->Info(), *request, response,
               [reactor, &replies, response](absl::Status status) {
                 reactor->Answer(std::move(status), kMutation, replies, response);
               });
  return reactor;
}

// A call whose reply travels as the bytes it was made of. Lives until it is answered.
template <class Request, class Message>
struct EncodedCall {
  Request request;
  service::Encoded<Message> reply;
};

// The same for an operation that answers with bytes.
template <class Request, class Message>
grpc::ServerUnaryReactor* Serve(
    service::Corridor& corridor, Replies& replies,
    const service::ReadOperation<Request, service::Encoded<Message>>& operation,
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  auto* reactor = new UnaryReactor(context);
  auto call = std::make_unique<EncodedCall<Request, Message>>();
  if (!ReadMessage(*request, &call->request)) {
    reactor->Answer(RequestUnreadable(), /*mutation=*/false, replies, response);
    return reactor;
  }
  auto& [asked, reply] = *call;
  corridor.Run(operation, reactor->Info(), asked, &reply,
               [reactor, &replies, response, call = std::move(call)](absl::Status status) {
                 if (status.ok()) *response = ToByteBuffer(std::move(call->reply.bytes));
                 reactor->Answer(std::move(status), /*mutation=*/false, replies, response);
               });
  return reactor;
}

}  // namespace whence::rpc
