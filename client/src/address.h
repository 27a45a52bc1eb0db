#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace whence::client_internal {

// What gRPC connects to.
struct Address {
  std::string target;
  std::optional<bool> tls;  // where the scheme says
};

// For what people write: a name, an address, a URL, or one of gRPC's own forms. INVALID_ARGUMENT
// (SERVER_NAME_MALFORMED) for anything else.
absl::StatusOr<Address> ParseAddress(const std::string& server);

// Whether what is sent to this target of gRPC stays on this machine: a unix socket, or loopback by
// its address or as `localhost`.
bool StaysHere(const std::string& target);

}  // namespace whence::client_internal
