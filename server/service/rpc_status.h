// An error as every door tells it: google.rpc.Status with its details.
#pragma once

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace whence::service {

// The status with its detail as google.rpc.ErrorInfo (always, domain `whence`; metadata `field`
// and `hint` where known), BadRequest (where a field is known), Help (where there is a hint) and
// RetryInfo (where the metadata says `retry_delay`, as absl::FormatDuration writes it). A status
// without a reason of ours is an error of our own and says INTERNAL_ERROR. Long texts are cut, so
// that the details fit into what clients take. OK is no error (asserted).
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace whence::service
