// A peer that is cut off: no packet passes in either direction, so nobody ever hears of the other's
// end, and nothing that is sent is acknowledged. In a network namespace of its own, whose loopback
// interface is taken down.
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "server_fixture.h"
#include "support/house_fixture.h"
#include "support/raw_peer.h"
#include "support/sanitizer.h"

namespace whence::rpc::test {
namespace {

using std::chrono::milliseconds;
using whence::test::Patience;
using whence::test::RawPeer;

constexpr int kEstablished = 1;  // as the kernel numbers the states of a connection

bool SetLoopback(bool up) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  bool done = ::ioctl(socket, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags =
      static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  done = done && ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  ::close(socket);
  return done;
}

// The connections that a port of this thread's network has.
int Established(const std::string& address) {
  const int port = std::atoi(address.c_str() + address.rfind(':') + 1);
  std::ifstream table("/proc/thread-self/net/tcp");
  int count = 0;
  std::string line;
  while (std::getline(table, line)) {
    unsigned local = 0, state = 0;
    if (std::sscanf(line.c_str(), " %*d: %*x:%x %*x:%*x %x", &local, &state) != 2) continue;
    if (local == static_cast<unsigned>(port) && state == kEstablished) ++count;
  }
  return count;
}

// What the thread in the other network saw.
struct Report {
  bool usable = false;
  bool connected = false;
  bool kept = false;     // while packets passed, and the peer answered
  bool cut = false;      // the interface was taken down
  bool noticed = false;  // the server closed both connections then
  bool serves = false;   // others, once there is a network again
};

void Live(Report* report) {
  report->usable = ::unshare(CLONE_NEWNET) == 0 && SetLoopback(true);
  if (!report->usable) return;
  whence::test::HouseFixture house;
  auto server = Server::Start(&house.corridor(), {.listen_address = "127.0.0.1:0",
                                                  .keepalive_time = absl::Milliseconds(300),
                                                  .keepalive_timeout = absl::Milliseconds(700)});
  if (!server.ok()) return;
  const std::string address = (*server)->address();
  {
    RawPeer idle(address);
    RawPeer streaming(address, house.caller.bearer);
    report->connected =
        idle.Hello() && streaming.Hello() &&
        streaming.SendHalf("/whence.v1.PredictionService/StreamPredictions", 1000) &&
        Eventually([&] { return Established(address) == 2; });
    // They answer whatever reaches them of what the server asks.
    const auto answer = [&] {
      idle.Ended(milliseconds(20));
      streaming.Ended(milliseconds(20));
    };
    // For longer than who says nothing would be kept.
    const auto end = std::chrono::steady_clock::now() + milliseconds(1500);
    while (std::chrono::steady_clock::now() < end) answer();
    report->kept = Established(address) == 2;
    report->cut = SetLoopback(false);
    report->noticed = Eventually([&] {
      answer();
      return Established(address) == 0;
    });
  }
  SetLoopback(true);
  RawPeer other(address);
  report->serves = other.Hello() && other.Read(9, Patience(milliseconds(20'000))) >= 9;
  (*server)->Stop(absl::Seconds(10));
}

TEST_CASE("a peer whose packets are lost, both ways, is found out and its connection closed") {
  Report report;
  std::thread(Live, &report).join();  // the other network is this thread's alone
  if (!report.usable) {
    WARN("skipped: only root with CAP_SYS_ADMIN has networks of its own");
    return;
  }
  CHECK(report.connected);
  CHECK(report.kept);
  CHECK(report.cut);
  CHECK(report.noticed);
  CHECK(report.serves);
}

}  // namespace
}  // namespace whence::rpc::test
