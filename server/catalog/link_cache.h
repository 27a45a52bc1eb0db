#pragma once

// What stands above a securable, who owns it and what it is called, remembered beside a connection:
// what decisions about access begin with, and lists of what somebody may see.

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "catalog/changes.h"
#include "catalog/kind.h"
#include "ledger/ledger.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::catalog {

// A securable as a link between what is above it and what is below.
struct SecurableLink {
  int64_t id = 0;
  int64_t parent_id = 0;  // 0: the metastore
  Kind kind = Kind::kUnspecified;
  bool deleted = false;  // a tombstone itself
  std::string owner;
  std::string name;              // one part, unquoted
  Position since = kNoPosition;  // of the state that this is
};

// The link as of the position; null when there was no such thing. It belongs to the connection and
// is valid until the next call for that connection. No allocation and no query when the connection
// remembers it.
absl::StatusOr<const SecurableLink*> FindLink(sql::Connection& connection, Position as_of,
                                              int64_t id);

// Purpose: saves the query of FindLink, as NameCache saves those of names. It never answers
// differently from the database, at any position:
//
//   An entry is a state that held from `since` up to the position at which it was read; so also at
//   every position in between, and after, as long as the object has not changed since it was read.
//   Only what is committed is remembered; a mutation that changes an object makes the writer's own
//   cache forget it at once.
//
// Bounded by kMaxCachedNames; a full cache begins anew.
// Ownership: attached to its connection (sql::Connection::Attach); borrows ledger and changes.
// Thread-safety: none, like the connection.
class LinkCache {
 public:
  // Gives a connection a cache. Connections without one ask the database every time.
  static void AttachTo(sql::Connection& connection, const ledger::Ledger* ledger,
                       const Changes* changes);
  // To be told by every mutation that changes a securable, when it writes (NoteChange does it).
  static void Changed(sql::WriteContext& context, int64_t id);

  // Both null: remembers nothing but the last answer.
  LinkCache(const ledger::Ledger* ledger, const Changes* changes)
      : ledger_(ledger), changes_(changes) {}

  // What is remembered; null when that is nothing, or might not hold. Valid until the next Keep.
  const SecurableLink* Find(Position as_of, int64_t id) const;
  // Remembers what was read as of the position, and returns it: valid until the next Keep.
  const SecurableLink* Keep(Position as_of, SecurableLink link);

 private:
  struct Entry {
    SecurableLink link{};
    Position read_at = kNoPosition;
  };

  const ledger::Ledger* const ledger_;
  const Changes* const changes_;
  absl::flat_hash_map<int64_t, Entry> entries_;
  SecurableLink last_;  // what may not be remembered
};

}  // namespace whence::catalog
