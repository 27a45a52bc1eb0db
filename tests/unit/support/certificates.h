#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "openssl/evp.h"
#include "openssl/x509.h"

namespace whence::test {

// A certificate and its private key, in PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};

// The names of a server on this machine.
inline constexpr char kLocalNames[] = "DNS:localhost,IP:127.0.0.1";

// The year 2040: later than any FakeClock of a test begins.
inline constexpr int64_t kCertificateEnd = 2208988800;

// Purpose: an authority made up for one test; what it issues is for servers and for clients.
// Thread-safety: one thread at a time.
class Authority {
 public:
  explicit Authority(const std::string& name);
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority();

  // What others need to trust it, in PEM.
  const std::string& certificate() const { return pem_; }
  // `names` are subject alternative names as OpenSSL's configuration has them:
  // `URI:spiffe://a/b,DNS:c,email:d@e`. `end`: in seconds since 1970.
  Certificate Issue(const std::string& name, const char* names = kLocalNames,
                    int64_t end = kCertificateEnd);

 private:
  EVP_PKEY* key_ = nullptr;
  X509* own_ = nullptr;
  std::string pem_;
};

}  // namespace whence::test
