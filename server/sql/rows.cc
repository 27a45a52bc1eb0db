#include "sql/rows.h"

#include <sqlite3.h>

#include <limits>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "sql/sqlite_error.h"
#include "sql/statement.h"

namespace whence::sql {

Rows::Rows(internal::Statement* statement)
    : statement_(statement), columns_(statement->columns()) {}

Rows::Rows(absl::Status error) : status_(std::move(error)) {}

Rows::Rows(Rows&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      columns_(other.columns_),
      has_row_(std::exchange(other.has_row_, false)),
      status_(std::move(other.status_)) {}

Rows::~Rows() { Release(); }

void Rows::Release() {
  has_row_ = false;
  if (statement_ != nullptr) {
    statement_->Reset();
    statement_ = nullptr;
  }
}

void Rows::Fail(int code) {
  status_ = statement_->connection().Failure(code, statement_->text());
  Release();
}

bool Rows::Next() {
  if (statement_ == nullptr) {
    return false;
  }
  if (!status_.ok()) {
    Release();
    return false;
  }
  const int code = sqlite3_step(statement_->raw());
  if (code == SQLITE_ROW) {
    has_row_ = true;
    return true;
  }
  if (code == SQLITE_DONE) {
    Release();
  } else {
    Fail(code);
  }
  return false;
}

void Rows::CheckColumn(int column) const {
  WHENCE_ASSERT(has_row_);
  WHENCE_ASSERT(column >= 0 && column < columns_);
}

int64_t Rows::Int64(int column) {
  CheckColumn(column);
  return sqlite3_column_int64(statement_->raw(), column);
}

ColumnValue Rows::Value(int column) {
  CheckColumn(column);
  return internal::ToColumnValue(sqlite3_column_value(statement_->raw(), column));
}

int64_t Rows::InRange(int column, int64_t low, int64_t high) {
  const int64_t value = Int64(column);
  if (value >= low && value <= high) {
    return value;
  }
  if (status_.ok()) {
    status_ = DataLoss("DATABASE_CORRUPT",
                       StrCat(internal::FirstWords(statement_->text()), ": column ", column,
                              " holds ", value, ", outside ", low, " to ", high),
                       "stop the server, keep a copy of the data folder, and restore the newest "
                       "backup");
  }
  return 0;
}

int Rows::Int(int column) {
  return static_cast<int>(
      InRange(column, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

uint32_t Rows::Uint32(int column) {
  return static_cast<uint32_t>(InRange(column, 0, std::numeric_limits<uint32_t>::max()));
}

double Rows::Double(int column) {
  CheckColumn(column);
  return sqlite3_column_double(statement_->raw(), column);
}

bool Rows::Bool(int column) { return Int64(column) != 0; }

namespace {

// Also text is asked for as a blob: asked for as text, SQLite copies it to end it with a zero byte,
// and when it has no memory for that it gives a null pointer, which would pass for an empty text.
std::string_view Bytes(sqlite3_stmt* raw, int column) {
  const void* data = sqlite3_column_blob(raw, column);
  if (data == nullptr) {
    return {};
  }
  return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(raw, column))};
}

}  // namespace

std::string_view Rows::Text(int column) {
  CheckColumn(column);
  return Bytes(statement_->raw(), column);
}

std::string_view Rows::Blob(int column) {
  CheckColumn(column);
  return Bytes(statement_->raw(), column);
}

absl::Time Rows::Time(int column) { return internal::TimeFromInteger(Int64(column)); }

bool Rows::IsNull(int column) {
  CheckColumn(column);
  return sqlite3_column_type(statement_->raw(), column) == SQLITE_NULL;
}

std::optional<int64_t> Rows::OptionalInt64(int column) {
  return IsNull(column) ? std::nullopt : std::optional(Int64(column));
}

std::optional<uint32_t> Rows::OptionalUint32(int column) {
  return IsNull(column) ? std::nullopt : std::optional(Uint32(column));
}

std::optional<double> Rows::OptionalDouble(int column) {
  return IsNull(column) ? std::nullopt : std::optional(Double(column));
}

std::optional<bool> Rows::OptionalBool(int column) {
  return IsNull(column) ? std::nullopt : std::optional(Bool(column));
}

std::optional<std::string_view> Rows::OptionalText(int column) {
  return IsNull(column) ? std::nullopt : std::optional(Text(column));
}

std::optional<std::string_view> Rows::OptionalBlob(int column) {
  return IsNull(column) ? std::nullopt : std::optional(Blob(column));
}

std::optional<absl::Time> Rows::OptionalTime(int column) {
  return IsNull(column) ? std::nullopt : std::optional(Time(column));
}

}  // namespace whence::sql
