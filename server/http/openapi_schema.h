// Messages as JSON Schema, as Protobuf's JSON mapping writes them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "http/json_writer.h"

namespace whence::http {

// The comment that stands before an element of the contract, as one paragraph; the element's name
// when there is none.
template <class Element>
std::string CommentOf(const Element* element);

// Purpose: writes schemas and what refers to them, and remembers which are needed. Ownership:
// borrows the writer; descriptors must outlive it. Thread-safety: none.
class SchemaWriter {
 public:
  explicit SchemaWriter(JsonWriter* json) : json_(*json) {}

  // Whether a field's value is a text in a query: a scalar, an enum, a time, or several of one.
  static bool IsText(const google::protobuf::FieldDescriptor* field);
  void WriteParameter(const char* place, const std::string& name,
                      const google::protobuf::FieldDescriptor* field);
  // The type of a message that stands by itself.
  void WriteReference(const google::protobuf::Descriptor* message);
  // As members of an object: that of errors, and those of everything that was referred to.
  void WriteError();
  void WriteAll();

 private:
  void WriteType(const google::protobuf::FieldDescriptor* field);
  void WriteScalar(const google::protobuf::FieldDescriptor* field);
  void WriteMessage(const google::protobuf::Descriptor* message);

  JsonWriter& json_;
  std::set<const google::protobuf::Descriptor*> seen_;
  std::vector<const google::protobuf::Descriptor*> wanted_;
};

}  // namespace whence::http
