// Entries: what the ledger says of one thing that happened, and what of it goes into the tree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "tlog/hash.h"

namespace whence::ledger {

// What kind of thing an entry records. The numbers are stored.
enum class EntryKind : uint8_t {
  kMutation = 1,  // something changed
  kDenied = 2,    // somebody was refused
  kDecision = 3,  // somebody asked who may what, and was told
  kRead = 4,      // somebody read what is audited
};

// "mutation", "denied", "decision", "read": as leaves, filters and people write it.
std::string_view NameOf(EntryKind kind);
// Nothing for any other word.
std::optional<EntryKind> EntryKindOf(std::string_view name);

// One line of the record: what happened, when, by whom, through which door.
struct Entry {
  Position position = kNoPosition;
  absl::Time time;         // never earlier than the entry before
  std::string actor;       // principal, e.g. "user:ana"; empty: nobody known
  std::string via;         // door, e.g. "grpc"
  std::string action;      // operation, e.g. "CreateAsset"
  std::string resource;    // reference of what changed or was asked for; empty: not known
  std::string request_id;  // empty when the caller gave none
  std::string digest;      // SHA-256 of the request, 32 raw bytes
  EntryKind kind = EntryKind::kMutation;
  std::string outcome = "OK";  // "OK", or a reason of docs/errors.md; of decisions ALLOW or DENY
  std::string detail = {};     // more about it, a canonical JSON object; empty: nothing
  int64_t repeats = 0;         // so many further calls of its kind it stands for
  int64_t rate = 1;            // one of so many such entries is recorded

  friend bool operator==(const Entry&, const Entry&) = default;
};

// The rows of governed tables that an entry wrote (rows.h).
struct WrittenRows {
  int64_t count = 0;
  tlog::Hash root;  // head of the tree over their hashes in ascending order; of none all zeros

  friend bool operator==(const WrittenRows&, const WrittenRows&) = default;
};

inline constexpr size_t kSaltBytes = 16;
using Salt = std::array<unsigned char, kSaltBytes>;

// An entry as it is stored: with what ties it to its leaf.
struct StoredEntry {
  Entry entry;
  WrittenRows rows;
  tlog::Hash commitment;  // to the erasable half
  // Nothing once the erasable half (actor, resource, request_id, digest, detail) is erased: it is
  // then empty, and the commitment cannot be checked any more.
  std::optional<Salt> salt;

  friend bool operator==(const StoredEntry&, const StoredEntry&) = default;
};

// SHA-256(salt || the erasable half as canonical JSON). Whoever has only the commitment learns
// nothing of it, however easily it is guessed. InvalidArgument TEXT_NOT_UTF8.
absl::StatusOr<tlog::Hash> Commit(const Salt& salt, const Entry& entry);

// The leaf's bytes: canonical JSON, a function of what is stored and nothing else. InvalidArgument
// TEXT_NOT_UTF8, or LEDGER_ENTRY_TOO_LARGE beyond kMaxLedgerEntryBytes: a door or an operation with
// such a name is none of ours.
absl::StatusOr<std::string> LeafOf(const StoredEntry& stored);

}  // namespace whence::ledger
