// Operations on versions.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Registers a version, or returns the one with the same digest.
absl::Status ValidateRegisterVersion(const v1::RegisterVersionRequest& request);
absl::StatusOr<v1::Version> RegisterVersion(Call& call, const v1::RegisterVersionRequest& request);

// `asset@number`, `asset@alias`, `asset@latest` or the bare asset: its newest.
absl::StatusOr<v1::Version> GetVersion(Call& call, const v1::GetVersionRequest& request);
absl::StatusOr<v1::ListVersionsResponse> ListVersions(Call& call,
                                                      const v1::ListVersionsRequest& request);

// Comment and properties; anything else is VERSION_IMMUTABLE.
absl::Status ValidateUpdateVersion(const v1::UpdateVersionRequest& request);
absl::StatusOr<v1::Version> UpdateVersion(Call& call, const v1::UpdateVersionRequest& request);

}  // namespace whence::service
