#pragma once

// What names lead to, remembered beside a connection.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "base/position.h"
#include "catalog/changes.h"
#include "catalog/kind.h"
#include "ledger/ledger.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::catalog {

// Purpose: saves the queries by which a name is followed, part by part; most calls follow the same
// few names. It never answers differently from the database, at any position:
//
//   An entry says that a child has been live under its name from `since` up to the position at
//   which it was read. So it holds for every position in between, and for those after as long as no
//   name has changed since it was read. Only what is committed is remembered, and a mutation that
//   changes a name empties the writer's cache at once: what its batch has not committed cannot be
//   seen through the cache, nor can what was rolled back.
//
// Bounded by kMaxCachedNames; a full cache begins anew.
// Ownership: attached to its connection (sql::Connection::Attach); borrows ledger and changes.
// Thread-safety: none, like the connection.
class NameCache {
 public:
  struct Child {
    int64_t id = 0;
    Kind kind = Kind::kUnspecified;
    Position since = kNoPosition;  // of the state that the name was found in
  };

  // Gives a connection a cache. Connections without one ask the database every time; one that
  // writes must have AttachChanges besides.
  static void AttachTo(sql::Connection& connection, const ledger::Ledger* ledger,
                       const Changes* changes);
  // To be told by every mutation that renames, deletes or undeletes, when it writes.
  static void NameChanged(sql::WriteContext& context, Position position);

  // The live child of that name as of the position, when it is remembered.
  std::optional<Child> Find(Position as_of, int64_t parent_id, std::string_view name) const;
  // Remembers what was read as of the position.
  void Keep(Position as_of, int64_t parent_id, std::string_view name, const Child& child);

  NameCache(const ledger::Ledger* ledger, const Changes* changes)
      : ledger_(ledger), changes_(changes) {}

 private:
  struct Key {
    int64_t parent_id;
    std::string name;
  };
  struct KeyView {
    KeyView(int64_t parent, std::string_view text) : parent_id(parent), name(text) {}
    // A view of it: NOLINTNEXTLINE(google-explicit-constructor)
    KeyView(const Key& key) : parent_id(key.parent_id), name(key.name) {}
    int64_t parent_id;
    std::string_view name;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const KeyView& key) const {
      return absl::HashOf(key.parent_id, std::hash<std::string_view>()(key.name));
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const KeyView& a, const KeyView& b) const {
      return a.parent_id == b.parent_id && a.name == b.name;
    }
  };
  struct Entry {
    Child child{};
    Position read_at = kNoPosition;
  };

  const ledger::Ledger* const ledger_;
  const Changes* const changes_;
  absl::flat_hash_map<Key, Entry, Hash, Equal> entries_;
};

}  // namespace whence::catalog
