// Which tables the ledger speaks for, and how their rows carry positions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "sql/query.h"

namespace whence::ledger {

// A table whose rows are stamped with the position of the mutation that wrote them (its birth) and,
// where rows are states in time, with that of the one that ended them (its closure). All of a row
// is hashed for its birth, but what only its closure sets.
//
// What the hash of a row is made of is for ever: a column that a migration adds to a governed table
// has to be NULL in rows from before, and be hashed, with its name, only where it is not.
//
// Not governed, because nothing that is asked about rests on it: `request`, `request_room` (first
// answers, for a week), `token_use`, `search_text` (made of the rest), `metastore_key` (secrets of
// the server, which are not to be hashed where others see it), and the ledger's own tables.
struct GovernedTable {
  std::string_view name;
  // All columns but the closure's, in the order in which `rows` gives them behind the two
  // positions: `keys` that tell rows of the table apart, others, `erasable` ones (which stand in
  // the row's hash as a digest of their own, so that what is left of a row can be checked once they
  // are erased), and `closing` ones (set together with the closure).
  std::span<const std::string_view> columns;
  size_t keys = 0;
  size_t erasable = 0;
  size_t closing = 0;
  // The column with the position of birth; empty: that of the row which its first key refers to,
  // written by the same mutation.
  std::string_view birth = {};
  // The column with the position of closure, kForever or NULL while there is none; empty: rows are
  // never closed.
  std::string_view closure = {};
  // Every row: position of birth (NULL: the row it refers to is missing), of closure or NULL, then
  // `columns`.
  const sql::Query* rows = nullptr;

  // Columns that the birth hashes.
  size_t born_columns() const { return columns.size() - closing; }
};

// All of them, in the order of the schema. Static storage.
std::span<const GovernedTable> GovernedTables();

}  // namespace whence::ledger
