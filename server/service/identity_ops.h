// Operations on dataset identities.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateAttachDatasetIdentity(const v1::AttachDatasetIdentityRequest& request);
absl::StatusOr<v1::DatasetIdentity> AttachDatasetIdentity(
    Call& call, const v1::AttachDatasetIdentityRequest& request);
absl::Status ValidateDetachDatasetIdentity(const v1::DetachDatasetIdentityRequest& request);
absl::StatusOr<v1::DatasetIdentity> DetachDatasetIdentity(
    Call& call, const v1::DetachDatasetIdentityRequest& request);
absl::StatusOr<v1::DatasetIdentity> ResolveDatasetIdentity(
    Call& call, const v1::ResolveDatasetIdentityRequest& request);
absl::StatusOr<v1::ListDatasetIdentitiesResponse> ListDatasetIdentities(
    Call& call, const v1::ListDatasetIdentitiesRequest& request);

}  // namespace whence::service
