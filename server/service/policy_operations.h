// The operations of PolicyService: one line each, in the order of the contract.
#pragma once

#include "service/compile_view_ops.h"
#include "service/decide_ops.h"
#include "service/needs_policy.h"
#include "service/operation.h"
#include "service/policy_ops.h"
#include "service/preview_ops.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

inline constexpr MutationOperation<v1::CreatePolicyRequest, v1::Policy> kCreatePolicy{
    "CreatePolicy", ValidateCreatePolicy, CreatePolicy};
inline constexpr ReadOperation<v1::GetPolicyRequest, v1::Policy> kGetPolicy{
    "GetPolicy", Pace::kShort, GetPolicy};
inline constexpr ReadOperation<v1::ListPoliciesRequest, v1::ListPoliciesResponse> kListPolicies{
    "ListPolicies", Pace::kLong, ListPolicies};
inline constexpr MutationOperation<v1::UpdatePolicyRequest, v1::Policy> kUpdatePolicy{
    "UpdatePolicy", ValidateUpdatePolicy, UpdatePolicy};
inline constexpr MutationOperation<v1::DeletePolicyRequest, v1::DeletePolicyResponse> kDeletePolicy{
    "DeletePolicy", ValidateDeletePolicy, DeletePolicy};
inline constexpr ReadOperation<v1::PreviewPolicyRequest, v1::PreviewPolicyResponse> kPreviewPolicy{
    "PreviewPolicy", Pace::kLong, PreviewPolicy};
inline constexpr ReadOperation<v1::DecideRequest, v1::Decision> kDecide{"Decide", Pace::kTry,
                                                                        Decide};
inline constexpr ReadOperation<v1::DecideBatchRequest, v1::DecideBatchResponse> kDecideBatch{
    "DecideBatch", Pace::kTry, DecideBatch};
inline constexpr ReadOperation<v1::CompileViewRequest, v1::CompileViewResponse> kCompileView{
    "CompileView", Pace::kLong, CompileView};

}  // namespace whence::service
