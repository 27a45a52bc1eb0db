// Values of fields as text.
#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace whence::http {

// Sets a field of a message (adds to it, when it is repeated) as Protobuf's JSON would write the
// value, without quotes. False when the text is no such value, or the field is of a sort that has
// no text: `expected` says what it would have to be.
bool SetFieldFromText(google::protobuf::Message* message,
                      const google::protobuf::FieldDescriptor* field, const std::string& text,
                      std::string_view* expected);

}  // namespace whence::http
