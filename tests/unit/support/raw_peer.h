#pragma once

// A peer that speaks just enough HTTP/2 to behave badly: it says hello and falls silent, or asks
// and does not read. gRPC's own client would answer and read by itself.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace whence::test {

// Purpose: one connection. Ownership: owns the socket. Thread-safety: one thread.
class RawPeer {
 public:
  // Connects to "127.0.0.1:port"; connected() says whether that worked.
  explicit RawPeer(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    // Small, so that what is not read stays with the server.
    const int bytes = 4096;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1)));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = socket_ >= 0 && connect(socket_, reinterpret_cast<sockaddr*>(&to),  // NOLINT
                                         sizeof(to)) == 0;
  }
  ~RawPeer() { Close(); }
  RawPeer(RawPeer&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
  RawPeer& operator=(RawPeer&&) = delete;

  bool connected() const { return connected_; }
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  // The connection preface and settings that are all default.
  bool Hello() { return Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, "")); }

  // One unary call on stream 1; its answer may be 64 KiB, then the server must wait.
  bool Ask(const std::string& method, const std::string& request) {
    std::string headers;
    for (const auto& [name, value] : {std::pair<std::string, std::string>{":method", "POST"},
                                      {":scheme", "http"},
                                      {":path", method},
                                      {":authority", "raw"},
                                      {"content-type", "application/grpc"},
                                      {"te", "trailers"}}) {
      headers += '\0';  // a literal that is not to be remembered
      headers += Text(name) + Text(value);
    }
    std::string message(1, '\0');  // not compressed
    for (const int shift : {24, 16, 8, 0}) message += static_cast<char>(request.size() >> shift);
    return Send(Frame(kHeaders, kEndHeaders, 1, headers) +
                Frame(kData, kEndStream, 1, message + request));
  }

  // Reads whatever comes, up to `bytes` and for so long; how many came.
  size_t Read(size_t bytes, std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    char buffer[4096];
    size_t got = 0;
    while (got < bytes && WaitToRead(end)) {
      const ssize_t now = recv(socket_, buffer, sizeof(buffer), 0);
      if (now <= 0) break;
      got += static_cast<size_t>(now);
    }
    return got;
  }

  // Reads and forgets until the server closes the connection; false when it does not in that time.
  bool WaitForClose(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    char buffer[4096];
    while (WaitToRead(end)) {
      if (recv(socket_, buffer, sizeof(buffer), 0) <= 0) return true;
    }
    return false;
  }

 private:
  static constexpr char kData = 0;
  static constexpr char kHeaders = 1;
  static constexpr char kSettings = 4;
  static constexpr char kEndStream = 1;
  static constexpr char kEndHeaders = 4;

  static std::string Text(std::string_view text) {  // shorter than 127 bytes
    return std::string(1, static_cast<char>(text.size())) + std::string(text);
  }
  static std::string Frame(char type, char flags, char stream, const std::string& payload) {
    std::string frame;
    for (const int shift : {16, 8, 0}) frame += static_cast<char>(payload.size() >> shift);
    frame += type;
    frame += flags;
    frame += std::string("\0\0\0", 3);
    frame += stream;
    return frame + payload;
  }
  bool Send(const std::string& bytes) {
    return send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  bool WaitToRead(std::chrono::steady_clock::time_point end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    return poll(&waiting, 1, static_cast<int>(left.count())) > 0;
  }

  int socket_;
  bool connected_ = false;
};

}  // namespace whence::test
