// One unary call between gRPC and the corridor.
#pragma once

#include <atomic>
#include <utility>

#include "grpc/wire.h"
#include "grpcpp/grpcpp.h"
#include "service/corridor.h"

namespace whence::rpc {

// Purpose: finishes a call from whatever thread the corridor answers on, and tells the operation
// when the caller has gone. Ownership: owns itself until OnDone. Thread-safety: gRPC's.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  const std::atomic<bool>* cancelled() const { return &cancelled_; }

 private:
  void OnCancel() override { cancelled_.store(true, std::memory_order_relaxed); }
  void OnDone() override { delete this; }

  std::atomic<bool> cancelled_ = false;
};

// Runs an operation for a unary call.
template <class Operation, class Request, class Response>
grpc::ServerUnaryReactor* Serve(service::Corridor& corridor, const Operation& operation,
                                grpc::CallbackServerContext* context, const Request* request,
                                Response* response) {
  auto* reactor = new UnaryReactor;
  corridor.Run(operation, InfoOf(*context, reactor->cancelled()), *request, response,
               [reactor](absl::Status status) { reactor->Finish(ToWire(status)); });
  return reactor;
}

}  // namespace whence::rpc
