#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace whence::client_internal {

// What a call's outcome is to users: code, message and the facts that the server sent along. Errors
// that come from gRPC itself (nobody there, too slow) get a reason and a hint of ours; `server`,
// `call` and `deadline` are for their text.
absl::Status FromGrpcStatus(const grpc::Status& status, const std::string& server,
                            const std::string& call, absl::Duration deadline);

}  // namespace whence::client_internal
