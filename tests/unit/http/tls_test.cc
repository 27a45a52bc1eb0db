// HTTPS: what is agreed on, and certificates that change.
#include "http/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "http_fixture.h"
#include "support/house_fixture.h"
#include "support/scratch_database.h"

namespace whence::http::test {
namespace {

// A key and a certificate that it signed itself, in a folder of their own.
class Certificate {
 public:
  explicit Certificate(long serial) { Make(serial); }

  // Makes others under the same names.
  void Make(long serial) {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_sign(made.get(), key.get(), EVP_sha256());
    Write(key_path(), [&](std::FILE* file) {
      PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    Write(certificate_path(), [&](std::FILE* file) { PEM_write_X509(file, made.get()); });
  }
  std::string certificate_path() const { return folder_.path() + "/server.crt"; }
  std::string key_path() const { return folder_.path() + "/server.key"; }

 private:
  template <class Fill>
  static void Write(const std::string& path, Fill fill) {
    const std::string part = path + ".part";
    std::FILE* file = std::fopen(part.c_str(), "w");
    REQUIRE(file != nullptr);
    fill(file);
    std::fclose(file);
    REQUIRE(std::rename(part.c_str(), path.c_str()) == 0);
  }

  whence::test::TemporaryFolder folder_;
};

class TlsClient {
 public:
  explicit TlsClient(int version = 0) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_, 0);  // so that old versions are offered at all
    if (version != 0) SSL_CTX_set_max_proto_version(context_, version);
    static constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(context_, kProtocols, sizeof(kProtocols) - 1);
  }
  ~TlsClient() { SSL_CTX_free(context_); }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  SSL_CTX* context() { return context_; }

  // The serial number of the certificate that a server shows; 0: it shows none.
  long Serial(const std::string& address) {
    Client client(address, context_);
    if (!client.connected()) return 0;
    std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(client.tls()),
                                                      X509_free);
    return ASN1_INTEGER_get(X509_get_serialNumber(shown.get()));
  }

 private:
  SSL_CTX* const context_;
};

ServerOptions With(const Certificate& certificate) {
  return {.tls_certificate = certificate.certificate_path(), .tls_key = certificate.key_path()};
}

TEST_CASE("requests through TLS") {
  const Certificate certificate(1);
  HttpFixture https(With(certificate));
  TlsClient tls;
  Client client(https.address, tls.context());
  REQUIRE(client.connected());
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(client.tls(), &protocol, &size);
  CHECK(std::string(reinterpret_cast<const char*>(protocol), size) == "http/1.1");
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.Send(RequestText("POST", "/v1/catalogs", StrCat("{\"name\": \"c", i, "\"}"))));
    CHECK(client.Receive()->status == 200);
  }
  REQUIRE(client.Send(RequestText("GET", "/v1/catalogs", "", "connection: close\r\n")));
  CHECK_THAT(client.Receive()->body, Catch::Contains("c2"));
  CHECK(client.Closed());
}

TEST_CASE("TLS before 1.2, and what is no TLS, is refused") {
  const Certificate certificate(1);
  HttpFixture https(With(certificate));
  CHECK(TlsClient(TLS1_2_VERSION).Serial(https.address) == 1);
  CHECK(TlsClient(TLS1_1_VERSION).Serial(https.address) == 0);
  Client plain(https.address);
  plain.Send(RequestText("GET", "/healthz"));
  CHECK_FALSE(plain.Receive().has_value());
}

TEST_CASE("a certificate that is renewed is shown without a restart") {
  Certificate certificate(1);
  HttpFixture https(With(certificate));
  TlsClient tls;
  Client before(https.address, tls.context());
  CHECK(tls.Serial(https.address) == 1);
  certificate.Make(2);
  CHECK(tls.Serial(https.address) == 2);
  // One that is broken is not taken; the one before stays.
  std::ofstream(certificate.certificate_path()) << "nonsense";
  CHECK(tls.Serial(https.address) == 2);
  certificate.Make(3);
  CHECK(tls.Serial(https.address) == 3);
  // Connections keep what they have.
  REQUIRE(before.Send(RequestText("GET", "/healthz")));
  CHECK(before.Receive()->status == 200);
}

TEST_CASE("files that are no certificate and key are refused at the start") {
  const Certificate one(1);
  const Certificate other(2);
  const auto reason = [](const std::string& certificate, const std::string& key) {
    const auto opened = TlsFiles::Open(certificate, key);
    return opened.ok() ? "" : whence::test::ReasonOf(opened.status());
  };
  CHECK(reason(one.certificate_path(), one.key_path()).empty());
  CHECK(reason("/nowhere", one.key_path()) == "TLS_FILES_UNUSABLE");
  CHECK(reason(one.certificate_path(), "/nowhere") == "TLS_FILES_UNUSABLE");
  CHECK(reason(one.key_path(), one.key_path()) == "TLS_FILES_UNUSABLE");
  CHECK(reason(one.certificate_path(), other.key_path()) == "TLS_FILES_UNUSABLE");
}

}  // namespace
}  // namespace whence::http::test
