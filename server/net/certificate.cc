#include "net/certificate.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "base/limits.h"

namespace whence::net {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

}  // namespace

absl::Time EndOf(const x509_st* certificate) {
  std::tm time{};
  const ASN1_TIME* const end = X509_get0_notAfter(certificate);
  if (end == nullptr || ASN1_TIME_to_tm(end, &time) != 1) {
    ERR_clear_error();
    return absl::InfinitePast();
  }
  return absl::FromTM(time, absl::UTCTimeZone());
}

absl::Time EndOf(const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, FreeCertificate> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    ERR_clear_error();
    return absl::InfinitePast();
  }
  return EndOf(certificate.get());
}

absl::Time CertificateEnds::Of(const std::string& pem) {
  const auto found = known_.find(pem);
  if (found != known_.end()) return found->second;
  const absl::Time end = EndOf(pem);
  if (known_.size() >= kMaxKnownCertificates) known_.clear();
  known_.emplace(pem, end);
  return end;
}

}  // namespace whence::net
