#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "lineage/answer.h"

namespace whence::lineage {
namespace {

constexpr uint32_t kDropped = std::numeric_limits<uint32_t>::max();

// The edges of an answer by one of their ends.
class Lists {
 public:
  // Upstream: by target; downstream: by source.
  Lists(const Answer& answer, Direction side)
      : edges_(answer.edges), up_(side == Direction::kUpstream) {
    first_.resize(answer.nodes.size() + 1);
    for (const AnswerEdge& edge : edges_) ++first_[Near(edge) + 1];
    for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
    order_.resize(edges_.size());
    std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
    for (uint32_t i = 0; i < edges_.size(); ++i) order_[next[Near(edges_[i])]++] = i;
  }

  uint32_t Near(const AnswerEdge& edge) const { return up_ ? edge.target : edge.source; }
  uint32_t Far(const AnswerEdge& edge) const { return up_ ? edge.source : edge.target; }
  size_t Count(uint32_t node) const { return first_[node + 1] - first_[node]; }
  const AnswerEdge& At(uint32_t node, size_t i) const { return edges_[order_[first_[node] + i]]; }

 private:
  const std::vector<AnswerEdge>& edges_;
  const bool up_;
  std::vector<uint32_t> first_;
  std::vector<uint32_t> order_;
};

// Counts what was done against the limits.
class Budget {
 public:
  explicit Budget(const CollapseLimits& limits) : limits_(limits) {}

  // False when no more may be looked at.
  bool Step() {
    if (++steps_ > limits_.max_steps) return Spent();
    if (steps_ % 1024 == 0 && limits_.cancelled != nullptr &&
        limits_.cancelled->load(std::memory_order_relaxed)) {
      cancelled_ = true;
      return Spent();
    }
    return !spent_;
  }
  bool Put() { return ++edges_ <= limits_.max_edges ? !spent_ : Spent(); }
  bool spent() const { return spent_; }
  bool cancelled() const { return cancelled_; }

 private:
  bool Spent() {
    spent_ = true;
    return false;
  }

  const CollapseLimits& limits_;
  size_t steps_ = 0;
  size_t edges_ = 0;
  bool spent_ = false;
  bool cancelled_ = false;
};

// Keeps the nodes that `kept` marks, and the edges between them, under their new indices.
void Compact(Answer& answer, const std::vector<bool>& kept, std::vector<AnswerEdge> more,
             const Budget& budget) {
  std::vector<uint32_t> place(answer.nodes.size(), kDropped);
  uint32_t next = 0;
  for (uint32_t i = 0; i < answer.nodes.size(); ++i) {
    if (!kept[i]) continue;
    place[i] = next;
    answer.nodes[next++] = answer.nodes[i];
  }
  answer.nodes.resize(next);
  std::vector<AnswerEdge> edges;
  for (std::vector<AnswerEdge>* list : {&answer.edges, &more}) {
    for (AnswerEdge edge : *list) {
      edge.source = place[edge.source];
      edge.target = place[edge.target];
      if (edge.source != kDropped && edge.target != kDropped) edges.push_back(edge);
    }
  }
  answer.edges = std::move(edges);
  answer.cut_by_edges = answer.cut_by_edges || budget.spent();
  answer.cancelled = answer.cancelled || budget.cancelled();
}

// Searches from one kept node after the other for the next kept ones behind dropped data.
class Bridges {
 public:
  Bridges(const Graph& graph, Answer& answer, const std::vector<bool>& kept, Budget& budget)
      : answer_(answer),
        kept_(kept),
        budget_(budget),
        side_(answer.direction == Direction::kUpstream ? Direction::kUpstream
                                                       : Direction::kDownstream),
        lists_(answer, side_),
        is_via_(answer.nodes.size()),
        seen_(answer.nodes.size()) {
    if (answer.grain == Grain::kColumn) return;
    for (size_t i = 0; i < answer.nodes.size(); ++i) {
      is_via_[i] = IsVia(graph.type(answer.nodes[i].id));
    }
  }

  std::vector<AnswerEdge> Find() {
    for (uint32_t from = 0; from < answer_.nodes.size() && !budget_.spent(); ++from) {
      if (kept_[from]) SearchFrom(from);
    }
    return std::move(found_);
  }

 private:
  // A node on the way; `bridged` once dropped data was passed.
  struct Step {
    uint32_t node = 0;
    uint32_t position = 0;  // latest of the edges so far
    bool bridged = false;
  };
  // Seen from the node being searched from: plainly, or behind dropped data.
  struct Seen {
    uint32_t plainly = 0;
    uint32_t bridged = 0;
  };

  void SearchFrom(uint32_t from) {
    ++round_;
    queue_.assign(1, Step{.node = from});
    for (size_t head = 0; head < queue_.size() && !budget_.spent(); ++head) {
      const Step step = queue_[head];
      for (size_t i = 0; i < lists_.Count(step.node) && budget_.Step(); ++i) {
        const AnswerEdge& edge = lists_.At(step.node, i);
        Meet(from, step, lists_.Far(edge), std::max(step.position, edge.position));
      }
    }
  }

