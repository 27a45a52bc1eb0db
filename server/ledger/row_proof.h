// That a row is one of those which an entry speaks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/position.h"
#include "ledger/ledger.h"
#include "sql/connection.h"
#include "tlog/hash.h"

namespace whence::ledger {

// The way from a row to the root that stands in its entry's leaf: tlog::CheckInclusion of `index`,
// `row_count`, LeafHash(leaf), `hashes` and `root`. From there Log::InclusionProof leads on.
struct RowProof {
  Position position = kNoPosition;  // of the entry
  int64_t row_count = 0;            // as it stands in its leaf
  tlog::Hash root;
  uint64_t index = 0;
  std::vector<tlog::Hash> hashes;
  // The row's leaf (row_hash.h): its blind, and its columns. Who is shown it can check this row,
  // and guess no other one.
  std::string leaf;
};

// Of the prediction with that id, in the batch with which it was recorded: what it costs is the
// batch's size. NotFound PREDICTION_NOT_FOUND; POSITION_NOT_FOUND for one from before the first
// entry; DataLoss LEDGER_DAMAGED where the rows are not those that the entry says; or the
// connection's errors.
absl::StatusOr<RowProof> ProvePrediction(sql::Connection& connection, const Ledger& ledger,
                                         std::string_view id);

}  // namespace whence::ledger
