// One event of a run, executed: references pinned, what is missing created, the rest merged.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "lineage/run.h"
#include "service/call.h"
#include "service/run_convert.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// What an operation makes of a request.
struct RunEvent {
  const v1::Run* run = nullptr;  // what it adds; checked
  std::string id;                // UUID as given; empty: one is made
  lineage::RunState state = lineage::RunState::kUnspecified;
  bool fill_only = false;                                 // what is known already stays
  const google::protobuf::Timestamp* end_time = nullptr;  // null: not said
  const std::string* error_message = nullptr;             // null: the run's
  std::string field;                                      // path of `run`, for errors
};

// Purpose: executes the events of one mutation, in order. Names found for one are known to the
// next. Ownership: borrows the call. Thread-safety: the writer's thread.
//
// A read or write that names an asset without a version means its newest version now; so that the
// same event again has no effect, it means what the run has already when that is the same asset
// (read by the same alias, where one is given).
class RunRecorder {
 public:
  explicit RunRecorder(Call& call);

  // The run after the event, without its edges where these are many (kMaxEchoedEdges). NotFound for
  // what a reference does not find, ASSET_KIND_MISMATCH, and the errors of lineage::ApplyRun,
  // CreateInCatalog and RegisterVersionOf.
  absl::StatusOr<v1::Run> Apply(const RunEvent& event);

 private:
  Call& call_;
  AssetNames names_;
};

}  // namespace whence::service
