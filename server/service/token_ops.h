// Operations on tokens.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/access.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status ValidateCreateToken(const v1::CreateTokenRequest& request);
absl::StatusOr<v1::CreateTokenResponse> CreateToken(Call& call,
                                                    const v1::CreateTokenRequest& request);
absl::StatusOr<v1::ListTokensResponse> ListTokens(Call& call, const v1::ListTokensRequest& request);
absl::Status ValidateRevokeToken(const v1::RevokeTokenRequest& request);
absl::StatusOr<v1::Token> RevokeToken(Call& call, const v1::RevokeTokenRequest& request);

}  // namespace whence::service
