// Certificates and keys of the doors, as files that others renew.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

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

// Purpose: the material in force. The files are looked at with every new connection, and read anew
// when one of them was changed or replaced; what is not whole (one of two files renewed, one half
// written) is left until it is, and the material before stays in force: a renewal that fails must
// not take the server away.
// Thread-safety: any thread.
class TlsFiles {
 public:
  // Told of every reload: OK, or why the files as they are now cannot be used. Under a lock: must
  // not call back.
  using Report = absl::AnyInvocable<void(const absl::Status&)>;

  // FailedPrecondition TLS_FILES_UNUSABLE: a file cannot be read, has over kMaxPemBytes, or not
  // what it should have; the key is not the certificate's.
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Open(TlsPaths paths, Report report);

  // Never null; the same pointer while nothing has changed.
  std::shared_ptr<const TlsMaterial> Current();
  bool asks_clients() const { return !paths_.client_ca.empty(); }

 private:
  // Time, size and place of each file; zeros for one that is not there.
  using Stamp = std::array<int64_t, 12>;

  TlsFiles(TlsPaths paths, Report report) : paths_(std::move(paths)), report_(std::move(report)) {}
  Stamp StampNow() const;
  absl::StatusOr<TlsMaterial> Read() const;

  const TlsPaths paths_;
  std::mutex mutex_;
  Report report_;
  Stamp stamp_{};
  std::shared_ptr<const TlsMaterial> material_;
};

}  // namespace whence::net
