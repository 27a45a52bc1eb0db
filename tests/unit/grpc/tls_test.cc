// Encryption of the door: who gets in, with what, and what happens when certificates are renewed.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/match.h"
#include "access/trust.h"
#include "base/error.h"
#include "base/limits.h"
#include "grpc/peer_names.h"
#include "grpc/tls_credentials.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/security/credentials.h"
#include "net/certificate.h"
#include "net/listener.h"
#include "server_fixture.h"
#include "service/access_operations.h"
#include "support/certificates.h"
#include "support/house_fixture.h"
#include "support/tls_folder.h"
#include "whence/v1/access.grpc.pb.h"

namespace whence::rpc::test {
namespace {

using whence::test::Authority;
using whence::test::Certificate;

// Files of a server's certificate, and why they are refused.
class Files : public whence::test::TlsFolder {
 public:
  std::string Refusal(bool clients = false) {
    const auto opened = Open(clients);
    if (opened.ok()) return "";
    CHECK(absl::IsFailedPrecondition(opened.status()));
    CHECK(GetErrorDetail(opened.status()).reason == "TLS_FILES_UNUSABLE");
    return std::string(opened.status().message());
  }
};

// A client's own side: whom it trusts, and what it shows of itself.
std::shared_ptr<grpc::ChannelCredentials> Trusting(const Authority& authority,
                                                   const Certificate& own = {}) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority.certificate();
  options.pem_cert_chain = own.certificate;
  options.pem_private_key = own.key;
  return grpc::SslCredentials(options);
}

// How a call on a connection of its own ends. UNAVAILABLE: there was no connection to be had.
grpc::StatusCode Call(const std::string& address,
                      const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel = grpc::CreateCustomChannel(address, credentials, arguments);
  const auto stub = v1::ServerService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  v1::ServerInfo reply;
  return stub->GetServerInfo(&context, v1::GetServerInfoRequest(), &reply).error_code();
}

// The TLS version that a client of these versions agrees on; 0 when there is none, and then `why`
// is OpenSSL's reason.
int Agree(const std::string& address, int version, int* why) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
  REQUIRE(SSL_CTX_set_min_proto_version(context, version) == 1);
  REQUIRE(SSL_CTX_set_max_proto_version(context, version) == 1);
  BIO* bio = BIO_new_ssl_connect(context);
  SSL* ssl = nullptr;
  BIO_get_ssl(bio, &ssl);
  const unsigned char protocol[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl, protocol, sizeof(protocol));
  BIO_set_conn_hostname(bio, address.c_str());
  ERR_clear_error();
  const bool agreed = BIO_do_handshake(bio) == 1;
  const int found = agreed ? SSL_version(ssl) : 0;
  *why = agreed ? 0 : ERR_GET_REASON(ERR_peek_last_error());
  ERR_clear_error();
  BIO_free_all(bio);
  SSL_CTX_free(context);
  return found;
}

// Purpose: answers every call with UNIMPLEMENTED, and notes who called.
class Noting final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    class Refuse final : public grpc::ServerGenericBidiReactor {
     public:
      Refuse() { Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "")); }
      void OnDone() override { delete this; }
    };
    const std::lock_guard lock(mutex_);
    names_ = PeerNames(*context->auth_context());
    encrypted_ = IsEncrypted(*context->auth_context());
    return new Refuse();
  }
  access::CertificateNames names() {
    const std::lock_guard lock(mutex_);
    return names_;
  }
  bool encrypted() {
    const std::lock_guard lock(mutex_);
    return encrypted_;
  }

 private:
  std::mutex mutex_;
  access::CertificateNames names_;
  bool encrypted_ = false;
};

// A server of that service alone.
struct NotingServer {
  explicit NotingServer(std::shared_ptr<grpc::ServerCredentials> own)
      : credentials(std::move(own)) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterCallbackGenericService(&service);
    server = builder.BuildAndStart();
    REQUIRE(server != nullptr);
    address = "127.0.0.1:" + std::to_string(port);
  }
  ~NotingServer() { server->Shutdown(); }

  const std::shared_ptr<grpc::ServerCredentials> credentials;
  Noting service;
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

