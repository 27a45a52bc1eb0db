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

namespace whence::rpc {

// Purpose: finishes a call from whatever thread the corridor answers on, and tells the operation
// when the caller has gone. A large reply for which there is no room becomes REPLIES_UNREAD.
// Ownership: owns itself until OnDone. Thread-safety: gRPC's.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit UnaryReactor(grpc::CallbackServerContext* context)
      : context_(context), peer_(*context) {}

  service::CallInfo Info() const { return InfoOf(*context_, &cancelled_, &peer_); }

  // Ends the call; `response` is what it answers when the status is OK. The reply of a mutation is
  // never refused: the caller would believe that nothing happened.
  template <class Response>
  void Answer(absl::Status status, bool mutation, Replies& replies, Response* response) {
    if (status.ok() && !replies.Admit(response->ByteSizeLong(), mutation, context_, &sending_)) {
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
  const ContextPeer peer_;
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

}  // namespace whence::rpc
