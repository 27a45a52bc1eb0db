#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/edit_distance.h"
#include "base/error.h"
#include "base/filter_node.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::filter_internal {
namespace {

constexpr char kQuoteHint[] =
    "Put double quotes around a value with spaces or signs in it; inside, write \\\" and \\\\.";

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }
bool IsNameCharacter(char c) { return IsAlnum(c) || c == '_'; }
bool IsKeyCharacter(char c) {
  return IsNameCharacter(c) || !IsAscii(c) || c == '.' || c == '-' || c == '/' || c == '@';
}
bool IsValueCharacter(char c) { return IsKeyCharacter(c) || c == ':' || c == '+'; }
bool IsKeyword(std::string_view word) { return word == "AND" || word == "OR" || word == "NOT"; }

// Recursive descent, one function per rule of the grammar in filter.h.
class Parser {
 public:
  Parser(std::string_view text, std::span<const FilterField> allowed)
      : text_(text), allowed_(allowed) {}

  absl::StatusOr<Node> Parse() {
    WHENCE_ASSIGN_OR_RETURN(Node root, ParseExpression());
    if (!AtEnd()) return Malformed(at_, "there is a \")\" without its \"(\"");
    return root;
  }

 private:
  absl::StatusOr<Node> ParseExpression() {
    return ParseList(
        Node::Kind::kOr, [this] { return ParseTerm(); }, [this] { return TakeKeyword("OR"); });
  }

  absl::StatusOr<Node> ParseTerm() {
    return ParseList(
        Node::Kind::kAnd, [this] { return ParseFactor(); },
        [this] { return TakeKeyword("AND") || !(AtEnd() || Peek() == ')' || SeesKeyword("OR")); });
  }

  // One or more items; more than one become the children of a node of `kind`.
  template <typename ParseItem, typename TakeLink>
  absl::StatusOr<Node> ParseList(Node::Kind kind, ParseItem parse_item, TakeLink take_link) {
    WHENCE_ASSIGN_OR_RETURN(Node first, parse_item());
    SkipSpaces();
    if (!take_link()) return first;
    Node list;
    list.kind = kind;
    list.children.push_back(std::move(first));
    do {
      WHENCE_ASSIGN_OR_RETURN(Node next, parse_item());
      list.children.push_back(std::move(next));
      SkipSpaces();
    } while (take_link());
    return list;
  }

  absl::StatusOr<Node> ParseFactor() {
    SkipSpaces();
    const bool negated = TakeKeyword("NOT") || Take("-");
    SkipSpaces();
    WHENCE_ASSIGN_OR_RETURN(Node operand, ParseOperand());
    if (!negated) return operand;
    Node negation;
    negation.kind = Node::Kind::kNot;
    negation.children.push_back(std::move(operand));
    return negation;
  }

  absl::StatusOr<Node> ParseOperand() {
    const size_t open = at_;
    if (!Take("(")) return ParseComparison();
    if (++depth_ > kMaxFilterDepth) {
      return TooComplex(StrCat("parentheses are nested deeper than ", kMaxFilterDepth));
    }
    WHENCE_ASSIGN_OR_RETURN(Node inside, ParseExpression());
    if (!Take(")")) return Malformed(open, "the \"(\" is never closed");
    --depth_;
    return inside;
  }

  absl::StatusOr<Node> ParseComparison() {
    if (++comparisons_ > kMaxFilterTerms) {
      return TooComplex(StrCat("there are more than ", kMaxFilterTerms, " comparisons"));
    }
    Node node;
    Comparison& comparison = node.comparison;
    WHENCE_ASSIGN_OR_RETURN(const FilterField* const field, ParseField());
    comparison.field = std::string(field->name);
    comparison.type = field->type;
    WHENCE_RETURN_IF_ERROR(ParseKey(comparison));
    SkipSpaces();
    const size_t op_at = at_;
    WHENCE_ASSIGN_OR_RETURN(comparison.op, ParseOperator(field->name));
    WHENCE_RETURN_IF_ERROR(CheckOperator(comparison, op_at));
    SkipSpaces();
    const size_t value_at = at_;
    WHENCE_ASSIGN_OR_RETURN(std::string value, ParseValue());
    comparison.value = MakeLiteral(std::move(value));
    WHENCE_RETURN_IF_ERROR(CheckValue(comparison, *field, value_at));
    return node;
  }

