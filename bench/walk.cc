// Downstream walks of the lineage graph against a flat-array breadth-first search over the same
// edges, in the same run; memory per edge against its floor; walks while the writer writes.
//
//   whence_bench_walk            1 M edges
//   whence_bench_walk --large    also 10 M edges
//
// One line of JSON per figure on stdout, the same for people on stderr.
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lineage/graph.h"
#include "lineage/walk.h"

namespace whence::lineage {
namespace {

using Clock = std::chrono::steady_clock;

// Of this thread, on the processor: what other processes do meanwhile is not counted.
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

struct Figure {
  std::string name;
  const char* unit;
  double value;
  double floor;
  double ratio;
  double reach;
};

void Report(const Figure& f) {
  std::printf(
      "{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.4g,\"floor\":%.4g,\"ratio\":%.4g,"
      "\"reach\":%.4g,\"better\":\"lower\"}\n",
      f.name.c_str(), f.unit, f.value, f.floor, f.ratio, f.reach);
  std::fflush(stdout);
  std::fprintf(stderr, "%-34s %10.4g %-8s floor %10.4g  ratio %6.3f  (reach <= %.4g)\n",
               f.name.c_str(), f.value, f.unit, f.floor, f.ratio, f.reach);
}

// Pipelines at random: each run reads one to four versions made before, anywhere, and writes one
// or two; an asset has ten versions. No locality beyond that of birth: the hard case for caches.
struct Edges {
  struct Item {
    NodeId source;
    NodeId target;
    uint32_t position;
  };
  struct Node {
    NodeId id;
    NodeId asset;  // 0: a run; itself: an asset
    uint32_t position;
  };
  std::vector<Node> nodes;
  std::vector<Item> items;
  std::vector<NodeId> versions;
  NodeId max_id = 0;
  uint32_t last_position = 0;
};

Edges MakeEdges(size_t wanted) {
  Edges graph;
  std::mt19937_64 random(42);
  NodeId asset = 0;
  const auto add_version = [&](uint32_t position) {
    if (graph.versions.size() % 10 == 0) {
      asset = ++graph.max_id;
      graph.nodes.push_back({asset, asset, position});
    }
    graph.nodes.push_back({++graph.max_id, asset, position});
    graph.versions.push_back(graph.max_id);
    return graph.max_id;
  };
  for (int i = 0; i < 100; ++i) add_version(1);
  while (graph.items.size() < wanted) {
    const uint32_t position = ++graph.last_position;
    const NodeId run = ++graph.max_id;
    graph.nodes.push_back({run, 0, position});
    for (size_t reads = 1 + random() % 4; reads > 0; --reads) {
      graph.items.push_back({graph.versions[random() % graph.versions.size()], run, position});
    }
    for (size_t writes = 1 + random() % 2; writes > 0; --writes) {
      graph.items.push_back({run, add_version(position), position});
    }
  }
  return graph;
}

void Load(const Edges& edges, Graph* graph) {
  GraphLoader loader(graph, edges.items.size());
  for (const Edges::Node& node : edges.nodes) {
    if (node.asset == 0) {
      loader.AddRun(node.id, node.position);
    } else if (node.asset == node.id) {
      loader.AddAsset(node.id, 0, node.position);
    } else {
      loader.AddVersion(node.id, node.asset, 1, node.position);
    }
  }
  for (const Edges::Item& e : edges.items) loader.AddEdge(e.source, e.target, e.position);
  loader.Finish(edges.last_position);
}

// The graph keeps its lists on large pages; so does the floor, or it would be a low one.
template <typename T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <typename U>
  explicit LargePages(const LargePages<U>& /*other*/) {}
  T* allocate(size_t count) {
    constexpr size_t kPage = size_t{2} << 20;
    const size_t bytes = (count * sizeof(T) + kPage - 1) / kPage * kPage;
    void* memory = std::aligned_alloc(kPage, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t /*count*/) { std::free(memory); }
  friend bool operator==(const LargePages&, const LargePages&) { return true; }
};

// The floor: offsets, targets, a bitmap and a queue.
class FlatSearch {
 public:
  explicit FlatSearch(const Edges& edges)
      : offsets_(size_t{edges.max_id} + 2),
        targets_(edges.items.size()),
        visited_(edges.max_id / 64 + 1) {
    for (const Edges::Item& e : edges.items) ++offsets_[e.source + 1];
    for (size_t i = 1; i < offsets_.size(); ++i) offsets_[i] += offsets_[i - 1];
    std::vector<uint32_t> next(offsets_.begin(), offsets_.end());
    for (const Edges::Item& e : edges.items) targets_[next[e.source]++] = e.target;
    queue_.reserve(size_t{edges.max_id} + 1);
  }

