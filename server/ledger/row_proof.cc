#include "ledger/row_proof.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ledger/log_name.h"
#include "ledger/row_scan.h"
#include "tlog/merkle.h"

namespace whence::ledger {
namespace {

constexpr sql::Query kFindPrediction{"SELECT row_id, position FROM prediction WHERE id = ?1"};

// Rows of one batch are neighbours: one writer numbers them. As GovernedTable::rows has them.
#define WHENCE_PREDICTION_STAMPS                                                                   \
  "SELECT position, NULL, row_id, id, origin_id, run_uuid, status, position, recorder, "           \
  "create_time_us, start_time_us, latency_us, input_tokens, output_tokens, cost_micros, "          \
  "currency, input_digest, output_digest, content_digest, error_message, attributes, input_text, " \
  "output_text FROM prediction "
constexpr sql::Query kPredictionsDown{WHENCE_PREDICTION_STAMPS
                                      "WHERE row_id <= ?1 ORDER BY row_id DESC"};
constexpr sql::Query kPredictionsUp{WHENCE_PREDICTION_STAMPS "WHERE row_id > ?1 ORDER BY row_id"};

// And so are origins.
constexpr sql::Query kLastOrigin{"SELECT coalesce(max(id), 0) FROM origin"};
constexpr sql::Query kOriginFrom{"SELECT position FROM origin WHERE id >= ?1 ORDER BY id LIMIT 1"};
constexpr sql::Query kOriginsUp{
    "SELECT position, NULL, id, digest, position FROM origin WHERE id >= ?1 ORDER BY id"};
constexpr sql::Query kParentsOf{
    "SELECT ?2, NULL, origin_id, role, ordinal, node_id FROM origin_parent WHERE origin_id = ?1"
    " ORDER BY role, ordinal"};

const GovernedTable& TableNamed(std::string_view name) {
  const std::span<const GovernedTable> tables = GovernedTables();
  const auto found = std::find_if(tables.begin(), tables.end(), [name](const GovernedTable& table) {
    return table.name == name;
  });
  WHENCE_ASSERT(found != tables.end());
  return *found;
}

// Makes hashes of subtrees of leaves in memory.
class LeavesReader : public tlog::HashReader {
 public:
  explicit LeavesReader(std::span<const tlog::Hash> leaves) : leaves_(leaves) {}

  absl::Status ReadHashes(std::span<const tlog::Node> nodes,
                          std::span<tlog::Hash> hashes) override {
    for (size_t i = 0; i < nodes.size(); ++i) {
      const size_t count = size_t{1} << nodes[i].level;
      hashes[i] = tlog::HeadOf(leaves_.subspan(nodes[i].index * count, count));
    }
    return absl::OkStatus();
  }

 private:
  std::span<const tlog::Hash> leaves_;
};

// Purpose: the rows of one mutation that recorded predictions. Ownership: borrows. One thread.
class Batch {
 public:
  Batch(sql::Connection& connection, std::string secret, Position position)
      : connection_(connection), hasher_(std::move(secret)), position_(position) {}

  absl::Status Read(int64_t row_id) {
    WHENCE_RETURN_IF_ERROR(Take(connection_.Run(kPredictionsDown, row_id), "prediction"));
    // The first of them is the row itself.
    WHENCE_ASSERT(!hashes_.empty());
    row_ = hashes_.front();
    leaf_ = std::move(first_leaf_);
    WHENCE_RETURN_IF_ERROR(Take(connection_.Run(kPredictionsUp, row_id), "prediction"));
    return ReadOrigins();
  }

  absl::StatusOr<RowProof> Prove(const WrittenRows& said) {
    std::sort(hashes_.begin(), hashes_.end());
    const WrittenRows there = Summarize(hashes_);
    if (there != said) {
      return DataLoss("LEDGER_DAMAGED",
                      StrCat("the rows at position ", position_, " are not those that its entry ",
                             "speaks for"),
                      "see 'whence audit verify'");
    }
    RowProof proof{.position = position_,
                   .row_count = said.count,
                   .root = said.root,
                   .index = static_cast<uint64_t>(
                       std::lower_bound(hashes_.begin(), hashes_.end(), row_) - hashes_.begin()),
                   .hashes = {},
                   .leaf = std::move(leaf_)};
    LeavesReader reader(hashes_);
    WHENCE_ASSIGN_OR_RETURN(
        proof.hashes, tlog::InclusionProof(proof.index, static_cast<uint64_t>(said.count), reader));
    return proof;
  }

 private:
  // Rows as long as they have the position.
  absl::Status Take(sql::Rows rows, std::string_view name) {
    const GovernedTable& table = TableNamed(name);
    std::vector<sql::ColumnValue> values;
    while (rows.Next() && rows.Int64(0) == position_) {
      values.clear();
      for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
        values.push_back(rows.Value(2 + i));
      }
      hashes_.push_back(hasher_.Birth(table, values));
      if (hashes_.size() == 1) first_leaf_ = std::string(hasher_.leaf());
    }
    return rows.status();
  }

  absl::Status ReadOrigins() {
    int64_t low = 1;
    int64_t high = 0;
    {
      sql::Rows rows = connection_.Run(kLastOrigin);
      if (rows.Next()) high = rows.Int64(0) + 1;
      WHENCE_RETURN_IF_ERROR(rows.status());
    }
    // The first id at or behind which origins are of this position or later.
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      sql::Rows rows = connection_.Run(kOriginFrom, middle);
      const bool earlier = rows.Next() && rows.Int64(0) < position_;
      WHENCE_RETURN_IF_ERROR(rows.status());
      if (earlier) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const size_t before = hashes_.size();
    WHENCE_RETURN_IF_ERROR(Take(connection_.Run(kOriginsUp, low), "origin"));
    const auto count = static_cast<int64_t>(hashes_.size() - before);
    for (int64_t id = low; id < low + count; ++id) {
      WHENCE_RETURN_IF_ERROR(Take(connection_.Run(kParentsOf, id, position_), "origin_parent"));
    }
    return absl::OkStatus();
  }

  sql::Connection& connection_;
  RowHasher hasher_;
  const Position position_;
  std::vector<tlog::Hash> hashes_;
  std::string first_leaf_;
  tlog::Hash row_;
  std::string leaf_;
};

}  // namespace

absl::StatusOr<RowProof> ProvePrediction(sql::Connection& connection, const Ledger& ledger,
                                         std::string_view id) {
  int64_t row_id = 0;
  Position position = kNoPosition;
  {
    sql::Rows rows = connection.Run(kFindPrediction, id);
    if (!rows.Next()) {
      WHENCE_RETURN_IF_ERROR(rows.status());
      return NotFound("PREDICTION_NOT_FOUND", StrCat("no prediction ", id),
                      "see 'whence prediction list'");
    }
    row_id = rows.Int64(0);
    position = rows.Int64(1);
  }
  WHENCE_ASSIGN_OR_RETURN(const StoredEntry stored, ledger.GetStored(connection, position));
  WHENCE_ASSIGN_OR_RETURN(const LogName name, FindLogName(connection));
  Batch batch(connection, name.rows_secret, position);
  WHENCE_RETURN_IF_ERROR(batch.Read(row_id));
  return batch.Prove(stored.rows);
}

}  // namespace whence::ledger
