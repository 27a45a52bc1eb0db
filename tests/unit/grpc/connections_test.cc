// Peers that vanish, say nothing, or do not read.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "grpc/replies.h"
#include "server_fixture.h"
#include "service/catalog_operations.h"
#include "support/house_fixture.h"
#include "support/raw_peer.h"
#include "support/token_channel.h"

namespace whence::rpc::test {
namespace {

using std::chrono::milliseconds;
using whence::test::RawPeer;
constexpr milliseconds kLong{20'000};

// A server over a house of its own, with limits that a test can reach.
class Door {
 public:
  explicit Door(ServerOptions options) {
    options.listen_address = "127.0.0.1:0";
    auto server = Server::Start(&house.corridor(), options);
    REQUIRE(server.ok());
    server_ = *std::move(server);
    channel_ = whence::test::ChannelWithToken(server_->address(), house.caller.bearer);
    catalog_ = v1::CatalogService::NewStub(channel_);
  }
  ~Door() { server_->Stop(absl::Seconds(10)); }

  const std::string& address() const { return server_->address(); }
  grpc::Channel& channel() { return *channel_; }
  std::shared_ptr<grpc::Channel> SharedChannel() { return channel_; }

  // A page of all assets with their comments; how many there were in `count`.
  grpc::Status ListAll(int* count = nullptr) {
    grpc::ClientContext context;
    v1::ListAssetsResponse reply;
    const grpc::Status status = catalog_->ListAssets(&context, Everything(), &reply);
    if (count != nullptr) *count = reply.assets_size();
    return status;
  }
  static v1::ListAssetsRequest Everything() {
    v1::ListAssetsRequest request;
    request.set_page_size(1000);
    return request;
  }

  whence::test::HouseFixture house;

 private:
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
};

// About a megabyte of comments.
void FillWithComments(whence::test::HouseFixture& house) {
  house.Asset("c.s.first", v1::KIND_TABLE);
  for (int i = 0; i < 100; ++i) {
    v1::CreateAssetRequest request;
    request.mutable_asset()->set_name("c.s.t" + std::to_string(i));
    request.mutable_asset()->set_kind(v1::KIND_TABLE);
    request.mutable_asset()->set_comment(std::string(10'000, 'x'));
    REQUIRE(house.Run(service::kCreateAsset, request).ok());
  }
}

TEST_CASE("a connection on which nothing is ever said is closed") {
  Door door({.listen_address = {}, .handshake_timeout = absl::Milliseconds(300)});
  RawPeer peer(door.address());
  REQUIRE(peer.connected());
  CHECK(peer.WaitForClose(kLong));
}

// Whether so many questions, a hundredth of a second apart, make the server close the connection.
bool ClosesPinger(const std::string& address, int pings) {
  RawPeer peer(address);
  REQUIRE(peer.Hello());
  for (int i = 0; i < pings; ++i) {
    if (!peer.Ping()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return peer.WaitForClose(milliseconds(300));
}

TEST_CASE("who asks whether the server is there more often than kMinPingInterval is closed") {
  constexpr int kPings = 20;
  Door door({.listen_address = {}});
  CHECK(ClosesPinger(door.address(), kPings));
  Door patient({.listen_address = {}, .min_ping_interval = absl::Milliseconds(1)});
  CHECK_FALSE(ClosesPinger(patient.address(), kPings));
}

TEST_CASE("peers have as long as the list of bounds says") {
  Door door({.listen_address = {}});
  RawPeer silent(door.address());
  RawPeer idle(door.address());
  REQUIRE(silent.connected());
  REQUIRE(idle.Hello());
  // Much longer than they have in the tests where they are closed.
  static_assert(kHandshakeTimeout > absl::Seconds(10) && kKeepaliveTime > absl::Seconds(10));
  CHECK_FALSE(silent.WaitForClose(milliseconds(1000)));
  CHECK_FALSE(idle.WaitForClose(milliseconds(1)));
}

TEST_CASE("a peer that falls silent is closed, one that answers is not") {
  Door door({.listen_address = {},
             .keepalive_time = absl::Milliseconds(300),
             .keepalive_timeout = absl::Milliseconds(300)});
  REQUIRE(door.ListAll().ok());
  RawPeer idle(door.address());
  RawPeer asking(door.address(), door.house.caller.bearer);
  REQUIRE(idle.Hello());
  REQUIRE(asking.Hello());
  REQUIRE(asking.Ask("/whence.v1.CatalogService/ListAssets", ""));
  CHECK(idle.WaitForClose(kLong));
  CHECK(asking.WaitForClose(kLong));
  // gRPC's client was idle as long, and answered the server's questions by itself.
  CHECK(door.channel().GetState(false) == GRPC_CHANNEL_READY);
  CHECK(door.ListAll().ok());
}

TEST_CASE("large replies that nobody reads are bounded, and their readers cut off") {
  Door door({.listen_address = {},
             .max_unread_reply_bytes = size_t{3} << 20,
             .reply_grace = absl::Milliseconds(1500)});
  FillWithComments(door.house);
  // Whole, also where the answer is there before gRPC knows who gives it. The end of a call comes
  // some milliseconds after its last byte on a busy machine, and three calls fill the room: who
  // asks again at once may be told to wait.
  for (int i = 0; i < 100; ++i) {
    int count = 0;
    std::string outcome;
    REQUIRE(Eventually([&] {
      outcome = ReasonOf(door.ListAll(&count));
      return outcome != "REPLIES_UNREAD";
    }));
    REQUIRE(outcome == "OK");
    REQUIRE(count == 101);
  }
  std::vector<RawPeer> peers;
  for (int i = 0; i < 8; ++i) {
    peers.emplace_back(door.address(), door.house.caller.bearer);
    REQUIRE(peers.back().Hello());
    REQUIRE(peers.back().Ask("/whence.v1.CatalogService/ListAssets",
                             Door::Everything().SerializeAsString()));
  }
  // On a machine that has much to do, who reads slowly may be cut off itself before that.
  CHECK(Eventually([&] { return ReasonOf(door.ListAll()) == "REPLIES_UNREAD"; }));
  // What is small passes all the same, and so does a mutation.
  v1::GetAssetRequest get;
  get.set_name("c.s.first");
  CHECK(door.house.Run(service::kGetAsset, get).ok());
  // The peers hold their connections, but not their replies for ever.
  CHECK(Eventually([&] { return door.ListAll().ok(); }));
}

TEST_CASE("a stream whose peer falls silent gives its place back") {
  Door door({.listen_address = {},
             .max_streams = 1,
             .keepalive_time = absl::Milliseconds(1000),
             .keepalive_timeout = absl::Milliseconds(1000)});
  const auto prediction = v1::PredictionService::NewStub(door.SharedChannel());
  const auto stream = [&prediction] {
    grpc::ClientContext context;
    const auto opened = prediction->StreamPredictions(&context);
    opened->WritesDone();
    return ReasonOf(opened->Finish());
  };
  CHECK(stream() == "OK");
  RawPeer peer(door.address(), door.house.caller.bearer);
  REQUIRE(peer.Hello());
  REQUIRE(peer.SendHalf("/whence.v1.PredictionService/StreamPredictions", 1000));
  REQUIRE(Eventually([&] { return stream() == "TOO_MANY_STREAMS"; }));
  CHECK(Eventually([&] { return stream() == "OK"; }));
}

TEST_CASE("a backup that nobody reads does not keep its place") {
  Door door({.listen_address = {},
             .max_backups = 1,
             .reply_grace = absl::Milliseconds(1500),
             .min_reply_bytes_per_second = size_t{1} << 30});
  FillWithComments(door.house);
  const auto info = v1::ServerService::NewStub(door.SharedChannel());
  const auto backup = [&info] {
    grpc::ClientContext context;
    const auto reader = info->Backup(&context, v1::BackupRequest());
    v1::BackupChunk chunk;
    while (reader->Read(&chunk)) {
    }
    return ReasonOf(reader->Finish());
  };
  CHECK(backup() == "OK");
  RawPeer peer(door.address(), door.house.caller.bearer);
  REQUIRE(peer.Hello());
  REQUIRE(peer.Ask("/whence.v1.ServerService/Backup", ""));
  REQUIRE(Eventually([&] { return backup() == "TOO_MANY_BACKUPS"; }));
  CHECK(Eventually([&] { return backup() == "OK"; }));
}

TEST_CASE("a server that stops ends the streams that are open, and does not wait for them") {
  ServerFixture fixture;
  fixture.MakeModel();
  grpc::ClientContext context;
  auto stream = fixture.prediction->StreamPredictions(&context);
  v1::StreamPredictionsRequest request;
  request.set_sequence(1);
  request.add_predictions()->set_id("p-1");
  request.mutable_predictions(0)->set_model("m.s.model");
  REQUIRE(stream->Write(request));
  v1::StreamPredictionsResponse acknowledgement;
  REQUIRE(stream->Read(&acknowledgement));
  const auto begin = absl::Now();
  fixture.server().Stop(absl::Seconds(60));
  CHECK(absl::Now() - begin < absl::Seconds(30));
  CHECK_FALSE(stream->Read(&acknowledgement));
  CHECK(ReasonOf(stream->Finish()) == "SERVER_STOPPING");
}

TEST_CASE("large replies share a room, small ones need none") {
  Replies replies({.max_bytes = kMaxUnreadReplyBytes,
                   .large_bytes = kLargeReplyBytes,
                   .grace = kReplyGrace,
                   .min_bytes_a_second = kMinReplyBytesPerSecond});
  using Place = std::unique_ptr<Replies::Sending>;
  Place small;
  CHECK(replies.Admit(kLargeReplyBytes - 1, false, nullptr, &small));
  CHECK(small == nullptr);
  Place most;
  Place last;
  Place more;
  CHECK(replies.Admit(kMaxUnreadReplyBytes - kLargeReplyBytes, false, nullptr, &most));
  CHECK(replies.Admit(kLargeReplyBytes, false, nullptr, &last));
  CHECK(replies.bytes() == kMaxUnreadReplyBytes);
  CHECK_FALSE(replies.Admit(kLargeReplyBytes, false, nullptr, &more));
  CHECK(more == nullptr);
  // What a mutation answers is let through, and so is a reply that is alone, however large.
  CHECK(replies.Admit(kLargeReplyBytes, true, nullptr, &more));
  most.reset();
  last.reset();
  more.reset();
  CHECK(replies.bytes() == 0);
  CHECK(replies.Admit(kMaxUnreadReplyBytes + 1, false, nullptr, &most));
}

}  // namespace
}  // namespace whence::rpc::test
