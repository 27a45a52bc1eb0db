#include "cli/graph/graph_view.h"

#include <algorithm>
#include <tuple>

namespace whence::cli {
namespace {

void SortAndThin(std::vector<Step>& steps) {
  const auto key = [](const Step& step) { return std::tuple(step.edge->role(), step.node); };
  std::stable_sort(steps.begin(), steps.end(),
                   [&key](const Step& a, const Step& b) { return key(a) < key(b); });
  steps.erase(std::unique(steps.begin(), steps.end(),
                          [&key](const Step& a, const Step& b) { return key(a) == key(b); }),
              steps.end());
}

}  // namespace

GraphView::GraphView(const v1::LineageGraph& graph)
    : graph_(graph),
      origins_(static_cast<size_t>(graph.nodes_size())),
      results_(static_cast<size_t>(graph.nodes_size())) {
  for (const v1::LineageEdge& edge : graph.edges()) {
    const auto inside = [this](int index) { return index >= 0 && index < size(); };
    if (!inside(edge.source()) || !inside(edge.target())) continue;
    origins_[static_cast<size_t>(edge.target())].push_back({edge.source(), &edge});
    results_[static_cast<size_t>(edge.source())].push_back({edge.target(), &edge});
  }
  for (std::vector<Step>& steps : origins_) SortAndThin(steps);
  for (std::vector<Step>& steps : results_) SortAndThin(steps);
  if (size() == 0) return;
  roots_.push_back(0);
  if (!node(0).has_dataset() || node(0).reference() == graph.root()) return;
  for (int i = 1; i < size() && node(i).depth() == 0; ++i) {
    if (node(i).has_dataset() && node(i).dataset().asset_id() == node(0).dataset().asset_id()) {
      roots_.push_back(i);
    }
  }
}

int GraphView::Find(std::string_view reference) const {
  for (int i = 0; i < size(); ++i) {
    if (node(i).reference() == reference) return i;
  }
  return -1;
}

}  // namespace whence::cli
