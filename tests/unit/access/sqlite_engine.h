// SQLite as an engine that runs compiled policies: a database in memory of its own, with the
// function that masks call there.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/digest.h"

namespace whence::access::test {

class SqliteEngine {
 public:
  SqliteEngine() {
    sqlite3* opened = nullptr;
    WHENCE_ASSERT(sqlite3_open(":memory:", &opened) == SQLITE_OK);
    database_.reset(opened);
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    WHENCE_ASSERT(sqlite3_create_function(opened, "whence_sha256", 1, flags, nullptr, &Hash,
                                          nullptr, nullptr) == SQLITE_OK);
  }

  // The rows of one statement as text, nothing for NULL; `error` gets SQLite's message, if any.
  std::vector<std::vector<std::optional<std::string>>> Run(
      std::string_view sql, const std::vector<std::optional<std::string>>& values = {}) {
    error.clear();
    std::vector<std::vector<std::optional<std::string>>> rows;
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                           &tail) != SQLITE_OK) {
      error = sqlite3_errmsg(database_.get());
      return rows;
    }
    if (tail != sql.data() + sql.size()) error = "more than one statement";
    for (size_t i = 0; i < values.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      if (values[i]) {
        sqlite3_bind_text(statement, at, values[i]->data(), static_cast<int>(values[i]->size()),
                          SQLITE_TRANSIENT);
      } else {
        sqlite3_bind_null(statement, at);
      }
    }
    int result = SQLITE_ROW;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
      auto& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        row.push_back(Text(statement, i));
      }
    }
    if (result != SQLITE_DONE) error = sqlite3_errmsg(database_.get());
    sqlite3_finalize(statement);
    return rows;
  }

  std::string error;

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };

  static std::optional<std::string> Text(sqlite3_stmt* statement, int column) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
  }

  static void Hash(sqlite3_context* context, int, sqlite3_value** values) {
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite3_result_null(context);
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
    const std::string digest =
        Sha256Hex(std::string_view(text, static_cast<size_t>(sqlite3_value_bytes(values[0]))));
    sqlite3_result_text(context, digest.data(), static_cast<int>(digest.size()), SQLITE_TRANSIENT);
  }

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace whence::access::test
