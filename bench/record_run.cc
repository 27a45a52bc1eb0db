// Durable RecordRun: from 64 callers against the gRPC health check of the same server, and from one
// caller against one write and sync of the disk plus one health check.
//
// A run here reads two versions and writes one table, which is what a pipeline step does. In an
// empty catalog, or in a copy of a large one.
#include <string>
#include <vector>

#include "support/calls.h"
#include "support/catalog.h"
#include "support/disk.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/graph_data.h"
#include "support/local_server.h"
#include "support/options.h"

namespace whence::bench {
namespace {

constexpr int kCallers = 64;
constexpr double kReachManyCallers = 0.45;
constexpr double kReachOneCaller = 1.5;

// The assets that the runs name.
void Prepare(const std::shared_ptr<grpc::Channel>& channel) {
  CatalogMaker maker(channel);
  maker.Catalog("bench");
  maker.Schema("bench.runs");
  for (const char* name : {"bench.runs.features", "bench.runs.labels", "bench.runs.scores"}) {
    maker.AssetWithVersion(name, v1::KIND_TABLE);
  }
}

BeginCall BeginRuns(grpc::GenericStub* stub) {
  v1::RecordRunRequest request;
  v1::Run* run = request.mutable_run();
  run->set_job("bench.runs.score");
  run->add_reads()->set_reference("bench.runs.features@1");
  run->add_reads()->set_reference("bench.runs.labels@1");
  run->add_writes()->set_reference("bench.runs.scores");
  return [stub, request](int, Answered answered) {
    BeginUnary<v1::Run>(*stub, "/whence.v1.LineageService/RecordRun", request, std::move(answered));
  };
}

// Median times of one caller; the disk, the health check and the run take turns.
void BenchOneCaller(const std::shared_ptr<grpc::Channel>& channel, const std::string& folder,
                    const Options& options, const BeginCall& begin) {
  grpc::GenericStub health(channel);
  std::vector<double> disk;
  std::vector<double> growing;
  std::vector<double> empty;
  std::vector<double> runs;
  for (int round = 0; round < options.rounds(); ++round) {
    disk.push_back(WriteAndSyncMicros(folder, Place::kInside, options.brief ? 20 : 500));
    growing.push_back(WriteAndSyncMicros(folder, Place::kEnd, options.brief ? 20 : 500));
    empty.push_back(RunClosedLoop(1, options.round(), [&](int, Answered answered) {
                      BeginHealth(health, std::move(answered));
                    }).p50_us);
    runs.push_back(RunClosedLoop(1, options.round(), begin).p50_us);
  }
  const double floor = Median(disk) + Median(empty);
  const double value = Median(runs);
  std::fprintf(
      stderr,
      "  one write and sync %.0f us (%.0f us in a file that grows, as a new log does), one "
      "health check %.0f us\n",
      Median(disk), Median(growing), Median(empty));
  Report({.name = "record_run_single_caller",
          .unit = "us",
          .value = value,
          .floor = floor,
          .ratio = value / floor,
          .reach = kReachOneCaller,
          .better = "lower"});
}

void Bench(const Options& options) {
  const TemporaryFolder folder;
  if (options.data.has_value()) CopyDatabase(GraphData(options), folder.path());
  const LocalServer server(folder.path());
  const auto channel = server.Connect();
  Prepare(channel);
  grpc::GenericStub stub(channel);
  const BeginCall begin = BeginRuns(&stub);
  ReportRate("record_run_64_callers", CompareWithHealth(channel, options, kCallers, begin),
             kReachManyCallers);
  BenchOneCaller(channel, folder.path(), options, begin);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
