#include "net/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::net {
namespace {

constexpr int kWaiting = SOMAXCONN;
const int kPauseMillis = static_cast<int>(absl::ToInt64Milliseconds(kAcceptPause));

// `host:port`, where an IPv6 host stands in brackets. False when it is not that.
bool Split(const std::string& address, std::string* host, std::string* port) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) return false;
  *host = address.substr(0, colon);
  *port = address.substr(colon + 1);
  if (host->size() >= 2 && host->front() == '[' && host->back() == ']') {
    *host = host->substr(1, host->size() - 2);
  } else if (host->find(':') != std::string::npos) {
    return false;
  }
  const bool digits =
      std::all_of(port->begin(), port->end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
  return digits && port->size() <= 5 && std::stoi(*port) <= 65535;
}

void Enable(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof(value));
}

// A bound, listening socket; -1 and errno when there is none to be had. [::] takes IPv4 along when
// it stands alone.
int OpenSocket(const addrinfo& at, bool alone) {
  const int socket =
      ::socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, at.ai_protocol);
  if (socket < 0) return -1;
  Enable(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (at.ai_family == AF_INET6) Enable(socket, IPPROTO_IPV6, IPV6_V6ONLY, alone ? 0 : 1);
  if (::bind(socket, at.ai_addr, at.ai_addrlen) == 0 && ::listen(socket, kWaiting) == 0) {
    return socket;
  }
  const int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

in_port_t& PortOf(sockaddr& address) {
  return address.sa_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(address).sin_port;
}

// In network order.
in_port_t BoundPort(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  auto* address = reinterpret_cast<sockaddr*>(&bound);
  WHENCE_ASSERT(::getsockname(socket, address, &size) == 0);
  return PortOf(*address);
}

bool IsLoopback(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  WHENCE_ASSERT(::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
  if (bound.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(bound);
    return (ntohl(v4.sin_addr.s_addr) >> 24U) == IN_LOOPBACKNET;
  }
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(bound).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) ||
         (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == IN_LOOPBACKNET);
}

int DescriptorLimit() {
  rlimit limit{};
  WHENCE_ASSERT(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kMaxDescriptors));
}

}  // namespace

void RaiseDescriptorLimit() {
  rlimit limit{};
  WHENCE_ASSERT(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, kMaxDescriptors);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // what it had will have to do
}

absl::Status Listener::Failed(std::string_view why) const {
  return Unavailable("LISTEN_FAILED", StrCat("cannot listen on ", address_, ": ", why),
                     StrCat("give a free address of this machine with ", flag_, " HOST:PORT"));
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address,
                                                         std::string_view flag) {
  std::unique_ptr<Listener> listener(new Listener());
  listener->address_ = address;
  listener->flag_ = flag;
  std::string host;
  std::string port;
  if (!Split(address, &host, &port)) return listener->Failed("that is not HOST:PORT");
  WHENCE_RETURN_IF_ERROR(listener->Bind(host, port));
  const int chosen = ntohs(BoundPort(listener->sockets_.front()));
  listener->address_ = StrCat(address.substr(0, address.rfind(':')), ":", chosen);
  return listener;
}

// Addresses that this machine does not have (IPv6, often) are passed over when another is had.
absl::Status Listener::Bind(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) return Failed(::gai_strerror(code));
  const absl::Cleanup free = [found] { ::freeaddrinfo(found); };
  int error = 0;
  for (addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (!sockets_.empty()) PortOf(*at->ai_addr) = BoundPort(sockets_.front());
    const int socket = OpenSocket(*at, /*alone=*/found->ai_next == nullptr);
    if (socket >= 0) {
      sockets_.push_back(socket);
      continue;
    }
    error = errno;
    if (error == EADDRINUSE) break;  // half of the callers would reach another server
  }
  if (sockets_.empty() || error == EADDRINUSE) return Failed(std::strerror(error));
  return absl::OkStatus();
}

absl::Status Listener::CheckEncrypted(bool encrypted, bool insecure_plaintext) const {
  if (encrypted || insecure_plaintext || is_loopback()) return absl::OkStatus();
  return FailedPrecondition(
      "PLAINTEXT_REFUSED",
      StrCat("other machines can reach ", address_, ", and nothing would be encrypted"),
      "give --tls-cert and --tls-key, listen on 127.0.0.1, or say --insecure-plaintext");
}

bool Listener::is_loopback() const {
  return std::all_of(sockets_.begin(), sockets_.end(), IsLoopback);
}

void Listener::Start(Take take) {
  take_ = std::move(take);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  WHENCE_ASSERT(stop_ >= 0);
  thread_ = std::thread([this] { Loop(); });
}

void Listener::Loop() {
  std::vector<pollfd> waits;
  waits.push_back({.fd = stop_, .events = POLLIN, .revents = 0});
  for (const int socket : sockets_) waits.push_back({.fd = socket, .events = POLLIN, .revents = 0});
  while (true) {
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[0].revents != 0) return;
    bool exhausted = false;
    for (const int socket : sockets_) {
      while (AcceptOne(socket, &exhausted)) {
      }
    }
    // Only the wish to stop is heard meanwhile.
    if (exhausted && ::poll(waits.data(), 1, kPauseMillis) > 0) return;
  }
}

bool Listener::AcceptOne(int socket, bool* exhausted) {
  const int connection = ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0) {
    const bool again = errno == EINTR || errno == ECONNABORTED;
    if (!again && errno != EAGAIN && errno != EWOULDBLOCK) *exhausted = true;
    return again;
  }
  // The system gives the lowest number that is free.
  if (connection >= DescriptorLimit() - kReservedDescriptors) {
    ::close(connection);
    return true;
  }
  Enable(connection, IPPROTO_TCP, TCP_NODELAY, 1);
  take_(connection, socket);
  return true;
}

void Listener::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  WHENCE_ASSERT(::write(stop_, &one, sizeof(one)) == sizeof(one));
  thread_.join();
  for (const int socket : sockets_) ::close(socket);
  sockets_.clear();
  ::close(stop_);
}

Listener::~Listener() {
  Stop();
  for (const int socket : sockets_) ::close(socket);
}

}  // namespace whence::net
