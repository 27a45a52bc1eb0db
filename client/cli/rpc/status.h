#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace whence::cli {

// A gRPC status as an absl::Status, with reason, field, hint and metadata from the google.rpc
// details that the server sent (base/error.h reads them). Without details the code and the message
// remain.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace whence::cli
