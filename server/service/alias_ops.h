// Operations on aliases.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateSetAlias(const v1::SetAliasRequest& request);
absl::StatusOr<v1::Alias> SetAlias(Call& call, const v1::SetAliasRequest& request);
absl::Status ValidateDeleteAlias(const v1::DeleteAliasRequest& request);
absl::StatusOr<v1::Alias> DeleteAlias(Call& call, const v1::DeleteAliasRequest& request);
absl::StatusOr<v1::ListAliasesResponse> ListAliases(Call& call,
                                                    const v1::ListAliasesRequest& request);
absl::StatusOr<v1::ListAliasHistoryResponse> ListAliasHistory(
    Call& call, const v1::ListAliasHistoryRequest& request);

}  // namespace whence::service
