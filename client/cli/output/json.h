#pragma once

// JSON, the way between messages and every textual format: a message becomes protobuf's JSON, that
// becomes an ordered tree, and JSON, JSON lines and YAML are written from the same tree.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace whence::cli {

struct JsonMember;

// A JSON value; objects keep the order of their members. A plain value type.
struct Json {
  enum class Type { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  Type type = Type::kNull;
  std::string text;                 // kNumber: as written; kString: the value
  std::vector<Json> items;          // kArray
  std::vector<JsonMember> members;  // kObject

  static Json String(std::string_view value);
  static Json Array();
  static Json Object();

  // The member, or nullptr.
  const Json* Find(std::string_view key) const;
};

struct JsonMember {
  JsonMember(std::string_view its_name, Json its_value)
      : name(its_name), value(std::move(its_value)) {}

  std::string name;
  Json value;
};

// The value in `text`, which holds nothing else. InvalidArgument, with line and column, if it is
// not RFC 8259 JSON in UTF-8, nests deeper than 200, or an object has a key twice.
absl::StatusOr<Json> ParseJson(std::string_view text);

// On one line without spaces, or indented by two spaces a level. Only what must be is escaped.
// No newline at the end.
std::string WriteJson(const Json& value, bool pretty, size_t indent = 0);

// As a YAML block, with a newline at the end. Strings that YAML would take for something else are
// quoted; those of several lines are literal blocks where that keeps every byte.
std::string WriteYaml(const Json& value);

// The protobuf JSON mapping: field names as in the contract, fields that have their default left
// out.
Json ToJson(const google::protobuf::Message& message);

// Reads the protobuf JSON mapping. InvalidArgument says what is wrong: an unknown field, a value
// that does not suit its field.
absl::Status FromJson(const Json& value, google::protobuf::Message* message);
absl::Status FromJson(std::string_view text, google::protobuf::Message* message);

}  // namespace whence::cli
