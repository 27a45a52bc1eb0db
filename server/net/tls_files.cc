#include "net/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::net {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using CertificatePtr = std::unique_ptr<X509, FreeCertificate>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

absl::Status Unusable(const std::string& path, std::string_view why) {
  return FailedPrecondition("TLS_FILES_UNUSABLE", StrCat("cannot use ", path, ": ", why),
                            "give a certificate with its chain, its private key without a "
                            "passphrase, and authorities, all as PEM");
}

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unusable(path, std::strerror(errno));
  std::string text(kMaxPemBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Unusable(path, "reading failed");
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxPemBytes) return Unusable(path, StrCat("over ", kMaxPemBytes, " bytes"));
  // gRPC takes C strings, and would see another file than we check.
  if (text.find('\0') != std::string::npos) return Unusable(path, "it is no text");
  return text;
}

Bio BioOf(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The first certificate, when all are readable and there is one; null otherwise.
CertificatePtr FirstOf(const std::string& pem) {
  const Bio bio = BioOf(pem);
  CertificatePtr first(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (first == nullptr) {
    ERR_clear_error();
    return nullptr;
  }
  while (const CertificatePtr next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end ? std::move(first) : nullptr;
}

// A key with a passphrase is not asked about: nobody is there to answer.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::StatusOr<TlsMaterial> Read(const TlsPaths& paths) {
  TlsMaterial material;
  WHENCE_ASSIGN_OR_RETURN(material.certificate, ReadPem(paths.certificate));
  WHENCE_ASSIGN_OR_RETURN(material.key, ReadPem(paths.key));
  const CertificatePtr certificate = FirstOf(material.certificate);
  if (certificate == nullptr) return Unusable(paths.certificate, "it is no chain of certificates");
  const KeyPtr key(
      PEM_read_bio_PrivateKey(BioOf(material.key).get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    ERR_clear_error();
    return Unusable(paths.key, "it is no private key without a passphrase");
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return Unusable(paths.key, StrCat("it is not the key of ", paths.certificate));
  }
  if (paths.client_ca.empty()) return material;
  WHENCE_ASSIGN_OR_RETURN(material.client_ca, ReadPem(paths.client_ca));
  if (FirstOf(material.client_ca) == nullptr) {
    return Unusable(paths.client_ca, "it has no certificates of authorities");
  }
  return material;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Open(TlsPaths paths, files::Report report) {
  using Material = std::shared_ptr<const TlsMaterial>;
  std::vector<std::string> watched = {paths.certificate, paths.key};
  const bool asks_clients = !paths.client_ca.empty();
  if (asks_clients) watched.push_back(paths.client_ca);
  const auto read = [paths = std::move(paths)](const Material& before) -> absl::StatusOr<Material> {
    WHENCE_ASSIGN_OR_RETURN(TlsMaterial material, Read(paths));
    if (before != nullptr && material == *before) return before;  // touched only
    return std::make_shared<const TlsMaterial>(std::move(material));
  };
  WHENCE_ASSIGN_OR_RETURN(
      std::unique_ptr<files::Watched<TlsMaterial>> opened,
      files::Watched<TlsMaterial>::Open(std::move(watched), read, std::move(report)));
  return std::unique_ptr<TlsFiles>(new TlsFiles(std::move(opened), asks_clients));
}

}  // namespace whence::net
