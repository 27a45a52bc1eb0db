#include "support/certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

namespace whence::test {
namespace {

constexpr long kHour = 3600;

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

std::string PemOf(X509* certificate) {
  BIO* bio = BIO_new(BIO_s_mem());
  REQUIRE(PEM_write_bio_X509(bio, certificate) == 1);
  return TextOf(bio);
}

std::string PemOf(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  REQUIRE(PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return TextOf(bio);
}

void Extend(X509* certificate, int what, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
  REQUIRE(extension != nullptr);
  REQUIRE(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// A certificate for a key, not yet signed. Good since an hour ago: clocks of containers jump.
X509* Draft(const std::string& name, EVP_PKEY* key, int64_t end = kCertificateEnd) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour);
  REQUIRE(ASN1_TIME_set(X509_getm_notAfter(certificate), end) != nullptr);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

}  // namespace

Authority::Authority(const std::string& name) : key_(EVP_EC_gen("P-256")), own_(Draft(name, key_)) {
  X509_set_issuer_name(own_, X509_get_subject_name(own_));
  Extend(own_, NID_basic_constraints, "critical,CA:TRUE");
  Extend(own_, NID_key_usage, "critical,keyCertSign,cRLSign");
  REQUIRE(X509_sign(own_, key_, EVP_sha256()) > 0);
  pem_ = PemOf(own_);
}

Authority::~Authority() {
  X509_free(own_);
  EVP_PKEY_free(key_);
}

Certificate Authority::Issue(const std::string& name, const char* names, int64_t end) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = Draft(name, key, end);
  X509_set_issuer_name(certificate, X509_get_subject_name(own_));
  Extend(certificate, NID_subject_alt_name, names);
  Extend(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
  REQUIRE(X509_sign(certificate, key_, EVP_sha256()) > 0);
  Certificate issued{PemOf(certificate), PemOf(key)};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return issued;
}

}  // namespace whence::test
