#pragma once

// Private to the room: may be included from its .cc files only.
namespace whence::sql::internal {

// Settings of SQLite as a whole, which it takes only before its first use in the process: to be
// called before whatever may be that. Does its work once. Thread-safe.
void ConfigureLibrary();

}  // namespace whence::sql::internal
