#include "training.h"

#include <algorithm>
#include <cstddef>

#include "lines.h"

namespace handbook {
namespace {

// An example with the sentences to choose from, found once for all models.
struct Case {
  const Example* example;
  std::vector<Candidate> candidates;
};

std::vector<Model> Grid() {
  std::vector<Model> grid;
  for (const double passage : {0.0, 0.25, 0.5, 1.0}) {
    for (const double proximity : {0.0, 0.25, 0.5, 1.0}) {
      for (const double quantity : {0.0, 0.1, 0.25, 0.5}) {
        for (const double min_overlap : {0.2, 0.3, 0.4, 0.5, 0.6}) {
          grid.push_back({passage, proximity, quantity, min_overlap});
        }
      }
    }
  }
  return grid;
}

// By how much the right choice beats the best wrong one; below zero when it loses. For an example
// without an answer the right choice is silence, and the rival is the closest sentence.
double Margin(const Model& model, const Case& test) {
  double right = 0;
  double wrong = 0;
  double right_overlap = 0;
  double top_overlap = 0;
  for (const Candidate& candidate : test.candidates) {
    const double score = Score(model, candidate);
    top_overlap = std::max(top_overlap, candidate.overlap);
    if (!IsRight(*test.example, candidate.sentence)) {
      wrong = std::max(wrong, score);
    } else if (score > right) {
      right = score;
      right_overlap = candidate.overlap;
    }
  }
  if (test.example->expected.empty()) return model.min_overlap - top_overlap;
  return std::min(right - wrong, right_overlap - model.min_overlap);
}

TrainingResult Evaluate(const Model& model, const std::vector<Case>& cases) {
  TrainingResult result{.model = model, .examples = static_cast<int>(cases.size())};
  double margins = 0;
  for (const Case& test : cases) {
    const Candidate* best = Best(model, test.candidates);
    result.right += IsRight(*test.example, best ? best->sentence : "") ? 1 : 0;
    margins += Margin(model, test);
  }
  if (!cases.empty()) result.margin = Round(margins / static_cast<double>(cases.size()));
  return result;
}

bool IsBetter(const TrainingResult& a, const TrainingResult& b) {
  return a.right != b.right ? a.right > b.right : a.margin > b.margin;
}

}  // namespace

std::optional<std::vector<Example>> ParseExamples(std::string_view text) {
  std::vector<Example> examples;
  for (const std::string_view line : ContentLines(text)) {
    const std::vector<std::string_view> cells = Split(line, '\t');
    if (cells.size() != 2) return std::nullopt;
    const std::string_view expected = cells[1] == "-" ? "" : cells[1];
    examples.push_back({.question = std::string(cells[0]), .expected = std::string(expected)});
  }
  return examples;
}

bool IsRight(const Example& example, std::string_view answer) {
  if (example.expected.empty()) return answer.empty();
  return answer.find(example.expected) != std::string_view::npos;
}

TrainingResult Train(const Answerer& answerer, const std::vector<Example>& examples) {
  std::vector<Case> cases;
  for (const Example& example : examples) {
    const std::vector<Hit> retrieved = answerer.Retrieve(example.question);
    cases.push_back({&example, answerer.Candidates(example.question, retrieved)});
  }
  const std::vector<Model> grid = Grid();
  TrainingResult best = Evaluate(grid.front(), cases);
  for (std::size_t i = 1; i < grid.size(); ++i) {
    const TrainingResult result = Evaluate(grid[i], cases);
    if (IsBetter(result, best)) best = result;
  }
  best.models_tried = static_cast<int>(grid.size());
  return best;
}

}  // namespace handbook
