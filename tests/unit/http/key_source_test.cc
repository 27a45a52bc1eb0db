// Issuers' keys behind a URL: fetched within bounds, from where they were said to be.
#include "http/key_source.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/tls_folder.h"

namespace whence::http {
namespace {

using whence::test::Authority;
using whence::test::Certificate;
using whence::test::TlsFolder;

std::string Reply(std::string_view head, std::string_view body) {
  return StrCat("HTTP/1.1 ", head, "\r\ncontent-length: ", body.size(), "\r\n\r\n", body);
}

// Purpose: an issuer that answers every request with the same bytes and closes; with a certificate
// through TLS. Ownership: owns its socket and thread. Thread-safety: Say from any thread.
class IssuerServer {
 public:
  explicit IssuerServer(const Certificate* certificate = nullptr) {
    std::signal(SIGPIPE, SIG_IGN);  // a client that does not like the certificate hangs up
    if (certificate != nullptr) {
      folder_.Write(*certificate);
      context_ = SSL_CTX_new(TLS_server_method());
      REQUIRE(SSL_CTX_use_certificate_chain_file(context_, folder_.Path("cert.pem").c_str()) == 1);
      REQUIRE(SSL_CTX_use_PrivateKey_file(context_, folder_.Path("key.pem").c_str(),
                                          SSL_FILETYPE_PEM) == 1);
    }
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
    REQUIRE(::listen(socket_, 16) == 0);
    socklen_t size = sizeof(at);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~IssuerServer() {
    stopping_ = true;
    thread_.join();
    ::close(socket_);
    SSL_CTX_free(context_);
  }
  IssuerServer(const IssuerServer&) = delete;
  IssuerServer& operator=(const IssuerServer&) = delete;

  // What the next requests are answered; empty: nothing, and the connection stays open.
  void Say(std::string reply) {
    const std::lock_guard lock(mutex_);
    reply_ = std::move(reply);
  }
  std::string asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  int requests() const { return requests_; }
  std::string Url(std::string_view scheme, std::string_view host = "127.0.0.1",
                  std::string_view target = "/keys?v=1") const {
    return StrCat(scheme, "://", host, ":", port_, target);
  }

 private:
  void Serve() {
    while (!stopping_) {
      if (!Readable(socket_)) continue;
      const int peer = ::accept(socket_, nullptr, nullptr);
      SSL* const tls = context_ == nullptr ? nullptr : SSL_new(context_);
      if (tls != nullptr) SSL_set_fd(tls, peer);
      if (tls == nullptr || SSL_accept(tls) == 1) Answer(peer, tls);
      if (tls != nullptr) SSL_shutdown(tls);
      SSL_free(tls);
      ::close(peer);
    }
  }
  void Answer(int peer, SSL* tls) {
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = tls != nullptr ? SSL_read(tls, buffer, sizeof(buffer))
                                         : ::recv(peer, buffer, sizeof(buffer), 0);
      if (got <= 0) return;
      request.append(buffer, static_cast<size_t>(got));
    }
    ++requests_;
    std::string reply;
    {
      const std::lock_guard lock(mutex_);
      asked_ = request;
      reply = reply_;
    }
    if (reply.empty()) {
      while (!stopping_ && !Readable(peer)) {
      }
    } else if (tls != nullptr) {
      SSL_write(tls, reply.data(), static_cast<int>(reply.size()));
    } else {
      for (size_t sent = 0; sent < reply.size();) {
        const ssize_t now = ::send(peer, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) return;
        sent += static_cast<size_t>(now);
      }
    }
  }
  static bool Readable(int socket) {
    pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 20) > 0;
  }

