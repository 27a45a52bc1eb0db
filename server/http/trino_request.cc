#include "http/trino_request.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::http {
namespace {

namespace json = simdjson::ondemand;

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
    Member{Place::kColumn, "columnType", Shape::kText, {}, &R::column_type},
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

absl::Status Malformed(std::string_view what) {
  return InvalidArgument("JSON_MALFORMED", "", what, "send one JSON value as RFC 8259 has it");
}
absl::Status Malformed(simdjson::error_code error) {
  return Malformed(StrCat("no JSON (", simdjson::error_message(error), ")"));
}
absl::Status Unreadable(std::string_view name, std::string_view what) {
  return InvalidArgument("REQUEST_UNREADABLE", "", StrCat(name, " ", what),
                         "send what Trino's OPA plugin sends; see docs/trino.md");
}
absl::Status TooMany() {
  return InvalidArgument("TOO_MANY_ITEMS", "",
                         StrCat("over ", kMaxTrinoResources, " resources or columns"),
                         "ask for less at a time");
}

// What a call of the library gave, or its error.
#define WHENCE_JSON_ASSIGN(value, expression)                                      \
  if (const simdjson::error_code json_error = (expression).get(value); json_error) \
  return Malformed(json_error)

Shape ShapeOf(json::json_type type) {
  switch (type) {
    case json::json_type::object:
      return Shape::kObject;
    case json::json_type::array:
      return Shape::kArray;
    case json::json_type::string:
      return Shape::kText;
    case json::json_type::null:
      return Shape::kNull;
    default:
      return Shape::kOther;
  }
}

// Purpose: takes what is looked at from a document, and follows the rest only to see that it is
// JSON; a request of thousands of columns is read in one pass, and nothing of it is copied.
// Ownership: borrows all. Thread-safety: one thread.
class Reader {
 public:
  // `parsed` holds the bytes of `text`, and is what the parser reads.
  Reader(const json::parser& parser, const char* parsed, std::string_view text,
         TrinoRequest* request)
      : parser_(parser), parsed_(parsed), text_(text), request_(request) {}

  absl::Status Read(json::document& document) {
    json::json_type type{};
    WHENCE_JSON_ASSIGN(type, document.type());
    if (type != json::json_type::object) return Unreadable("the request", "should be an object");
    json::object top;
    WHENCE_JSON_ASSIGN(top, document.get_object());
    WHENCE_RETURN_IF_ERROR(ReadObject(top, Place::kTop, 1));
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? absl::OkStatus() : Malformed("something behind the JSON value");
  }

 private:
  // Of one resource in a list: so that a list of usual ones does not grow piece by piece.
  static constexpr size_t kUsualBytes = 100;
  static_assert(kMembers.size() <= 64);

  absl::Status ReadObject(json::object object, Place place, size_t depth) {
    if (depth > kMaxTrinoDepth) return TooDeep();
    uint64_t seen = 0;  // members, by their place in kMembers
    for (auto step : object) {
      json::field field;
      WHENCE_JSON_ASSIGN(field, std::move(step));
      WHENCE_ASSIGN_OR_RETURN(const Member* const member, MemberOf(place, field.key()));
      if (member == nullptr) {
        WHENCE_RETURN_IF_ERROR(Skip(field.value(), depth));
        continue;
      }
      const uint64_t bit = uint64_t{1} << (member - kMembers.data());
      if ((seen & bit) != 0) return Unreadable(member->name, "stands twice");
      seen |= bit;
      WHENCE_RETURN_IF_ERROR(ReadMember(*member, field.value(), depth));
    }
    return absl::OkStatus();
  }

  // The member of that place that is called so; null for one that nobody looks at.
  absl::StatusOr<const Member*> MemberOf(Place place, json::raw_json_string key) {
    const Range range = kRanges[static_cast<size_t>(place)];
    for (size_t i = range.begin; i < range.end; ++i) {
      if (key.unsafe_is_equal(kMembers[i].name)) return &kMembers[i];
    }
    // A name may be written with escapes.
    WHENCE_ASSIGN_OR_RETURN(const std::string_view name, TextOf(key));
    for (size_t i = range.begin; i < range.end; ++i) {
      if (kMembers[i].name == name) return &kMembers[i];
    }
    return nullptr;
  }