TEST_CASE("an encrypted door serves who trusts it, and nobody in the clear") {
  whence::test::HouseFixture house;
  Files files;
  Authority ours("ours");
  const Authority others("others");
  files.Write(ours.Issue("server"));
  const auto tls = files.Open();
  REQUIRE(tls.ok());
  auto server =
      Server::Start(&house.corridor(), {.listen_address = "127.0.0.1:0", .tls = tls->get()});
  REQUIRE(server.ok());
  const std::string& address = (*server)->address();
  CHECK(Call(address, Trusting(ours)) != grpc::StatusCode::UNAVAILABLE);
  CHECK(Call(address, Trusting(others)) == grpc::StatusCode::UNAVAILABLE);
  CHECK(Call(address, grpc::InsecureChannelCredentials()) == grpc::StatusCode::UNAVAILABLE);
  (*server)->Stop(absl::Seconds(10));
}

TEST_CASE("TLS before 1.2 is refused") {
  whence::test::HouseFixture house;
  Files files;
  Authority ours("ours");
  files.Write(ours.Issue("server"));
  const auto tls = files.Open();
  REQUIRE(tls.ok());
  auto server =
      Server::Start(&house.corridor(), {.listen_address = "127.0.0.1:0", .tls = tls->get()});
  REQUIRE(server.ok());
  int why = 0;
  for (const int old : {TLS1_VERSION, TLS1_1_VERSION}) {
    CHECK(Agree((*server)->address(), old, &why) == 0);
    // The client said hello, and the server hung up.
    CHECK(why == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  }
  for (const int good : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CHECK(Agree((*server)->address(), good, &why) == good);
  }
  (*server)->Stop(absl::Seconds(10));
}

TEST_CASE("client certificates are verified, and their names known by kind") {
  Files files;
  Authority ours("ours");
  Authority clients("clients");
  Authority others("others");
  files.Write(ours.Issue("server"));
  files.Write("ca.pem", clients.certificate());
  const auto tls = files.Open(/*clients=*/true);
  REQUIRE(tls.ok());
  NotingServer server(ReloadingTlsCredentials(tls->get(), /*require_client_certificate=*/false));
  constexpr auto kServed = grpc::StatusCode::UNIMPLEMENTED;
  constexpr auto kRefused = grpc::StatusCode::UNAVAILABLE;
  const Certificate trainer =
      clients.Issue("trainer",
                    "URI:spiffe://example.org/sa/"
                    "trainer,DNS:spiffe.example.org,email:ana@example.org,IP:10.0.0.1");
  CHECK(Call(server.address, Trusting(ours, trainer)) == kServed);
  CHECK(server.service.encrypted());
  CHECK(server.service.names() ==
        access::CertificateNames{.uris = {"spiffe://example.org/sa/trainer"},
                                 .dns = {"spiffe.example.org"},
                                 .emails = {"ana@example.org"},
                                 .end = absl::FromUnixSeconds(whence::test::kCertificateEnd)});
  // A DNS name that looks like a URI is none.
  const Certificate sly = clients.Issue("sly", "DNS:spiffe://example.org/sa/trainer");
  CHECK(Call(server.address, Trusting(ours, sly)) == kServed);
  CHECK(server.service.names().uris.empty());
  // Who shows none is served as nobody; who shows one of somebody else's is not.
  CHECK(Call(server.address, Trusting(ours)) == kServed);
  CHECK(server.service.names().empty());
  CHECK(Call(server.address,
             Trusting(ours, others.Issue("trainer", "URI:spiffe://example.org/sa/trainer"))) ==
        kRefused);
  CHECK(Call(server.address, Trusting(ours, ours.Issue("trainer"))) == kRefused);
  // With certificates required, a token alone does not get to the corridor.
  NotingServer strict(ReloadingTlsCredentials(tls->get(), /*require_client_certificate=*/true));
  CHECK(Call(strict.address, Trusting(ours)) == kRefused);
  CHECK(Call(strict.address, Trusting(ours, trainer)) == kServed);
}

// Who a caller is that shows this certificate and this `authorization`; "" for none of one.
std::string Who(const std::string& address, const Authority& ours, const Certificate& own,
                const std::string& authorization) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel = grpc::CreateCustomChannel(address, Trusting(ours, own), arguments);
  const auto stub = v1::AccessService::NewStub(channel);
  grpc::ClientContext context;  // without a deadline: the house has a clock of its own
  if (!authorization.empty()) context.AddMetadata("authorization", authorization);
  v1::WhoAmIResponse me;
  const grpc::Status status = stub->WhoAmI(&context, v1::WhoAmIRequest(), &me);
  return status.ok() ? me.principal().name() : ReasonOf(status);
}

