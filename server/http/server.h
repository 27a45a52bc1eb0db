// The HTTP door.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "http/authzen_mapping.h"
#include "http/connection.h"
#include "http/router.h"

namespace whence::net {
class TlsFiles;
}  // namespace whence::net
namespace whence::service {
class Corridor;
}  // namespace whence::service

namespace whence::http {

struct ServerOptions {
  // Address to listen on, `host:port`; port 0: the system chooses one.
  std::string listen_address{};
  // Certificates and keys; null: no TLS. Borrowed; must outlive the server.
  net::TlsFiles* tls = nullptr;
  // Clients without a certificate are refused (where `tls` names authorities).
  bool require_client_certificate = false;
  // Listens without TLS also where other machines can reach it; else that is PLAINTEXT_REFUSED.
  bool insecure_plaintext = false;
  // What the words of AuthZEN's clients mean; and the file that says it instead, or null. Borrowed;
  // must outlive the server.
  AuthzenMapping authzen{};
  AuthzenFile* authzen_file = nullptr;
  // The ledger's tiles and checkpoints are for everybody.
  bool open_ledger = false;
  // Threads that all connections share.
  int threads = 2;
  // Backups under way at once; further ones get TOO_MANY_BACKUPS.
  int max_backups = kMaxBackups;
  ConnectionLimits limits{};
};

// Purpose: listens, and serves the contract as REST and JSON, its OpenAPI document, what engines
// ask (AuthZEN, Trino), the ledger's tiles, and what tells how the server is: /healthz, /readyz,
// /metrics. Ownership: borrows the corridor, owns listener, threads and connections. Thread-safety:
// Stop may be called once, from any thread.
class Server {
 public:
  // Fails with LISTEN_FAILED when the address is malformed or in use, PLAINTEXT_REFUSED
  // (FailedPrecondition) when other machines could reach it without encryption, and
  // TLS_FILES_UNUSABLE.
  static absl::StatusOr<std::unique_ptr<Server>> Start(service::Corridor* corridor,
                                                       const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the port that was chosen.
  const std::string& address() const { return address_; }
  // All that it answers to: a test leaves nothing out by going through it.
  const std::vector<Router::Offered>& offered() const;
  // Accepts no more, closes what is idle, gives requests under way `grace` to end.
  void Stop(absl::Duration grace);

 private:
  struct Parts;
  Server(std::unique_ptr<Parts> parts, std::string address);

  std::unique_ptr<Parts> parts_;
  std::string address_;
};

}  // namespace whence::http