  absl::StatusOr<const FilterField*> ParseField() {
    const size_t start = at_;
    while (!AtEnd() && IsNameCharacter(Peek())) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (name.empty() || IsKeyword(name)) {
      at_ = start;
      return Malformed(start, StrCat("expected a comparison, found ", DescribeHere()),
                       "Write field = value, e.g. owner = \"ana\".");
    }
    for (const FilterField& field : allowed_) {
      if (field.name == name) return &field;
    }
    return UnknownField(name, start);
  }

  // "." and a key after a map's name.
  absl::Status ParseKey(Comparison& comparison) {
    const size_t dot = at_;
    if (!Take(".")) return absl::OkStatus();
    if (comparison.type != FilterField::kMap) {
      return Malformed(
          dot, StrCat(comparison.field, " is ", DescribeType(comparison.type), " and has no keys"));
    }
    if (!AtEnd() && Peek() == '"') {
      WHENCE_ASSIGN_OR_RETURN(comparison.key, ParseQuoted());
      return absl::OkStatus();
    }
    const size_t start = at_;
    while (!AtEnd() && IsKeyCharacter(Peek())) ++at_;
    if (at_ == start) {
      return Malformed(
          at_, StrCat("expected a key after \"", comparison.field, ".\", found ", DescribeHere()),
          StrCat("Write ", comparison.field, ".key or ", comparison.field,
                 ".\"a key with spaces\"."));
    }
    comparison.key = std::string(text_.substr(start, at_ - start));
    return absl::OkStatus();
  }

  absl::StatusOr<Operator> ParseOperator(std::string_view field) {
    struct Spelling {
      std::string_view text;
      Operator op;
    };
    // The longer ones first, since "<" also begins "<=".
    constexpr std::array<Spelling, 7> kSpellings = {{{"!=", Operator::kNotEqual},
                                                     {"<=", Operator::kLessEqual},
                                                     {">=", Operator::kGreaterEqual},
                                                     {"<", Operator::kLess},
                                                     {">", Operator::kGreater},
                                                     {"=", Operator::kEqual},
                                                     {":", Operator::kHas}}};
    for (const Spelling& spelling : kSpellings) {
      if (Take(spelling.text)) return spelling.op;
    }
    return Malformed(at_, StrCat("expected =, !=, <, <=, >, >= or : after \"", field, "\", found ",
                                 DescribeHere()));
  }

  absl::Status CheckOperator(const Comparison& comparison, size_t op_at) const {
    const bool map = comparison.type == FilterField::kMap;
    if (map && !comparison.key && comparison.op != Operator::kHas) {
      return Malformed(op_at, StrCat(comparison.field, " is a map and needs a key"),
                       StrCat("Write ", comparison.field, ".key = value, or ", comparison.field,
                              ":key to ask whether the key is there."));
    }
    if (!Knows(comparison.type, comparison.op)) {
      return Malformed(
          op_at,
          StrCat("this operator is not for ", comparison.field, ", which is ",
                 DescribeType(comparison.type)),
          comparison.type == FilterField::kBool ? "Use = or !=." : "Use =, !=, <, <=, > or >=.");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ParseValue() {
    if (!AtEnd() && Peek() == '"') return ParseQuoted();
    const size_t start = at_;
    while (!AtEnd() && IsValueCharacter(Peek())) ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (word.empty() || IsKeyword(word)) {
      at_ = start;
      return Malformed(start, StrCat("expected a value, found ", DescribeHere()), kQuoteHint);
    }
    if (!AtEnd() && !IsSpace(Peek()) && Peek() != ')' && Peek() != '(') {
      return Malformed(at_, StrCat(DescribeHere(), " cannot stand in a value without quotes"),
                       kQuoteHint);
    }
    return std::string(word);
  }

  absl::StatusOr<std::string> ParseQuoted() {
    const size_t open = at_++;
    std::string value;
    while (!AtEnd()) {
      const char c = text_[at_++];
      if (c == '"') return value;
      if (c != '\\') {
        value.push_back(c);
      } else if (!AtEnd() && (Peek() == '"' || Peek() == '\\')) {
        value.push_back(text_[at_++]);
      } else {
        return Malformed(at_ - 1, "a backslash must be followed by \" or \\", kQuoteHint);
      }
    }
    return Malformed(open, "the quote is never closed", kQuoteHint);
  }

  absl::Status CheckValue(const Comparison& comparison, const FilterField& field,
                          size_t value_at) const {
    const std::string& text = comparison.value.text;
    if (!HasType(comparison.value, field.type)) {
      return Malformed(value_at,
                       StrCat(field.name, " is ", DescribeType(field.type), ", and ",
                              QuoteForMessage(text), " is not"),
                       ExampleOfType(field.type, kQuoteHint));
    }
    const bool exact = comparison.op == Operator::kEqual || comparison.op == Operator::kNotEqual;
    if (!exact || field.type != FilterField::kString || field.values.empty() ||
        std::find(field.values.begin(), field.values.end(), text) != field.values.end()) {
      return absl::OkStatus();
    }
    const std::vector<std::string> values(field.values.begin(), field.values.end());
    const std::optional<std::string> close = ClosestMatch(text, values);
    std::string list;
    for (const std::string& value : values) StrAppend(&list, list.empty() ? "" : ", ", value);
    return Malformed(
        value_at,
        StrCat(QuoteForMessage(text), " is no value of ", field.name, "; there are ", list),
        close ? StrCat("Did you mean ", *close, "?") : "Use one of these values.");
  }

  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return text_[at_]; }

  void SkipSpaces() {
    while (!AtEnd() && IsSpace(Peek())) ++at_;
  }

  bool Take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  // A keyword is a word of its own: "NOTE" does not begin with NOT, and "OR.x" is no OR.
  bool SeesKeyword(std::string_view keyword) const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with(keyword) &&
           (rest.size() == keyword.size() || !IsValueCharacter(rest[keyword.size()]));
  }

