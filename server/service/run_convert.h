// Runs on the wire and in the house.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/position.h"
#include "lineage/run.h"
#include "lineage/run_store.h"
#include "service/blobs.h"
#include "service/call.h"
#include "sql/connection.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

// Purpose: what assets are called in answers as of one position, each looked up once, and columns
// by id: the full name, `id:N` where it was deleted by then, for its name may be another's, or a
// placeholder where the caller may not see it. Ownership: borrows the call. Thread-safety: one
// thread.
class AssetNames {
 public:
  AssetNames(Call& call, Position as_of) : call_(call), as_of_(as_of) {}

  // What it is called is known from elsewhere.
  void Know(int64_t asset_id, std::string_view name) { names_.try_emplace(asset_id, name); }
  // Fails as catalog::FullNameOf.
  absl::StatusOr<std::string> NameOf(int64_t asset_id);
  // `asset@number`, or `asset` for number 0.
  absl::StatusOr<std::string> ReferenceOf(int64_t asset_id, int64_t number);
  // `asset#column`.
  absl::StatusOr<std::string> ColumnReferenceOf(int64_t column_id);
  // The asset that the column stands in.
  absl::StatusOr<int64_t> AssetOfColumn(int64_t column_id);

  sql::Connection& connection() { return call_.connection(); }
  Position as_of() const { return as_of_; }

 private:
  struct Column {
    int64_t asset_id = 0;
    std::string reference;
  };
  // Valid until the next one.
  absl::StatusOr<const Column*> FindColumn(int64_t column_id);

  Call& call_;
  const Position as_of_;
  absl::flat_hash_map<int64_t, std::string> names_;  // by asset id
  absl::flat_hash_map<int64_t, Column> columns_;     // by column id
};

// The run itself, without reads, writes and column mappings. DataLoss STORED_MESSAGE_UNREADABLE.
absl::StatusOr<v1::Run> RunToProto(AssetNames& names, const lineage::Run& run);

// The run with these reads and writes, in this order, and no column mappings.
absl::StatusOr<v1::Run> RunToProto(AssetNames& names, const lineage::Run& run,
                                   std::span<const lineage::DataEdge> edges);

// The run with all that it read, wrote and mapped as of the names' position.
absl::StatusOr<v1::Run> WholeRunToProto(AssetNames& names, const lineage::Run& run);

// What an event adds to a run's attributes. `fill_only`: single fields and entries that are there
// stay. FailedPrecondition TOO_MANY_PARAMETERS or TOO_MANY_PROPERTIES when the sum is too much.
absl::Status MergeAttributes(const v1::Run& event, bool fill_only,
                             storage::RunAttributes* attributes);

}  // namespace whence::service
