// When certificates end.
#pragma once

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

struct x509_st;  // OpenSSL's X509

namespace whence::net {

// From then on the certificate is good for nothing (its notAfter); InfinitePast when it does not
// say.
absl::Time EndOf(const x509_st* certificate);
// The same of the first certificate in PEM; InfinitePast for what is none.
absl::Time EndOf(const std::string& pem);

// Purpose: remembers of the certificates that were asked about last when they end, for doors that
// get them as text with every call. Bounded by kMaxKnownCertificates; a full one begins anew.
// Thread-safety: one thread.
class CertificateEnds {
 public:
  absl::Time Of(const std::string& pem);
  size_t size() const { return known_.size(); }

 private:
  absl::flat_hash_map<std::string, absl::Time> known_;
};

}  // namespace whence::net
