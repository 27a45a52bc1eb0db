#include "support/calls.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "support/canned_server.h"
#include "support/figure.h"

namespace whence::bench {
namespace {

constexpr uint64_t kReadEvery = 100;

struct RawCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request{nullptr, 0};
  grpc::ByteBuffer reply;
};

LoopResult Medians(const std::vector<LoopResult>& rounds) {
  const auto median = [&](double LoopResult::*member) {
    std::vector<double> values;
    values.reserve(rounds.size());
    for (const LoopResult& round : rounds) values.push_back(round.*member);
    return Median(std::move(values));
  };
  LoopResult result;
  result.calls_per_second = median(&LoopResult::calls_per_second);
  result.p50_us = median(&LoopResult::p50_us);
  result.p99_us = median(&LoopResult::p99_us);
  return result;
}

}  // namespace

void Check(const grpc::Status& status, const char* what) {
  Expect(status.ok(), std::string(what) + ": " + status.error_message());
}

void BeginCallOf(grpc::GenericStub& stub, const std::string& method,
                 const google::protobuf::Message& request, ReadReply read, Answered answered) {
  static std::atomic<uint64_t> calls{0};
  auto* call = new RawCall;
  const grpc::Slice slice(request.SerializeAsString());
  call->request = grpc::ByteBuffer(&slice, 1);
  stub.UnaryCall(&call->context, method, grpc::StubOptions(), &call->request, &call->reply,
                 [call, read, answered = std::move(answered)](const grpc::Status& status) {
                   bool ok = status.ok() && call->reply.Length() > 0;
                   if (ok && calls.fetch_add(1, std::memory_order_relaxed) % kReadEvery == 0) {
                     ok = read(&call->reply);
                   }
                   delete call;
                   answered(ok);
                 });
}

void BeginHealth(grpc::GenericStub& stub, Answered answered) {
  auto* call = new RawCall;  // an empty HealthCheckRequest is no bytes
  stub.UnaryCall(&call->context, "/grpc.health.v1.Health/Check", grpc::StubOptions(),
                 &call->request, &call->reply,
                 [call, answered = std::move(answered)](const grpc::Status& status) {
                   const bool ok = status.ok();
                   delete call;
                   answered(ok);
                 });
}

Compared CompareWithHealth(const std::shared_ptr<grpc::Channel>& channel, const Options& options,
                           int callers, const BeginCall& begin) {
  grpc::GenericStub health(channel);
  std::vector<LoopResult> floors;
  std::vector<LoopResult> values;
  for (int round = 0; round < options.rounds(); ++round) {
    floors.push_back(RunClosedLoop(callers, options.round(), [&](int, Answered answered) {
      BeginHealth(health, std::move(answered));
    }));
    values.push_back(RunClosedLoop(callers, options.round(), begin));
    Expect(floors.back().failed + values.back().failed == 0, "a call failed");
  }
  return {.value = Medians(values), .floor = Medians(floors)};
}

void ReportRate(const std::string& name, const Compared& compared, std::optional<double> reach) {
  Report({.name = name,
          .unit = "calls/s",
          .value = compared.value.calls_per_second,
          .floor = compared.floor.calls_per_second,
          .ratio = compared.value.calls_per_second / compared.floor.calls_per_second,
          .reach = reach,
          .better = "higher"});
}

void ReportSameBytes(const std::string& name, const LocalServer& server, const std::string& reply,
                     const Options& options, int callers,
                     const std::function<BeginCall(grpc::GenericStub&)>& begin) {
  const CannedServer canned(reply);
  grpc::GenericStub stub(canned.Connect(server.token()));
  ReportRate(name, CompareWithHealth(server.Connect(), options, callers, begin(stub)), {});
}

}  // namespace whence::bench