  // The number of nodes reached.
  size_t Run(NodeId root) {
    queue_.clear();
    queue_.push_back(root);
    visited_[root / 64] |= uint64_t{1} << (root % 64);
    for (size_t i = 0; i < queue_.size(); ++i) {
      const uint32_t* end = targets_.data() + offsets_[queue_[i] + 1];
      for (const uint32_t* at = targets_.data() + offsets_[queue_[i]]; at != end; ++at) {
        uint64_t& word = visited_[*at / 64];
        const uint64_t bit = uint64_t{1} << (*at % 64);
        if ((word & bit) != 0) continue;
        word |= bit;
        queue_.push_back(*at);
      }
    }
    for (const uint32_t node : queue_) visited_[node / 64] = 0;
    return queue_.size();
  }

 private:
  std::vector<uint32_t, LargePages<uint32_t>> offsets_;
  std::vector<uint32_t, LargePages<uint32_t>> targets_;
  std::vector<uint64_t, LargePages<uint64_t>> visited_;
  std::vector<uint32_t, LargePages<uint32_t>> queue_;
};

// A version whose closure comes nearest to `wanted` nodes, among a sample.
NodeId ChooseRoot(const Edges& edges, FlatSearch& flat, size_t wanted) {
  std::mt19937_64 random(7);
  std::pair<size_t, NodeId> best{~size_t{0}, 0};
  for (int i = 0; i < 400 && best.first > wanted / 50; ++i) {
    const NodeId root = edges.versions[random() % edges.versions.size()];
    const size_t reached = flat.Run(root);
    best = std::min(best, {reached > wanted ? reached - wanted : wanted - reached, root});
  }
  return best.second;
}

// Medians of several ways to do a thing, in turn, so that they share good and bad moments.
std::vector<double> Medians(int rounds, const std::vector<std::function<void()>>& ways) {
  std::vector<std::vector<double>> times(ways.size());
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < ways.size(); ++i) {
      const double start = CpuSeconds();
      ways[i]();
      if (round != 0) times[i].push_back(CpuSeconds() - start);
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& way : times) {
    std::nth_element(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(way.size() / 2),
                     way.end());
    medians.push_back(way[way.size() / 2]);
  }
  return medians;
}

void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::exit(1);
}

// The whole closure against the floor; then the closure as of the moment when half of it was there,
// per node against the whole one per node: reading the past must not cost more than the present.
void BenchWalk(const Edges& edges, const Graph& graph, FlatSearch& flat, size_t wanted,
               const std::string& name) {
  const NodeId root = ChooseRoot(edges, flat, wanted);
  const size_t reached = flat.Run(root);
  const auto nodes = static_cast<double>(reached);
  const NodeId roots[] = {root};
  WalkOptions all;
  WalkOptions past;
  // The moment at which about half of it was there.
  Position low = 0;
  for (Position high = edges.last_position; low < high;) {
    past.as_of = (low + high) / 2;
    if (Walk(graph, roots, past).nodes.size() * 2 < reached) {
      low = past.as_of + 1;
    } else {
      high = past.as_of;
    }
  }
  past.as_of = low;
  size_t then = 0;
  const int rounds = reached > 500'000 ? 9 : 31;
  const std::vector<double> seconds = Medians(
      rounds,
      {[&] { Expect(flat.Run(root) == reached, "flat search"); },
       [&] { Expect(Walk(graph, roots, all).nodes.size() == reached, "walk and flat disagree"); },
       [&] { then = Walk(graph, roots, past).nodes.size(); }});
  Report({name, "ns/node", seconds[1] * 1e9 / nodes, seconds[0] * 1e9 / nodes,
          seconds[1] / seconds[0], 2.0});
  const double per_node_then = seconds[2] * 1e9 / static_cast<double>(then);
  Report({name + "_as_of", "ns/node", per_node_then, seconds[1] * 1e9 / nodes,
          per_node_then / (seconds[1] * 1e9 / nodes), 1.2});
}

