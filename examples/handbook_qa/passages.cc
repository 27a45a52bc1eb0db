#include "passages.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "lines.h"
#include "text.h"

namespace handbook {
namespace {

constexpr std::size_t kMaxWords = 90;
constexpr std::size_t kMaxSentences = 6;
constexpr std::size_t kMaxHeadingLength = 60;
constexpr std::string_view kTableHeader = "row\theading\ttext";

// Paragraphs stand between blank lines.
std::vector<std::string_view> Paragraphs(std::string_view text) {
  std::vector<std::string_view> paragraphs;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    if (!Squeeze(text.substr(0, end)).empty()) paragraphs.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return paragraphs;
}

bool IsHeading(std::string_view paragraph) {
  return paragraph.size() <= kMaxHeadingLength &&
         std::string_view(".,;:!?\"").find(paragraph.back()) == std::string_view::npos;
}

std::size_t CountWords(std::string_view sentence) {
  return static_cast<std::size_t>(std::count(sentence.begin(), sentence.end(), ' ')) + 1;
}

// Collects sentences into passages; a heading or a full passage starts the next one.
class Cutter {
 public:
  // "Section 2" stands under the heading before it; any other heading replaces that one.
  void AddHeading(const std::string& heading) {
    ClosePassage();
    if (heading.starts_with("Section ")) {
      section_ = heading;
    } else {
      chapter_ = heading;
      section_.clear();
    }
  }

  void AddSentence(std::string_view sentence) {
    const std::size_t words = CountWords(sentence);
    if (words_ + words > kMaxWords || sentences_ == kMaxSentences) ClosePassage();
    if (!text_.empty()) text_ += ' ';
    text_ += sentence;
    words_ += words;
    ++sentences_;
  }

  std::vector<Passage> Finish() {
    ClosePassage();
    return std::move(passages_);
  }

 private:
  void ClosePassage() {
    if (text_.empty()) return;
    const int row = static_cast<int>(passages_.size()) + 1;
    const std::string heading = section_.empty() ? chapter_ : chapter_ + ", " + section_;
    passages_.push_back({.row = row, .heading = heading, .text = std::exchange(text_, {})});
    words_ = 0;
    sentences_ = 0;
  }

  std::string chapter_;
  std::string section_;
  std::string text_;
  std::size_t words_ = 0;
  std::size_t sentences_ = 0;
  std::vector<Passage> passages_;
};

}  // namespace

std::vector<Passage> CutPassages(std::string_view handbook) {
  Cutter cutter;
  for (const std::string_view raw : Paragraphs(handbook)) {
    const std::string paragraph = Squeeze(raw);
    if (IsHeading(paragraph)) {
      cutter.AddHeading(paragraph);
      continue;
    }
    for (const std::string_view sentence : Sentences(paragraph)) cutter.AddSentence(sentence);
  }
  return cutter.Finish();
}

std::string FormatPassages(const std::vector<Passage>& passages) {
  std::string table(kTableHeader);
  table += '\n';
  for (const Passage& passage : passages) {
    table += std::to_string(passage.row) + '\t' + passage.heading + '\t' + passage.text + '\n';
  }
  return table;
}

std::optional<std::vector<Passage>> ParsePassages(std::string_view table) {
  const std::vector<std::string_view> lines = Split(table, '\n');
  if (lines.empty() || lines.front() != kTableHeader) return std::nullopt;
  std::vector<Passage> passages;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string_view> cells = Split(lines[i], '\t');
    if (cells.size() != 3) return std::nullopt;
    const std::optional<int> row = ParseNumber<int>(cells[0]);
    if (row != static_cast<int>(i)) return std::nullopt;
    passages.push_back(
        {.row = *row, .heading = std::string(cells[1]), .text = std::string(cells[2])});
  }
  return passages;
}

}  // namespace handbook
