// Durable RecordRun from 64 callers against the gRPC health check of the same server, through the
// same callback client, connection and callers, in alternating rounds.
//
// A run here reads two versions and writes one table, which is what a pipeline step does.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "support/closed_loop.h"
#include "support/figure.h"
#include "support/local_server.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"

namespace whence::bench {
namespace {

constexpr int kCallers = 64;
constexpr int kRounds = 3;
constexpr std::chrono::milliseconds kRound{2000};

void Check(const grpc::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "benchmark: %s: %s\n", what, status.error_message().c_str());
  std::exit(1);
}

// The assets that the runs name.
void Prepare(const std::shared_ptr<grpc::Channel>& channel) {
  auto catalog = v1::CatalogService::NewStub(channel);
  {
    grpc::ClientContext context;
    v1::CreateCatalogRequest request;
    v1::Catalog reply;
    request.mutable_catalog()->set_name("bench");
    Check(catalog->CreateCatalog(&context, request, &reply), "CreateCatalog");
  }
  {
    grpc::ClientContext context;
    v1::CreateSchemaRequest request;
    v1::Schema reply;
    request.mutable_schema()->set_name("bench.runs");
    Check(catalog->CreateSchema(&context, request, &reply), "CreateSchema");
  }
  for (const char* name : {"bench.runs.features", "bench.runs.labels", "bench.runs.scores"}) {
    grpc::ClientContext context;
    v1::CreateAssetRequest request;
    v1::Asset reply;
    request.mutable_asset()->set_name(name);
    request.mutable_asset()->set_kind(v1::KIND_TABLE);
    Check(catalog->CreateAsset(&context, request, &reply), "CreateAsset");
    grpc::ClientContext version_context;
    v1::RegisterVersionRequest version;
    v1::Version registered;
    version.set_asset(name);
    version.mutable_version()->set_digest("opaque:1");
    Check(catalog->RegisterVersion(&version_context, version, &registered), "RegisterVersion");
  }
}

// One RecordRun under way.
struct RunCall {
  grpc::ClientContext context;
  v1::RecordRunRequest request;
  v1::Run reply;
};

void BeginRun(v1::LineageService::Stub& stub, std::function<void(bool)> answered) {
  auto* call = new RunCall;
  v1::Run* run = call->request.mutable_run();
  run->set_job("bench.runs.score");
  run->add_reads()->set_reference("bench.runs.features@1");
  run->add_reads()->set_reference("bench.runs.labels@1");
  run->add_writes()->set_reference("bench.runs.scores");
  stub.async()->RecordRun(&call->context, &call->request, &call->reply,
                          [call, answered = std::move(answered)](const grpc::Status& status) {
                            const bool ok = status.ok();
                            delete call;
                            answered(ok);
                          });
}

// One health check under way. An empty HealthCheckRequest is no bytes.
struct HealthCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request{nullptr, 0};
  grpc::ByteBuffer reply;
};

void BeginHealth(grpc::GenericStub& stub, std::function<void(bool)> answered) {
  auto* call = new HealthCall;
  stub.UnaryCall(&call->context, "/grpc.health.v1.Health/Check", grpc::StubOptions(),
                 &call->request, &call->reply,
                 [call, answered = std::move(answered)](const grpc::Status& status) {
                   const bool ok = status.ok();
                   delete call;
                   answered(ok);
                 });
}

int Main() {
  LocalServer server;
  auto channel = server.Connect();
  Prepare(channel);
  auto lineage = v1::LineageService::NewStub(channel);
  grpc::GenericStub health(channel);

  std::vector<double> floors;
  std::vector<double> values;
  long failed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const LoopResult floor = RunClosedLoop(
        kCallers, kRound, [&](int, auto answered) { BeginHealth(health, std::move(answered)); });
    const LoopResult value = RunClosedLoop(
        kCallers, kRound, [&](int, auto answered) { BeginRun(*lineage, std::move(answered)); });
    floors.push_back(floor.calls_per_second);
    values.push_back(value.calls_per_second);
    failed += floor.failed + value.failed;
  }
  if (failed > 0) {
    std::fprintf(stderr, "benchmark: %ld calls failed\n", failed);
    return 1;
  }
  const double floor = Median(floors);
  const double value = Median(values);
  Report({.name = "record_run_64_callers",
          .unit = "calls/s",
          .value = value,
          .floor = floor,
          .ratio = value / floor,
          .reach = 0.45,
          .better = "higher"});
  return 0;
}

}  // namespace
}  // namespace whence::bench

int main() { return whence::bench::Main(); }
