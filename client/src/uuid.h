#pragma once

#include <string>

namespace whence::client_internal {

// A new UUID of version 7 (RFC 9562): lower case, 36 characters, sorting by the millisecond it was
// made in. Random bits come from the kernel. Safe from any thread, and after fork.
std::string NewUuid();

}  // namespace whence::client_internal