  bool TakeKeyword(std::string_view keyword) {
    if (!SeesKeyword(keyword)) return false;
    at_ += keyword.size();
    return true;
  }

  std::string DescribeHere() const {
    if (AtEnd()) return "the end";
    size_t end = at_;
    while (end < text_.size() && IsValueCharacter(text_[end])) ++end;
    if (end == at_) ++end;
    return QuoteForMessage(text_.substr(at_, end - at_), 40);
  }

  absl::Status Malformed(size_t offset, std::string_view message,
                         std::string_view hint = {}) const {
    return InvalidArgument("FILTER_MALFORMED", "filter",
                           StrCat("at ", DescribeLocation(text_, offset), ": ", message), hint);
  }

  static absl::Status TooComplex(std::string_view message) {
    return InvalidArgument("FILTER_TOO_COMPLEX", "filter", message,
                           "Ask for less at once, and filter the rest yourself.");
  }

  absl::Status UnknownField(std::string_view name, size_t start) const {
    if (IsKeyword(absl::AsciiStrToUpper(ToAbsl(name)))) {
      return Malformed(start, StrCat("expected a comparison, found ", DescribeWord(name)),
                       "Keywords are upper-case: AND, OR, NOT.");
    }
    std::vector<std::string> names;
    std::string list;
    for (const FilterField& field : allowed_) {
      names.emplace_back(field.name);
      StrAppend(&list, list.empty() ? "" : ", ", field.name,
                field.type == FilterField::kMap ? ".<key>" : "");
    }
    const std::optional<std::string> close = ClosestMatch(name, names);
    return InvalidArgument("FILTER_UNKNOWN_FIELD", "filter",
                           StrCat("at ", DescribeLocation(text_, start), ": there is no field ",
                                  DescribeWord(name), "; there are ", list),
                           close ? StrCat("Did you mean ", *close, "?") : "");
  }

  static std::string DescribeWord(std::string_view word) { return QuoteForMessage(word, 40); }

  const std::string_view text_;
  const std::span<const FilterField> allowed_;
  size_t at_ = 0;
  size_t depth_ = 0;
  size_t comparisons_ = 0;
};

absl::Status CheckText(std::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return InvalidArgument(
        "FILTER_TOO_COMPLEX", "filter",
        StrCat("has ", text.size(), " bytes; at most ", kMaxFilterBytes, " are allowed"),
        "Ask for less at once, and filter the rest yourself.");
  }
  absl::Status valid = ValidateText(text, "filter", kMaxFilterBytes, /*allow_newlines=*/true);
  if (valid.ok()) return valid;
  return InvalidArgument("FILTER_MALFORMED", "filter", ToStd(valid.message()),
                         GetErrorDetail(valid).hint);
}

}  // namespace

absl::StatusOr<Node> ParseFilter(std::string_view text, std::span<const FilterField> allowed) {
  WHENCE_RETURN_IF_ERROR(CheckText(text));
  return Parser(text, allowed).Parse();
}

}  // namespace whence::filter_internal
