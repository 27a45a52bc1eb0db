#pragma once

// A peer that speaks just enough HTTP/2 to behave badly: it says hello and falls silent, or asks
// and does not read. gRPC's own client would answer and read by itself.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <algorithm>
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
  // Connects to "127.0.0.1:port"; connected() says whether that worked. Its calls show the token,
  // if there is one.
  explicit RawPeer(const std::string& address, std::string token = "")
      : token_(std::move(token)), socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    // Small, so that what is not read stays with the server.
    const int bytes = 4096;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1)));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        socket_ >= 0 && connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  }
  ~RawPeer() { Close(); }
  RawPeer(RawPeer&& other) noexcept
      : token_(std::move(other.token_)),
        socket_(std::exchange(other.socket_, -1)),
        connected_(other.connected_) {}
  RawPeer& operator=(RawPeer&&) = delete;

  bool connected() const { return connected_; }
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  // The connection preface and settings that are all default.
  bool Hello() { return Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, "")); }

  // Asks whether the server is still there. False when the connection is closed.
  bool Ping() { return Send(Frame(kPing, 0, 0, std::string(8, 'p'))); }

  // One unary call on stream 1; its answer may be 64 KiB, then the server must wait.
  bool Ask(const std::string& method, const std::string& request) {
    std::string message(1, '\0');  // not compressed
    for (const int shift : {24, 16, 8, 0}) message += static_cast<char>(request.size() >> shift);
    return Send(Frame(kHeaders, kEndHeaders, 1, Headers(method)) +
                Frame(kData, kEndStream, 1, message + request));
  }

  // The beginning of a unary call on stream 1 whose request never ends: of a message that would be
  // one byte longer, `bytes`, as the server makes room for them. False when it ends the call, or
  // gives no room for a second.
  bool SendHalf(const std::string& method, size_t bytes) {
    std::string message(1, '\0');  // not compressed
    for (const int shift : {24, 16, 8, 0}) message += static_cast<char>((bytes + 1) >> shift);
    if (!Send(Frame(kHeaders, kEndHeaders, 1, Headers(method)) + Frame(kData, 0, 1, message))) {
      return false;
    }
    room_[0] = room_[1] = 65'535 - static_cast<int64_t>(message.size());
    while (bytes > 0) {
      const auto room = static_cast<size_t>(std::max<int64_t>(std::min(room_[0], room_[1]), 0));
      const size_t piece = std::min({room, bytes, kFrameBytes});
      if (piece == 0 ? !TakeFrame(std::chrono::milliseconds(1000))
                     : !Send(Frame(kData, 0, 1, std::string(piece, 'x')))) {
        return false;
      }
      room_[0] -= static_cast<int64_t>(piece);
      room_[1] -= static_cast<int64_t>(piece);
      bytes -= piece;
    }
    return true;
  }

  // Whether the server has ended that call, as far as it says within so long.
  bool Ended(std::chrono::milliseconds time) {
    while (!ended_ && TakeFrame(time)) {
    }
    return ended_;
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
  static constexpr char kReset = 3;
  static constexpr char kSettings = 4;
  static constexpr char kPing = 6;
  static constexpr char kGoAway = 7;
  static constexpr char kWindowUpdate = 8;
  static constexpr uint32_t kInitialWindow = 4;  // a setting
  static constexpr size_t kFrameBytes = 16'384;
  static constexpr char kAnswer = 1;
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
  std::string Headers(const std::string& method) const {
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
    if (!token_.empty()) headers += '\0' + Text("authorization") + Text("Bearer " + token_);
    return headers;
  }
  // Reads bytes until there are so many that nobody took yet; false when they do not come.
  bool Await(size_t bytes, std::chrono::steady_clock::time_point end) {
    char buffer[4096];
    while (input_.size() < bytes) {
      if (!WaitToRead(end)) return false;
      const ssize_t now = recv(socket_, buffer, sizeof(buffer), 0);
      ended_ = ended_ || now <= 0;
      if (ended_) return false;
      input_.append(buffer, static_cast<size_t>(now));
    }
    return true;
  }
  uint32_t Number(size_t at, size_t size) const {
    uint32_t number = 0;
    for (size_t i = 0; i < size; ++i) {
      number = number << 8U | static_cast<unsigned char>(input_[at + i]);
    }
    return number;
  }
  // Takes one frame, and minds what it says of the room for data; false when it ends the call, or
  // none comes.
  bool TakeFrame(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    if (!Await(9, end)) return false;
    const size_t size = Number(0, 3);
    if (!Await(9 + size, end)) return false;
    const char type = input_[3];
    const uint32_t stream = Number(5, 4);
    if (type == kWindowUpdate && stream < 2) room_[stream] += Number(9, 4);
    if (type == kSettings) {
      for (size_t at = 9; at + 6 <= 9 + size; at += 6) {
        if (Number(at, 2) == kInitialWindow) room_[1] += int64_t{Number(at + 2, 4)} - 65'535;
      }
    }
    // The server makes no room for who does not answer.
    const bool asks = (type == kSettings || type == kPing) && (input_[4] & kAnswer) == 0;
    const std::string answer = type == kPing ? input_.substr(9, size) : "";
    input_.erase(0, 9 + size);
    if (asks && !Send(Frame(type, kAnswer, 0, answer))) return false;
    ended_ = ended_ || type == kReset || type == kGoAway || type == kHeaders;
    return !ended_;
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

  std::string token_;
  int socket_;
  bool connected_ = false;
  bool ended_ = false;        // the call of SendHalf, by the server
  std::string input_;         // read, and not taken
  int64_t room_[2] = {0, 0};  // for data: of the connection, of stream 1
};

}  // namespace whence::test
