// Certificates and keys of the doors, as files that others renew.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "files/watched.h"

namespace whence::net {

struct TlsPaths {
  std::string certificate;  // PEM: the server's, and the chain to its authority
  std::string key;          // PEM, without a passphrase
  std::string client_ca;    // PEM: who may issue client certificates; empty: none are asked for
};

// What the files hold, in PEM; checked to belong together.
struct TlsMaterial {
  std::string certificate;
  std::string key;
  std::string client_ca;

  friend bool operator==(const TlsMaterial&, const TlsMaterial&) = default;
};

// Purpose: the material in force. The files are looked at with every new connection; what is not
// whole (one of two files renewed, one half written) is left until it is: a renewal that fails must
// not take the server away.
// Thread-safety: any thread.
class TlsFiles {
 public:
  // FailedPrecondition TLS_FILES_UNUSABLE: a file cannot be read, has over kMaxPemBytes, or not
  // what it should have; the key is not the certificate's.
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Open(TlsPaths paths, files::Report report);

  // Never null; the same pointer while nothing has changed.
  std::shared_ptr<const TlsMaterial> Current() { return watched_->Current(); }
  bool asks_clients() const { return asks_clients_; }

 private:
  TlsFiles(std::unique_ptr<files::Watched<TlsMaterial>> watched, bool asks_clients)
      : watched_(std::move(watched)), asks_clients_(asks_clients) {}

  const std::unique_ptr<files::Watched<TlsMaterial>> watched_;
  const bool asks_clients_;
};

}  // namespace whence::net
