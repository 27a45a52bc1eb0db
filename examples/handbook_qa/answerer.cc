#include "answerer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>

#include "lines.h"
#include "text.h"

namespace handbook {
namespace {

constexpr std::size_t kRetrieved = 5;
constexpr std::string_view kMagic = "handbook-answerer 1";

struct Parameter {
  std::string_view name;
  double Model::*value;
};
constexpr std::array<Parameter, 4> kParameters = {{
    {"passage", &Model::passage},
    {"proximity", &Model::proximity},
    {"quantity", &Model::quantity},
    {"min_overlap", &Model::min_overlap},
}};

bool AsksForQuantity(std::string_view question) {
  constexpr std::array<std::string_view, 8> kOpenings = {"How many",  "How long",     "How old",
                                                         "How often", "How soon",     "How large",
                                                         "When",      "What majority"};
  return std::any_of(kOpenings.begin(), kOpenings.end(),
                     [&](std::string_view opening) { return question.starts_with(opening); });
}

// How close the question's terms stand: the terms found, over the length of the shortest stretch
// of the sentence that holds them all.
double Proximity(const std::vector<std::string>& sentence, const std::set<std::string>& wanted) {
  if (wanted.empty()) return 0;
  std::size_t shortest = sentence.size();
  for (std::size_t begin = 0; begin < sentence.size(); ++begin) {
    std::set<std::string> missing = wanted;
    for (std::size_t end = begin; end < sentence.size() && end - begin < shortest; ++end) {
      missing.erase(sentence[end]);
      if (missing.empty()) shortest = end - begin + 1;
    }
  }
  return static_cast<double>(wanted.size()) / static_cast<double>(shortest);
}

// An answer reads without the semicolon that led on to the next clause.
std::string_view WithoutSemicolon(std::string_view sentence) {
  if (sentence.ends_with(';')) sentence.remove_suffix(1);
  return sentence;
}

}  // namespace

std::string FormatModel(const Model& model) {
  std::string text(kMagic);
  text += '\n';
  for (const Parameter& parameter : kParameters) {
    text += std::string(parameter.name) + ' ' + FormatNumber(model.*parameter.value) + '\n';
  }
  return text;
}

std::optional<Model> ParseModel(std::string_view text) {
  const std::vector<std::string_view> lines = Split(text, '\n');
  if (lines.size() != kParameters.size() + 1 || lines[0] != kMagic) return std::nullopt;
  Model model;
  for (std::size_t i = 0; i < kParameters.size(); ++i) {
    const std::vector<std::string_view> words = Split(lines[i + 1], ' ');
    if (words.size() != 2 || words[0] != kParameters[i].name) return std::nullopt;
    const std::optional<double> value = ParseNumber<double>(words[1]);
    if (!value) return std::nullopt;
    model.*kParameters[i].value = *value;
  }
  return model;
}

double Score(const Model& model, const Candidate& candidate) {
  const double sum = candidate.overlap + model.passage * candidate.passage +
                     model.proximity * candidate.proximity + model.quantity * candidate.quantity;
  return Round(sum / (1 + model.passage + model.proximity + model.quantity));
}

const Candidate* Best(const Model& model, const std::vector<Candidate>& candidates) {
  const auto best = std::max_element(
      candidates.begin(), candidates.end(),
      [&](const Candidate& a, const Candidate& b) { return Score(model, a) < Score(model, b); });
  if (best == candidates.end() || best->overlap < model.min_overlap) return nullptr;
  return &*best;
}

std::vector<Hit> Answerer::Retrieve(std::string_view question) const {
  return index_.Search(question, kRetrieved);
}

std::vector<Candidate> Answerer::Candidates(std::string_view question,
                                            const std::vector<Hit>& retrieved) const {
  const std::vector<std::string> question_terms = Terms(question);
  std::vector<Candidate> candidates;
  for (const Hit& hit : retrieved) {
    const Passage& passage = passages_.at(static_cast<std::size_t>(hit.row - 1));
    for (const std::string_view sentence : Sentences(passage.text)) {
      candidates.push_back(Examine(question, question_terms, sentence, hit));
    }
  }
  return candidates;
}

Candidate Answerer::Examine(std::string_view question,
                            const std::vector<std::string>& question_terms,
                            std::string_view sentence, const Hit& hit) const {
  const std::vector<std::string> terms = Terms(sentence);
  const std::set<std::string> distinct(question_terms.begin(), question_terms.end());
  std::set<std::string> found;
  double found_weight = 0;
  double total_weight = 0;
  for (const std::string& term : distinct) {
    total_weight += index_.Idf(term);
    if (std::find(terms.begin(), terms.end(), term) == terms.end()) continue;
    found_weight += index_.Idf(term);
    found.insert(term);
  }
  const bool quantity =
      AsksForQuantity(question) && std::any_of(terms.begin(), terms.end(), IsQuantity);
  return {.row = hit.row,
          .sentence = sentence,
          .overlap = distinct.empty() ? 0 : found_weight / total_weight,
          .passage = hit.score,
          .proximity = Proximity(terms, found),
          .quantity = quantity ? 1.0 : 0.0};
}

Answer Answerer::Ask(std::string_view question, const Model& model) const {
  Answer answer;
  answer.retrieved = Retrieve(question);
  const std::vector<Candidate> candidates = Candidates(question, answer.retrieved);
  if (const Candidate* best = Best(model, candidates)) {
    answer.text = WithoutSemicolon(best->sentence);
    answer.row = best->row;
    answer.score = Score(model, *best);
  }
  return answer;
}

}  // namespace handbook
