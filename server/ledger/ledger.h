#pragma once

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::ledger {

// One line of the record: what changed, when, by whom, through which door.
struct Entry {
  Position position = kNoPosition;
  absl::Time time;         // never earlier than the entry before
  std::string actor;       // principal, e.g. "user:ana"
  std::string via;         // door, e.g. "grpc"
  std::string action;      // operation, e.g. "CreateAsset"
  std::string resource;    // reference of what changed
  std::string request_id;  // empty when the caller gave none
  std::string digest;      // SHA-256 of the request, 32 raw bytes

  friend bool operator==(const Entry&, const Entry&) = default;
};

// The append-only record of every mutation, and the one place that knows which position readers may
// see.
//
// The published position is what "now" means to every read: it advances in commit hooks, after the
// in-memory views have taken the mutation in, so that a read at it finds database and views in step
// and a caller who got an answer finds what was answered.
//
// Ownership: owns nothing but that number; connections are the caller's. Thread-safety: published()
// and the reads from any thread; Load before others begin; Append and Publish on the writer's
// thread.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Finds the last entry, publishes its position and returns it (0 for an empty ledger); the caller
  // sets the writer's kPosition counter to it. LEDGER_DAMAGED when positions do not run from 1.
  absl::StatusOr<Position> Load(sql::Connection& connection);

  // Writes the entry. Its position must be the one the writer's counter gave last and its digest 32
  // bytes (asserted).
  absl::Status Append(sql::WriteContext& context, const Entry& entry);

  // The newest position that readers may see.
  Position published() const { return published_.load(std::memory_order_acquire); }

  // Lets readers see everything up to `position`; never goes back.
  void Publish(Position position);

  // The position of the last entry at or before `time`, among those up to `published`; 0 when there
  // is none. Binary search over the positions: times never go back.
  absl::StatusOr<Position> PositionAt(sql::Connection& connection, Position published,
                                      absl::Time time) const;

  // The time of an entry; of position 0, before the first one, InfinitePast. NotFound
  // POSITION_NOT_FOUND when there is none at that position.
  absl::StatusOr<absl::Time> TimeOf(sql::Connection& connection, Position position) const;

  // One entry. NotFound POSITION_NOT_FOUND when there is none at that position.
  absl::StatusOr<Entry> GetEntry(sql::Connection& connection, Position position) const;

 private:
  std::atomic<Position> published_{kNoPosition};
};

}  // namespace whence::ledger
