// Calls through gRPC's callback client, and the health check that they are measured against.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "support/closed_loop.h"
#include "support/options.h"

namespace whence::bench {

// Ends the process with a message unless the call went well.
void Check(const grpc::Status& status, const char* what);

// One call under way. `ask` is the stub's method of the callback interface:
//   BeginUnary<v1::Run>(request, ask = [&](auto*... call) { stub->async()->RecordRun(call...); })
template <class Reply, class Request, class Ask>
void BeginUnary(const Ask& ask, Request request, Answered answered) {
  struct Call {
    grpc::ClientContext context;
    Request request;
    Reply reply;
  };
  auto* call = new Call{{}, std::move(request), {}};
  ask(&call->context, &call->request, &call->reply,
      [call, answered = std::move(answered)](const grpc::Status& status) {
        const bool ok = status.ok();
        delete call;
        answered(ok);
      });
}

// One health check: an empty call of the same server.
void BeginHealth(grpc::GenericStub& stub, Answered answered);

// Medians over the rounds of a benchmark.
struct Compared {
  LoopResult value;
  LoopResult floor;
};

// Runs `begin` and health checks from the same callers over the same connection in alternating
// rounds. Ends the process when a call fails.
Compared CompareWithHealth(const std::shared_ptr<grpc::Channel>& channel, const Options& options,
                           int callers, const BeginCall& begin);

// Calls per second of both, as the figure `name`.
void ReportRate(const std::string& name, const Compared& compared, double reach);

}  // namespace whence::bench
