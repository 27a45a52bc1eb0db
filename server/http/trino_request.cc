#include "http/trino_request.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "boost/json/basic_parser_impl.hpp"
#include "boost/json/error.hpp"

namespace whence::http {
namespace {

namespace json = boost::json;
using Error = json::error_code;

// Where in a request the parser stands: inside the object, or array, that is called so.
enum class Place : uint8_t {
  kSkipped,  // something that nobody looks at
  kTop,
  kInput,
  kContext,
  kIdentity,
  kGroups,  // an array of texts
  kAction,
  kResource,
  kResources,  // an array of resources
  kCatalog,
  kSchema,
  kTable,
  kColumns,  // an array of texts
  kColumn,
  kFunction,
  kUser,
  kSession,
};

enum class Shape : uint8_t { kText, kObject, kArray, kNull, kOther };

// A member of an object that is looked at.
struct Member {
  Place at;
  std::string_view name;
  Shape shape;
  Place into = Place::kSkipped;                     // objects and arrays
  std::string_view TrinoResource::*slot = nullptr;  // texts of a resource
};

using R = TrinoResource;
constexpr std::array kMembers = {
    Member{Place::kTop, "input", Shape::kObject, Place::kInput},
    Member{Place::kInput, "context", Shape::kObject, Place::kContext},
    Member{Place::kInput, "action", Shape::kObject, Place::kAction},
    Member{Place::kContext, "identity", Shape::kObject, Place::kIdentity},
    Member{Place::kIdentity, "user", Shape::kText},
    Member{Place::kIdentity, "groups", Shape::kArray, Place::kGroups},
    Member{Place::kAction, "operation", Shape::kText},
    Member{Place::kAction, "resource", Shape::kObject, Place::kResource},
    Member{Place::kAction, "targetResource", Shape::kObject, Place::kResource},
    Member{Place::kAction, "filterResources", Shape::kArray, Place::kResources},
    Member{Place::kResource, "catalog", Shape::kObject, Place::kCatalog},
    Member{Place::kResource, "schema", Shape::kObject, Place::kSchema},
    Member{Place::kResource, "table", Shape::kObject, Place::kTable},
    Member{Place::kResource, "column", Shape::kObject, Place::kColumn},
    Member{Place::kResource, "function", Shape::kObject, Place::kFunction},
    Member{Place::kResource, "user", Shape::kObject, Place::kUser},
    Member{Place::kResource, "catalogSessionProperty", Shape::kObject, Place::kSession},
    Member{Place::kCatalog, "name", Shape::kText, {}, &R::catalog},
    Member{Place::kSchema, "catalogName", Shape::kText, {}, &R::catalog},
    Member{Place::kSchema, "schemaName", Shape::kText, {}, &R::schema},
    Member{Place::kTable, "catalogName", Shape::kText, {}, &R::catalog},
    Member{Place::kTable, "schemaName", Shape::kText, {}, &R::schema},
    Member{Place::kTable, "tableName", Shape::kText, {}, &R::table},
    Member{Place::kTable, "columns", Shape::kArray, Place::kColumns},
    Member{Place::kColumn, "catalogName", Shape::kText, {}, &R::catalog},
    Member{Place::kColumn, "schemaName", Shape::kText, {}, &R::schema},
    Member{Place::kColumn, "tableName", Shape::kText, {}, &R::table},
    Member{Place::kColumn, "columnName", Shape::kText, {}, &R::column},
    Member{Place::kFunction, "catalogName", Shape::kText, {}, &R::catalog},
    Member{Place::kFunction, "schemaName", Shape::kText, {}, &R::schema},
    Member{Place::kFunction, "functionName", Shape::kText, {}, &R::function},
    Member{Place::kFunction, "name", Shape::kText, {}, &R::function},
    Member{Place::kUser, "user", Shape::kText, {}, &R::user},
    Member{Place::kSession, "catalogName", Shape::kText, {}, &R::catalog},
};

// Where the members of each place begin in kMembers, and where they end.
struct Range {
  uint8_t begin = 0;
  uint8_t end = 0;
};
constexpr std::array kRanges = [] {
  std::array<Range, static_cast<size_t>(Place::kSession) + 1> ranges{};
  for (uint8_t i = 0; i < kMembers.size(); ++i) {
    Range& range = ranges[static_cast<size_t>(kMembers[i].at)];
    if (range.end == 0) range.begin = i;
    range.end = static_cast<uint8_t>(i + 1);
  }
  return ranges;
}();

// Purpose: takes what is looked at from the parser's events; a request of thousands of columns is
// read in one pass, and nothing of it is copied. Ownership: borrows text and request.
// Thread-safety: one thread.
class Reader {  // NOLINT: the names of its functions are Boost.JSON's
 public:
  static constexpr size_t max_object_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_array_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_key_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_string_size = std::numeric_limits<size_t>::max();

