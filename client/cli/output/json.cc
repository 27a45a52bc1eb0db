#include "cli/output/json.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "base/assert.h"
#include "base/strings.h"
#include "base/text.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"

namespace whence::cli {
namespace {

void AppendQuoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += absl::StrFormat("\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

// Writes a tree, each value after the indentation of its parent has been written.
class JsonWriter {
 public:
  explicit JsonWriter(bool pretty) : pretty_(pretty) {}

  void Write(const Json& value, size_t indent) {
    switch (value.type) {
      case Json::Type::kNull:
        out_ += "null";
        return;
      case Json::Type::kFalse:
        out_ += "false";
        return;
      case Json::Type::kTrue:
        out_ += "true";
        return;
      case Json::Type::kNumber:
        out_ += value.text;
        return;
      case Json::Type::kString:
        AppendQuoted(out_, value.text);
        return;
      case Json::Type::kArray:
        WriteArray(value, indent);
        return;
      case Json::Type::kObject:
        WriteObject(value, indent);
        return;
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void WriteArray(const Json& value, size_t indent) {
    out_.push_back('[');
    for (size_t i = 0; i < value.items.size(); ++i) {
      if (i > 0) out_.push_back(',');
      NewLine(indent + 2);
      Write(value.items[i], indent + 2);
    }
    if (!value.items.empty()) NewLine(indent);
    out_.push_back(']');
  }

  void WriteObject(const Json& value, size_t indent) {
    out_.push_back('{');
    for (size_t i = 0; i < value.members.size(); ++i) {
      if (i > 0) out_.push_back(',');
      NewLine(indent + 2);
      AppendQuoted(out_, value.members[i].name);
      out_ += pretty_ ? ": " : ":";
      Write(value.members[i].value, indent + 2);
    }
    if (!value.members.empty()) NewLine(indent);
    out_.push_back('}');
  }

  void NewLine(size_t indent) {
    if (!pretty_) return;
    out_.push_back('\n');
    out_.append(indent, ' ');
  }

  const bool pretty_;
  std::string out_;
};

// protobuf's messages open with a code ("INVALID_ARGUMENT:") and quote the path; both stay out.
std::string CleanMessage(std::string_view message) {
  constexpr std::string_view kCode = "INVALID_ARGUMENT:";
  if (message.starts_with(kCode)) message.remove_prefix(kCode.size());
  constexpr std::string_view kUnknown = ": Cannot find field.";
  if (message.ends_with(kUnknown)) {
    message.remove_suffix(kUnknown.size());
    return StrCat("unknown field ", QuoteForMessage(message));
  }
  return std::string(message);
}

// Maps have no order of their own: sorts their members by key, so that equal messages give equal
// texts.
void SortMaps(Json& json, const google::protobuf::Descriptor* type) {
  for (auto& [name, value] : json.members) {
    const google::protobuf::FieldDescriptor* field = type->FindFieldByName(name);
    if (field == nullptr) continue;
    if (field->is_map()) {
      std::sort(value.members.begin(), value.members.end(),
                [](const auto& a, const auto& b) { return a.name < b.name; });
    } else if (field->message_type() != nullptr) {
      if (value.type == Json::Type::kObject) SortMaps(value, field->message_type());
      for (Json& item : value.items) {
        if (item.type == Json::Type::kObject) SortMaps(item, field->message_type());
      }
    }
  }
}

}  // namespace

Json Json::String(std::string_view value) {
  Json json;
  json.type = Type::kString;
  json.text = std::string(value);
  return json;
}

Json Json::Array() {
  Json json;
  json.type = Type::kArray;
  return json;
}

Json Json::Object() {
  Json json;
  json.type = Type::kObject;
  return json;
}

const Json* Json::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string WriteJson(const Json& value, bool pretty, size_t indent) {
  JsonWriter writer(pretty);
  writer.Write(value, indent);
  return writer.Take();
}

Json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  WHENCE_ASSERT(status.ok());
  absl::StatusOr<Json> json = ParseJson(text);
  WHENCE_ASSERT(json.ok());
  SortMaps(*json, message.GetDescriptor());
  return *std::move(json);
}

absl::Status FromJson(std::string_view text, google::protobuf::Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(text.data(), text.size()), message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      CleanMessage({status.message().data(), status.message().size()}));
}

absl::Status FromJson(const Json& value, google::protobuf::Message* message) {
  return FromJson(WriteJson(value, /*pretty=*/false), message);
}

}  // namespace whence::cli
