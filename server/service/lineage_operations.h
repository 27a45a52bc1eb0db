// The operations of LineageService: one line each, in the order of the contract.
#pragma once

#include "service/lineage_ops.h"
#include "service/needs_lineage.h"
#include "service/operation.h"
#include "service/run_ops.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

inline constexpr MutationOperation<v1::StartRunRequest, v1::Run> kStartRun{
    "StartRun", ValidateStartRun, StartRun};
inline constexpr MutationOperation<v1::UpdateRunRequest, v1::Run> kUpdateRun{
    "UpdateRun", ValidateUpdateRun, UpdateRun};
inline constexpr MutationOperation<v1::FinishRunRequest, v1::Run> kFinishRun{
    "FinishRun", ValidateFinishRun, FinishRun};
inline constexpr MutationOperation<v1::RecordRunRequest, v1::Run> kRecordRun{
    "RecordRun", ValidateRecordRun, RecordRun};
inline constexpr MutationOperation<v1::RecordRunsRequest, v1::RecordRunsResponse> kRecordRuns{
    "RecordRuns", ValidateRecordRuns, RecordRuns};
inline constexpr MutationOperation<v1::RecordEdgesRequest, v1::Declaration> kRecordEdges{
    "RecordEdges", ValidateRecordEdges, RecordEdges};
inline constexpr ReadOperation<v1::GetRunRequest, v1::Run> kGetRun{"GetRun", Pace::kTry, GetRun};
inline constexpr ReadOperation<v1::ListRunsRequest, v1::ListRunsResponse> kListRuns{
    "ListRuns", Pace::kLong, ListRuns};
inline constexpr ReadOperation<v1::ListDeclarationsRequest, v1::ListDeclarationsResponse>
    kListDeclarations{"ListDeclarations", Pace::kLong, ListDeclarations};
inline constexpr ReadOperation<v1::GetLineageRequest, Encoded<v1::LineageGraph>> kGetLineage{
    "GetLineage", Pace::kLong, GetLineage};
inline constexpr ReadOperation<v1::ExplainRequest, Encoded<v1::Explanation>> kExplain{
    "Explain", Pace::kTry, Explain};
inline constexpr ReadOperation<v1::ImpactRequest, v1::ImpactResponse> kImpact{"Impact", Pace::kLong,
                                                                              Impact};
inline constexpr ReadOperation<v1::FindPathRequest, v1::FindPathResponse> kFindPath{
    "FindPath", Pace::kLong, FindPath};

}  // namespace whence::service
