// JSON as text, written in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace whence::http {

// Purpose: writes one JSON value after the other, with the commas between them; what is opened must
// be closed by its writer. Text must be UTF-8. Ownership: owns the text until it is taken.
// Thread-safety: none.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  // Before the value of a member of an object.
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view text);
  JsonWriter& Number(int64_t number);
  JsonWriter& Bool(bool value);
  // A value that is JSON already.
  JsonWriter& Raw(std::string_view json);
  // A member of an object.
  JsonWriter& Member(std::string_view key, std::string_view text) { return Key(key).String(text); }

  std::string Take() { return std::move(text_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Separate();
  void Quote(std::string_view text);

  std::string text_;
  bool first_ = true;  // nothing stands before the next value in its object or array
};

}  // namespace whence::http