  void Meet(uint32_t from, const Step& step, uint32_t node, uint32_t position) {
    uint32_t& seen = step.bridged ? seen_[node].bridged : seen_[node].plainly;
    if (seen == round_) return;
    seen = round_;
    if (kept_[node]) {
      if (step.bridged && budget_.Put()) {
        const bool up = side_ == Direction::kUpstream;
        found_.push_back({.source = up ? node : from,
                          .target = up ? from : node,
                          .role = EdgeRole::kDerives,
                          .position = position});
      }
      return;
    }
    if (answer_.nodes[node].cut) answer_.nodes[from].cut = true;
    queue_.push_back({node, position, step.bridged || !is_via_[node]});
  }

  Answer& answer_;
  const std::vector<bool>& kept_;
  Budget& budget_;
  const Direction side_;
  const Lists lists_;
  std::vector<bool> is_via_;
  std::vector<Seen> seen_;
  uint32_t round_ = 0;
  std::vector<Step> queue_;
  std::vector<AnswerEdge> found_;
};

// Joins what each run or declaration read with what it wrote.
class ViaJoiner {
 public:
  ViaJoiner(const Answer& answer, Budget& budget)
      : in_(answer, Direction::kUpstream), out_(answer, Direction::kDownstream), budget_(budget) {}

  void Join(uint32_t via) {
    for (size_t i = 0; i < in_.Count(via); ++i) {
      const AnswerEdge& read = in_.At(via, i);
      for (size_t j = 0; j < out_.Count(via); ++j) {
        if (!budget_.Step()) return;
        const AnswerEdge& write = out_.At(via, j);
        Add(read.source, write.target, std::max(read.position, write.position));
      }
    }
  }

  // True when it leads from a kept node to a kept node.
  bool Connects(const std::vector<bool>& kept, uint32_t via) const {
    bool from = false;
    bool to = false;
    for (size_t i = 0; !from && i < in_.Count(via); ++i) from = kept[in_.At(via, i).source];
    for (size_t i = 0; from && !to && i < out_.Count(via); ++i) to = kept[out_.At(via, i).target];
    return from && to;
  }

  // Marks the data next to a run that is left out with its cut.
  void PassOnCut(Answer& answer, uint32_t via) const {
    const bool up = answer.direction == Direction::kUpstream;
    const Lists& near = up ? out_ : in_;
    for (size_t i = 0; i < near.Count(via); ++i) {
      const AnswerEdge& edge = near.At(via, i);
      answer.nodes[up ? edge.target : edge.source].cut = true;
    }
  }

  std::vector<AnswerEdge> Take() { return std::move(edges_); }

 private:
  void Add(uint32_t source, uint32_t target, uint32_t position) {
    const auto [found, fresh] = place_.try_emplace({source, target}, edges_.size());
    if (!fresh) {
      AnswerEdge& edge = edges_[found->second];
      edge.position = std::min(edge.position, position);
    } else if (budget_.Put()) {
      edges_.push_back(
          {.source = source, .target = target, .role = EdgeRole::kDerives, .position = position});
    }
  }

  const Lists in_;
  const Lists out_;
  Budget& budget_;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, size_t> place_;
  std::vector<AnswerEdge> edges_;
};

}  // namespace

Answer WithoutVias(const Graph& graph, Answer answer, const CollapseLimits& limits) {
  Budget budget(limits);
  ViaJoiner joiner(answer, budget);
  std::vector<bool> kept(answer.nodes.size(), true);
  for (uint32_t i = 0; i < answer.nodes.size(); ++i) {
    if (i < answer.root_count || !IsVia(graph.type(answer.nodes[i].id))) continue;
    kept[i] = false;
    if (!budget.spent()) joiner.Join(i);
    if (answer.nodes[i].cut) joiner.PassOnCut(answer, i);
  }
  Compact(answer, kept, joiner.Take(), budget);
  return answer;
}

Answer Filtered(const Graph& graph, Answer answer, absl::FunctionRef<bool(NodeId)> keep,
                const CollapseLimits& limits) {
  Budget budget(limits);
  const bool columns = answer.grain == Grain::kColumn;
  std::vector<bool> kept(answer.nodes.size());
  for (uint32_t i = 0; i < answer.nodes.size(); ++i) {
    const NodeId id = answer.nodes[i].id;
    kept[i] = i < answer.root_count || ((columns || IsData(graph.type(id))) && keep(id));
  }
  std::vector<AnswerEdge> bridges = Bridges(graph, answer, kept, budget).Find();
  const ViaJoiner vias(answer, budget);
  std::vector<bool> shown = kept;
  for (uint32_t i = 0; !columns && i < answer.nodes.size(); ++i) {
    if (!kept[i] && IsVia(graph.type(answer.nodes[i].id))) shown[i] = vias.Connects(kept, i);
  }
  Compact(answer, shown, std::move(bridges), budget);
  return answer;
}

}  // namespace whence::lineage
