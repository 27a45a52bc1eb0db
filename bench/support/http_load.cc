#include "support/http_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "support/figure.h"

namespace whence::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Peer {
  int socket = -1;
  std::string input;
  Clock::time_point begin;
};

int Connect(const std::string& address) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + address.rfind(':') + 1)));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Expect(::connect(made, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0,
         "cannot connect to " + address);
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return made;
}

void Send(Peer& peer, const std::string& request) {
  peer.begin = Clock::now();
  const ssize_t sent = ::send(peer.socket, request.data(), request.size(), MSG_NOSIGNAL);
  Expect(sent == static_cast<ssize_t>(request.size()), "cannot send a request");
}

// Whether the whole answer is there; then it is taken.
bool TakeAnswer(Peer& peer) {
  static constexpr std::string_view kLength = "content-length: ";
  const size_t head = peer.input.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  Expect(peer.input.starts_with("HTTP/1.1 200"), peer.input);
  const size_t at = peer.input.find(kLength);
  Expect(at < head, "an answer without a length");
  const size_t size =
      head + 4 + std::strtoull(peer.input.c_str() + at + kLength.size(), nullptr, 10);
  if (peer.input.size() < size) return false;
  peer.input.erase(0, size);
  return true;
}

}  // namespace

LoopResult RunHttpLoop(const std::string& address, const std::string& request, int connections,
                       std::chrono::milliseconds duration) {
  const int events = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Peer> peers(static_cast<size_t>(connections));
  for (size_t i = 0; i < peers.size(); ++i) {
    peers[i].socket = Connect(address);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(events, EPOLL_CTL_ADD, peers[i].socket, &event);
  }
  const Clock::time_point counted = Clock::now() + duration / 10;
  const Clock::time_point end = counted + duration;
  std::vector<double> times;
  for (Peer& peer : peers) Send(peer, request);
  while (Clock::now() < end) {
    std::array<epoll_event, 64> ready{};
    const int count = ::epoll_wait(events, ready.data(), static_cast<int>(ready.size()), 1000);
    for (int i = 0; i < count; ++i) {
      Peer& peer = peers[ready[static_cast<size_t>(i)].data.u64];
      char buffer[16'384];
      const ssize_t got = ::recv(peer.socket, buffer, sizeof(buffer), 0);
      Expect(got > 0, "the server closed a connection");
      peer.input.append(buffer, static_cast<size_t>(got));
      if (!TakeAnswer(peer)) continue;
      const Clock::time_point now = Clock::now();
      if (now >= counted) {
        times.push_back(std::chrono::duration<double, std::micro>(now - peer.begin).count());
      }
      Send(peer, request);
    }
  }
  for (const Peer& peer : peers) ::close(peer.socket);
  ::close(events);
  Expect(!times.empty(), "no request was answered");
  return {.calls_per_second =
              static_cast<double>(times.size()) / std::chrono::duration<double>(duration).count(),
          .p50_us = Quantile(times, 0.5),
          .p99_us = Quantile(times, 0.99)};
}

}  // namespace whence::bench
