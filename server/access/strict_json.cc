#include "access/strict_json.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/strings.h"
#include "boost/json/basic_parser_impl.hpp"
#include "boost/json/error.hpp"
#include "boost/json/value_stack.hpp"

namespace whence::access {
namespace {

namespace json = boost::json;
using Error = json::error_code;

// Purpose: builds a value from the parser's events, and knows the names that each open object has.
// Thread-safety: one thread.
class Builder {  // NOLINT: the names of its functions are Boost.JSON's
 public:
  static constexpr size_t max_object_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_array_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_key_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_string_size = std::numeric_limits<size_t>::max();

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) {
    names_.emplace_back();
    return true;
  }
  bool on_object_end(size_t members, Error&) {
    names_.pop_back();
    values_.push_object(members);
    return true;
  }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(size_t elements, Error&) {
    values_.push_array(elements);
    return true;
  }
  bool on_key_part(json::string_view part, size_t, Error&) {
    name_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, size_t, Error& error) {
    name_.append(part.data(), part.size());
    values_.push_key(part);
    if (names_.back().insert(std::exchange(name_, {})).second) return true;
    twice_ = true;
    error = json::error::exception;
    return false;
  }
  bool on_string_part(json::string_view part, size_t, Error&) {
    values_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, size_t, Error&) {
    values_.push_string(part);
    return true;
  }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(int64_t number, json::string_view, Error&) {
    values_.push_int64(number);
    return true;
  }
  bool on_uint64(uint64_t number, json::string_view, Error&) {
    values_.push_uint64(number);
    return true;
  }
  bool on_double(double number, json::string_view, Error&) {
    values_.push_double(number);
    return true;
  }
  bool on_bool(bool value, Error&) {
    values_.push_bool(value);
    return true;
  }
  bool on_null(Error&) {
    values_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

  // Before the first event, and after the last one.
  void Begin() { values_.reset(); }
  json::value Take() { return values_.release(); }
  bool has_name_twice() const { return twice_; }

 private:
  json::value_stack values_;
  std::vector<absl::flat_hash_set<std::string>> names_;  // of the open objects, outermost first
  std::string name_;                                     // of the member under way
  bool twice_ = false;
};

absl::Status Malformed(std::string_view what, size_t at) {
  return InvalidArgument("JSON_MALFORMED", "", StrCat(what, " at byte ", at),
                         "send one JSON value as RFC 8259 has it");
}

bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

absl::StatusOr<json::value> ParseStrictJson(std::string_view text, size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<Builder> parser(options);
  parser.handler().Begin();
  Error error;
  size_t read = parser.write_some(/*more=*/false, text.data(), text.size(), error);
  if (parser.handler().has_name_twice()) return Malformed("two members of one name", read);
  if (error == json::error::too_deep) {
    return Malformed(StrCat("over ", max_depth, " arrays and objects inside each other"), read);
  }
  if (error) return Malformed(StrCat("no JSON (", error.message(), ")"), read);
  while (read < text.size() && IsJsonSpace(text[read])) ++read;
  if (read < text.size()) return Malformed("something behind the JSON value", read);
  return parser.handler().Take();
}

const json::string* FindString(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(json::string_view(name.data(), name.size()));
  return found == nullptr ? nullptr : found->if_string();
}

}  // namespace whence::access