  absl::Status ReadMember(const Member& member, json::value value, size_t depth) {
    json::json_type type{};
    WHENCE_JSON_ASSIGN(type, value.type());
    const Shape shape = ShapeOf(type);
    if (shape == Shape::kNull) return Skip(value, depth);
    if (shape != member.shape) {
      return Unreadable(member.name, "is of another type than it should be");
    }
    if (shape == Shape::kText) {
      WHENCE_ASSIGN_OR_RETURN(const std::string_view text, ReadText(value));
      return PutText(member, text);
    }
    if (shape == Shape::kArray) {
      json::array array;
      WHENCE_JSON_ASSIGN(array, value.get_array());
      return member.into == Place::kResources ? ReadResources(array, depth + 1)
                                              : ReadTexts(array, member);
    }
    if (member.into == Place::kResource) {
      resource_ = member.name == "resource" ? &request_->resource : &request_->target;
    }
    json::object object;
    WHENCE_JSON_ASSIGN(object, value.get_object());
    return ReadObject(object, member.into, depth + 1);
  }

  absl::Status ReadResources(json::array array, size_t depth) {
    request_->has_filter = true;
    request_->filter.reserve(std::min(text_.size() / kUsualBytes, kMaxTrinoResources));
    for (auto step : array) {
      json::value value;
      WHENCE_JSON_ASSIGN(value, std::move(step));
      json::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS) {
        return Unreadable("filterResources", "should hold objects");
      }
      if (request_->filter.size() == kMaxTrinoResources) return TooMany();
      resource_ = &request_->filter.emplace_back();
      WHENCE_RETURN_IF_ERROR(ReadObject(object, Place::kResource, depth + 1));
    }
    return absl::OkStatus();
  }

