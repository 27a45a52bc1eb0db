// Calls through gRPC's callback client, and the health check that they are measured against.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "google/protobuf/message.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "support/closed_loop.h"
#include "support/local_server.h"
#include "support/options.h"

namespace whence::bench {

// Ends the process with a message unless the call went well.
void Check(const grpc::Status& status, const char* what);

// Reads a reply; false when it is none.
using ReadReply = bool (*)(grpc::ByteBuffer* reply);

// One call whose request and reply are bytes, as the health check's are. One reply in a hundred is
// read: a caller that took each of them apart would need the cores that the server is measured on.
void BeginCallOf(grpc::GenericStub& stub, const std::string& method,
                 const google::protobuf::Message& request, ReadReply read, Answered answered);

// The same, for a reply of a type: BeginUnary<v1::Run>(stub, "/whence.v1.LineageService/GetRun",
// ...)
template <class Reply>
void BeginUnary(grpc::GenericStub& stub, const std::string& method,
                const google::protobuf::Message& request, Answered answered) {
  const ReadReply read = [](grpc::ByteBuffer* bytes) {
    Reply reply;
    grpc::ProtoBufferReader reader(bytes);
    return reply.ParseFromZeroCopyStream(&reader) && reply.ByteSizeLong() > 0;
  };
  BeginCallOf(stub, method, request, read, std::move(answered));
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

// Calls per second of both, as the figure `name`; `reach` only where there is a mark.
void ReportRate(const std::string& name, const Compared& compared, std::optional<double> reach);

// How many of these calls a server would answer that need not think: `begin` against one that has
// `reply` ready. The figure `name` says what the request's and the reply's bytes cost alone, and so
// where the same calls of `server` could get to.
void ReportSameBytes(const std::string& name, const LocalServer& server, const std::string& reply,
                     const Options& options, int callers,
                     const std::function<BeginCall(grpc::GenericStub&)>& begin);

}  // namespace whence::bench
