// Who may connect, and what happens when nobody more can.
#include "net/listener.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "grpc/server.h"
#include "grpcpp/grpcpp.h"
#include "server_fixture.h"
#include "support/house_fixture.h"
#include "support/raw_peer.h"
#include "support/token_channel.h"

namespace whence::rpc::test {
namespace {

using net::Listener;
using net::RaiseDescriptorLimit;
using std::chrono::milliseconds;
using whence::test::RawPeer;

// What the process may have open, for the time of a test.
class DescriptorLimit {
 public:
  DescriptorLimit() { REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0); }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  void Set(int limit) {
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(limit);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
  }
  rlim_t soft() const { return before_.rlim_cur; }
  rlim_t hard() const { return before_.rlim_max; }

 private:
  rlimit before_{};
};

// The number that the next file to be opened gets.
int NextDescriptor() {
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(next >= 0);
  ::close(next);
  return next;
}

// Whether the server says something to a peer that says hello.
bool Greets(const std::string& address) {
  RawPeer peer(address);
  return peer.connected() && peer.Hello() && peer.Read(1, milliseconds(5000)) > 0;
}

TEST_CASE("a server that was out of descriptors accepts again when it has some") {
  whence::test::HouseFixture house;
  auto server = Server::Start(&house.corridor(), {.listen_address = "127.0.0.1:0"});
  REQUIRE(server.ok());
  const std::string address = (*server)->address();
  REQUIRE(Greets(address));
  {
    DescriptorLimit limit;
    limit.Set(NextDescriptor() + 20);
    // The peers are in this process, and take every number there is: none is left to accept with.
    std::vector<RawPeer> crowd;
    for (int i = 0; i < 40; ++i) crowd.emplace_back(address);
    REQUIRE(::open("/dev/null", O_RDONLY) == -1);
    REQUIRE(errno == EMFILE);
    std::this_thread::sleep_for(2 * absl::ToChronoMilliseconds(kAcceptPause));
  }
  CHECK(Greets(address));
  auto channel = whence::test::ChannelWithToken(address, house.caller.bearer);
  auto catalog = v1::CatalogService::NewStub(channel);
  grpc::ClientContext context;
  v1::ListCatalogsResponse reply;
  CHECK(catalog->ListCatalogs(&context, v1::ListCatalogsRequest(), &reply).ok());
  (*server)->Stop(absl::Seconds(10));
}

TEST_CASE("connections leave kReservedDescriptors to the house") {
  auto listener = Listener::Open("127.0.0.1:0");
  REQUIRE(listener.ok());
  std::atomic<int> highest = 0;
  std::atomic<int> taken = 0;
  std::vector<int> held(1000, -1);
  (*listener)->Start([&](int connection, int) {
    highest = std::max(highest.load(), connection);
    held[static_cast<size_t>(taken++)] = connection;
  });
  constexpr int kRoom = 20;
  const int limit_now = NextDescriptor() + kRoom + kReservedDescriptors;
  int refused = 0;
  {
    DescriptorLimit limit;
    limit.Set(limit_now);
    std::vector<RawPeer> peers;
    // Each takes two numbers: the peer's and the connection's.
    for (int i = 0; i < kRoom; ++i) {
      const int before = taken;
      RawPeer peer((*listener)->address());
      REQUIRE(peer.connected());
      for (int wait = 0; wait < 200 && taken == before && !peer.WaitForClose(milliseconds(5));
           ++wait) {
      }
      if (taken == before) ++refused;
      peers.push_back(std::move(peer));
    }
    CHECK(refused > 0);
    CHECK(taken + refused == kRoom);
    CHECK(highest < limit_now - kReservedDescriptors);
    CHECK(highest >= limit_now - kReservedDescriptors - 2);
    // The peers that were refused took some of them, being in this process.
    std::vector<int> files;
    for (int i = 0; i < kReservedDescriptors - kRoom; ++i) {
      files.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      CHECK(files.back() >= 0);
    }
    for (const int file : files) ::close(file);
  }
  (*listener)->Stop();
  for (const int connection : held) {
    if (connection >= 0) ::close(connection);
  }
}

TEST_CASE("the limit of open files is raised to kMaxDescriptors, and never lowered") {
  DescriptorLimit limit;
  limit.Set(256);
  RaiseDescriptorLimit();
  rlimit now{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
  CHECK(now.rlim_cur == std::min<rlim_t>(limit.hard(), kMaxDescriptors));
  if (limit.hard() > kMaxDescriptors) {
    limit.Set(kMaxDescriptors + 1);
    RaiseDescriptorLimit();
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK(now.rlim_cur == kMaxDescriptors + 1);
  }
}

TEST_CASE("addresses to listen on") {
  const auto reason = [](const std::string& address) {
    const auto listener = Listener::Open(address);
    return listener.ok() ? "" : whence::test::ReasonOf(listener.status());
  };
  for (const char* bad : {"", "nonsense", "127.0.0.1", "127.0.0.1:", ":", "127.0.0.1:99999",
                          "127.0.0.1:-1", "127.0.0.1:http", "::1:7070", "192.0.2.1:0"}) {
    INFO(bad);
    CHECK(reason(bad) == "LISTEN_FAILED");
  }
  for (const char* good : {"127.0.0.1:0", "0.0.0.0:0", ":0", "localhost:0"}) {
    INFO(good);
    CHECK(reason(good).empty());
  }
  const auto listener = Listener::Open("127.0.0.1:0");
  REQUIRE(listener.ok());
  const auto second = Listener::Open((*listener)->address());
  CHECK_THAT(std::string(second.status().message()), Catch::Contains("Address already in use"));
}

}  // namespace
}  // namespace whence::rpc::test
