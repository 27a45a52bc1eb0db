// What the operations of LineageService need of their callers: see needs_catalog.h.
#pragma once

#include "absl/status/status.h"
#include "service/call.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::StartRunRequest& request);
absl::Status Needs(Call& call, const v1::UpdateRunRequest& request);
absl::Status Needs(Call& call, const v1::FinishRunRequest& request);
absl::Status Needs(Call& call, const v1::RecordRunRequest& request);
absl::Status Needs(Call& call, const v1::RecordRunsRequest& request);
absl::Status Needs(Call& call, const v1::RecordEdgesRequest& request);
absl::Status Needs(Call& call, const v1::GetRunRequest& request);
absl::Status Needs(Call& call, const v1::ListRunsRequest& request);
absl::Status Needs(Call& call, const v1::ListDeclarationsRequest& request);
absl::Status Needs(Call& call, const v1::GetLineageRequest& request);
absl::Status Needs(Call& call, const v1::ExplainRequest& request);
absl::Status Needs(Call& call, const v1::ImpactRequest& request);
absl::Status Needs(Call& call, const v1::FindPathRequest& request);

}  // namespace whence::service
