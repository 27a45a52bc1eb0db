// HTTPS: what is agreed on, certificates that change, and clients that show their own.
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <atomic>
#include <memory>
#include <string>

#include "access/trust.h"
#include "base/clock.h"
#include "http/tls_contexts.h"
#include "http_fixture.h"
#include "service/access_operations.h"
#include "support/certificates.h"
#include "support/house_fixture.h"
#include "support/tls_folder.h"

namespace whence::http::test {
namespace {

using whence::test::Authority;
using whence::test::Certificate;
using whence::test::TlsFolder;

class TlsClient {
 public:
  explicit TlsClient(int version = 0) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_, 0);  // so that old versions are offered at all
    if (version != 0) SSL_CTX_set_max_proto_version(context_, version);
    static constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(context_, kProtocols, sizeof(kProtocols) - 1);
  }
  // One that shows a certificate of its own.
  explicit TlsClient(const Certificate& own) : TlsClient() {
    BIO* const pem = BIO_new_mem_buf(own.certificate.data(), -1);
    X509* const certificate = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
    BIO_free(pem);
    BIO* const key_pem = BIO_new_mem_buf(own.key.data(), -1);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_pem, nullptr, nullptr, nullptr);
    BIO_free(key_pem);
    REQUIRE(SSL_CTX_use_certificate(context_, certificate) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~TlsClient() { SSL_CTX_free(context_); }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  SSL_CTX* context() { return context_; }

  // The common name in the certificate that a server shows; empty: it shows none.
  std::string Shown(const std::string& address) {
    Client client(address, context_);
    if (!client.connected()) return "";
    std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(client.tls()),
                                                      X509_free);
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name,
                              sizeof(name));
    return name;
  }
  // Who a caller is that shows these headers besides; the reason when it is nobody; "" when there
  // is no answer at all.
  std::string Who(const std::string& address, const std::string& headers) {
    Client client(address, context_);
    if (!client.connected() ||
        !client.Send(StrCat("GET /v1/whoami HTTP/1.1\r\nhost: w\r\n", headers, "\r\n"))) {
      return "";
    }
    const std::optional<Answer> answer = client.Receive();
    if (!answer.has_value()) return "";
    if (answer->status != 200) return answer->Reason();
    const size_t at = answer->body.find("\"name\":\"") + 8;
    return answer->body.substr(at, answer->body.find('"', at) - at);
  }

 private:
  SSL_CTX* const context_;
};

// Purpose: a door with TLS. Ownership: owns its files.
struct Https {
  explicit Https(bool clients = false, bool require = false, const access::Trust* trust = nullptr) {
    folder.Write(ours.Issue("first"));
    folder.Write("ca.pem", authority.certificate());
    auto opened = folder.Open(clients);
    REQUIRE(opened.ok());
    files = *std::move(opened);
    door = std::make_unique<HttpFixture>(
        ServerOptions{.tls = files.get(), .require_client_certificate = require}, trust);
    address = door->address;
  }

  Authority ours{"ours"};
  Authority authority{"clients"};
  TlsFolder folder;
  std::unique_ptr<net::TlsFiles> files;
  std::unique_ptr<HttpFixture> door;
  std::string address;
};

TEST_CASE("requests through TLS") {
  const Https https;
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
  const Https https;
  CHECK(TlsClient(TLS1_2_VERSION).Shown(https.address) == "first");
  CHECK(TlsClient(TLS1_1_VERSION).Shown(https.address).empty());
  Client plain(https.address);
  plain.Send(RequestText("GET", "/healthz"));
  CHECK_FALSE(plain.Receive().has_value());
}

TEST_CASE("a certificate that is renewed is shown without a restart") {
  Https https;
  TlsClient tls;
  Client before(https.address, tls.context());
  CHECK(tls.Shown(https.address) == "first");
  https.folder.Write(https.ours.Issue("second"));
  CHECK(tls.Shown(https.address) == "second");
  // One that is broken is not taken; the one before stays.
  https.folder.Write("cert.pem", "nonsense");
  CHECK(tls.Shown(https.address) == "second");
  CHECK_FALSE(https.folder.reports.back().ok());
  https.folder.Write(https.ours.Issue("third"));
  CHECK(tls.Shown(https.address) == "third");
  // Connections keep what they have.
  REQUIRE(before.Send(RequestText("GET", "/healthz")));
  CHECK(before.Receive()->status == 200);
}

TEST_CASE("without TLS the door is for this machine only") {
  TlsFolder folder;
  Authority ours("ours");
  folder.Write(ours.Issue("server"));
  auto files = folder.Open();
  REQUIRE(files.ok());
  CHECK(TlsContexts::Open(files->get(), false).ok());
  whence::test::HouseFixture house;
  const auto plain = Server::Start(&house.corridor(), {.listen_address = "0.0.0.0:0"});
  CHECK(whence::test::ReasonOf(plain.status()) == "PLAINTEXT_REFUSED");
  CHECK(
      Server::Start(&house.corridor(), {.listen_address = "0.0.0.0:0", .tls = files->get()}).ok());
}

