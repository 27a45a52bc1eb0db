#include "sql/library.h"

#include <sqlite3.h>

#include <mutex>

namespace whence::sql::internal {

void ConfigureLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Memory statistics take a global lock at every allocation of every connection. Refused, and
    // harmless, when something has initialised SQLite already.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  });
}

}  // namespace whence::sql::internal
