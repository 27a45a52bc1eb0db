#pragma once

// A real HTTP server on a free port of the loopback interface, over a house of its own, and a
// client that can be as rude as it likes.

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "base/strings.h"
#include "http/exchange.h"
#include "http/server.h"
#include "support/house_fixture.h"

namespace whence::http::test {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;

  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  // The reason of an error; empty when there is none.
  std::string Reason() const {
    static constexpr std::string_view kBefore = "\"reason\":\"";
    const size_t at = body.find(kBefore);
    if (at == std::string::npos) return "";
    const size_t begin = at + kBefore.size();
    return body.substr(begin, body.find('"', begin) - begin);
  }
};

// Purpose: one connection, in the clear or through TLS (unverified). Ownership: owns the socket.
// Thread-safety: one thread.
class Client {
 public:
  explicit Client(const std::string& address, SSL_CTX* tls = nullptr)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1)));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
    if (tls == nullptr || !connected_) return;
    tls_ = SSL_new(tls);
    SSL_set_fd(tls_, socket_);
    connected_ = SSL_connect(tls_) == 1;
  }
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  SSL* tls() { return tls_; }
  void Close() {
    if (tls_ != nullptr) SSL_free(tls_);
    tls_ = nullptr;
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void EndSending() { ::shutdown(socket_, SHUT_WR); }

  // False when the server has closed the connection.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = tls_ != nullptr
                               ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // The next response; nothing when the connection ends first, or none comes for 30 s.
  std::optional<Answer> Receive(bool head = false) {
    size_t end = std::string::npos;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!More()) return std::nullopt;
    }
    Answer answer;
    answer.status = std::atoi(input_.c_str() + 9);
    size_t at = input_.find("\r\n") + 2;
    while (at < end) {
      const size_t stop = input_.find("\r\n", at);
      const size_t colon = input_.find(": ", at);
      answer.headers[input_.substr(at, colon - at)] = input_.substr(colon + 2, stop - colon - 2);
      at = stop + 2;
    }
    input_.erase(0, end + 4);
    if (head) return answer;
    const size_t size = std::strtoull(answer.Header("content-length").c_str(), nullptr, 10);
    while (input_.size() < size) {
      if (!More()) return std::nullopt;
    }
    answer.body = input_.substr(0, size);
    input_.erase(0, size);
    return answer;
  }

  // Whether the server closes the connection within so long; what comes before is dropped.
  bool Closed(std::chrono::milliseconds time = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      if (Wait(std::chrono::milliseconds(20)) && !ReadSome()) return true;
    }
    return false;
  }

  const std::string& unread() const { return input_; }

 private:
  bool Wait(std::chrono::milliseconds time) {
    if (tls_ != nullptr && SSL_pending(tls_) > 0) return true;
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, static_cast<int>(time.count())) > 0;
  }
  bool ReadSome() {
    char buffer[16'384];
    const ssize_t got = tls_ != nullptr ? SSL_read(tls_, buffer, sizeof(buffer))
                                        : ::recv(socket_, buffer, sizeof(buffer), 0);
    if (got <= 0) return false;
    input_.append(buffer, static_cast<size_t>(got));
    return true;
  }
  bool More() { return Wait(std::chrono::seconds(30)) && ReadSome(); }

  int socket_;
  SSL* tls_ = nullptr;
  bool connected_ = false;
  std::string input_;
};

// Who the tests are, to the server.
inline std::string& TokenOfFixture() {
  static std::string token;
  return token;
}
inline std::string Credentials() {
  return StrCat("authorization: Bearer ", TokenOfFixture(), "\r\n");
}

// A whole request.
inline std::string RequestText(const std::string& method, const std::string& target,
                               const std::string& body = "", const std::string& headers = "") {
  std::string text =
      StrCat(method, " ", target, " HTTP/1.1\r\nhost: whence\r\n", Credentials(), headers);
  if (!body.empty()) {
    StrAppend(&text, "content-type: application/json\r\ncontent-length: ", body.size(), "\r\n");
  }
  return StrCat(text, "\r\n", body);
}

// Purpose: a server. Ownership: owns everything. Thread-safety: Ask from any thread.
class HttpFixture {
 public:
  explicit HttpFixture(ServerOptions options = {}, const access::Trust* trust = nullptr) {
    if (trust != nullptr) {
      house.trust = trust;
      house.Reopen();
    }
    options.listen_address = "127.0.0.1:0";
    TokenOfFixture() = house.caller.bearer;
    auto started = Server::Start(&house.corridor(), options);
    if (!started.ok()) FAIL(started.status().ToString());
    server = *std::move(started);
    address = server->address();
  }
  ~HttpFixture() {
    if (server != nullptr) server->Stop(absl::Seconds(10));
  }

  Answer Ask(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& headers = "") {
    Client client(address);
    REQUIRE(client.connected());
    REQUIRE(client.Send(RequestText(method, target, body, headers)));
    std::optional<Answer> answer = client.Receive(method == "HEAD");
    REQUIRE(answer.has_value());
    return *answer;
  }

  whence::test::HouseFixture house{2};
  std::unique_ptr<Server> server;
  std::string address;
};

// An exchange without a connection.
class ToldExchange final : public Exchange {
 public:
  explicit ToldExchange(const std::string& path, std::vector<Header> headers = {})
      : Exchange({.method = "GET",
                  .path = path,
                  .query = {},
                  .headers = std::move(headers),
                  .body = {}}) {}
  void Answer(Response response) override { answer = std::move(response); }
  void Run(absl::AnyInvocable<void()> task) override { task(); }

  Response answer;
};

// Waits until `condition` holds; false when it does not for a very long time.
template <class Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 30'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace whence::http::test
