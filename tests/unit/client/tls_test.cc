// Encrypted connections: real handshakes with a server in this process, under authorities that the
// test makes up.
#include <catch2/catch.hpp>

#include "client_test_util.h"
#include "fake_server.h"
#include "grpcpp/security/server_credentials.h"
#include "support/certificates.h"
#include "whence/whence.h"

namespace whence {
namespace {

using test::Authority;
using test::Certificate;
using test::FakeServer;
using test::ScratchFolder;

// The server's credentials; with `clients`, it asks each client for a certificate of that
// authority.
std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const Certificate& own,
                                                       const Authority* clients = nullptr) {
  grpc::SslServerCredentialsOptions options(
      clients == nullptr ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                         : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back({own.key, own.certificate});
  if (clients != nullptr) options.pem_root_certs = clients->certificate();
  return grpc::SslServerCredentials(options);
}

class Tls {
 public:
  // Options of a client that gives up at the first refusal.
  ClientOptions OptionsFor(const FakeServer& server, TlsOptions tls) const {
    ClientOptions options = server.options();
    options.tls = std::move(tls);
    options.retry.max_attempts = 1;
    return options;
  }
  absl::Status Connect(const FakeServer& server, TlsOptions tls) const {
    return Client::Connect(OptionsFor(server, std::move(tls))).status();
  }

  Authority ours{"ours"};
  Authority others{"others"};
  ScratchFolder folder;
  std::string our_ca = folder.Write("ca.pem", ours.certificate());
  std::string their_ca = folder.Write("other.pem", others.certificate());
};

// Refused for what the certificates are, and said so.
void CheckRefused(const absl::Status& status) {
  CAPTURE(status.ToString());
  CHECK(absl::IsUnavailable(status));
  CHECK(ErrorReason(status) == "TLS_HANDSHAKE_FAILED");
  CHECK(ErrorHint(status).find("tls.ca") != std::string::npos);
  CHECK(ExitCode(status) == 7);
}

TEST_CASE("A server whose authority is trusted is talked to, encrypted", "[client][tls]") {
  Tls tls;
  const FakeServer server(CredentialsOf(tls.ours.Issue("server")));
  const auto client = Client::Connect(tls.OptionsFor(server, {.ca = tls.our_ca}));
  REQUIRE(client.ok());
  CHECK(client->GetAsset("a.b.c").ok());
  CHECK(server.calls("GetServerInfo").at(0).authorization == "Bearer svc-test");
  // The URL may say it as well.
  ClientOptions url = tls.OptionsFor(server, {.ca = tls.our_ca});
  url.server = "grpcs://" + server.address();
  CHECK(Client::Connect(url).ok());
}

TEST_CASE("A server of another authority is refused by name", "[client][tls]") {
  Tls tls;
  const FakeServer server(CredentialsOf(tls.ours.Issue("server")));
  CheckRefused(tls.Connect(server, {.ca = tls.their_ca}));
  // Nobody's authority is trusted but the system's, which has never heard of ours.
  CheckRefused(tls.Connect(server, {.enabled = true}));
  CHECK(server.calls().empty());
}

TEST_CASE("Who speaks plainly to an encrypted server, or the other way, is not served",
          "[client][tls]") {
  Tls tls;
  const FakeServer encrypted(CredentialsOf(tls.ours.Issue("server")));
  const absl::Status plain = tls.Connect(encrypted, {});
  CHECK(absl::IsUnavailable(plain));
  CHECK(ErrorReason(plain) == "SERVER_UNREACHABLE");
  const FakeServer open;
  CheckRefused(tls.Connect(open, {.ca = tls.our_ca}));
  CHECK(encrypted.calls().empty());
  CHECK(open.calls().empty());
}

TEST_CASE("A server that asks for certificates gets the client's", "[client][tls]") {
  Tls tls;
  const FakeServer server(CredentialsOf(tls.ours.Issue("server"), &tls.ours));
  const Certificate mine = tls.ours.Issue("svc:trainer");
  const std::string cert = tls.folder.Write("cert.pem", mine.certificate);
  const std::string key = tls.folder.Write("key.pem", mine.key);
  const auto client =
      Client::Connect(tls.OptionsFor(server, {.ca = tls.our_ca, .cert = cert, .key = key}));
  REQUIRE(client.ok());
  CHECK(client->GetAsset("a.b.c").ok());
}

TEST_CASE("A server that asks for certificates refuses who has none or another's",
          "[client][tls]") {
  Tls tls;
  const FakeServer server(CredentialsOf(tls.ours.Issue("server"), &tls.ours));
  // The server hangs up after the client's side of the handshake: what the client sees is an end.
  CHECK(absl::IsUnavailable(tls.Connect(server, {.ca = tls.our_ca})));
  const Certificate theirs = tls.others.Issue("svc:trainer");
  CHECK(absl::IsUnavailable(
      tls.Connect(server, {.ca = tls.our_ca,
                           .cert = tls.folder.Write("cert.pem", theirs.certificate),
                           .key = tls.folder.Write("key.pem", theirs.key)})));
  CHECK(server.calls().empty());
}

TEST_CASE("Certificates that cannot be used are named before anything is sent", "[client][tls]") {
  Tls tls;
  const FakeServer server(CredentialsOf(tls.ours.Issue("server")));
  const auto reason = [&](TlsOptions options) {
    return ErrorReason(tls.Connect(server, std::move(options)));
  };
  const Certificate mine = tls.ours.Issue("svc:trainer");
  const std::string cert = tls.folder.Write("cert.pem", mine.certificate);
  const std::string key = tls.folder.Write("key.pem", mine.key);
  CHECK(reason({.ca = tls.folder.path() + "/nowhere.pem"}) == "TLS_FILE_UNREADABLE");
  CHECK(reason({.ca = tls.our_ca, .cert = cert}) == "TLS_KEY_WITHOUT_CERTIFICATE");
  CHECK(reason({.ca = tls.our_ca, .key = key}) == "TLS_KEY_WITHOUT_CERTIFICATE");
  CHECK(server.calls().empty());
}

}  // namespace
}  // namespace whence
