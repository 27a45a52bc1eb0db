// What of the catalog a caller may see.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/decision.h"
#include "access/index.h"
#include "base/position.h"
#include "catalog/securable.h"
#include "inference/prediction.h"
#include "lineage/graph.h"
#include "lineage/run.h"
#include "sql/connection.h"

namespace whence::service {

class Call;

// Purpose: tells what may be shown to the caller, each thing asked once. Who may see something is a
// question about the present, whatever position the data is asked as of: names and states are of
// the past, permission is of today. What may not be shown keeps its place in answers, as a
// placeholder: so a path still leads through it, and who asks twice sees that it is the same thing.
// Ownership: borrows the call. Thread-safety: one thread.
class Visibility {
 public:
  explicit Visibility(Call& call);

  // Nothing is hidden from this caller: no need to ask, or to count.
  bool all() const { return all_; }

  // An asset's metadata, by id; also a tombstone's.
  absl::StatusOr<bool> SeesAsset(int64_t asset_id);
  // A catalog, schema or asset that was read already.
  absl::StatusOr<bool> Sees(const catalog::Securable& securable);

  // A run: by who sees its job; of a run without one, its recorder and whoever sees anything that
  // it read or wrote.
  absl::StatusOr<bool> SeesRun(const lineage::Run& run);
  absl::StatusOr<bool> SeesRun(int64_t run_id, Position as_of);
  // A declaration: its creator, and whoever sees anything that it names.
  absl::StatusOr<bool> SeesDeclaration(int64_t id, const std::string& creator);
  absl::StatusOr<bool> SeesDeclaration(int64_t id, Position as_of);
  // Data, run or declaration.
  absl::StatusOr<bool> SeesNode(lineage::NodeId id, Position as_of);

  // What a prediction says: its recorder, and whoever has SELECT on its endpoint or model. That it
  // is read then is told to their audits.
  absl::StatusOr<bool> SeesPrediction(const inference::Prediction& prediction);

  // `redacted:<16 hex>`: the same for the same object in every answer of this metastore, and of no
  // use for finding out which one it is.
  std::string PlaceholderOf(int64_t object_id);
  std::string PlaceholderOf(std::string_view object);

 private:
  absl::StatusOr<bool> AskAboutAsset(int64_t asset_id);
  absl::StatusOr<bool> SeesAnyEnd(lineage::NodeId via);
  absl::StatusOr<bool> MaySelectFrom(int64_t origin_id);
  // Calls `visit` with the chain of the endpoint and the model of an origin, until it returns an
  // error or true.
  absl::StatusOr<bool> AnyThatAnswered(
      int64_t origin_id, absl::FunctionRef<absl::StatusOr<bool>(const access::Chain&)> visit);
  absl::Status NotePredictionRead(int64_t origin_id);

  Call& call_;
  const access::Snapshot& access_;
  const bool all_;
  absl::flat_hash_map<int64_t, bool> assets_;
  absl::flat_hash_map<int64_t, bool> vias_;
  absl::flat_hash_map<int64_t, bool> origins_;
  absl::flat_hash_set<int64_t> noted_origins_;
};

}  // namespace whence::service
