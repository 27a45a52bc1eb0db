// Whence's side of the comparison with others: writes the graph of bench/walk.cc as text for them,
// and measures the same walks, the same registration and the same question.
//
// edges.csv holds `source,target` a line; roots.csv `name,root,nodes reached` of each walk.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lineage/walk.h"
#include "support/calls.h"
#include "support/catalog.h"
#include "support/edges.h"
#include "support/figure.h"
#include "support/flat_search.h"
#include "support/folder.h"
#include "support/local_server.h"
#include "support/options.h"
#include "support/timing.h"

namespace whence::bench {
namespace {

struct Close {
  void operator()(std::FILE* file) const { Expect(std::fclose(file) == 0, "cannot write"); }
};
using File = std::unique_ptr<std::FILE, Close>;

File Create(const std::string& name) {
  const std::string folder = BenchFolder() + "/peers";
  std::filesystem::create_directories(folder);
  File file(std::fopen((folder + "/" + name).c_str(), "w"));
  Expect(file != nullptr, "cannot write " + folder + "/" + name);
  return file;
}

void ReportTime(const std::string& name, const std::string& unit, double value) {
  Report({.name = name, .unit = unit, .value = value, .better = "lower"});
}

void BenchWalks(const Options& options) {
  const Edges edges = MakeEdges(options.Scaled(10'000'000, 20'000));
  {
    const File file = Create("edges.csv");
    for (const Edges::Item& e : edges.items) {
      std::fprintf(file.get(), "%u,%u\n", e.source, e.target);
    }
  }
  lineage::Graph graph;
  LoadEdges(edges, &graph);
  FlatSearch flat(edges);
  const File file = Create("roots.csv");
  for (const auto& [name, wanted] :
       {std::pair{"walk_100k_nodes", options.Scaled(100'000, 200)},
        std::pair{"walk_1m_nodes", options.Scaled(1'000'000, 2'000)}}) {
    const lineage::NodeId roots[] = {flat.RootReaching(edges, wanted)};
    std::vector<double> times;
    size_t reached = 0;
    for (int i = 0; i < 9; ++i) {
      times.push_back(SecondsOf([&] { reached = Walk(graph, roots, {}).nodes.size(); }));
    }
    std::fprintf(file.get(), "%s,%u,%zu\n", name, roots[0], reached);
    ReportTime(std::string("whence.") + name, "ms", Median(times) * 1e3);
  }
}

// A run with two inputs and one output, recorded durably over the wire by one caller; then asking
// where the output came from.
void BenchRuns(const Options& options) {
  const TemporaryFolder folder;
  const LocalServer server(folder.path());
  const auto channel = server.Connect();
  CatalogMaker maker(channel);
  maker.Catalog("bench");
  maker.Schema("bench.runs");
  for (const char* name : {"bench.runs.features", "bench.runs.labels", "bench.runs.scores"}) {
    maker.AssetWithVersion(name, v1::KIND_TABLE);
  }
  v1::Run run;
  run.add_reads()->set_reference("bench.runs.features@1");
  run.add_reads()->set_reference("bench.runs.labels@1");
  run.add_writes()->set_reference("bench.runs.scores");
  maker.Run(run);
  const auto lineage = v1::LineageService::NewStub(channel);
  std::vector<double> questions;
  for (int i = 0; i < (options.brief ? 5 : 1000); ++i) {
    grpc::ClientContext context;
    v1::ExplainRequest request;
    v1::Explanation reply;
    request.set_reference("bench.runs.scores@1");
    questions.push_back(
        SecondsOf([&] { Check(lineage->Explain(&context, request, &reply), "Explain"); }));
    Expect(reply.graph().nodes_size() == 4, "the lineage is not whole");
  }
  std::vector<double> registrations;
  for (int i = 0; i < (options.brief ? 5 : 1000); ++i) {
    v1::RunWrite* write = run.mutable_writes(0);
    write->mutable_version()->set_digest("opaque:" + std::to_string(i));
    registrations.push_back(SecondsOf([&] { maker.Run(run); }));
  }
  ReportTime("whence.register_run", "ms", Median(registrations) * 1e3);
  ReportTime("whence.read_lineage", "ms", Median(questions) * 1e3);
}

void Bench(const Options& options) {
  BenchWalks(options);
  BenchRuns(options);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
