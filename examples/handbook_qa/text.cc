#include "text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace handbook {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

constexpr auto kStopWords = std::to_array<std::string_view>(
    {"a",    "about", "all",   "also",  "an",   "and",   "any",  "are",    "as",   "at",   "be",
     "been", "being", "but",   "by",    "can",  "could", "did",  "do",     "does", "each", "for",
     "from", "had",   "has",   "have",  "he",   "her",   "his",  "how",    "if",   "in",   "into",
     "is",   "it",    "its",   "many",  "may",  "more",  "much", "must",   "no",   "nor",  "not",
     "of",   "on",    "or",    "other", "our",  "shall", "she",  "should", "so",   "such", "than",
     "that", "the",   "their", "them",  "then", "they",  "this", "those",  "to",   "was",  "were",
     "what", "when",  "where", "which", "who",  "whom",  "will", "with",   "would"});

constexpr auto kQuantities = std::to_array<std::string_view>(
    {"two",     "three",  "four",   "five",    "six",      "seven", "eight", "nine",
     "ten",     "eleven", "twelve", "twenty",  "thirty",   "forty", "fifty", "sixty",
     "seventy", "eighty", "ninety", "hundred", "thousand", "half",  "third", "fourth",
     "fifth",   "once",   "twice",  "single",  "majority", "noon",  "day",   "week",
     "month",   "year",   "age",    "dollar",  "every"});

// The handbook keeps its century's words and spelling; people ask in today's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kSameWord = {{
    {"behaviour", "behavior"},
    {"chosen", "choose"},
    {"chuse", "choose"},
    {"chusing", "choose"},
    {"defence", "defense"},
    {"die", "death"},
    {"died", "death"},
    {"dies", "death"},
    {"encreased", "increase"},
    {"labour", "labor"},
    {"offence", "offense"},
    {"offences", "offense"},
    {"old", "age"},
}};

// A clause before a semicolon stands alone from this many words on; a shorter one is an item of a
// list ("coin Money; emit Bills of Credit; ...") and says nothing without its neighbours.
constexpr std::ptrdiff_t kMinClauseWords = 20;

// ASCII only, whatever the locale: the handbook is ASCII, and the index must not differ by machine.
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsWordChar(char c) { return IsLower(c) || IsUpper(c) || IsDigit(c); }
char ToLower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

template <typename Words>
bool Contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool HasVowel(std::string_view word) { return word.find_first_of("aeiouy") != kNone; }

// Single letters are initials or what is left of "President's".
bool IsTerm(std::string_view word) {
  if (word.empty() || (word.size() == 1 && !IsDigit(word.front()))) return false;
  return !Contains(kStopWords, word);
}

// Removes `ending` if at least `keep` letters and a vowel remain.
bool DropEnding(std::string& word, std::string_view ending, std::size_t keep) {
  if (!word.ends_with(ending) || word.size() < ending.size() + keep) return false;
  if (!HasVowel(std::string_view(word).substr(0, word.size() - ending.size()))) return false;
  word.resize(word.size() - ending.size());
  return true;
}

void DropPlural(std::string& word) {
  if (word.size() > 4 && word.ends_with("ies")) {
    word.replace(word.size() - 3, 3, "y");
  } else if (word.ends_with("sses") || word.ends_with("xes") || word.ends_with("ches") ||
             word.ends_with("shes")) {
    word.resize(word.size() - 2);
  } else if (word.size() > 3 && word.ends_with("s") && !word.ends_with("ss") &&
             !word.ends_with("us")) {
    word.pop_back();
  }
}

// "adjourned", "adjourning" -> "adjourn"; "expelling" -> "expel"; "resignation" -> "resign".
void DropVerbEnding(std::string& word) {
  if (DropEnding(word, "ing", 3) || DropEnding(word, "ed", 3)) {
    const std::size_t n = word.size();
    const bool doubled = n > 3 && word[n - 1] == word[n - 2] && word[n - 1] != 's';
    if (doubled) word.pop_back();
  } else if (!DropEnding(word, "ation", 4) && (word.ends_with("tion") || word.ends_with("sion"))) {
    DropEnding(word, "ion", 4);
  }
}

// Does the sentence that begins at `start` end with the character at `i`? It does at '.', '?', '!'
// and at a semicolon after a whole clause, if a capital (or, after a clause, anything) follows.
bool EndsSentence(std::string_view text, std::size_t start, std::size_t i) {
  const std::string_view rest = text.substr(i + 1);
  if (!rest.empty() && rest.front() != ' ') return false;
  const bool capital_follows = rest.size() < 2 || IsUpper(rest[1]) || rest[1] == '"';
  if (text[i] != ';') return capital_follows && std::string_view(".?!").find(text[i]) != kNone;
  const std::string_view clause = text.substr(start, i - start);
  return capital_follows || std::count(clause.begin(), clause.end(), ' ') + 1 >= kMinClauseWords;
}

}  // namespace

std::string Stem(std::string_view word) {
  for (const auto& [old, today] : kSameWord) {
    if (word == old) return Stem(today);
  }
  std::string stem(word);
  if (stem.size() < 4 || IsDigit(stem.front())) return stem;
  DropPlural(stem);
  DropVerbEnding(stem);
  if (stem.size() > 3) DropEnding(stem, "e", 3);
  return stem;
}

std::vector<std::string> Terms(std::string_view text) {
  std::vector<std::string> terms;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && IsWordChar(text[i])) {
      word.push_back(ToLower(text[i]));
      continue;
    }
    if (IsTerm(word)) terms.push_back(Stem(word));
    word.clear();
  }
  return terms;
}

std::vector<std::string_view> Sentences(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!EndsSentence(text, start, i)) continue;
    sentences.push_back(text.substr(start, i + 1 - start));
    start = std::min(i + 2, text.size());  // after the space
  }
  if (start < text.size()) sentences.push_back(text.substr(start));
  return sentences;
}

bool IsQuantity(std::string_view term) {
  if (!term.empty() && IsDigit(term.front())) return true;
  return std::any_of(kQuantities.begin(), kQuantities.end(),
                     [&](std::string_view word) { return Stem(word) == term; });
}

std::string Squeeze(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    if (!IsSpace(c)) {
      squeezed.push_back(c);
    } else if (!squeezed.empty() && squeezed.back() != ' ') {
      squeezed.push_back(' ');
    }
  }
  if (squeezed.ends_with(' ')) squeezed.pop_back();
  return squeezed;
}

}  // namespace handbook
