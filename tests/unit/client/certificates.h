#pragma once

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

// Purpose: an authority made up for one test; what it issues is good for an hour, for 127.0.0.1 and
// localhost, for servers and for clients. Thread-safety: one thread at a time.
class Authority {
 public:
  explicit Authority(const std::string& name);
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority();

  // What others need to trust it, in PEM.
  const std::string& certificate() const { return pem_; }
  Certificate Issue(const std::string& name);

 private:
  EVP_PKEY* key_ = nullptr;
  X509* own_ = nullptr;
  std::string pem_;
};

}  // namespace whence::test
