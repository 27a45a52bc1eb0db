#include "service/run_ops.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "service/run_check.h"
#include "service/run_event.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using lineage::RunState;

// The state that a recorded run has: ended well, unless it says otherwise.
RunState RecordedState(const v1::Run& run) {
  return run.state() == v1::RUN_STATE_UNSPECIFIED ? RunState::kComplete
                                                  : static_cast<RunState>(run.state());
}

RunEvent RecordEvent(const v1::Run& run, std::string field) {
  return RunEvent{.run = &run,
                  .id = run.id(),
                  .state = RecordedState(run),
                  .end_time = run.has_end_time() ? &run.end_time() : nullptr,
                  .field = std::move(field)};
}

absl::Status CheckRecorded(const v1::Run& run, std::string_view field) {
  WHENCE_RETURN_IF_ERROR(CheckRun(run, field));
  if (run.state() != v1::RUN_STATE_RUNNING || !run.has_end_time()) return absl::OkStatus();
  return InvalidArgument("RUN_NOT_ENDED", StrCat(field, ".end_time"),
                         "the run is said to be running and to have ended",
                         "leave out one of the two");
}

}  // namespace

absl::Status ValidateStartRun(const v1::StartRunRequest& request) {
  return CheckRun(request.run(), "run", {.outcome = true});
}

absl::StatusOr<v1::Run> StartRun(Call& call, const v1::StartRunRequest& request) {
  return RunRecorder(call).Apply({.run = &request.run(),
                                  .id = request.run().id(),
                                  .state = RunState::kRunning,
                                  .fill_only = true,
                                  .field = "run"});
}

absl::Status ValidateUpdateRun(const v1::UpdateRunRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckRunId(request.run().id(), "run.id"));
  return CheckRun(request.run(), "run", {.outcome = true});
}

absl::StatusOr<v1::Run> UpdateRun(Call& call, const v1::UpdateRunRequest& request) {
  return RunRecorder(call).Apply({.run = &request.run(), .id = request.run().id(), .field = "run"});
}

absl::Status ValidateFinishRun(const v1::FinishRunRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckRunId(request.id(), "id"));
  WHENCE_RETURN_IF_ERROR(CheckOutcome(request.state(), "state"));
  WHENCE_RETURN_IF_ERROR(ValidateText(request.error_message(), "error_message",
                                      kMaxErrorMessageBytes, /*allow_newlines=*/true));
  WHENCE_RETURN_IF_ERROR(
      CheckRun(request.additions(), "additions", {.outcome = true, .identity = true}));
  if (!request.has_end_time()) return absl::OkStatus();
  return CheckRunTimes(request.additions(), request.end_time(), "end_time");
}

absl::StatusOr<v1::Run> FinishRun(Call& call, const v1::FinishRunRequest& request) {
  return RunRecorder(call).Apply(
      {.run = &request.additions(),
       .id = request.id(),
       .state = static_cast<RunState>(request.state()),
       .end_time = request.has_end_time() ? &request.end_time() : nullptr,
       .error_message = &request.error_message(),
       .field = "additions"});
}

absl::Status ValidateRecordRun(const v1::RecordRunRequest& request) {
  return CheckRecorded(request.run(), "run");
}

absl::StatusOr<v1::Run> RecordRun(Call& call, const v1::RecordRunRequest& request) {
  return RunRecorder(call).Apply(RecordEvent(request.run(), "run"));
}

absl::Status ValidateRecordRuns(const v1::RecordRunsRequest& request) {
  if (request.runs().empty()) {
    return InvalidArgument("RUNS_MISSING", "runs", "there is no run to record",
                           "send 1 to 1,000 runs");
  }
  WHENCE_RETURN_IF_ERROR(
      CheckCount(static_cast<size_t>(request.runs_size()), kMaxBatchItems, "runs"));
  WHENCE_RETURN_IF_ERROR(CheckTogether(request.runs(), "runs"));
  for (int i = 0; i < request.runs_size(); ++i) {
    WHENCE_RETURN_IF_ERROR(CheckRecorded(request.runs(i), StrCat("runs[", i, "]")));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::RecordRunsResponse> RecordRuns(Call& call,
                                                  const v1::RecordRunsRequest& request) {
  v1::RecordRunsResponse response;
  RunRecorder recorder(call);
  for (int i = 0; i < request.runs_size(); ++i) {
    WHENCE_ASSIGN_OR_RETURN(*response.add_runs(),
                            recorder.Apply(RecordEvent(request.runs(i), StrCat("runs[", i, "]"))));
  }
  if (call.changed()) response.set_position(call.Change(call.resource()).position);
  return response;
}

}  // namespace whence::service
