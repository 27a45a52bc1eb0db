#pragma once

#include <string>

#include "absl/status/status.h"

namespace whence::client_internal {

// Where the facts of an error stand in a status, and what they are: a serialized
// google.rpc.ErrorInfo, with hint and field in its metadata.
inline constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kErrorDomain[] = "whence";

// An error that the client found by itself, of the same form as the server's.
absl::Status MakeError(absl::StatusCode code, const std::string& message, const std::string& reason,
                       const std::string& hint = {}, const std::string& field = {});

// The same error with `prefix` before its message; facts stay.
absl::Status WithMessagePrefix(const absl::Status& status, const std::string& prefix);

}  // namespace whence::client_internal
