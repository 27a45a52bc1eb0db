// Requests that are sent by half: what they hold is bounded, and others are served.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "server_fixture.h"
#include "support/raw_peer.h"
#include "support/sanitizer.h"

namespace whence::rpc::test {
namespace {

using whence::test::RawPeer;

constexpr size_t kMebibyte = size_t{1} << 20;

// Memory that the process has now.
size_t Resident() {
  size_t pages = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST_CASE("requests that are not sent to their end hold no more than their room") {
  constexpr size_t kRoom = 48 * kMebibyte;
  constexpr size_t kHalf = 8 * kMebibyte;
  constexpr size_t kPeers = 24;
  ServerFixture fixture;
  service::Corridor corridor(&fixture.house(), 1);
  auto server =
      Server::Start(&corridor, {.listen_address = "127.0.0.1:0", .max_incoming_bytes = kRoom});
  REQUIRE(server.ok());
  // Both go to the writer's thread by way of gRPC, which ThreadSanitizer cannot see; this way it
  // can.
  REQUIRE(fixture.house().writer().RunAndWait([](auto&) { return absl::OkStatus(); }).ok());
  const auto channel = whence::test::ChannelWithToken((*server)->address(), fixture.token());
  const auto catalog = v1::CatalogService::NewStub(channel);
  const size_t before = Resident();
  size_t most = 0;
  size_t sent = 0;
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (size_t i = 0; i < kPeers; ++i) {
    peers.push_back(std::make_unique<RawPeer>((*server)->address(), fixture.token()));
    REQUIRE(peers.back()->Hello());
    if (peers.back()->SendHalf("/whence.v1.CatalogService/CreateCatalog", kHalf)) ++sent;
    most = std::max(most, Resident());
  }
  CHECK(sent > kRoom / kHalf);  // there was room, also for those that came later
  if (whence::test::MemoryIsMeasurable()) CHECK(most - std::min(before, most) < kPeers * kHalf / 2);
  // Others are served meanwhile; one whose call is ended may ask again, and for something else: it
  // may have been ended after it was done.
  int attempts = 0;
  CHECK(Eventually([&] {
    grpc::ClientContext context;
    v1::CreateCatalogRequest request;
    request.mutable_catalog()->set_name("c" + std::to_string(++attempts));
    v1::Catalog made;
    return catalog->CreateCatalog(&context, request, &made).ok();
  }));
  // As many have gone as there was no room for; which ones is gRPC's choice.
  CHECK(Eventually([&] {
    size_t ended = 0;
    for (const auto& peer : peers) ended += peer->Ended(std::chrono::milliseconds(10)) ? 1 : 0;
    return ended >= (kPeers * kHalf - 2 * kRoom) / kHalf;
  }));
  peers.clear();
  (*server)->Stop(absl::Seconds(10));
}

TEST_CASE("a connection has so many calls at a time, and its client keeps the others") {
  ServerFixture fixture;
  service::Corridor corridor(&fixture.house(), 1);
  auto server =
      Server::Start(&corridor, {.listen_address = "127.0.0.1:0", .max_calls_per_connection = 2});
  REQUIRE(server.ok());
  grpc::ChannelArguments alone;
  alone.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel = whence::test::ChannelWithToken((*server)->address(), fixture.token(), alone);
  const auto catalog = v1::CatalogService::NewStub(channel);
  constexpr int kCalls = 10;
  std::vector<std::thread> callers;
  std::atomic<int> served = 0;
  {
    const HeldWriter held(fixture.house());
    const int before = fixture.clock.asked();
    for (int i = 0; i < kCalls; ++i) {
      callers.emplace_back([&, i] {
        grpc::ClientContext context;
        v1::CreateCatalogRequest request;
        request.mutable_catalog()->set_name(StrCat("c", i));
        v1::Catalog made;
        if (catalog->CreateCatalog(&context, request, &made).ok()) ++served;
      });
    }
    REQUIRE(Eventually([&] { return fixture.clock.asked() >= before + 2; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(fixture.clock.asked() == before + 2);
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(served == kCalls);
  (*server)->Stop(absl::Seconds(10));
}

}  // namespace
}  // namespace whence::rpc::test
