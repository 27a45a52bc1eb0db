// Certificate and key of the HTTP door.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace whence::http {

// Purpose: what new connections agree on TLS with: version 1.2 at least, HTTP/1.1 by ALPN. The
// files are read anew when they were changed, so that a renewed certificate needs no restart; while
// they do not fit together, the ones before stay in use. Ownership: what Current gave lives as long
// as a connection needs it. Thread-safety: any thread.
class TlsFiles {
 public:
  // PEM files: the certificate with its chain, and its private key. FailedPrecondition
  // TLS_FILES_UNUSABLE when they cannot be read, are none or do not belong together.
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Open(std::string certificate, std::string key);

  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  // Time, size and inode of each file; all 0 when it is not there.
  using Stamp = std::array<int64_t, 8>;

  TlsFiles(std::string certificate, std::string key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Stamp StampNow() const;
  absl::Status Load();

  const std::string certificate_;
  const std::string key_;
  std::mutex mutex_;
  Stamp stamp_{};                                       // guarded by mutex_
  std::shared_ptr<boost::asio::ssl::context> context_;  // guarded by mutex_
};

}  // namespace whence::http