  TlsFolder folder_;
  SSL_CTX* context_ = nullptr;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::string reply_;
  std::string asked_;
  std::atomic<int> requests_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

std::unique_ptr<access::KeySource> Source(const std::string& url,
                                          const std::string& authorities = "",
                                          absl::Duration timeout = kKeyFetchTimeout) {
  access::IssuerConfig config;
  config.keys_url = url;
  config.keys_ca = authorities;
  return UrlKeySource(config, timeout);
}

// Why a fetch fails; empty when it does not.
std::string Failure(access::KeySource& source) {
  const auto fetched = source.Fetch();
  if (fetched.ok()) return "";
  CHECK(absl::IsUnavailable(fetched.status()));
  CHECK(GetErrorDetail(fetched.status()).reason == "KEYS_UNREADABLE");
  return std::string(fetched.status().message());
}

TEST_CASE("keys are fetched with one GET, and told once") {
  IssuerServer issuer;
  issuer.Say(Reply("200 OK", "{\"keys\":[]}"));
  const auto source = Source(issuer.Url("http"));
  REQUIRE(source != nullptr);
  CHECK_FALSE(source->is_quick());
  const auto first = source->Fetch();
  REQUIRE(first.ok());
  CHECK(*first == "{\"keys\":[]}");
  CHECK_THAT(issuer.asked(),
             Catch::StartsWith("GET /keys?v=1 HTTP/1.1\r\n") && Catch::Contains("127.0.0.1:"));
  const auto again = source->Fetch();
  REQUIRE(again.ok());
  CHECK_FALSE(again->has_value());
  issuer.Say(Reply("200 OK", "{}"));
  CHECK(source->Fetch().value() == "{}");
  // After a failure it is told again, also when nothing has changed.
  issuer.Say(Reply("503 Busy", ""));
  CHECK_THAT(Failure(*source), Catch::Contains("503"));
  issuer.Say(Reply("200 OK", "{}"));
  CHECK(source->Fetch().value() == "{}");
}

TEST_CASE("nothing but an answer 200 counts, and redirects are not followed") {
  IssuerServer elsewhere;
  elsewhere.Say(Reply("200 OK", "{}"));
  IssuerServer issuer;
  const auto source = Source(issuer.Url("http"));
  for (const char* head : {"302 Found", "301 Moved Permanently", "307 Temporary Redirect"}) {
    issuer.Say(StrCat("HTTP/1.1 ", head, "\r\nlocation: ", elsewhere.Url("http"),
                      "\r\ncontent-length: 0\r\n\r\n"));
    CHECK_THAT(Failure(*source), Catch::Contains("not 200"));
  }
  CHECK(elsewhere.requests() == 0);
  for (const char* bad : {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", "nonsense\r\n\r\n",
                          "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"}) {
    issuer.Say(bad);
    CHECK_FALSE(Failure(*source).empty());
  }
}

TEST_CASE("a fetch is bounded in time and in size") {
  CHECK(kKeyFetchTimeout <= absl::Seconds(15));
  IssuerServer issuer;
  const auto impatient = Source(issuer.Url("http"), "", absl::Milliseconds(200));
  CHECK_THAT(Failure(*impatient), Catch::Contains("took too long"));
  const auto source = Source(issuer.Url("http"));
  issuer.Say(Reply("200 OK", std::string(kMaxKeySetBytes, ' ')));
  CHECK(source->Fetch().value()->size() == kMaxKeySetBytes);
  issuer.Say(Reply("200 OK", std::string(kMaxKeySetBytes + 1, ' ')));
  CHECK_THAT(Failure(*source), Catch::Contains("body limit"));
  // One that does not say how much it will be.
  issuer.Say("HTTP/1.1 200 OK\r\n\r\n" + std::string(kMaxKeySetBytes + 1, ' '));
  CHECK_THAT(Failure(*source), Catch::Contains("body limit"));
}

TEST_CASE("over https the issuer must show a certificate of its name and of a known authority") {
  Authority authority("authority");
  const Authority other("other");
  TlsFolder folder;
  folder.Write("ca.pem", authority.certificate());
  folder.Write("other.pem", other.certificate());
  const Certificate right = authority.Issue("issuer");
  IssuerServer issuer(&right);
  issuer.Say(Reply("200 OK", "{}"));
  const std::string ca = folder.Path("ca.pem");
  CHECK(Source(issuer.Url("https"), ca)->Fetch().value() == "{}");
  CHECK(Source(issuer.Url("https", "localhost"), ca)->Fetch().value() == "{}");
  const int requests = issuer.requests();
  // The system's authorities do not know ours; nor do others.
  CHECK_THAT(Failure(*Source(issuer.Url("https"))), Catch::Contains("TLS"));
  CHECK_THAT(Failure(*Source(issuer.Url("https"), folder.Path("other.pem"))),
             Catch::Contains("TLS"));
  CHECK_THAT(Failure(*Source(issuer.Url("https"), folder.Path("none.pem"))),
             Catch::Contains("authorities"));
  const Certificate misnamed = authority.Issue("issuer", "DNS:elsewhere.example.org");
  IssuerServer wrong(&misnamed);
  wrong.Say(Reply("200 OK", "{}"));
  CHECK_THAT(Failure(*Source(wrong.Url("https"), ca)), Catch::Contains("TLS"));
  CHECK_THAT(Failure(*Source(wrong.Url("https", "localhost"), ca)), Catch::Contains("TLS"));
  CHECK(issuer.requests() == requests);
  CHECK(wrong.requests() == 0);
  // In the clear to who speaks TLS, and the other way round.
  CHECK_FALSE(Failure(*Source(issuer.Url("http"))).empty());
  IssuerServer plain;
  plain.Say(Reply("200 OK", "{}"));
  CHECK_FALSE(Failure(*Source(plain.Url("https"), ca, absl::Seconds(2))).empty());
}

TEST_CASE("http is for this machine, and what is no URL has no source") {
  CHECK_THAT(Failure(*Source("http://192.0.2.1/keys")), Catch::Contains("this machine only"));
  CHECK_FALSE(Failure(*Source("http://127.0.0.1:1/keys")).empty());  // nobody listens
  for (const char* bad :
       {"", "ftp://a/b", "https://", "https:///keys", "https://user:pw@host/k", "https://host:/k",
        "https://host:x/k", "https://host:123456/k", "https://[::1/k"}) {
    INFO(bad);
    CHECK(Source(bad) == nullptr);
  }
  for (const char* good :
       {"https://host", "https://host?x", "https://host:8443/k#part", "http://[::1]:80/k"}) {
    INFO(good);
    CHECK(Source(good) != nullptr);
  }
}

}  // namespace
}  // namespace whence::http
