// Encryption of the HTTP door.
#pragma once

#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "net/tls_files.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace whence::http {

// Purpose: what new connections agree on TLS with: version 1.2 at least, HTTP/1.1 by ALPN, and
// whatever the files hold at that time. Where they name authorities, clients are asked for a
// certificate; one of another authority ends the handshake, and so does none at all when it is
// required.
// Ownership: borrows the files, which must outlive it; what Current gave lives as long as a
// connection needs it. Thread-safety: any thread.
class TlsContexts {
 public:
  // FailedPrecondition TLS_FILES_UNUSABLE for what OpenSSL does not take.
  static absl::StatusOr<std::unique_ptr<TlsContexts>> Open(net::TlsFiles* files,
                                                           bool require_client_certificate);

  // Never null.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  TlsContexts(net::TlsFiles* files, bool require) : files_(files), require_(require) {}
  absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> Make(
      const net::TlsMaterial& material) const;

  net::TlsFiles* const files_;
  const bool require_;
  std::mutex mutex_;
  std::shared_ptr<const net::TlsMaterial> material_;    // guarded by mutex_; looked at last
  std::shared_ptr<boost::asio::ssl::context> context_;  // guarded by mutex_
};

}  // namespace whence::http