TEST_CASE("who shows a client certificate is who the rules say, unless it shows a token") {
  FakeClock clock;
  const auto trust =
      access::Trust::Open({.issuers = {},
                           .certificates = {{.kind = access::CertificateRule::Kind::kDns,
                                             .pattern = "*.pipelines.example.org",
                                             .principal = "svc:*"}}},
                          nullptr, &clock, [](const absl::Status&) {});
  REQUIRE(trust.ok());
  Https https(/*clients=*/true, /*require=*/false, trust->get());
  https.door->house.Colleague("svc:trainer");
  const Certificate own = https.authority.Issue(
      "trainer", "URI:https://a.b/c,DNS:trainer.pipelines.example.org,email:a@b.c,IP:10.0.0.1");
  CHECK(TlsClient(own).Who(https.address, "") == "svc:trainer");
  CHECK(TlsClient(own).Who(https.address, Credentials()) == "user:ana");
  CHECK(TlsClient().Who(https.address, Credentials()) == "user:ana");
  CHECK(TlsClient().Who(https.address, "") == "CREDENTIAL_MISSING");
  // Whatever stands in `authorization` decides.
  CHECK(TlsClient(own).Who(https.address, "authorization: Bearer whence_nonsense\r\n") ==
        "TOKEN_INVALID");
  CHECK(TlsClient(own).Who(https.address, "authorization: Basic YTpi\r\n") == "CREDENTIAL_MISSING");
  CHECK(TlsClient(own).Who(https.address, "authorization: Bearer \r\n") == "CREDENTIAL_MISSING");
  const auto who = [&](const char* names) {
    return TlsClient(https.authority.Issue("x", names)).Who(https.address, "");
  };
  CHECK(who("DNS:x.pipelines.example.org") == "PRINCIPAL_UNKNOWN");
  CHECK(who("URI:trainer.pipelines.example.org") == "CERTIFICATE_UNKNOWN");
  // One of another authority gets no answer.
  CHECK(TlsClient(https.ours.Issue("x", "DNS:trainer.pipelines.example.org"))
            .Who(https.address, Credentials())
            .empty());
  // Authorities are renewed as certificates are.
  https.folder.Write("ca.pem", https.ours.certificate());
  CHECK(TlsClient(own).Who(https.address, "").empty());
  CHECK(TlsClient(https.ours.Issue("x", "DNS:trainer.pipelines.example.org"))
            .Who(https.address, "") == "svc:trainer");
}

TEST_CASE("a connection stays open, and who it is is asked with each call") {
  TlsFolder folder;
  const auto rules = [&](const std::string& principal) {
    folder.Write("identity.yaml",
                 "certificates: [{dns: '*.example.org', principal: '" + principal + "'}]");
  };
  rules("svc:*");
  FakeClock clock;
  std::atomic<int> refused = 0;  // told on the door's threads
  const auto trust = access::Trust::Watch(
      folder.Path("identity.yaml"), nullptr, &clock, [](const absl::Status&) {},
      [&refused](const absl::Status& status) { refused += status.ok() ? 0 : 1; });
  REQUIRE(trust.ok());
  Https https(/*clients=*/true, /*require=*/false, trust->get());
  whence::test::HouseFixture& house = https.door->house;
  house.Colleague("svc:trainer");
  house.Known("svc:other");
  const absl::Time end = house.clock.Now() + absl::Hours(1);
  TlsClient tls(
      https.authority.Issue("trainer", "DNS:trainer.example.org", absl::ToUnixSeconds(end)));
  Client connection(https.address, tls.context());
  REQUIRE(connection.connected());
  const auto who = [&]() -> std::string {
    REQUIRE(connection.Send("GET /v1/whoami HTTP/1.1\r\nhost: w\r\n\r\n"));
    const std::optional<Answer> answer = connection.Receive();
    REQUIRE(answer.has_value());
    if (answer->status != 200) return answer->Reason();
    const size_t at = answer->body.find("\"name\":\"") + 8;
    return answer->body.substr(at, answer->body.find('"', at) - at);
  };
  CHECK(who() == "svc:trainer");
  rules("svc:other");
  CHECK(who() == "svc:other");
  folder.Write("identity.yaml", "certificates: []");
  CHECK(who() == "CERTIFICATE_UNKNOWN");
  rules("svc:*");
  CHECK(who() == "svc:trainer");
  house.clock.Set(end - absl::Seconds(1));
  CHECK(who() == "svc:trainer");
  house.clock.Set(end);
  CHECK(who() == "CERTIFICATE_EXPIRED");
  house.clock.Set(end - absl::Seconds(1));
  whence::v1::UpdatePrincipalRequest deactivate;
  deactivate.mutable_principal()->set_name("svc:trainer");
  deactivate.mutable_update_mask()->add_paths("active");
  REQUIRE(house.Run(service::kUpdatePrincipal, deactivate).ok());
  CHECK(who() == "PRINCIPAL_INACTIVE");
  CHECK(refused == 0);
}

TEST_CASE("where client certificates are required, a token alone gets no answer") {
  Https https(/*clients=*/true, /*require=*/true);
  CHECK(TlsClient().Who(https.address, Credentials()).empty());
  CHECK(TlsClient(https.authority.Issue("any", "DNS:any")).Who(https.address, Credentials()) ==
        "user:ana");
}

TEST_CASE("where no authorities are named, a client's certificate says nothing") {
  Https https;
  const Certificate own = https.authority.Issue("trainer", "DNS:trainer.pipelines.example.org");
  CHECK(TlsClient(own).Who(https.address, "") == "CREDENTIAL_MISSING");
}

}  // namespace
}  // namespace whence::http::test
