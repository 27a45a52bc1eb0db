#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answerer.h"

namespace handbook {

// A question whose answer is known by some words of it; no words: the handbook does not say.
struct Example {
  std::string question;
  std::string expected;
};

// One example a line: question, tab, words of the answer ("-" for none). # begins a comment.
// Nothing if a line is not of that form.
std::optional<std::vector<Example>> ParseExamples(std::string_view text);

// Is `answer` the one the example expects?
bool IsRight(const Example& example, std::string_view answer);

struct TrainingResult {
  Model model;
  int examples = 0;
  int right = 0;      // examples that the model answers as expected
  double margin = 0;  // how clearly, on average: right over the best wrong choice
  int models_tried = 0;
};

// Tries every model of a small grid on the examples and keeps the one with the most right answers;
// among equals the one with the clearest margin, then the first. Always the same result.
TrainingResult Train(const Answerer& answerer, const std::vector<Example>& examples);

}  // namespace handbook