  Reader(std::string_view text, TrinoRequest* request) : text_(text), request_(request) {}

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error& error) { return Open(Shape::kObject, error); }
  bool on_object_end(size_t, Error&) { return Close(); }
  bool on_array_begin(Error& error) { return Open(Shape::kArray, error); }
  bool on_array_end(size_t, Error&) { return Close(); }
  bool on_key_part(json::string_view part, size_t, Error&) {
    parts_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, size_t, Error& error) {
    if (parts_.empty()) return OnKey({part.data(), part.size()}, error);
    parts_.append(part.data(), part.size());
    return OnKey(std::exchange(parts_, {}), error);
  }
  bool on_string_part(json::string_view part, size_t, Error&) {
    parts_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, size_t, Error& error) {
    const Member* const member = Expected();
    if (!Fits(member, Shape::kText, error)) return false;
    if (const bool skipped = member == nullptr && !InTexts(); skipped) {
      parts_.clear();
      return true;
    }
    return OnText(Keep({part.data(), part.size()}), member, error);
  }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(int64_t, json::string_view, Error& error) { return OnOther(Shape::kOther, error); }
  bool on_uint64(uint64_t, json::string_view, Error& error) {
    return OnOther(Shape::kOther, error);
  }
  bool on_double(double, json::string_view, Error& error) { return OnOther(Shape::kOther, error); }
  bool on_bool(bool, Error& error) { return OnOther(Shape::kOther, error); }
  bool on_null(Error& error) { return OnOther(Shape::kNull, error); }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

  // What stopped the parser, when it was this and not the JSON.
  const absl::Status& wrong() const { return wrong_; }

 private:
  struct Frame {
    Place place = Place::kSkipped;
    uint64_t seen = 0;  // members, by their place in kMembers
  };
  static_assert(kMembers.size() <= 64);
  // Of one resource in a list: so that a list of usual ones does not grow piece by piece.
  static constexpr size_t kUsualBytes = 100;

  Place place() const { return frames_.empty() ? Place::kSkipped : frames_.back().place; }
  bool InTexts() const { return place() == Place::kGroups || place() == Place::kColumns; }
  // The member whose value comes next; null for one that nobody looks at, and in arrays.
  const Member* Expected() const { return member_; }

  bool Stop(absl::Status why, Error& error) {
    wrong_ = std::move(why);
    error = json::error::exception;
    return false;
  }
  bool Unreadable(std::string_view what, Error& error) {
    const std::string_view name = member_ == nullptr ? "the request" : member_->name;
    return Stop(InvalidArgument("REQUEST_UNREADABLE", "", StrCat(name, " ", what),
                                "send what Trino's OPA plugin sends; see docs/trino.md"),
                error);
  }

  // Whether a value of that shape may stand here.
  bool Fits(const Member* member, Shape shape, Error& error) {
    if (frames_.empty()) {
      return shape == Shape::kObject || Unreadable("should be an object", error);
    }
    if (InTexts()) return shape == Shape::kText || Unreadable("should be a text", error);
    if (place() == Place::kResources) {
      return shape == Shape::kObject || Unreadable("should be an object", error);
    }
    if (member == nullptr || shape == member->shape || shape == Shape::kNull) return true;
    return Unreadable("is of another type than it should be", error);
  }

  bool Open(Shape shape, Error& error) {
    const Member* const member = Expected();
    if (!Fits(member, shape, error)) return false;
    Place into = Place::kSkipped;
    if (frames_.empty()) {
      into = Place::kTop;
    } else if (place() == Place::kResources) {
      into = Place::kResource;
      if (request_->filter.size() == kMaxTrinoResources) return TooMany(error);
      resource_ = &request_->filter.emplace_back();
    } else if (member != nullptr) {
      into = member->into;
      if (into == Place::kResource) {
        resource_ = member->name == "resource" ? &request_->resource : &request_->target;
      }
      if (into == Place::kResources) {
        request_->has_filter = true;
        request_->filter.reserve(std::min(text_.size() / kUsualBytes, kMaxTrinoResources));
      }
    }
    frames_.push_back({.place = into});
    member_ = nullptr;
    return true;
  }
  bool Close() {
    frames_.pop_back();
    member_ = nullptr;
    return true;
  }