TEST_CASE("who shows a client certificate is who the rules say, unless it shows a token") {
  FakeClock clock;
  const auto trust =
      access::Trust::Open({.issuers = {},
                           .certificates = {{.kind = access::CertificateRule::Kind::kUri,
                                             .pattern = "spiffe://example.org/sa/*",
                                             .principal = "svc:*"}}},
                          nullptr, &clock, [](const absl::Status&) {});
  whence::test::HouseFixture house;
  house.trust = trust->get();
  house.Reopen();
  house.Colleague("svc:trainer");
  Files files;
  Authority ours("ours");
  Authority clients("clients");
  files.Write(ours.Issue("server"));
  files.Write("ca.pem", clients.certificate());
  const auto tls = files.Open(/*clients=*/true);
  REQUIRE(tls.ok());
  auto server =
      Server::Start(&house.corridor(), {.listen_address = "127.0.0.1:0", .tls = tls->get()});
  REQUIRE(server.ok());
  const std::string& address = (*server)->address();
  const std::string token = "Bearer " + house.caller.bearer;
  const Certificate trainer = clients.Issue("trainer", "URI:spiffe://example.org/sa/trainer");
  CHECK(Who(address, ours, trainer, "") == "svc:trainer");
  CHECK(Who(address, ours, trainer, token) == "user:ana");
  CHECK(Who(address, ours, {}, token) == "user:ana");
  CHECK(Who(address, ours, {}, "") == "CREDENTIAL_MISSING");
  // Whatever stands in `authorization` decides.
  CHECK(Who(address, ours, trainer, "Bearer whence_nonsense") == "TOKEN_INVALID");
  CHECK(Who(address, ours, trainer, "Basic YTpi") == "CREDENTIAL_MISSING");
  CHECK(Who(address, ours, trainer, "Bearer ") == "CREDENTIAL_MISSING");
  CHECK(Who(address, ours, clients.Issue("x", "URI:spiffe://example.org/sa/x"), "") ==
        "PRINCIPAL_UNKNOWN");
  CHECK(Who(address, ours, clients.Issue("x", "DNS:trainer.example.org"), "") ==
        "CERTIFICATE_UNKNOWN");
  (*server)->Stop(absl::Seconds(10));
}

// Purpose: one connection that shows a certificate, kept open. Ownership: borrows the authority.
class OpenConnection {
 public:
  OpenConnection(const std::string& address, const Authority& ours, const Certificate& own) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(address, Trusting(ours, own), arguments);
    stub_ = v1::AccessService::NewStub(channel_);
  }
  // Who it is, or why it is nobody.
  std::string Who() {
    grpc::ClientContext context;  // without a deadline: the house has a clock of its own
    v1::WhoAmIResponse me;
    const grpc::Status status = stub_->WhoAmI(&context, v1::WhoAmIRequest(), &me);
    return status.ok() ? me.principal().name() : ReasonOf(status);
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AccessService::Stub> stub_;
};

TEST_CASE("a connection stays open, and who it is is asked with each call") {
  Files files;
  const auto rules = [&](const std::string& principal) {
    files.Write("identity.yaml",
                "certificates: [{dns: '*.example.org', principal: '" + principal + "'}]");
  };
  rules("svc:*");
  FakeClock clock;
  std::atomic<int> refused = 0;  // told on gRPC's threads
  const auto trust = access::Trust::Watch(
      files.Path("identity.yaml"), nullptr, &clock, [](const absl::Status&) {},
      [&refused](const absl::Status& status) { refused += status.ok() ? 0 : 1; });
  REQUIRE(trust.ok());
  whence::test::HouseFixture house;
  house.trust = trust->get();
  house.Reopen();
  house.Colleague("svc:trainer");
  house.Known("svc:other");
  Authority ours("ours");
  Authority clients("clients");
  files.Write(ours.Issue("server"));
  files.Write("ca.pem", clients.certificate());
  const auto tls = files.Open(/*clients=*/true);
  REQUIRE(tls.ok());
  auto server =
      Server::Start(&house.corridor(), {.listen_address = "127.0.0.1:0", .tls = tls->get()});
  REQUIRE(server.ok());
  const absl::Time end = house.clock.Now() + absl::Hours(1);
  OpenConnection trainer(
      (*server)->address(), ours,
      clients.Issue("trainer", "DNS:trainer.example.org", absl::ToUnixSeconds(end)));
  CHECK(trainer.Who() == "svc:trainer");
  rules("svc:other");
  CHECK(trainer.Who() == "svc:other");
  files.Write("identity.yaml", "certificates: []");
  CHECK(trainer.Who() == "CERTIFICATE_UNKNOWN");
  rules("svc:*");
  CHECK(trainer.Who() == "svc:trainer");
  house.clock.Set(end - absl::Seconds(1));
  CHECK(trainer.Who() == "svc:trainer");
  house.clock.Set(end);
  CHECK(trainer.Who() == "CERTIFICATE_EXPIRED");
  house.clock.Set(end - absl::Seconds(1));
  v1::UpdatePrincipalRequest deactivate;
  deactivate.mutable_principal()->set_name("svc:trainer");
  deactivate.mutable_update_mask()->add_paths("active");
  REQUIRE(house.Run(service::kUpdatePrincipal, deactivate).ok());
  CHECK(trainer.Who() == "PRINCIPAL_INACTIVE");
  CHECK(refused == 0);
  (*server)->Stop(absl::Seconds(10));
}

