#include "sql/statement.h"

#include <string_view>

namespace whence::sql::internal {

Statement::Statement(Connection* connection, const char* text, sqlite3_stmt* raw)
    : connection_(connection),
      text_(text),
      raw_(raw),
      columns_(sqlite3_column_count(raw)),
      parameters_(static_cast<size_t>(sqlite3_bind_parameter_count(raw))) {}

Statement::~Statement() { sqlite3_finalize(raw_); }

int Statement::BindOne(int index, const Argument& argument, std::string_view bytes) {
  // A null pointer would bind NULL, and an empty text is not NULL.
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  switch (argument.kind) {
    case Argument::Kind::kNull:
      return sqlite3_bind_null(raw_, index);
    case Argument::Kind::kInteger:
      return sqlite3_bind_int64(raw_, index, argument.integer);
    case Argument::Kind::kReal:
      return sqlite3_bind_double(raw_, index, argument.real);
    case Argument::Kind::kText:
      return sqlite3_bind_text64(raw_, index, data, bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
    case Argument::Kind::kBlob:
      return sqlite3_bind_blob64(raw_, index, data, bytes.size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

int Statement::Bind(const Argument* args, size_t count, bool copy) {
  if (copy) {
    size_t total = 0;
    for (size_t i = 0; i < count; ++i) {
      total += args[i].bytes.size();
    }
    buffer_.clear();
    buffer_.reserve(total);  // the views below point into it: it must not move
  }
  for (size_t i = 0; i < count; ++i) {
    std::string_view bytes = args[i].bytes;
    if (copy && !bytes.empty()) {
      const size_t start = buffer_.size();
      buffer_.append(bytes);
      bytes = std::string_view(buffer_).substr(start);
    }
    const int code = BindOne(static_cast<int>(i) + 1, args[i], bytes);
    if (code != SQLITE_OK) {
      return code;
    }
  }
  return SQLITE_OK;
}

void Statement::Reset() {
  sqlite3_reset(raw_);
  if (buffer_.capacity() > kKeptBuffer) {
    std::string().swap(buffer_);
  }
  busy = false;
}

}  // namespace whence::sql::internal
