// Operations on grants, and on who owns the metastore.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateChangeGrants(const v1::ChangeGrantsRequest& request);
absl::StatusOr<v1::ChangeGrantsResponse> ChangeGrants(Call& call,
                                                      const v1::ChangeGrantsRequest& request);
absl::StatusOr<v1::ListGrantsResponse> ListGrants(Call& call, const v1::ListGrantsRequest& request);

absl::StatusOr<v1::Metastore> GetMetastore(Call& call, const v1::GetMetastoreRequest& request);
absl::Status ValidateTransferMetastore(const v1::TransferMetastoreRequest& request);
absl::StatusOr<v1::Metastore> TransferMetastore(Call& call,
                                                const v1::TransferMetastoreRequest& request);

}  // namespace whence::service
