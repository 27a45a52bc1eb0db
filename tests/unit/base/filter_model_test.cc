// Filters against a naive evaluator: random expressions are made as trees, written as text in one
// of the many ways there are, parsed, and must agree with the tree on random rows.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/filter.h"
#include "base_test_util.h"

namespace whence {
namespace {

using testing::Random;

const std::vector<FilterField> kFields = {
    {"s", FilterField::kString}, {"t", FilterField::kString}, {"n", FilterField::kNumber},
    {"w", FilterField::kTime},   {"b", FilterField::kBool},   {"m", FilterField::kMap},
};
const std::vector<std::string> kWords = {"",   "a",  "b", "ab", "a b",
                                         "\"", "\\", "5", "10", "\xc3\xa9"};
const std::vector<std::string> kKeys = {"k", "k.l", "a key", "\xc3\xbc"};

// A row in the shape that the naive evaluator likes: everything by name, absent is absent.
struct NaiveRow : FilterLookup {
  std::map<std::string, std::string, std::less<>> strings;
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, absl::Time, std::less<>> times;
  std::map<std::string, bool, std::less<>> bools;
  std::map<std::string, std::vector<std::string>, std::less<>> entries;

  FilterValue Get(std::string_view field) const override {
    if (const auto i = strings.find(field); i != strings.end()) return i->second;
    if (const auto i = numbers.find(field); i != numbers.end()) return i->second;
    if (const auto i = times.find(field); i != times.end()) return i->second;
    if (const auto i = bools.find(field); i != bools.end()) return i->second;
    return {};
  }
  std::vector<FilterValue> GetMap(std::string_view field, std::string_view key) const override {
    const auto i = entries.find(key);
    if (field != "m" || i == entries.end()) return {};
    return {i->second.begin(), i->second.end()};
  }
};

struct Tree {
  char kind = 'c';  // '&', '|', '!', or 'c' for a comparison
  std::vector<Tree> children;
  std::string field;
  std::string key;  // of a map
  std::string op;
  std::string word;
  double number = 0;
  int64_t day = 0;
  bool boolean = false;
};

template <typename T>
bool NaiveOrder(const T& left, const std::string& op, const T& right) {
  if (op == "=") return left == right;
  if (op == "!=") return left != right;
  if (op == "<") return left < right;
  if (op == "<=") return left <= right;
  if (op == ">") return left > right;
  return left >= right;
}

bool IsInteger(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

bool NaiveEntry(const std::string& entry, const std::string& op, const std::string& word) {
  if (op == ":") return entry.find(word) != std::string::npos;
  if (op != "=" && op != "!=" && IsInteger(entry) && IsInteger(word)) {
    return NaiveOrder(std::stoi(entry), op, std::stoi(word));
  }
  return NaiveOrder(entry, op, word);
}

bool NaiveMap(const Tree& tree, const NaiveRow& row) {
  const std::string& key = tree.key.empty() ? tree.word : tree.key;
  const auto found = row.entries.find(key);
  const bool there = found != row.entries.end() && !found->second.empty();
  if (tree.key.empty()) return there;
  if (!there) return tree.op == "!=";
  bool any = false;
  bool all = true;
  for (const std::string& entry : found->second) {
    const bool holds = NaiveEntry(entry, tree.op, tree.word);
    any = any || holds;
    all = all && holds;
  }
  return tree.op == "!=" ? all : any;
}

bool NaiveComparison(const Tree& tree, const NaiveRow& row) {
  const bool absent = tree.op == "!=";
  switch (tree.field.front()) {
    case 'm':
      return NaiveMap(tree, row);
    case 'n': {
      const auto i = row.numbers.find(tree.field);
      return i == row.numbers.end() ? absent : NaiveOrder(i->second, tree.op, tree.number);
    }
    case 'w': {
      const auto i = row.times.find(tree.field);
      const absl::Time time = absl::UnixEpoch() + absl::Hours(24) * tree.day;
      return i == row.times.end() ? absent : NaiveOrder(i->second, tree.op, time);
    }
    case 'b': {
      const auto i = row.bools.find(tree.field);
      return i == row.bools.end() ? absent : NaiveOrder(i->second, tree.op, tree.boolean);
    }
    default: {
      const auto i = row.strings.find(tree.field);
      if (i == row.strings.end()) return absent;
      if (tree.op == ":") return i->second.find(tree.word) != std::string::npos;
      return NaiveOrder(i->second, tree.op, tree.word);
    }
  }
}

bool NaiveMatches(const Tree& tree, const NaiveRow& row) {
  switch (tree.kind) {
    case '!':
      return !NaiveMatches(tree.children[0], row);
    case '&':
      for (const Tree& child : tree.children) {
        if (!NaiveMatches(child, row)) return false;
      }
      return true;
    case '|':
      for (const Tree& child : tree.children) {
        if (NaiveMatches(child, row)) return true;
      }
      return false;
    default:
      return NaiveComparison(tree, row);
  }
}

Tree RandomComparison(Random& random) {
  static const std::vector<std::string> kOrder = {"=", "!=", "<", "<=", ">", ">="};
  static const std::vector<std::string> kEqual = {"=", "!="};
  static const std::vector<std::string> kAll = {"=", "!=", "<", "<=", ">", ">=", ":"};
  static const std::vector<std::string> kNames = {"s", "t", "n", "w", "b", "m", "m"};
  Tree tree;
  tree.field = random.Pick(kNames);
  tree.word = random.Pick(kWords);
  tree.number = static_cast<double>(random.Below(5)) / 2 - 1;
  tree.day = static_cast<int64_t>(random.Below(4));
  tree.boolean = random.OneIn(2);
  switch (tree.field.front()) {
    case 's':
    case 't':
      tree.op = random.Pick(kAll);
      break;
    case 'm':
      tree.op = random.Pick(kAll);
      tree.key = random.Pick(kKeys);
      if (random.OneIn(4)) {
        tree.word = tree.key;
        tree.key.clear();
        tree.op = ":";
      }
      break;
    case 'b':
      tree.op = random.Pick(kEqual);
      break;
    default:
      tree.op = random.Pick(kOrder);
  }
  return tree;
}

Tree RandomTree(Random& random, int depth) {
  if (depth == 0 || random.OneIn(3)) return RandomComparison(random);
  Tree tree;
  tree.kind = "&|!"[random.Below(3)];
  for (size_t n = tree.kind == '!' ? 1 : 2 + random.Below(2); n > 0; --n) {
    tree.children.push_back(RandomTree(random, depth - 1));
  }
  return tree;
}

std::string Spaces(Random& random, bool at_least_one) {
  static const std::vector<std::string> kSpaces = {" ", "  ", "\t", "\n", " \r\n "};
  if (!at_least_one && random.OneIn(2)) return "";
  return random.Pick(kSpaces);
}

// Bare where that is legal and the coin says so.
std::string WriteWord(Random& random, const std::string& word) {
  const bool bare = !word.empty() && word.find_first_of(" \"\\") == std::string::npos;
  if (bare && random.OneIn(2)) return word;
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string WriteValue(Random& random, const Tree& tree) {
  switch (tree.field.front()) {
    case 'n':
      return WriteWord(random, std::to_string(tree.number));
    case 'w': {
      const std::string day = "1970-01-0" + std::to_string(tree.day + 1);
      return WriteWord(random, random.OneIn(2) ? day : day + "T00:00:00Z");
    }
    case 'b':
      return WriteWord(random, tree.boolean ? "true" : "false");
    default:
      return WriteWord(random, tree.word);
  }
}

// How tightly a node binds: OR 0, AND 1, NOT and comparisons 2.
int Strength(const Tree& tree) { return tree.kind == '|' ? 0 : tree.kind == '&' ? 1 : 2; }

std::string Write(Random& random, const Tree& tree);

// In parentheses if the place binds tighter than the node, or if the coin says so.
std::string WriteIn(Random& random, const Tree& tree, int strength) {
  const std::string text = Write(random, tree);
  if (Strength(tree) >= strength && !random.OneIn(4)) return text;
  return "(" + Spaces(random, false) + text + Spaces(random, false) + ")";
}

std::string Write(Random& random, const Tree& tree) {
  if (tree.kind == 'c') {
    std::string text = tree.field;
    if (!tree.key.empty()) text += "." + WriteWord(random, tree.key);
    return text + Spaces(random, false) + tree.op + Spaces(random, false) +
           WriteValue(random, tree);
  }
  if (tree.kind == '!') {
    // NOT takes one operand that is no NOT itself.
    const Tree& child = tree.children[0];
    const std::string operand = WriteIn(random, child, child.kind == '!' ? 3 : 2);
    return (random.OneIn(2) ? "-" : "NOT ") + operand;
  }
  std::string text;
  for (const Tree& child : tree.children) {
    if (!text.empty()) {
      text += Spaces(random, true);
      if (tree.kind == '|') text += "OR ";
      if (tree.kind == '&' && random.OneIn(2)) text += "AND ";
    }
    // A list within a list of its kind reads the same without parentheses.
    text += WriteIn(random, child, Strength(tree));
  }
  return text;
}

NaiveRow RandomRow(Random& random) {
  NaiveRow row;
  if (!random.OneIn(4)) row.strings["s"] = random.Pick(kWords);
  if (!random.OneIn(4)) row.strings["t"] = random.Pick(kWords);
  if (!random.OneIn(4)) row.numbers["n"] = static_cast<double>(random.Below(5)) / 2 - 1;
  if (!random.OneIn(4)) {
    row.times["w"] = absl::UnixEpoch() + absl::Hours(24 * static_cast<int64_t>(random.Below(4)));
  }
  if (!random.OneIn(4)) row.bools["b"] = random.OneIn(2);
  for (const std::string& key : kKeys) {
    for (size_t n = random.Below(4); n > 0; --n) row.entries[key].push_back(random.Pick(kWords));
  }
  return row;
}

TEST_CASE("filters agree with a naive evaluator", "[filter]") {
  Random random(4711);
  size_t matched = 0;
  size_t evaluated = 0;
  for (int i = 0; i < 8000; ++i) {
    const Tree tree = RandomTree(random, 3);
    const std::string text = Write(random, tree);
    CAPTURE(text);
    const auto filter = Filter::Parse(text, kFields);
    INFO(testing::MessageOf(filter));
    REQUIRE(filter.ok());
    for (int r = 0; r < 8; ++r) {
      const NaiveRow row = RandomRow(random);
      const bool expected = NaiveMatches(tree, row);
      REQUIRE(filter->Matches(row) == expected);
      matched += expected ? 1 : 0;
      ++evaluated;
    }
  }
  // Neither side of the answer is rare.
  CHECK(matched > evaluated / 5);
  CHECK(matched < evaluated * 4 / 5);
}

}  // namespace
}  // namespace whence
