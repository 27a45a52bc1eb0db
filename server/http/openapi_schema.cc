#include "http/openapi_schema.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"

namespace whence::http {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Messages that are a text in JSON; empty: it is none.
std::string_view FormatOf(const Descriptor* message) {
  if (message->full_name() == "google.protobuf.Timestamp") return "date-time";
  if (message->full_name() == "google.protobuf.FieldMask") return "field-mask";
  return {};
}

}  // namespace

template <class Element>
std::string CommentOf(const Element* element) {
  google::protobuf::SourceLocation location;
  if (!element->GetSourceLocation(&location) || location.leading_comments.empty()) {
    return element->name();
  }
  const std::vector<std::string> words =
      absl::StrSplit(location.leading_comments, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  return absl::StrJoin(words, " ");
}

template std::string CommentOf(const google::protobuf::ServiceDescriptor*);
template std::string CommentOf(const google::protobuf::MethodDescriptor*);
template std::string CommentOf(const Descriptor*);
template std::string CommentOf(const FieldDescriptor*);

bool SchemaWriter::IsText(const FieldDescriptor* field) {
  if (field->is_map()) return false;
  if (field->message_type() == nullptr) return true;
  return !field->is_repeated() && !FormatOf(field->message_type()).empty();
}

void SchemaWriter::WriteParameter(const char* place, const std::string& name,
                                  const FieldDescriptor* field) {
  json_.BeginObject().Member("name", name).Member("in", place);
  if (std::string_view(place) == "path") json_.Key("required").Bool(true);
  json_.Member("description", CommentOf(field));
  json_.Key("schema");
  WriteType(field);
  json_.EndObject();
}

void SchemaWriter::WriteReference(const Descriptor* message) {
  if (seen_.insert(message).second) wanted_.push_back(message);
  json_.BeginObject();
  json_.Member("$ref", StrCat("#/components/schemas/", message->name()));
  json_.EndObject();
}

void SchemaWriter::WriteType(const FieldDescriptor* field) {
  if (field->is_map()) {
    json_.BeginObject().Member("type", "object").Key("additionalProperties");
    WriteType(field->message_type()->map_value());
    json_.EndObject();
  } else if (field->is_repeated()) {
    json_.BeginObject().Member("type", "array").Key("items");
    WriteScalar(field);
    json_.EndObject();
  } else {
    WriteScalar(field);
  }
}

void SchemaWriter::WriteScalar(const FieldDescriptor* field) {
  const auto simple = [this](std::string_view type, std::string_view format) {
    json_.BeginObject().Member("type", type);
    if (!format.empty()) json_.Member("format", format);
    json_.EndObject();
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (const std::string_view format = FormatOf(field->message_type()); !format.empty()) {
        simple("string", format);
      } else {
        WriteReference(field->message_type());
      }
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      json_.BeginObject().Member("type", "string").Key("enum").BeginArray();
      for (int i = 0; i < field->enum_type()->value_count(); ++i) {
        json_.String(field->enum_type()->value(i)->name());
      }
      json_.EndArray().EndObject();
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      simple("boolean", "");
      return;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      simple("integer", "int32");
      return;
    // Texts, as JavaScript's numbers have 53 bits.
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      simple("string", "int64");
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      simple("number", "double");
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      simple("string", field->type() == FieldDescriptor::TYPE_BYTES ? "byte" : "");
      return;
  }
}

void SchemaWriter::WriteMessage(const Descriptor* message) {
  json_.Key(message->name()).BeginObject().Member("type", "object");
  json_.Member("description", CommentOf(message)).Key("properties").BeginObject();
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    json_.Key(field->json_name()).BeginObject();
    json_.Member("description", CommentOf(field)).Key("allOf").BeginArray();
    WriteType(field);
    json_.EndArray().EndObject();
  }
  json_.EndObject().EndObject();
}

void SchemaWriter::WriteError() {
  json_.Key("Error").Raw(
      R"({"type":"object","properties":{"error":{"type":"object","properties":{)"
      R"("code":{"type":"integer","description":"The status code of HTTP."},)"
      R"("status":{"type":"string","description":"The code of google.rpc."},)"
      R"("message":{"type":"string","description":"What was wrong, for people."},)"
      R"("details":{"type":"array","description":"google.rpc.ErrorInfo with the reason, and where )"
      R"(they fit BadRequest and Help.","items":{"type":"object","properties":{"@type":)"
      R"({"type":"string"}},"additionalProperties":true}}}}}})");
}

void SchemaWriter::WriteAll() {
  // Writing one may want more.
  for (size_t i = 0; i < wanted_.size(); ++i) WriteMessage(wanted_[i]);
}

}  // namespace whence::http
