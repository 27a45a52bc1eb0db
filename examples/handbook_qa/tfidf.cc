#include "tfidf.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "lines.h"
#include "text.h"

namespace handbook {
namespace {

constexpr std::string_view kMagic = "handbook-tfidf 1";

double InverseFrequency(std::size_t passages, std::size_t passages_with_term) {
  const double n = static_cast<double>(passages);
  const double df = static_cast<double>(passages_with_term);
  return Round(std::log((1 + n) / (1 + df)) + 1);
}

std::map<std::string, int> CountTerms(std::string_view text) {
  std::map<std::string, int> counts;
  for (std::string& term : Terms(text)) ++counts[std::move(term)];
  return counts;
}

double TermFrequency(int count) { return 1 + std::log(static_cast<double>(count)); }

// "row:weight", the row being one of `passages`.
std::optional<Hit> ParsePosting(std::string_view text, std::size_t passages) {
  const std::vector<std::string_view> parts = Split(text, ':');
  if (parts.size() != 2) return std::nullopt;
  const auto row = ParseNumber<int>(parts[0]);
  const auto weight = ParseNumber<double>(parts[1]);
  if (!row || *row < 1 || static_cast<std::size_t>(*row) > passages || !weight) {
    return std::nullopt;
  }
  return Hit{.row = *row, .score = *weight};
}

}  // namespace

TfIdfIndex TfIdfIndex::Build(const std::vector<Passage>& passages) {
  TfIdfIndex index;
  index.passage_count_ = passages.size();
  for (const Passage& passage : passages) {
    for (const auto& [term, count] : CountTerms(passage.heading + ' ' + passage.text)) {
      index.terms_[term].postings.push_back({.row = passage.row, .score = TermFrequency(count)});
    }
  }
  std::map<int, double> squared_length;
  for (auto& [term, entry] : index.terms_) {
    entry.idf = InverseFrequency(passages.size(), entry.postings.size());
    for (Hit& posting : entry.postings) {
      posting.score *= entry.idf;
      squared_length[posting.row] += posting.score * posting.score;
    }
  }
  for (auto& [term, entry] : index.terms_) {
    for (Hit& posting : entry.postings) {
      posting.score = Round(posting.score / std::sqrt(squared_length[posting.row]));
    }
  }
  return index;
}

std::vector<Hit> TfIdfIndex::Search(std::string_view query, std::size_t k) const {
  std::map<int, double> scores;
  double squared_length = 0;
  for (const auto& [term, count] : CountTerms(query)) {
    const double weight = TermFrequency(count) * Idf(term);
    squared_length += weight * weight;
    const auto found = terms_.find(term);
    if (found == terms_.end()) continue;
    for (const Hit& posting : found->second.postings) {
      scores[posting.row] += weight * posting.score;
    }
  }
  std::vector<Hit> hits;
  for (const auto& [row, score] : scores) {
    hits.push_back({.row = row, .score = Round(score / std::sqrt(squared_length))});
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const Hit& a, const Hit& b) { return a.score > b.score; });
  if (hits.size() > k) hits.resize(k);
  return hits;
}

double TfIdfIndex::Idf(const std::string& term) const {
  const auto found = terms_.find(term);
  return found == terms_.end() ? InverseFrequency(passage_count_, 1) : found->second.idf;
}

std::string TfIdfIndex::Format() const {
  std::string text(kMagic);
  text += "\npassages " + std::to_string(passage_count_) + '\n';
  for (const auto& [term, entry] : terms_) {
    text += term + ' ' + FormatNumber(entry.idf);
    for (const Hit& posting : entry.postings) {
      text += ' ' + std::to_string(posting.row) + ':' + FormatNumber(posting.score);
    }
    text += '\n';
  }
  return text;
}

std::optional<TfIdfIndex> TfIdfIndex::Parse(std::string_view text) {
  const std::vector<std::string_view> lines = Split(text, '\n');
  if (lines.size() < 2 || lines[0] != kMagic) return std::nullopt;
  const std::vector<std::string_view> size = Split(lines[1], ' ');
  if (size.size() != 2 || size[0] != "passages") return std::nullopt;
  const auto passage_count = ParseNumber<std::size_t>(size[1]);
  if (!passage_count) return std::nullopt;

  TfIdfIndex index;
  index.passage_count_ = *passage_count;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const std::vector<std::string_view> words = Split(lines[i], ' ');
    const auto idf = words.size() > 2 ? ParseNumber<double>(words[1]) : std::nullopt;
    if (!idf) return std::nullopt;
    Entry entry{.idf = *idf, .postings = {}};
    for (std::size_t word = 2; word < words.size(); ++word) {
      const std::optional<Hit> posting = ParsePosting(words[word], *passage_count);
      if (!posting) return std::nullopt;
      entry.postings.push_back(*posting);
    }
    index.terms_.emplace(words[0], std::move(entry));
  }
  return index;
}

}  // namespace handbook
