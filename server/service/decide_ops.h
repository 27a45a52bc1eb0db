// The decision that engines ask for: may somebody do something with a table, which rows does it
// see, and what of each column.
#pragma once

#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Short, unless it is asked as of a point in history.
absl::StatusOr<v1::Decision> Decide(Call& call, const v1::DecideRequest& request);
// Short for up to kMaxBriefQuestions. What each question needs of its caller is asked here, for one
// that may not be asked is answered with a no like others that cannot be answered.
absl::StatusOr<v1::DecideBatchResponse> DecideBatch(Call& call,
                                                    const v1::DecideBatchRequest& request);

}  // namespace whence::service