  absl::Status ReadTexts(json::array array, const Member& member) {
    auto& list = member.into == Place::kGroups ? request_->groups : resource_->columns;
    for (auto step : array) {
      json::value value;
      WHENCE_JSON_ASSIGN(value, std::move(step));
      json::json_type type{};
      WHENCE_JSON_ASSIGN(type, value.type());
      if (type != json::json_type::string) return Unreadable(member.name, "should hold texts");
      if (list.size() == kMaxTrinoResources) return TooMany();
      WHENCE_ASSIGN_OR_RETURN(list.emplace_back(), ReadText(value));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string_view> ReadText(json::value value) {
    json::raw_json_string raw;
    WHENCE_JSON_ASSIGN(raw, value.get_raw_json_string());
    return TextOf(raw);
  }

  // The text as one that lives as long as the request: it stays where it is unless it has escapes.
  absl::StatusOr<std::string_view> TextOf(json::raw_json_string raw) {
    const char* const begin = raw.raw();
    const char* end = begin;
    while (*end != '"' && *end != '\\') ++end;  // that there is an end, the parser has seen
    const auto at = static_cast<size_t>(begin - parsed_);
    if (*end == '"') return text_.substr(at, static_cast<size_t>(end - begin));
    do {
      end += *end == '\\' ? 2 : 1;
    } while (*end != '"');
    std::string room(static_cast<size_t>(end - begin) + simdjson::SIMDJSON_PADDING, '\0');
    auto* write = reinterpret_cast<uint8_t*>(room.data());
    std::string_view decoded;
    WHENCE_JSON_ASSIGN(decoded, parser_.unescape(raw, write));
    room.resize(decoded.size());
    return request_->decoded.emplace_back(std::move(room));
  }

  absl::Status PutText(const Member& member, std::string_view text) {
    std::string_view* into = nullptr;
    if (member.slot != nullptr) {
      into = &(resource_->*(member.slot));
    } else {
      into = member.at == Place::kIdentity ? &request_->user : &request_->operation;
    }
    // Two objects of one resource that say different things leave open which one is meant.
    if (into->data() != nullptr && *into != text) {
      return Unreadable(member.name, "was given already");
    }
    *into = text;
    return absl::OkStatus();
  }

  // Whatever it is, so long as it is JSON, inside `depth` others.
  absl::Status Skip(json::value value, size_t depth) {
    json::json_type type{};
    WHENCE_JSON_ASSIGN(type, value.type());
    switch (type) {
      case json::json_type::object:
        return SkipObject(value, depth + 1);
      case json::json_type::array: {
        if (depth == kMaxTrinoDepth) return TooDeep();
        json::array array;
        WHENCE_JSON_ASSIGN(array, value.get_array());
        for (auto step : array) {
          json::value element;
          WHENCE_JSON_ASSIGN(element, std::move(step));
          WHENCE_RETURN_IF_ERROR(Skip(element, depth + 1));
        }
        return absl::OkStatus();
      }
      case json::json_type::string:
        return ReadText(value).status();
      default:
        return SkipScalar(value, type);
    }
  }

  absl::Status SkipObject(json::value value, size_t depth) {
    if (depth > kMaxTrinoDepth) return TooDeep();
    json::object object;
    WHENCE_JSON_ASSIGN(object, value.get_object());
    for (auto step : object) {
      json::field field;
      WHENCE_JSON_ASSIGN(field, std::move(step));
      WHENCE_RETURN_IF_ERROR(TextOf(field.key()).status());
      WHENCE_RETURN_IF_ERROR(Skip(field.value(), depth));
    }
    return absl::OkStatus();
  }

  static absl::Status SkipScalar(json::value value, json::json_type type) {
    bool truth = false;
    double number = 0;
    switch (type) {
      case json::json_type::boolean:
        WHENCE_JSON_ASSIGN(truth, value.get_bool());
        break;
      case json::json_type::null:
        WHENCE_JSON_ASSIGN(truth, value.is_null());
        break;
      default:
        WHENCE_JSON_ASSIGN(number, value.get_double());
        break;
    }
    return absl::OkStatus();
  }

  static absl::Status TooDeep() {
    return Malformed(StrCat("nested deeper than ", kMaxTrinoDepth, " levels"));
  }

  const json::parser& parser_;
  const char* const parsed_;
  const std::string_view text_;
  TrinoRequest* const request_;
  TrinoResource* resource_ = nullptr;  // that is being read
};

#undef WHENCE_JSON_ASSIGN

// A parser and the room it reads in, which has to be larger than the text. Kept from request to
// request by each thread, for making them costs more than reading; but not when they have grown.
struct ParserAndRoom {
  json::parser parser;
  std::string room;
};
constexpr size_t kKeptBytes = size_t{256} << 10;

ParserAndRoom& ThreadsOwn() {
  thread_local ParserAndRoom own;
  return own;
}

absl::StatusOr<TrinoRequest> ReadIn(ParserAndRoom& in, std::string_view body) {
  in.room.assign(body);
  in.room.append(simdjson::SIMDJSON_PADDING, ' ');
  TrinoRequest request;
  json::document document;
  if (const simdjson::error_code error =
          in.parser.iterate(in.room.data(), body.size(), in.room.size()).get(document);
      error) {
    return Malformed(error);
  }
  Reader reader(in.parser, in.room.data(), body, &request);
  WHENCE_RETURN_IF_ERROR(reader.Read(document));
  if (request.user.data() == nullptr || request.operation.data() == nullptr) {
    return Unreadable("the request", "names no user or no operation");
  }
  return request;
}

}  // namespace

absl::StatusOr<TrinoRequest> ReadTrinoRequest(std::string_view body) {
  if (body.size() <= kKeptBytes) return ReadIn(ThreadsOwn(), body);
  ParserAndRoom once;
  return ReadIn(once, body);
}

absl::Status CheckHasFilter(const TrinoRequest& request) {
  if (request.has_filter) return absl::OkStatus();
  return InvalidArgument("REQUEST_UNREADABLE", "",
                         "the request has no filterResources, and this path is for batches",
                         "give each of the plugin's settings the path that docs/trino.md names "
                         "for it");
}

}  // namespace whence::http
