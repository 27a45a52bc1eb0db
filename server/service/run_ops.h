// Operations that record runs and declared lineage, and that show them.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateStartRun(const v1::StartRunRequest& request);
absl::StatusOr<v1::Run> StartRun(Call& call, const v1::StartRunRequest& request);

absl::Status ValidateUpdateRun(const v1::UpdateRunRequest& request);
absl::StatusOr<v1::Run> UpdateRun(Call& call, const v1::UpdateRunRequest& request);

absl::Status ValidateFinishRun(const v1::FinishRunRequest& request);
absl::StatusOr<v1::Run> FinishRun(Call& call, const v1::FinishRunRequest& request);

absl::Status ValidateRecordRun(const v1::RecordRunRequest& request);
absl::StatusOr<v1::Run> RecordRun(Call& call, const v1::RecordRunRequest& request);

absl::Status ValidateRecordRuns(const v1::RecordRunsRequest& request);
absl::StatusOr<v1::RecordRunsResponse> RecordRuns(Call& call, const v1::RecordRunsRequest& request);

absl::Status ValidateRecordEdges(const v1::RecordEdgesRequest& request);
absl::StatusOr<v1::Declaration> RecordEdges(Call& call, const v1::RecordEdgesRequest& request);

absl::StatusOr<v1::Run> GetRun(Call& call, const v1::GetRunRequest& request);
absl::StatusOr<v1::ListRunsResponse> ListRuns(Call& call, const v1::ListRunsRequest& request);

absl::StatusOr<v1::ListDeclarationsResponse> ListDeclarations(
    Call& call, const v1::ListDeclarationsRequest& request);

}  // namespace whence::service
