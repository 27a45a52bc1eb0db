// Operations that ask the lineage graph.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "service/encoded.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::StatusOr<Encoded<v1::LineageGraph>> GetLineage(Call& call,
                                                     const v1::GetLineageRequest& request);
absl::StatusOr<Encoded<v1::Explanation>> Explain(Call& call, const v1::ExplainRequest& request);
absl::StatusOr<v1::ImpactResponse> Impact(Call& call, const v1::ImpactRequest& request);
absl::StatusOr<v1::FindPathResponse> FindPath(Call& call, const v1::FindPathRequest& request);

}  // namespace whence::service
