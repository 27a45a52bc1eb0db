#pragma once

// Files of a server's TLS, as somebody else renews them, and what a server reported of them. Header
// only; who includes it links the room net.

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "net/tls_files.h"
#include "support/certificates.h"
#include "support/scratch_database.h"

namespace whence::test {

// Ownership: owns its folder. Thread-safety: one thread, and the server's reports.
class TlsFolder {
 public:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  // In place of what was there, as tools that renew certificates do it.
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name) + ".new", std::ios::binary) << text;
    std::filesystem::rename(Path(name) + ".new", Path(name));
  }
  void Write(const Certificate& certificate) const {
    Write("cert.pem", certificate.certificate);
    Write("key.pem", certificate.key);
  }
  absl::StatusOr<std::unique_ptr<net::TlsFiles>> Open(bool clients = false) {
    return net::TlsFiles::Open({.certificate = Path("cert.pem"),
                                .key = Path("key.pem"),
                                .client_ca = clients ? Path("ca.pem") : ""},
                               [this](const absl::Status& status) { reports.push_back(status); });
  }

  std::vector<absl::Status> reports;

 private:
  TemporaryFolder folder_;
};

}  // namespace whence::test
