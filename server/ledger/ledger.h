#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/position.h"
#include "base/random.h"
#include "base/uuid.h"
#include "ledger/entry.h"
#include "ledger/row_collector.h"
#include "ledger/signer.h"
#include "sql/connection.h"
#include "sql/writer.h"
#include "tlog/appender.h"

namespace whence::ledger {

// How the tree is opened.
struct TreeOptions {
  std::string folder = {};       // of the data: where the key is
  IdSource* ids = nullptr;       // required: for the origin of a new log
  const Clock* clock = nullptr;  // required; must outlive the ledger: when to sign
  // The log's name, from its first start on: "whence.local/<uuid>" when empty. Of a log that has
  // one it may not be another.
  std::string origin = {};
  // SignerOptions::new_key.
  bool new_key = false;
};

// The append-only record of everything that happened, and the one place that knows which position
// readers may see.
//
// Every entry has a position; the entry at position p is leaf p - 1 of a Merkle tree (RFC 6962). A
// batch of the writer appends its entries' leaves, and stores the tiles that change, in the
// transaction of what they record: a crash leaves neither ahead of the other.
//
// The published position is what "now" means to every read: it advances in commit hooks, after the
// in-memory views have taken the mutation in, so that a read at it finds database and views in step
// and a caller who got an answer finds what was answered.
//
// Ownership: owns the tree's edge and the signer; connections are the caller's. Thread-safety:
// published(), tree_size(), signer() and the reads from any thread; Load and OpenTree before others
// begin; Append, Publish and what BatchObserver says on the writer's thread.
class Ledger : public sql::BatchObserver {
 public:
  // Draws salts from `random`, which must outlive this; null: from the machine's.
  explicit Ledger(RandomSource* random = nullptr);
  ~Ledger() override;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Finds the last entry, publishes its position and returns it (0 for an empty ledger); the caller
  // sets the writer's kPosition counter to it. LEDGER_DAMAGED when positions do not run from 1.
  absl::StatusOr<Position> Load(sql::Connection& connection);

  // Opens the tree on the connection that the writer gets, after Load; from then on that connection
  // tells of the rows it writes, and this must be the writer's observer. A new metastore's log gets
  // its name and key; entries from before there was a tree get their leaves (backfill.h).
  //   DataLoss           LEDGER_DAMAGED: tiles and entries do not fit together
  //   FailedPrecondition LEDGER_ORIGIN_FIXED: the log has another name
  // or an error of the disk. Without it entries have no leaves: the next OpenTree makes them.
  absl::Status OpenTree(sql::Connection& writer, const TreeOptions& options);

  // Writes the entry. Its position must be the one the writer's counter gave last, its digest 32
  // bytes (asserted). It speaks for all rows of governed tables that the task has written so far;
  // what a task writes must have an entry (asserted when it ends). Errors of entry.h, or the
  // connection's.
  absl::Status Append(sql::WriteContext& context, const Entry& entry);

  // The newest position that readers may see.
  Position published() const { return published_.load(std::memory_order_acquire); }

  // Lets readers see everything up to `position`; never goes back.
  void Publish(Position position);

  // Leaves of the tree that is committed: those of the entries up to this position.
  uint64_t tree_size() const { return tree_size_.load(std::memory_order_acquire); }

  // The batch that is under way, or the next one, signs the tree's head, if it is not signed yet.
  // From a task of the writer, so that there is a batch.
  void SignNow() { sign_now_ = true; }
  // Null before OpenTree.
  const Signer* signer() const { return signer_.get(); }

  // The position of the last entry at or before `time`, among those up to `published`; 0 when there
  // is none. Binary search over the positions: times never go back.
  absl::StatusOr<Position> PositionAt(sql::Connection& connection, Position published,
                                      absl::Time time) const;

  // The time of an entry; of position 0, before the first one, InfinitePast. NotFound
  // POSITION_NOT_FOUND when there is none at that position.
  absl::StatusOr<absl::Time> TimeOf(sql::Connection& connection, Position position) const;

  // One entry. NotFound POSITION_NOT_FOUND when there is none at that position.
  absl::StatusOr<Entry> GetEntry(sql::Connection& connection, Position position) const;
  // The same with what ties it to its leaf.
  absl::StatusOr<StoredEntry> GetStored(sql::Connection& connection, Position position) const;

  // --- sql::BatchObserver ------------------------------------------------------------------------
  void TaskBegins() override;
  absl::Status TaskEnds(sql::WriteContext& context) override;
  absl::Status BeforeCommit(sql::WriteContext& context) override;
  // The newest entries are not signed yet.
  bool WantsIdleBatch() const override;
  void IdleBatchBegins() override { sign_now_ = true; }

 private:
  struct Leaf {
    Position position = kNoPosition;
    tlog::Hash hash;
  };

  absl::StatusOr<std::vector<tlog::Hash>> RowsOf(sql::Connection& connection, Position position);
  Salt DrawSalt();

  SystemRandom machine_random_;
  RandomSource* const random_;
  std::atomic<Position> published_{kNoPosition};
  std::atomic<uint64_t> tree_size_{0};

  // --- of the writer's thread; nothing before OpenTree -------------------------------------------
  const Clock* clock_ = nullptr;
  std::string rows_secret_;
  std::optional<RowCollector> collector_;
  std::optional<tlog::Appender> appender_;
  // Of the batch's entries. Those of tasks and batches that failed go when their positions are
  // given out again, or at the commit.
  std::vector<Leaf> leaves_;
  bool sign_now_ = false;
  std::unique_ptr<Signer> signer_;
};

// Reads entries by a query of stored columns; for this room.
namespace internal {

// The columns that ReadEntry expects, in order, behind those of a query's own.
#define WHENCE_LEDGER_ENTRY_COLUMNS                                             \
  "position, time_us, actor, via, action, resource, request_id, digest, kind, " \
  "outcome, detail, repeats, rate, row_count, rows_root, commitment, salt"

inline constexpr int kRowsRootColumn = 14;

StoredEntry ReadEntry(sql::Rows& rows);

}  // namespace internal

}  // namespace whence::ledger
