// Operations on declassifications.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/tag.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateDeclassify(const v1::DeclassifyRequest& request);
absl::StatusOr<v1::Declassification> Declassify(Call& call, const v1::DeclassifyRequest& request);
absl::Status ValidateReclassify(const v1::ReclassifyRequest& request);
absl::StatusOr<v1::ReclassifyResponse> Reclassify(Call& call, const v1::ReclassifyRequest& request);
absl::StatusOr<v1::ListDeclassificationsResponse> ListDeclassifications(
    Call& call, const v1::ListDeclassificationsRequest& request);

}  // namespace whence::service
