#pragma once

// How a client finds its server and behaves towards it. All plain values.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace whence {

// Encryption, by files in PEM format. Relative paths in the context file are relative to its
// folder.
struct TlsOptions {
  bool enabled = false;  // encrypt even if no file is named; the system's authorities are trusted
  std::string ca{};      // authorities to trust instead of the system's
  std::string cert{};    // this client's certificate, with `key`, where the server asks for one
  std::string key{};

  // Whether the connection is encrypted: any of the above is set.
  bool Use() const { return enabled || !ca.empty() || !cert.empty() || !key.empty(); }
};

// How calls are repeated. Only UNAVAILABLE is: the server was not there or did not take the call.
// All calls can be repeated safely, for reads change nothing and each mutation carries a request id
// that stays the same over its repetitions. Between attempts the client waits a random time between
// 0 and the backoff (full jitter), which begins with `initial_backoff` and grows by `multiplier` up
// to `max_backoff`; the last attempt ends with the call's deadline.
struct RetryPolicy {
  absl::Duration initial_backoff = absl::Milliseconds(50);
  absl::Duration max_backoff = absl::Seconds(2);
  double multiplier = 2.0;
  int max_attempts = 0;  // 0: as many as the deadline allows; 1: never repeat
};

// Where each setting comes from, first found wins:
//   server     `server` here, WHENCE_SERVER, the context's, "localhost:7070"
//   token      `token` here, `token_file` here, WHENCE_TOKEN, WHENCE_TOKEN_FILE, the context's
//   token
//              file (only for the context's own server), and for a server on this machine the file
//              admin.token in WHENCE_DATA, else in ./whence-data
//   tls        `tls` here, else the context's (only for the context's own server)
//   context    `context` here, WHENCE_CONTEXT, the file's `current-context`
//   file       `config_file` here, WHENCE_CONFIG, ${XDG_CONFIG_HOME:-~/.config}/whence/config.yaml
//
// The file is the one that `whence context` writes:
//   current-context: prod
//   contexts:
//     - {name: prod, server: whence.example:7070, token-file: trainer.token, tls: {ca: ca.pem}}
struct ClientOptions {
  // "host", "host:port", "[::1]:7070", a URL that says whether to encrypt ("grpcs://host",
  // "https:", "grpc:", "http:"), or a target of gRPC's ("unix:/run/whence.sock", "dns:///..."). The
  // default port is 7070.
  std::string server{};
  // The token that says who is calling, "whence_...", or the file that holds it. Goes to servers on
  // this machine and over encrypted connections only, unless `allow_plaintext_token` says
  // otherwise.
  std::string token{};
  std::string token_file{};
  bool allow_plaintext_token = false;
  TlsOptions tls{};
  std::string context{};
  std::string config_file{};

  // How long one call may take altogether, repetitions included.
  absl::Duration deadline = absl::Seconds(10);
  // How long Connect waits for the server to answer. Zero: Connect does not ask, and the first call
  // finds out. For services that must start although the server is down.
  absl::Duration connect_timeout = absl::Seconds(5);
  RetryPolicy retry{};
  // Put before the client's own in the user agent: "handbook-qa/1.2".
  std::string user_agent{};
};

// The same options with server, token and tls filled in as said above; what Connect uses.
// Errors: INVALID_ARGUMENT (CONFIG_MALFORMED) for a context file that cannot be understood,
// NOT_FOUND (CONTEXT_NOT_FOUND) for a context it does not have, NOT_FOUND (CONFIG_NOT_FOUND) when
// `config_file` names no file, INVALID_ARGUMENT (TOKEN_FILE_UNREADABLE, TOKEN_MALFORMED) for a
// token file that cannot be read or holds no token. Without a token `token` stays empty: then the
// server answers UNAUTHENTICATED (CREDENTIAL_MISSING).
absl::StatusOr<ClientOptions> ResolveClientOptions(ClientOptions options);

// Options of one call. Connections take them; users of Client rarely see them.
struct CallOptions {
  std::optional<absl::Duration> deadline{};  // unset: the connection's
  std::string request_id{};                  // mutations only; empty: the connection makes one
};

}  // namespace whence
