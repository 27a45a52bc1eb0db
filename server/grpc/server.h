// The gRPC door.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"

namespace whence::net {
class TlsFiles;
}  // namespace whence::net
namespace whence::service {
class Corridor;
}  // namespace whence::service

namespace whence::rpc {

struct ServerOptions {
  // Address to listen on, `host:port`; port 0: the system chooses one.
  std::string listen_address;
  // Certificates and keys; null: connections are not encrypted, which is refused for addresses that
  // other machines can reach. Borrowed; must outlive the server.
  net::TlsFiles* tls = nullptr;
  // Clients without a certificate are refused (where `tls` names authorities).
  bool require_client_certificate = false;
  // Listens without encryption wherever the address is: somebody said that it is meant.
  bool insecure_plaintext = false;
  // Streams of predictions open at once; further ones get TOO_MANY_STREAMS.
  int max_streams = kMaxStreams;
  // Bytes that they hold together, roughly; beyond it a stream reads one message at a time.
  size_t max_streamed_bytes = kMaxStreamedBytes;
  // How long a stream may be idle when all places are taken.
  absl::Duration stream_idle = kStreamIdle;
  // Streams of entries open at once; further ones get TOO_MANY_STREAMS.
  int max_entry_streams = kMaxEntryStreams;
  // Backups under way at once; further ones get TOO_MANY_BACKUPS.
  int max_backups = kMaxBackups;
  // When a silent connection is asked for a sign of life, and closed without one.
  absl::Duration keepalive_time = kKeepaliveTime;
  absl::Duration keepalive_timeout = kKeepaliveTimeout;
  // How often a client may ask for one; who asks more often is closed.
  absl::Duration min_ping_interval = kMinPingInterval;
  // When a connection on which nothing was said yet is closed.
  absl::Duration handshake_timeout = kHandshakeTimeout;
  // Bytes of large replies that are not read yet; reads beyond it get REPLIES_UNREAD.
  size_t max_unread_reply_bytes = kMaxUnreadReplyBytes;
  // How long a reader of a large reply, or of a backup, may take, beside a second for each
  // min_reply_bytes_per_second.
  absl::Duration reply_grace = kReplyGrace;
  size_t min_reply_bytes_per_second = kMinReplyBytesPerSecond;
  // Calls under way on one connection; its client keeps further ones to itself.
  int max_calls_per_connection = kMaxCallsPerConnection;
  // Bytes of requests on their way in; beyond it calls are ended.
  size_t max_incoming_bytes = kMaxIncomingBytes;
};

// Purpose: listens, and serves the contract, grpc.health.v1.Health and reflection.
// Ownership: borrows the corridor, owns the listener. Thread-safety: Stop may be called once, from
// any thread.
class Server {
 public:
  // Fails with LISTEN_FAILED when the address is malformed or in use, PLAINTEXT_REFUSED
  // (FailedPrecondition) when other machines could reach it without encryption.
  static absl::StatusOr<std::unique_ptr<Server>> Start(service::Corridor* corridor,
                                                       const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the port that was chosen.
  const std::string& address() const { return address_; }
  // Reports NOT_SERVING, accepts no more, gives calls under way `grace` to end.
  void Stop(absl::Duration grace);

 private:
  struct Services;
  Server(std::unique_ptr<Services> services, std::string address);

  std::unique_ptr<Services> services_;
  std::string address_;
};

}  // namespace whence::rpc
