#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

// Private to the room: may be included from its .cc files only.
struct sqlite3;

namespace whence::sql::internal {

// The named error of a failed SQLite call: `code` is its extended result code, `db` (may be null)
// tells SQLite's own text, `sql` (may be empty) is the statement, of which the first words are
// shown. See connection.h for the reasons.
absl::Status SqliteError(sqlite3* db, int code, std::string_view sql);

// The statement's first words on one line: "INSERT INTO asset (asset_id, ...".
std::string FirstWords(std::string_view sql);

// How far an error reaches that ended a transaction: after a full disk or lack of memory nothing
// was synced and the connection can be used on; after anything else the disk cannot be trusted.
bool IsRecoverable(int code);

}  // namespace whence::sql::internal
