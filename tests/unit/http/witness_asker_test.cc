// Heads are shown to witnesses, who cosign what continues what they saw, and refuse another
// history.
#include "http/witness_asker.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "http_fixture.h"
#include "tlog/witness.h"

namespace whence::http::test {
namespace {

constexpr absl::Duration kOften = absl::Milliseconds(5);

// Purpose: a witness on a free port that remembers one log. Ownership: owns socket and thread.
// Thread-safety: any thread.
class WitnessServer {
 public:
  WitnessServer()
      : key_(tlog::SignerKey::Generate("witness.example/w", tlog::KeyType::kCosignature).value()) {
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
  ~WitnessServer() {
    stopping_ = true;
    thread_.join();
    ::close(socket_);
  }
  WitnessServer(const WitnessServer&) = delete;
  WitnessServer& operator=(const WitnessServer&) = delete;

  ledger::Witness witness() const {
    return ledger::ParseWitness(
               StrCat("http://127.0.0.1:", port_, "/w/=", key_.verifier().ToText()))
        .value();
  }
  // Answers with this instead, from now on; empty: as a witness.
  void Say(std::string answer) {
    const std::lock_guard lock(mutex_);
    said_ = std::move(answer);
  }
  tlog::Checkpoint latest() {
    const std::lock_guard lock(mutex_);
    return latest_;
  }
  int asked() const { return asked_; }
  void Know(const std::string& origin, std::vector<tlog::VerifierKey> keys) {
    const std::lock_guard lock(mutex_);
    origin_ = origin;
    keys_ = std::move(keys);
  }

 private:
  void Serve() {
    while (!stopping_) {
      pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int peer = ::accept(socket_, nullptr, nullptr);
      const std::string reply = AnswerTo(ReadRequest(peer));
      ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }
  static std::string ReadRequest(int peer) {
    std::string text;
    char buffer[4096];
    for (;;) {
      const size_t head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const size_t at = text.find("Content-Length: ");
        const size_t length = at == std::string::npos ? 0 : std::stoul(text.substr(at + 16));
        if (text.size() >= head + 4 + length) return text;
      }
      const ssize_t got = ::recv(peer, buffer, sizeof(buffer), 0);
      if (got <= 0) return text;
      text.append(buffer, static_cast<size_t>(got));
    }
  }
  std::string AnswerTo(const std::string& request) {
    const std::lock_guard lock(mutex_);
    ++asked_;
    if (!said_.empty()) return said_;
    if (!request.starts_with("POST /w/add-checkpoint ")) return "HTTP/1.1 404 No\r\n\r\n";
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    const tlog::WitnessAnswer answer =
        tlog::AnswerAddCheckpoint(body, origin_, keys_, latest_, key_, 1'700'000'000);
    if (answer.http_status == 200) latest_ = answer.latest;
    return StrCat("HTTP/1.1 ", answer.http_status, " X\r\nContent-Length: ", answer.body.size(),
                  "\r\nConnection: close\r\n\r\n", answer.body);
  }

  const tlog::SignerKey key_;
  int socket_ = -1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::string said_;
  std::string origin_;
  std::vector<tlog::VerifierKey> keys_;
  tlog::Checkpoint latest_;
  std::atomic<int> asked_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// A house whose log these witnesses are asked about.
struct WitnessedHouse {
  whence::test::HouseFixture house;

  ledger::WitnessBook& book() { return house.house().log().witness_book(); }
  void Open(const std::vector<WitnessServer*>& servers) {
    std::vector<ledger::Witness> witnesses;
    for (WitnessServer* server : servers) {
      Introduce(*server);
      witnesses.push_back(server->witness());
    }
    const sql::Lease lease = house.house().readers().Acquire().value();
    REQUIRE(book().Open(lease.connection(), std::move(witnesses)).ok());
  }
  void Introduce(WitnessServer& server) {
    std::vector<tlog::VerifierKey> keys;
    for (const ledger::LogKey& key : house.house().log().keys()) {
      keys.push_back(tlog::VerifierKey::Parse(key.vkey).value());
    }
    server.Know(house.house().log().origin(), std::move(keys));
  }
  // Something happens, and its head is signed.
  uint64_t Grow(const std::string& catalog) {
    v1::CreateCatalogRequest request;
    request.mutable_catalog()->set_name(catalog);
    REQUIRE(house.Run(service::kCreateCatalog, request).ok());
    whence::test::Pending<ledger::SignedCheckpoint> pending;
    house.house().log().CheckpointNow([&](absl::StatusOr<ledger::SignedCheckpoint> head) {
      if (head.ok()) pending.response = *head;
      pending.Answer(head.status());
    });
    return pending.Wait().value().size;
  }
  bool Cosigned(size_t index, uint64_t size) {
    return Eventually([&] {
      const auto state = book().states().at(index);
      return state.cosigned.has_value() && state.cosigned->size == size;
    });
  }
  bool Complains(size_t index, const std::string& what) {
    return Eventually(
        [&] { return book().states().at(index).problem.find(what) != std::string::npos; });
  }
};

TEST_CASE("witnesses cosign each new head, and what they signed is served and kept") {
  WitnessServer first;
  WitnessServer second;
  WitnessedHouse world;
  world.Open({&first, &second});
  uint64_t size = 0;
  {
    const WitnessAsker asker(&world.house.house(), "", kOften);
    for (const char* catalog : {"a", "b", "c"}) {
      size = world.Grow(catalog);
      CHECK(world.Cosigned(0, size));
      CHECK(world.Cosigned(1, size));
    }
  }
  CHECK(first.latest().size == size);
  const auto cosigned = world.book().LatestCosigned();
  REQUIRE(cosigned.has_value());
  CHECK(cosigned->size == size);
  // Both signatures stand under one note; the second's name is the first's, by another key.
  CHECK(world.book().SignaturesOf(cosigned->note).size() == 2);
  const tlog::CheckpointPolicy policy{
      .origin = world.house.house().log().origin(),
      .logs = {tlog::VerifierKey::Parse(world.house.house().log().keys().back().vkey).value()},
      .witnesses = {first.witness().key, second.witness().key},
      .quorum = 2};
  CHECK(tlog::OpenCheckpoint(cosigned->note, policy).ok());

  // From start to start.
  world.house.Reopen();
  world.Open({&first, &second});
  CHECK(world.book().LatestCosigned() == cosigned);
  const int asked = first.asked();
  const WitnessAsker asker(&world.house.house(), "", kOften);
  size = world.Grow("d");
  CHECK(world.Cosigned(0, size));
  CHECK(first.asked() == asked + 1);  // it knew where to begin
}

TEST_CASE("what witnesses sign in different rounds stands under one head") {
  WitnessServer first;
  WitnessServer second;
  WitnessedHouse world;
  world.Open({&first, &second});
  second.Say("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const uint64_t size = world.Grow("a");
  const WitnessAsker asker(&world.house.house(), "", kOften);
  CHECK(world.Cosigned(0, size));
  CHECK(world.Complains(1, "503"));
  second.Say("");
  CHECK(world.Cosigned(1, size));
  CHECK(world.book().SignaturesOf(world.book().LatestCosigned()->note).size() == 2);
}

TEST_CASE("a witness that knows more than we remember tells where to begin") {
  WitnessServer witness;
  WitnessedHouse world;
  world.Open({&witness});
  {
    const WitnessAsker asker(&world.house.house(), "", kOften);
    CHECK(world.Cosigned(0, world.Grow("a")));
  }
  // What was remembered is lost.
  static constexpr sql::Query kForget{"DELETE FROM ledger_witness"};
  world.house.Rewrite(kForget);
  world.Open({&witness});
  CHECK_FALSE(world.book().LatestCosigned().has_value());
  const WitnessAsker asker(&world.house.house(), "", kOften);
  CHECK(world.Cosigned(0, world.Grow("b")));
}

TEST_CASE("split view: a witness does not cosign another history of the same ledger") {
  WitnessServer witness;
  WitnessedHouse world;
  world.Open({&witness});
  const std::string folder = world.house.folder();
  world.Grow("a");
  // A copy of the server, key and all, goes another way.
  world.house.Close();
  const whence::test::TemporaryFolder other;
  std::filesystem::copy(
      folder, other.path(),
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  world.house.Open();
  world.Open({&witness});
  uint64_t size = 0;
  {
    const WitnessAsker asker(&world.house.house(), "", kOften);
    size = world.Grow("b");
    CHECK(world.Cosigned(0, size));
  }
  world.house.Close();
  std::filesystem::copy(
      other.path(), folder,
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  world.house.Open();
  world.Open({&witness});
  SECTION("of the same size or larger: its proof does not hold") {
    const WitnessAsker asker(&world.house.house(), "", kOften);
    for (int i = 0; world.Grow(StrCat("x", i)) <= size; ++i) {
    }
    CHECK(world.Complains(0, "it answered 422"));
    CHECK(witness.latest().size == size);
  }
  SECTION("smaller: it has seen more") {
    const WitnessAsker asker(&world.house.house(), "", kOften);
    CHECK(world.Complains(0, "has cosigned a ledger of this name with"));
  }
  CHECK_FALSE(world.book().LatestCosigned().has_value());
}

TEST_CASE("what a witness answers is within bounds, and must be signed by its key") {
  WitnessServer witness;
  WitnessedHouse world;
  world.Open({&witness});
  const auto complains = [&](std::string answer, const std::string& what) {
    witness.Say(std::move(answer));
    world.Open({&witness});
    const WitnessAsker asker(&world.house.house(), "", kOften);
    return world.Complains(0, what);
  };
  const auto with = [](std::string_view head, const std::string& body) {
    return StrCat("HTTP/1.1 ", head, "\r\nContent-Length: ", body.size(),
                  "\r\nConnection: close\r\n\r\n", body);
  };
  world.Grow("a");
  CHECK(complains(with("403 No", "not you\nmore"), "it answered 403: \"not you\""));
  CHECK(complains(with("200 OK", "nonsense\n"), "ignature"));
  {
    // Another's signature is passed over.
    tlog::Note note = tlog::Note::Parse(world.house.house().log().LatestCheckpoint()->note).value();
    const auto other = tlog::SignerKey::Generate("other", tlog::KeyType::kCosignature).value();
    REQUIRE(note.Sign(other, 1).ok());
    const std::string line = StrCat(tlog::FormatNoteSignature(note.signatures().back()), "\n");
    CHECK(complains(with("200 OK", line), "without a signature of its key"));
  }
  CHECK(complains(with("409 Conflict", "x\n"), "it answered 409"));
  CHECK(
      complains(with("409 Conflict", "99999\n"), "has cosigned a ledger of this name with 99999"));
  CHECK(complains(with("500 No", std::string(kMaxWitnessAnswerBytes + 1, 'x')),
                  "body limit exceeded"));
  // Exactly as much is read.
  CHECK(complains(with("500 No", std::string(kMaxWitnessAnswerBytes, 'x')), "it answered 500"));
}

TEST_CASE("a witness that does not answer well is left alone for longer and longer") {
  WitnessServer witness;
  WitnessedHouse world;
  world.Open({&witness});
  witness.Say("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  world.Grow("a");
  const absl::Time begin = absl::Now();
  const WitnessAsker asker(&world.house.house(), "", kOften);
  CHECK(Eventually([&] { return witness.asked() >= 3; }));
  // After 1 and after 2 more seconds.
  CHECK(absl::Now() - begin >= 3 * kWitnessPause);
  CHECK(kMaxWitnessPause > kWitnessPause);
}

TEST_CASE("a witness that says nothing is waited for so long, and no longer") {
  WitnessServer witness;
  WitnessedHouse world;
  world.Open({&witness});
  witness.Say(StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", 10, "\r\n\r\n"));  // and no body
  world.Grow("a");
  CHECK(kWitnessTimeout < kStopGrace + absl::Seconds(1));  // a stop is not held up for longer
  const WitnessAsker asker(&world.house.house(), "", kOften, absl::Milliseconds(50));
  CHECK(Eventually([&] { return !world.book().states().at(0).problem.empty(); }));
}

TEST_CASE("witnesses are told apart by their keys") {
  WitnessServer witness;
  const std::string vkey = witness.witness().key.ToText();
  const auto why = [](const std::string& text) {
    return whence::test::ReasonOf(ledger::ParseWitness(text).status());
  };
  CHECK(why("") == "WITNESS_MALFORMED");
  CHECK(why(StrCat("=", vkey)) == "WITNESS_MALFORMED");
  CHECK(why(StrCat("ftp://w=", vkey)) == "WITNESS_MALFORMED");
  CHECK(why("http://w=nokey") == "WITNESS_MALFORMED");
  const auto plain = tlog::SignerKey::Generate("w", tlog::KeyType::kEd25519).value();
  CHECK(why(StrCat("http://w=", plain.verifier().ToText())) == "WITNESS_MALFORMED");
  CHECK(ledger::ParseWitness(StrCat("http://w/a//=", vkey))->url == "http://w/a");

  WitnessedHouse world;
  const sql::Lease lease = world.house.house().readers().Acquire().value();
  const auto open = [&](std::vector<ledger::Witness> witnesses) {
    return whence::test::ReasonOf(world.book().Open(lease.connection(), std::move(witnesses)));
  };
  CHECK(open({witness.witness(), witness.witness()}) == "WITNESS_MALFORMED");
  std::vector<ledger::Witness> many;
  for (size_t i = 0; i <= kMaxWitnesses; ++i) {
    const auto key = tlog::SignerKey::Generate(StrCat("w", i), tlog::KeyType::kCosignature).value();
    many.push_back({.url = "http://127.0.0.1:1", .key = key.verifier()});
  }
  CHECK(open(many) == "WITNESS_MALFORMED");
  many.pop_back();
  CHECK(open(many) == "OK");
}

}  // namespace
}  // namespace whence::http::test
