#include "service/recent_reads.h"

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "inference/origin.h"
#include "inference/recent_predictions.h"
#include "ledger/entry_list.h"
#include "lineage/run_store.h"
#include "service/house.h"
#include "tlog/canonical_json.h"

namespace whence::service {

absl::Status RecentReads::Count(Call& call, Position as_of, absl::Time since) {
  WHENCE_RETURN_IF_ERROR(CountRuns(call, as_of, since));
  WHENCE_RETURN_IF_ERROR(CountPredictions(call, as_of, since));
  return CountDecisions(call, as_of, since);
}

absl::Status RecentReads::CountRuns(Call& call, Position as_of, absl::Time since) {
  const lineage::Graph& graph = call.house().graph();
  absl::Status status;
  int64_t seen = 0;
  const auto count = [&](const lineage::Run& run) {
    status = call.StillWanted();
    // They come by their numbers, which are given in the order of recording.
    if (!status.ok() || run.create_time < since) return false;
    if (++seen > kMaxRecentReads) {
      complete_ = false;
      return false;
    }
    absl::flat_hash_set<int64_t> assets;
    graph.ForEachIn(static_cast<lineage::NodeId>(run.id), as_of, [&](const lineage::Edge& edge) {
      assets.insert(graph.asset(edge.node));
      return true;
    });
    for (const int64_t asset : assets) ++counts_[{run.recorder, asset}];
    return true;
  };
  WHENCE_RETURN_IF_ERROR(lineage::ListRuns(call.connection(), {.as_of = as_of}, count).status());
  return status;
}

absl::Status RecentReads::CountPredictions(Call& call, Position as_of, absl::Time since) {
  const lineage::Graph& graph = call.house().graph();
  absl::flat_hash_map<std::pair<int64_t, std::string>, int64_t> by_origin;
  WHENCE_ASSIGN_OR_RETURN(const bool all,
                          inference::VisitRecentPredictions(
                              call.connection(), as_of, since, kMaxRecentReads,
                              [&](int64_t origin, std::string_view recorder) -> absl::Status {
                                ++by_origin[{origin, std::string(recorder)}];
                                return call.StillWanted();
                              }));
  if (!all) complete_ = false;
  for (const auto& [key, count] : by_origin) {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<inference::Parent> parents,
                            inference::ParentsOf(call.connection(), key.first));
    absl::flat_hash_set<int64_t> assets;
    for (const inference::Parent& parent : parents) {
      assets.insert(graph.asset(static_cast<lineage::NodeId>(parent.node_id)));
    }
    for (const int64_t asset : assets) counts_[{key.second, asset}] += count;
  }
  return absl::OkStatus();
}

absl::Status RecentReads::CountDecisions(Call& call, Position as_of, absl::Time since) {
  constexpr int64_t kChunk = 1000;
  ledger::EntryQuery query{.filter = {.kind = ledger::EntryKind::kDecision, .start_time = since},
                           .as_of = as_of,
                           .limit = kChunk,
                           .max_rows = kChunk};
  for (int64_t seen = 0; seen < kMaxRecentReads; seen += kChunk) {
    WHENCE_RETURN_IF_ERROR(call.StillWanted());
    WHENCE_ASSIGN_OR_RETURN(const ledger::EntryPage page,
                            ledger::ListEntries(call.connection(), call.house().ledger(), query));
    for (const ledger::StoredEntry& stored : page.entries) {
      CountDecisionsIn(stored.entry.detail, stored.entry.rate);
    }
    if (!page.next.has_value()) return absl::OkStatus();
    query.after = page.next;
  }
  complete_ = false;
  return absl::OkStatus();
}

// What service/audit.cc wrote; nothing, once it is erased.
void RecentReads::CountDecisionsIn(std::string_view detail, int64_t rate) {
  const absl::StatusOr<tlog::Json> json = tlog::ParseJson(detail);
  if (!json.ok()) return;
  const tlog::Json* all = json->Find("decisions");
  if (all == nullptr || all->array() == nullptr) return;
  for (const tlog::Json& decision : *all->array()) {
    const tlog::Json* principal = decision.Find("principal");
    const tlog::Json* securable = decision.Find("securable");
    if (principal == nullptr || securable == nullptr || principal->text() == nullptr ||
        securable->text() == nullptr) {
      continue;
    }
    decisions_[{*principal->text(), *securable->text()}] += rate;
  }
}

int64_t RecentReads::DecisionsOf(const std::string& principal, const std::string& asset) const {
  const auto found = decisions_.find({principal, asset});
  return found == decisions_.end() ? 0 : found->second;
}

int64_t RecentReads::Of(const std::string& principal, int64_t asset_id) const {
  const auto found = counts_.find({principal, asset_id});
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace whence::service