  bool OnKey(std::string_view name, Error& error) {
    member_ = nullptr;
    Frame& frame = frames_.back();
    const Range range = kRanges[static_cast<size_t>(frame.place)];
    for (size_t i = range.begin; i < range.end; ++i) {
      if (kMembers[i].name != name) continue;
      member_ = &kMembers[i];
      const uint64_t bit = uint64_t{1} << i;
      if ((frame.seen & bit) != 0) return Unreadable("stands twice", error);
      frame.seen |= bit;
      break;
    }
    return true;
  }

  // The text as one that lives as long as the request.
  std::string_view Keep(std::string_view part) {
    const bool whole = parts_.empty();
    const bool in_place =
        std::less_equal<>()(text_.data(), part.data()) &&
        std::less_equal<>()(part.data() + part.size(), text_.data() + text_.size());
    if (whole && in_place) return part;
    parts_ += part;
    return request_->decoded.emplace_back(std::exchange(parts_, {}));
  }

  bool OnText(std::string_view text, const Member* member, Error& error) {
    if (text.data() == nullptr) text = "";
    if (InTexts()) {
      auto& list = place() == Place::kGroups ? request_->groups : resource_->columns;
      if (list.size() == kMaxTrinoResources) return TooMany(error);
      list.push_back(text);
      return true;
    }
    std::string_view* into = nullptr;
    if (member->slot != nullptr) {
      into = &(resource_->*(member->slot));
    } else {
      into = member->at == Place::kIdentity ? &request_->user : &request_->operation;
    }
    // Two objects of one resource that say different things leave open which one is meant.
    if (into->data() != nullptr && *into != text) return Unreadable("was given already", error);
    *into = text;
    member_ = nullptr;
    return true;
  }

  bool OnOther(Shape shape, Error& error) {
    const bool fits = Fits(Expected(), shape, error);
    member_ = nullptr;
    return fits;
  }

  bool TooMany(Error& error) {
    return Stop(InvalidArgument("TOO_MANY_ITEMS", "",
                                StrCat("over ", kMaxTrinoResources, " resources or columns"),
                                "ask for less at a time"),
                error);
  }

  const std::string_view text_;
  TrinoRequest* const request_;
  TrinoResource* resource_ = nullptr;  // that is being read
  const Member* member_ = nullptr;
  std::vector<Frame> frames_;
  std::string parts_;  // of a key or text that comes in several
  absl::Status wrong_;
};

bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::Status Malformed(std::string_view what, size_t at) {
  return InvalidArgument("JSON_MALFORMED", "", StrCat(what, " at byte ", at),
                         "send one JSON value as RFC 8259 has it");
}

}  // namespace

absl::StatusOr<TrinoRequest> ReadTrinoRequest(std::string_view body) {
  TrinoRequest request;
  json::parse_options options;
  options.max_depth = kMaxTrinoDepth;
  json::basic_parser<Reader> parser(options, body, &request);
  Error error;
  size_t read = parser.write_some(/*more=*/false, body.data(), body.size(), error);
  if (!parser.handler().wrong().ok()) return parser.handler().wrong();
  if (error) return Malformed(StrCat("no JSON (", error.message(), ")"), read);
  while (read < body.size() && IsJsonSpace(body[read])) ++read;
  if (read < body.size()) return Malformed("something behind the JSON value", read);
  if (request.user.data() == nullptr || request.operation.data() == nullptr) {
    return InvalidArgument("REQUEST_UNREADABLE", "", "the request names no user or no operation",
                           "send what Trino's OPA plugin sends; see docs/trino.md");
  }
  return request;
}

absl::Status CheckHasFilter(const TrinoRequest& request) {
  if (request.has_filter) return absl::OkStatus();
  return InvalidArgument("REQUEST_UNREADABLE", "",
                         "the request has no filterResources, and this path is for batches",
                         "give each of the plugin's settings the path that docs/trino.md names "
                         "for it");
}

}  // namespace whence::http
