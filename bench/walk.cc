// Downstream walks of the lineage graph against a flat-array breadth-first search over the same
// edges, in the same run; walks as of the past; walks while the writer writes; memory per edge.
//
// Times are this thread's on the processor: what other processes do meanwhile is not counted, and
// walks wait for nobody.
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "lineage/graph.h"
#include "lineage/walk.h"
#include "support/edges.h"
#include "support/figure.h"
#include "support/flat_search.h"
#include "support/options.h"

namespace whence::bench {
namespace {

using lineage::Graph;
using lineage::NodeId;
using lineage::Walk;
using lineage::WalkOptions;
using Clock = std::chrono::steady_clock;

constexpr double kReachWalk = 2;
constexpr double kReachAsOf = 1.2;
constexpr double kReachWhileWriting = 1.3;
constexpr double kReachStallMs = 1;
constexpr double kFloorBytes = 16;
constexpr double kReachBytes = 24 / kFloorBytes;

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

// Medians of several ways to do a thing, in turn, so that they share good and bad moments.
std::vector<double> Medians(int rounds, const std::vector<std::function<void()>>& ways) {
  std::vector<std::vector<double>> times(ways.size());
  for (int round = 0; round <= rounds; ++round) {
    for (size_t i = 0; i < ways.size(); ++i) {
      const double start = CpuSeconds();
      ways[i]();
      if (round != 0) times[i].push_back(CpuSeconds() - start);
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& way : times) medians.push_back(Median(std::move(way)));
  return medians;
}

// The position as of which about half of what `root` reaches now was reached.
Position HalfWay(const Graph& graph, NodeId root, size_t reached) {
  const NodeId roots[] = {root};
  WalkOptions past;
  Position low = 0;
  for (Position high = graph.published(); low < high;) {
    past.as_of = (low + high) / 2;
    if (Walk(graph, roots, past).nodes.size() * 2 < reached) {
      low = past.as_of + 1;
    } else {
      high = past.as_of;
    }
  }
  return low;
}

// The whole closure against the floor; then the closure as of the moment when half of it was there,
// per node against the whole one per node: reading the past must not cost more than the present.
void BenchWalk(const Edges& edges, const Graph& graph, FlatSearch& flat, size_t wanted,
               const std::string& name) {
  const NodeId root = flat.RootReaching(edges, wanted);
  const size_t reached = flat.Run(root);
  const auto nodes = static_cast<double>(reached);
  const NodeId roots[] = {root};
  const WalkOptions all;
  WalkOptions past;
  past.as_of = HalfWay(graph, root, reached);
  size_t then = 0;
  const int rounds = reached > 500'000 ? 9 : 31;
  const std::vector<double> seconds = Medians(
      rounds,
      {[&] { Expect(flat.Run(root) == reached, "flat search"); },
       [&] { Expect(Walk(graph, roots, all).nodes.size() == reached, "walk and flat disagree"); },
       [&] { then = Walk(graph, roots, past).nodes.size(); }});
  std::fprintf(stderr, "  %zu nodes, %zu of them half way\n", reached, then);
  const double now_ns = seconds[1] * 1e9 / nodes;
  const double then_ns = seconds[2] * 1e9 / static_cast<double>(then);
  Report({.name = name,
          .unit = "ns/node",
          .value = now_ns,
          .floor = seconds[0] * 1e9 / nodes,
          .ratio = seconds[1] / seconds[0],
          .reach = kReachWalk,
          .better = "lower"});
  Report({.name = name + "_as_of",
          .unit = "ns/node",
          .value = then_ns,
          .floor = now_ns,
          .ratio = then_ns / now_ns,
          .reach = kReachAsOf,
          .better = "lower"});
}

// Purpose: a writer at 5,000 edges/s, a run with four edges every 0.8 ms, on a thread of its own
// until it is destroyed. Ownership: borrows graph and edges. Thread-safety: none.
class SteadyWriter {
 public:
  SteadyWriter(const Edges& edges, Graph* graph)
      : thread_([this, &edges, graph] {
          std::mt19937_64 random(11);
          NodeId id = graph->max_node_id();
          Position position = graph->published();
          for (Clock::time_point due = Clock::now(); !stop_.load();) {
            due += std::chrono::microseconds(800);
            std::this_thread::sleep_until(due);
            const Clock::time_point start = Clock::now();
            ++position;
            graph->AddRun(++id, position);
            for (int i = 0; i < 4; ++i) {
              graph->AddEdge(edges.versions[random() % edges.versions.size()], id, position);
            }
            graph->Publish(position);
            longest_ = std::max(longest_, Seconds(start));
          }
        }) {}
  ~SteadyWriter() { Stop(); }
  SteadyWriter(const SteadyWriter&) = delete;
  SteadyWriter& operator=(const SteadyWriter&) = delete;

  // The longest that one run took to be written, by the clock on the wall.
  double Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return longest_;
  }

 private:
  std::atomic<bool> stop_{false};
  double longest_ = 0;
  std::thread thread_;
};

void BenchWhileWriting(const Edges& edges, Graph* graph, FlatSearch& flat, size_t wanted) {
  const NodeId roots[] = {flat.RootReaching(edges, wanted)};
  WalkOptions options;
  options.as_of = graph->published();
  const auto walks = [&] { return Medians(61, {[&] { Walk(*graph, roots, options); }})[0]; };
  const double rest = walks();
  SteadyWriter writer(edges, graph);
  const double busy = walks();
  const double longest = writer.Stop();
  Report({.name = "walk_while_writing",
          .unit = "ms",
          .value = busy * 1e3,
          .floor = rest * 1e3,
          .ratio = busy / rest,
          .reach = kReachWhileWriting,
          .better = "lower"});
  Report({.name = "writer_stall",
          .unit = "ms",
          .value = longest * 1e3,
          .reach = kReachStallMs,
          .better = "lower"});
}

void BenchMemory(const Edges& edges, const Graph& graph) {
  const lineage::GraphMemory memory = graph.Memory();
  const auto count = static_cast<double>(edges.items.size());
  std::fprintf(stderr,
               "  %.2f nodes per edge; headers %.2f, lists %.2f, nodes %.2f, in all %.2f bytes "
               "per edge\n",
               static_cast<double>(edges.nodes.size()) / count,
               static_cast<double>(memory.headers) / count,
               static_cast<double>(memory.lists) / count, static_cast<double>(memory.nodes) / count,
               memory.total_per_edge);
  Report({.name = "memory_per_edge",
          .unit = "bytes",
          .value = memory.adjacency_per_edge,
          .floor = kFloorBytes,
          .ratio = memory.adjacency_per_edge / kFloorBytes,
          .reach = kReachBytes,
          .better = "lower"});
}

void Bench(const Options& options) {
  const Edges edges = MakeEdges(options.Scaled(10'000'000, 20'000));
  Graph graph;
  LoadEdges(edges, &graph);
  FlatSearch flat(edges);
  BenchMemory(edges, graph);
  BenchWalk(edges, graph, flat, options.Scaled(100'000, 200), "walk_100k_nodes");
  BenchWalk(edges, graph, flat, options.Scaled(1'000'000, 2'000), "walk_1m_nodes");
  BenchWhileWriting(edges, &graph, flat, options.Scaled(100'000, 200));
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