TEST_CASE("when certificates end is read, and remembered of so many") {
  Authority ours("ours");
  const std::string first = ours.Issue("first", "DNS:a", 2000000000).certificate;
  CHECK(net::EndOf(first) == absl::FromUnixSeconds(2000000000));
  CHECK(net::EndOf(ours.Issue("late", "DNS:a", 4000000000).certificate) ==
        absl::FromUnixSeconds(4000000000));  // beyond 2050: written otherwise
  CHECK(net::EndOf(std::string("nonsense")) == absl::InfinitePast());
  CHECK(net::EndOf(first.substr(0, first.size() / 2)) == absl::InfinitePast());
  net::CertificateEnds ends;
  CHECK(ends.Of(first) == net::EndOf(first));
  CHECK(ends.Of(first) == net::EndOf(first));
  CHECK(ends.size() == 1);
  while (ends.size() < kMaxKnownCertificates) {
    CHECK(ends.Of("none " + std::to_string(ends.size())) == absl::InfinitePast());
  }
  CHECK(ends.Of(first) == net::EndOf(first));
  CHECK(ends.size() == kMaxKnownCertificates);
  CHECK(ends.Of("one more") == absl::InfinitePast());
  CHECK(ends.size() == 1);
  CHECK(ends.Of(first) == net::EndOf(first));
}

TEST_CASE("without authorities no certificate is asked for, and in the clear there is none") {
  Files files;
  Authority ours("ours");
  files.Write(ours.Issue("server"));
  const auto tls = files.Open();
  REQUIRE(tls.ok());
  NotingServer encrypted(ReloadingTlsCredentials(tls->get(), false));
  CHECK(Call(encrypted.address, Trusting(ours, ours.Issue("c", "URI:spiffe://a/b"))) ==
        grpc::StatusCode::UNIMPLEMENTED);
  CHECK(encrypted.service.names().empty());
  CHECK(encrypted.service.encrypted());
  NotingServer plain(grpc::InsecureServerCredentials());
  CHECK(Call(plain.address, grpc::InsecureChannelCredentials()) == grpc::StatusCode::UNIMPLEMENTED);
  CHECK(plain.service.names().empty());
  CHECK_FALSE(plain.service.encrypted());
}

TEST_CASE("renewed certificates are used without a restart, once they are whole") {
  Files files;
  Authority before("before");
  Authority after("after");
  files.Write(before.Issue("server"));
  files.Write("ca.pem", before.certificate());
  const auto tls = files.Open(/*clients=*/true);
  REQUIRE(tls.ok());
  NotingServer server(ReloadingTlsCredentials(tls->get(), false));
  constexpr auto kServed = grpc::StatusCode::UNIMPLEMENTED;
  constexpr auto kRefused = grpc::StatusCode::UNAVAILABLE;
  CHECK(Call(server.address, Trusting(before)) == kServed);
  const auto open = grpc::CreateChannel(server.address, Trusting(before));
  REQUIRE(open->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(30)));
  CHECK(files.reports.empty());
  const Certificate renewed = after.Issue("server");
  // The certificate is there and its key not yet.
  files.Write("cert.pem", renewed.certificate);
  CHECK(Call(server.address, Trusting(before)) == kServed);
  CHECK(Call(server.address, Trusting(after)) == kRefused);
  REQUIRE(files.reports.size() == 1);
  CHECK(absl::StrContains(files.reports[0].message(), "not the key of"));
  files.Write("key.pem", renewed.key);
  CHECK(Call(server.address, Trusting(after)) == kServed);
  CHECK(Call(server.address, Trusting(before)) == kRefused);
  REQUIRE(files.reports.size() == 2);
  CHECK(files.reports[1].ok());
  // Who is connected stays so.
  CHECK(open->GetState(false) == GRPC_CHANNEL_READY);
  // Authorities of clients are renewed by the same way.
  const Certificate client = after.Issue("client");
  CHECK(Call(server.address, Trusting(after, client)) == kRefused);
  files.Write("ca.pem", before.certificate() + after.certificate());
  CHECK(Call(server.address, Trusting(after, client)) == kServed);
  // Files that vanish change nothing.
  std::filesystem::remove(files.Path("key.pem"));
  CHECK(Call(server.address, Trusting(after)) == kServed);
  CHECK_FALSE(files.reports.back().ok());
  // Written anew with the same content: not worth a word.
  files.Write("key.pem", renewed.key);
  const size_t said = files.reports.size();
  CHECK(Call(server.address, Trusting(after)) == kServed);
  CHECK(files.reports.size() == said);
}

