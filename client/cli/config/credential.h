#pragma once

// The token that an invocation shows to the server, and where it was found.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/config/config_file.h"
#include "cli/environment.h"

namespace whence::cli {

// A secret: `token` goes to the server and nowhere else; what people see is TokenHint.
struct Credential {
  std::string token;   // empty where none was found
  std::string from;    // where it was found: "--token-file", "WHENCE_TOKEN", "./whence-data/..."
  std::string looked;  // where it was looked for, in order, for the error of a call without one

  friend bool operator==(const Credential&, const Credential&) = default;
};

// The first that is there:
//   `token_file` (--token-file), WHENCE_TOKEN, WHENCE_TOKEN_FILE, the context's token file (for the
//   context's own server only), and for a server on this machine admin.token in WHENCE_DATA, else
//   in ./whence-data, where the server put it at its first start.
// A LocalError for a file that is named and cannot be read, and for what cannot be a token.
absl::StatusOr<Credential> FindCredential(const std::string& token_file,
                                          const ContextEntry& context, const std::string& server,
                                          const Environment& environment);

// Whether what is sent to this target of gRPC stays on this machine: a unix socket, or loopback.
bool StaysHere(std::string_view target);

// What people know a token by: `whence_Ab3d...x9Zq`; `***` for one that is not Whence's own.
std::string TokenHint(std::string_view token);

}  // namespace whence::cli
