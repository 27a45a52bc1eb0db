// A table as somebody may see it, as a view in an engine's SQL.
#pragma once

#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::StatusOr<v1::CompileViewResponse> CompileView(Call& call,
                                                    const v1::CompileViewRequest& request);

}  // namespace whence::service