// A small walk must not pay for the size of the graph.
void BenchSmallWalk(const Edges& edges, const Graph& graph, const std::string& name) {
  WalkOptions options;
  options.direction = Direction::kUpstream;
  options.max_nodes = 30;
  std::mt19937_64 random(3);
  size_t nodes = 0;
  constexpr int kWalks = 20'000;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < kWalks; ++i) {
    const NodeId roots[] = {edges.versions[random() % edges.versions.size()]};
    nodes += Walk(graph, roots, options).nodes.size();
  }
  const double micros = Seconds(start) * 1e6 / kWalks;
  std::fprintf(stderr, "%-34s %10.4g us for %.1f nodes\n", name.c_str(), micros,
               static_cast<double>(nodes) / kWalks);
}

// The writer at 5,000 edges/s, a run with four edges every 0.8 ms, while walks go on. Walks wait
// for nobody, so their time on the processor is all of their time.
void BenchWhileWriting(const Edges& edges, Graph* graph, FlatSearch& flat,
                       const std::string& name) {
  const NodeId root = ChooseRoot(edges, flat, 100'000);
  const NodeId roots[] = {root};
  WalkOptions options;
  options.as_of = graph->published();
  const auto walks = [&] { return Medians(61, {[&] { Walk(*graph, roots, options); }})[0]; };
  const double rest = walks();
  std::atomic<bool> stop{false};
  double longest = 0;
  std::thread writer([&] {
    std::mt19937_64 random(11);
    NodeId id = graph->max_node_id();
    Position position = graph->published();
    for (Clock::time_point due = Clock::now(); !stop.load();) {
      due += std::chrono::microseconds(800);
      std::this_thread::sleep_until(due);
      const Clock::time_point start = Clock::now();
      ++position;
      graph->AddRun(++id, position);
      for (int i = 0; i < 4; ++i) {
        graph->AddEdge(edges.versions[random() % edges.versions.size()], id, position);
      }
      graph->Publish(position);
      longest = std::max(longest, Seconds(start));
    }
  });
  const double busy = walks();
  stop = true;
  writer.join();
  Report({name, "ms", busy * 1e3, rest * 1e3, busy / rest, 1.3});
  Report({name + "_writer_stall", "ms", longest * 1e3, 1.0, longest * 1e3, 1.0});
}

void BenchMemory(const Edges& edges, const Graph& graph, const std::string& name) {
  const GraphMemory memory = graph.Memory();
  const auto count = static_cast<double>(edges.items.size());
  Report({name, "bytes", memory.adjacency_per_edge, 16, memory.adjacency_per_edge / 16, 1.5});
  std::fprintf(stderr,
               "  %.2f nodes per edge; headers %.2f, lists %.2f, nodes %.2f, in all %.2f bytes "
               "per edge\n",
               static_cast<double>(edges.nodes.size()) / count,
               static_cast<double>(memory.headers) / count,
               static_cast<double>(memory.lists) / count, static_cast<double>(memory.nodes) / count,
               memory.total_per_edge);
}

void Bench(size_t edge_count, const std::string& size) {
  const Edges edges = MakeEdges(edge_count);
  Graph graph;
  const double start = CpuSeconds();
  Load(edges, &graph);
  std::fprintf(stderr, "loaded %zu edges, %zu nodes in %.0f ms\n", edges.items.size(),
               edges.nodes.size(), (CpuSeconds() - start) * 1e3);
  FlatSearch flat(edges);
  BenchMemory(edges, graph, "memory_per_edge_" + size);
  BenchWalk(edges, graph, flat, 100'000, "walk_100k_of_" + size);
  if (edge_count > 5'000'000) BenchWalk(edges, graph, flat, 1'000'000, "walk_1m_of_" + size);
  BenchSmallWalk(edges, graph, "small_walk_of_" + size);
  BenchWhileWriting(edges, &graph, flat, "walk_while_writing_" + size);
}

}  // namespace
}  // namespace whence::lineage

int main(int argc, char** argv) {
  whence::lineage::Bench(1'000'000, "1m");
  if (argc > 1 && std::strcmp(argv[1], "--large") == 0) {
    whence::lineage::Bench(10'000'000, "10m");
  }
  return 0;
}
