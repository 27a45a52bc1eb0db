// Checks that a database holds what its ledger says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/limits.h"
#include "base/position.h"
#include "sql/connection.h"
#include "tlog/checkpoint.h"

namespace whence::ledger {

// Something that is not as the ledger says.
struct Finding {
  Position position = kNoPosition;  // of the entry; 0 where it is of none
  std::string what;                 // for people

  friend bool operator==(const Finding&, const Finding&) = default;
};

// Told now and then how far a check is, in a unit of `what` ("entries", "rows"); `total` is 0 where
// nobody knows. An error ends the check with that error.
using VerifyProgress =
    std::function<absl::Status(std::string_view what, int64_t done, int64_t total)>;

struct VerifyOptions {
  // Heads that somebody kept, or was given: the tree must have them. Whether they were signed is
  // theirs to check (tlog::OpenCheckpoint).
  std::vector<tlog::Checkpoint> kept = {};
  VerifyProgress progress = nullptr;
  // Rows of governed tables that are held in memory at once.
  int64_t max_rows = kMaxVerifiedRows;
  // The data folder, where the database is the one in it and not a copy: the server remembers in
  // `ledger.signed` there which head it signed last, and the tree must have that too.
  std::string folder = {};
  // Findings that are reported one by one.
  size_t max_findings = kMaxLedgerFindings;
};

struct VerifyReport {
  // By position; the first max_findings of them.
  std::vector<Finding> findings;
  int64_t found = 0;        // all of them
  int64_t entries = 0;      // looked at
  int64_t rows = 0;         // stamps of rows of governed tables
  int64_t checkpoints = 0;  // signed heads, stored and kept
  int64_t tiles = 0;
  int64_t erased = 0;  // entries whose commitment could not be checked, for its half is erased
  // What nothing spoke for, a line each for people: entries that no signed head has. Who can write
  // to the file could have written them. Not said of what was erased.
  std::vector<std::string> unchecked = {};

  bool ok() const { return found == 0; }
};

// Both on any connection, as of one moment of the database. Errors are the connection's, or those
// of `progress`; what is wrong with the ledger is a finding, not an error. Memory is bounded by
// max_rows, whatever the database's size, but for the rows of one entry.

// Entries, tiles and heads: every entry's leaf is the one in the tree, its erasable half is what it
// was committed to, every tile's hashes are those of the tiles below, and every head that was
// signed, stored or kept is one that the tree had. Names the first entry, and each further one,
// that is another, is missing, or stands where none should. Of a head that the tree never had it
// names the first entry that may be another: the one behind the largest smaller head that holds,
// or a later one that is known to be wrong. Entries that were taken away are named by the first.
//
// A second thread makes the hashes; it is gone when this returns.
//
// Nobody signs when a head was signed or a key was made (time_us), nor from which size on a key
// signs that no older one vouches for: these columns are not checked.
absl::StatusOr<VerifyReport> VerifyTree(sql::Connection& connection, const VerifyOptions& options);

// The governed tables: the rows that each entry says it wrote and closed are there, as it wrote
// them, and no others. Names the rows that changed as far as the entry keeps their hashes, else all
// that have its position, ten of each entry. Says nothing of entries: VerifyTree does.
absl::StatusOr<VerifyReport> VerifyTables(sql::Connection& connection,
                                          const VerifyOptions& options);

}  // namespace whence::ledger
