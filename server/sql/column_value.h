#pragma once

#include <cstdint>
#include <string_view>

struct sqlite3_value;

namespace whence::sql {

// A value as it is stored, with its type. Borrows text and blobs: valid as long as what it was
// taken from says.
struct ColumnValue {
  enum class Kind : uint8_t { kNull, kInteger, kReal, kText, kBlob };
  Kind kind = Kind::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string_view bytes;  // of text and blobs

  friend bool operator==(const ColumnValue&, const ColumnValue&) = default;
};

namespace internal {

// For this room.
ColumnValue ToColumnValue(sqlite3_value* value);

}  // namespace internal
}  // namespace whence::sql
