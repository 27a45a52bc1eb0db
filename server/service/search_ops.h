// Text search.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Text search over the assets of the present.
absl::StatusOr<v1::SearchResponse> Search(Call& call, const v1::SearchRequest& request);

}  // namespace whence::service
