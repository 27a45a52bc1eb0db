#pragma once

#include <string>

#include "absl/status/status.h"

// Private to the room: may be included from its .cc files only.
namespace whence::sql::internal {

// Writes the write-ahead log beside the database, if there is one, over itself and syncs it.
//
// Why: when a sync fails, Linux marks the pages clean all the same. They are read as if they were
// on the disk, and no later sync writes them or says that they are not there. A server that is
// started again after such a failure would recover commits from the log that exist in memory only,
// confirm them, move them into the database file and lose the power: then the log's older part
// would be replayed over the newer pages. Written again the bytes are dirty again, and this sync
// tells the truth. What was on the disk already is replaced by the same bytes.
//
// For whoever has the data folder's lock, before any connection is open. Costs nothing after a
// clean stop, which leaves an empty log. Fails with DISK_FULL, IO_ERROR, ... (connection.h).
absl::Status RewriteLog(const std::string& database_path);

}  // namespace whence::sql::internal
