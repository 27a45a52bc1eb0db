#include "http/peer_names.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/certificate.h"

namespace whence::http {
namespace {

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string TextOf(const ASN1_IA5STRING* text) {
  std::string value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                    static_cast<size_t>(ASN1_STRING_length(text)));
  return value.find('\0') == std::string::npos ? value : std::string();
}

void Add(std::string name, std::vector<std::string>& names) {
  if (!name.empty()) names.push_back(std::move(name));
}

}  // namespace

access::CertificateNames PeerNames(const SSL* tls) {
  access::CertificateNames found;
  const std::unique_ptr<X509, FreeCertificate> shown(SSL_get1_peer_certificate(tls));
  const bool verified =
      (SSL_get_verify_mode(tls) & SSL_VERIFY_PEER) != 0 && SSL_get_verify_result(tls) == X509_V_OK;
  if (shown == nullptr || !verified) return found;
  found.end = net::EndOf(shown.get());
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(shown.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
    const auto* const text = static_cast<const ASN1_IA5STRING*>(value);
    if (kind == GEN_URI) Add(TextOf(text), found.uris);
    if (kind == GEN_DNS) Add(TextOf(text), found.dns);
    if (kind == GEN_EMAIL) Add(TextOf(text), found.emails);
  }
  return found;
}

}  // namespace whence::http
