#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "passages.h"
#include "tfidf.h"

namespace handbook {

// What training learns: how much each sign that a sentence answers the question counts.
// The share of the question's terms that the sentence holds counts 1.
struct Model {
  double passage = 0.5;      // the similarity of the sentence's passage to the question
  double proximity = 0.5;    // the question's terms stand close together
  double quantity = 0.25;    // a "how many", "how long" or "when" meets a quantity
  double min_overlap = 0.3;  // a best sentence holding less of the question is no answer

  bool operator==(const Model&) const = default;
};

std::string FormatModel(const Model& model);

// Reads what FormatModel wrote; nothing if that is not what `text` is.
std::optional<Model> ParseModel(std::string_view text);

// A sentence that might answer, with the signs for it, each from 0 to 1.
struct Candidate {
  int row = 0;  // of its passage
  std::string_view sentence;
  double overlap = 0;
  double passage = 0;
  double proximity = 0;
  double quantity = 0;
};

// The model's trust in a candidate, from 0 to 1.
double Score(const Model& model, const Candidate& candidate);

struct Answer {
  std::string text;            // the sentence, word for word; empty: the handbook does not say
  int row = 0;                 // the passage it stands in; 0 without an answer
  double score = 0;            // the model's trust in it
  std::vector<Hit> retrieved;  // the passages that were looked at, best first

  bool operator==(const Answer&) const = default;
};

// Answers questions with sentences of the handbook. Keeps references: passages and index must
// outlive it. Has no changing state, so it may be used from any thread.
class Answerer {
 public:
  // `index` is made of `passages`.
  Answerer(const std::vector<Passage>& passages, const TfIdfIndex& index)
      : passages_(passages), index_(index) {}

  // The same question and model always give the same answer.
  Answer Ask(std::string_view question, const Model& model) const;

  // Every sentence of the passages retrieved, in order of retrieval; what Ask chooses from.
  std::vector<Candidate> Candidates(std::string_view question,
                                    const std::vector<Hit>& retrieved) const;

  // The passages to look at for a question.
  std::vector<Hit> Retrieve(std::string_view question) const;

 private:
  Candidate Examine(std::string_view question, const std::vector<std::string>& question_terms,
                    std::string_view sentence, const Hit& hit) const;

  const std::vector<Passage>& passages_;
  const TfIdfIndex& index_;
};

// The candidate with the most trust, the earlier of equals, or null if none holds enough of the
// question to be an answer.
const Candidate* Best(const Model& model, const std::vector<Candidate>& candidates);

}  // namespace handbook
