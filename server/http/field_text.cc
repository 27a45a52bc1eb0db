#include "http/field_text.h"

#include "absl/strings/numbers.h"
#include "base/text.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/protobuf/util/time_util.h"

namespace whence::http {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

// Messages that are a text in JSON.
bool SetMessage(Message* into, const std::string& text, std::string_view* expected) {
  if (into->GetDescriptor() == Timestamp::descriptor()) {
    *expected = "a time such as 2026-03-01T12:00:00Z";
    return google::protobuf::util::TimeUtil::FromString(text, static_cast<Timestamp*>(into));
  }
  if (into->GetDescriptor() == FieldMask::descriptor()) {
    *expected = "names of fields with commas between them";
    auto* mask = static_cast<FieldMask*>(into);
    if (text == "*") {
      mask->add_paths(text);
      return true;
    }
    // Both spellings are taken: proto names have no capital letters to be taken for JSON's.
    if (text.find('_') != std::string::npos) {
      google::protobuf::util::FieldMaskUtil::FromString(text, mask);
      return true;
    }
    return google::protobuf::util::FieldMaskUtil::FromJsonString(text, mask);
  }
  *expected = "one of its fields, as name.field=value";
  return false;
}

const EnumValueDescriptor* FindValue(const FieldDescriptor* field, const std::string& text) {
  if (const auto* named = field->enum_type()->FindValueByName(text)) return named;
  int number = 0;
  return absl::SimpleAtoi(text, &number) ? field->enum_type()->FindValueByNumber(number) : nullptr;
}

// Parses with `parse` and stores with the setter that fits.
template <class Value, class Parse, class Set, class Add>
bool SetScalar(Message* message, const FieldDescriptor* field, const std::string& text, Parse parse,
               Set set, Add add) {
  Value value{};
  if (!parse(text, &value)) return false;
  const Reflection* reflection = message->GetReflection();
  if (field->is_repeated()) {
    (reflection->*add)(message, field, value);
  } else {
    (reflection->*set)(message, field, value);
  }
  return true;
}

template <class Number>
bool ParseInteger(const std::string& text, Number* number) {
  return absl::SimpleAtoi(text, number);
}

bool ParseBool(const std::string& text, bool* value) {
  *value = text == "true";
  return *value || text == "false";
}

bool SetText(Message* message, const FieldDescriptor* field, const std::string& text) {
  if (field->type() == FieldDescriptor::TYPE_BYTES || !IsValidUtf8(text)) return false;
  if (field->is_repeated()) {
    message->GetReflection()->AddString(message, field, text);
  } else {
    message->GetReflection()->SetString(message, field, text);
  }
  return true;
}

bool SetEnum(Message* message, const FieldDescriptor* field, const std::string& text) {
  const EnumValueDescriptor* value = FindValue(field, text);
  if (value == nullptr) return false;
  if (field->is_repeated()) {
    message->GetReflection()->AddEnum(message, field, value);
  } else {
    message->GetReflection()->SetEnum(message, field, value);
  }
  return true;
}

}  // namespace

bool SetFieldFromText(Message* message, const FieldDescriptor* field, const std::string& text,
                      std::string_view* expected) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      *expected = "text in UTF-8";
      return SetText(message, field, text);
    case FieldDescriptor::CPPTYPE_BOOL:
      *expected = "true or false";
      return SetScalar<bool>(message, field, text, ParseBool, &Reflection::SetBool,
                             &Reflection::AddBool);
    case FieldDescriptor::CPPTYPE_INT32:
      *expected = "a whole number";
      return SetScalar<int32_t>(message, field, text, ParseInteger<int32_t>, &Reflection::SetInt32,
                                &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      *expected = "a whole number";
      return SetScalar<int64_t>(message, field, text, ParseInteger<int64_t>, &Reflection::SetInt64,
                                &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      *expected = "a whole number from 0";
      return SetScalar<uint32_t>(message, field, text, ParseInteger<uint32_t>,
                                 &Reflection::SetUInt32, &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      *expected = "a whole number from 0";
      return SetScalar<uint64_t>(message, field, text, ParseInteger<uint64_t>,
                                 &Reflection::SetUInt64, &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      *expected = "a number";
      return SetScalar<double>(
          message, field, text,
          [](const std::string& in, double* out) { return absl::SimpleAtod(in, out); },
          &Reflection::SetDouble, &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_ENUM:
      *expected = "a value of the enum by its name";
      return SetEnum(message, field, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field->is_repeated()) {
        *expected = "in a body";
        return false;
      }
      return SetMessage(message->GetReflection()->MutableMessage(message, field), text, expected);
    case FieldDescriptor::CPPTYPE_FLOAT:
      *expected = "in a body";
      return false;
  }
  return false;
}

}  // namespace whence::http
