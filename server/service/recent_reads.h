// Who read what lately, and was asked about on what, as far as it was recorded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/position.h"
#include "service/call.h"

namespace whence::service {

// Purpose: counts, by principal and asset, the runs that read it and the predictions that were made
// with or from it, each once; and the decisions that were asked for. Looks at kMaxRecentReads of
// each at most (of decisions: entries of the ledger), the newest.
// Ownership: a value; Count borrows the call. Thread-safety: one thread.
class RecentReads {
 public:
  // Those that were recorded, or began, at `since` or later.
  absl::Status Count(Call& call, Position as_of, absl::Time since);

  int64_t Of(const std::string& principal, int64_t asset_id) const;
  // By the name that the asset had then.
  int64_t DecisionsOf(const std::string& principal, const std::string& asset) const;
  // False: there were more than it looks at.
  bool complete() const { return complete_; }

 private:
  absl::Status CountRuns(Call& call, Position as_of, absl::Time since);
  absl::Status CountPredictions(Call& call, Position as_of, absl::Time since);
  absl::Status CountDecisions(Call& call, Position as_of, absl::Time since);
  void CountDecisionsIn(std::string_view detail, int64_t rate);

  absl::flat_hash_map<std::pair<std::string, int64_t>, int64_t> counts_;
  absl::flat_hash_map<std::pair<std::string, std::string>, int64_t> decisions_;
  bool complete_ = true;
};

}  // namespace whence::service