TEST_CASE("files that are no certificates are named before the door opens") {
  Files files;
  Authority ours("ours");
  const Certificate good = ours.Issue("server");
  CHECK(absl::StrContains(files.Refusal(), "cert.pem: No such file"));
  files.Write("cert.pem", good.certificate);
  CHECK(absl::StrContains(files.Refusal(), "key.pem: No such file"));
  files.Write("key.pem", ours.Issue("other").key);
  CHECK(absl::StrContains(files.Refusal(), "not the key of"));
  files.Write("key.pem", good.certificate);
  CHECK(absl::StrContains(files.Refusal(), "no private key"));
  files.Write("key.pem", good.key);
  CHECK(files.Refusal().empty());
  files.Write("cert.pem", good.key);
  CHECK(absl::StrContains(files.Refusal(), "no chain of certificates"));
  files.Write("cert.pem", good.certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n");
  CHECK(absl::StrContains(files.Refusal(), "no chain of certificates"));
  files.Write("cert.pem", good.certificate + std::string(1, '\0'));
  CHECK(absl::StrContains(files.Refusal(), "no text"));
  files.Write("cert.pem",
              good.certificate + std::string(kMaxPemBytes - good.certificate.size(), '\n'));
  CHECK(files.Refusal().empty());
  files.Write("cert.pem",
              good.certificate + std::string(kMaxPemBytes - good.certificate.size() + 1, '\n'));
  CHECK(absl::StrContains(files.Refusal(), "over 1048576 bytes"));
  files.Write("cert.pem", good.certificate + ours.certificate());
  CHECK(files.Refusal().empty());
  CHECK(absl::StrContains(files.Refusal(/*clients=*/true), "ca.pem: No such file"));
  files.Write("ca.pem", "");
  CHECK(absl::StrContains(files.Refusal(/*clients=*/true), "no certificates of authorities"));
}

TEST_CASE("without encryption only this machine is listened to") {
  whence::test::HouseFixture house;
  const auto start = [&](ServerOptions options) {
    auto server = Server::Start(&house.corridor(), options);
    if (!server.ok()) return GetErrorDetail(server.status()).reason;
    (*server)->Stop(absl::Seconds(10));
    return std::string();
  };
  for (const char* everywhere : {"0.0.0.0:0", ":0"}) {
    INFO(everywhere);
    CHECK(start({.listen_address = everywhere}) == "PLAINTEXT_REFUSED");
    CHECK(start({.listen_address = everywhere, .insecure_plaintext = true}).empty());
  }
  for (const char* here : {"127.0.0.1:0", "localhost:0", "127.8.9.10:0"}) {
    INFO(here);
    CHECK(start({.listen_address = here}).empty());
  }
  Files files;
  Authority ours("ours");
  files.Write(ours.Issue("server"));
  const auto tls = files.Open();
  REQUIRE(tls.ok());
  CHECK(start({.listen_address = "0.0.0.0:0", .tls = tls->get()}).empty());
  // IPv6, where the machine has it.
  if (const auto listener = net::Listener::Open("[::1]:0"); listener.ok()) {
    CHECK((*listener)->is_loopback());
    CHECK_FALSE((*net::Listener::Open("[::]:0"))->is_loopback());
  }
  if (const auto mapped = net::Listener::Open("[::ffff:127.0.0.1]:0"); mapped.ok()) {
    CHECK((*mapped)->is_loopback());
  }
}

}  // namespace
}  // namespace whence::rpc::test
