#pragma once

// What holds for one invocation, after flags, environment, context and defaults have been laid over
// each other, in this order.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/config/config_file.h"
#include "cli/config/credential.h"
#include "cli/environment.h"
#include "cli/output/format.h"

namespace whence::cli {

// The global flags as given; empty where not given.
struct GlobalFlags {
  std::string server;
  std::string context;
  std::string token_file;
  std::string output;
  std::string timeout;
  bool no_color = false;
  bool quiet = false;
  bool allow_plaintext_token = false;
};

// How to show things.
struct Display {
  bool color_out = false;
  bool color_err = false;
  bool quiet = false;
  size_t width = 0;  // columns of standard output; 0: not bounded
};

// Whom to talk to, and what to show.
struct Target {
  std::string server;
  std::string context;  // name of the context in use; empty where none is
  Credential credential;
  TlsFiles tls;
  bool use_tls = false;
  // Whether the token may travel unencrypted to another machine.
  bool allow_plaintext_token = false;
  absl::Duration timeout;
  // Whether --timeout or WHENCE_TIMEOUT was given: long work has no deadline otherwise.
  bool timeout_given = false;
};

inline constexpr char kDefaultServer[] = "localhost:7070";
inline constexpr absl::Duration kDefaultTimeout = absl::Seconds(30);

Display ResolveDisplay(const GlobalFlags& flags, const Environment& environment);

// A usage error for a malformed flag or variable; a LocalError for a context that does not exist or
// a configuration file that cannot be read.
absl::StatusOr<Target> ResolveTarget(const GlobalFlags& flags, const Environment& environment);

// The form of output of a command that supports `supported`. A flag that names another one is a
// usage error; WHENCE_OUTPUT is a preference and falls back to the command's default.
absl::StatusOr<Format> ResolveFormat(const GlobalFlags& flags, const Environment& environment,
                                     const FormatSet& supported, std::string_view command);

// An address as gRPC takes it: a scheme (grpc://, http://: plain; grpcs://, https://: TLS) is taken
// off and the port 7070 added where none is given. unix: addresses stay as they are.
struct Address {
  std::string target;
  std::optional<bool> tls;  // where the scheme says
};
absl::StatusOr<Address> ParseAddress(std::string_view text);

}  // namespace whence::cli
