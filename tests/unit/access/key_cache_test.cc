// Keys that are fetched, kept, replaced and given up.
#include "access/key_cache.h"

#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "support/scratch_database.h"
#include "support/token_maker.h"

namespace whence::access::test {
namespace {

using whence::test::TemporaryFolder;

// Whoever may fetch waits for this.
struct Gate {
  std::mutex mutex;
  std::condition_variable opened;
  bool open = true;

  void Pass() {
    std::unique_lock lock(mutex);
    opened.wait(lock, [this] { return open; });
  }
  void Set(bool to) {
    const std::lock_guard lock(mutex);
    open = to;
    opened.notify_all();
  }
};

// What an issuer publishes now, and how often it was asked.
struct Issuer {
  Gate gate;
  std::mutex mutex;
  absl::StatusOr<std::optional<std::string>> document = Unavailable("TEST_DOWN", "down");
  std::atomic<int> asked = 0;

  void Publish(std::string keys) {
    const std::lock_guard lock(mutex);
    document = Jwks(keys);
  }
  void GoDown() {
    const std::lock_guard lock(mutex);
    document = Unavailable("TEST_DOWN", "down");
  }
};

class SlowSource final : public KeySource {
 public:
  explicit SlowSource(Issuer* issuer) : issuer_(issuer) {}
  absl::StatusOr<std::optional<std::string>> Fetch() override {
    issuer_->asked.fetch_add(1);
    issuer_->gate.Pass();
    const std::lock_guard lock(issuer_->mutex);
    return issuer_->document;
  }
  bool is_quick() const override { return false; }

 private:
  Issuer* issuer_;
};

std::string ReasonOf(const absl::Status& status) { return GetErrorDetail(status).reason; }

template <class Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 20'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST_CASE("an unknown key is asked for once in a while, and no call waits for it") {
  Issuer issuer;
  FakeClock clock;
  KeyCache cache(std::make_unique<SlowSource>(&issuer), &clock);
  const Signer old_key = Signer::Ed25519("old");
  const Signer new_key = Signer::Ed25519("new");
  issuer.Publish(old_key.Jwk());
  REQUIRE(cache.Refresh().ok());
  cache.Start(nullptr);
  REQUIRE(cache.Find("old").ok());
  // Just fetched: it cannot know more now.
  CHECK(ReasonOf(cache.Find("new").status()) == "TOKEN_INVALID");
  CHECK(issuer.asked == 1);
  issuer.Publish(StrCat(old_key.Jwk(), ",", new_key.Jwk()));
  clock.Advance(kMinKeyRefreshGap);
  CHECK(ReasonOf(cache.Find("new").status()) == "ISSUER_KEYS_REFRESHING");
  REQUIRE(Eventually([&] { return cache.Find("new").ok(); }));
  CHECK(cache.Find("old").ok());
  CHECK(issuer.asked == 2);
  // Made-up ids cost the issuer one question a gap, however many there are.
  clock.Advance(kMinKeyRefreshGap - absl::Seconds(1));
  for (int i = 0; i < 1000; ++i) {
    CHECK(ReasonOf(cache.Find(StrCat("made-up-", i)).status()) == "TOKEN_INVALID");
  }
  CHECK(issuer.asked == 2);
  clock.Advance(absl::Seconds(1));
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(cache.Find(StrCat("made-up-", i)).ok());
  REQUIRE(Eventually([&] { return issuer.asked == 3; }));
}

TEST_CASE("a key is being asked for until the answer is there, also for those who come later") {
  Issuer issuer;
  FakeClock clock;
  KeyCache cache(std::make_unique<SlowSource>(&issuer), &clock);
  const Signer old_key = Signer::Ed25519("old");
  issuer.Publish(old_key.Jwk());
  REQUIRE(cache.Refresh().ok());
  cache.Start(nullptr);
  issuer.Publish(StrCat(old_key.Jwk(), ",", Signer::Ed25519("new").Jwk()));
  issuer.gate.Set(false);
  clock.Advance(kMinKeyRefreshGap);
  CHECK(ReasonOf(cache.Find("new").status()) == "ISSUER_KEYS_REFRESHING");
  CHECK(Eventually([&] { return issuer.asked == 2; }));
  CHECK(ReasonOf(cache.Find("new").status()) == "ISSUER_KEYS_REFRESHING");
  CHECK(cache.Find("old").ok());
  issuer.gate.Set(true);
  CHECK(Eventually([&] { return cache.Find("new").ok(); }));
  CHECK(issuer.asked == 2);
}

TEST_CASE("a key that its issuer took back is gone with the next fetch") {
  Issuer issuer;
  FakeClock clock;
  KeyCache cache(std::make_unique<SlowSource>(&issuer), &clock);
  issuer.Publish(StrCat(Signer::Ed25519("a").Jwk(), ",", Signer::Ed25519("b").Jwk()));
  REQUIRE(cache.Refresh().ok());
  cache.Start(nullptr);
  REQUIRE(cache.Find("a").ok());
  issuer.Publish(Signer::Ed25519("b").Jwk());
  clock.Advance(kKeyRefreshInterval - absl::Seconds(1));
  CHECK(cache.Find("a").ok());
  CHECK(issuer.asked == 1);
  clock.Advance(absl::Seconds(1));
  CHECK(Eventually([&] { return !cache.Find("a").ok(); }));
  CHECK(cache.Find("b").ok());
  CHECK(issuer.asked == 2);
}

TEST_CASE("keys outlive their source for a while, and no longer") {
  Issuer issuer;
  FakeClock clock;
  KeyCache cache(std::make_unique<SlowSource>(&issuer), &clock);
  // Nothing is known yet, also not that it is down.
  CHECK(ReasonOf(cache.Find("a").status()) == "ISSUER_KEYS_REFRESHING");
  CHECK(ReasonOf(cache.Refresh()) == "TEST_DOWN");
  const absl::Status down = cache.Find("a").status();
  CHECK(absl::IsUnavailable(down));
  CHECK(ReasonOf(down) == "ISSUER_KEYS_UNAVAILABLE");
  issuer.Publish(Signer::Ed25519("a").Jwk());
  REQUIRE(cache.Refresh().ok());
  issuer.GoDown();
  clock.Advance(kMaxKeyStaleness);
  CHECK_FALSE(cache.Refresh().ok());
  CHECK(cache.Find("a").ok());
  // A document that is no key set is no better than none.
  {
    const std::lock_guard lock(issuer.mutex);
    issuer.document = std::string("<html>maintenance</html>");
  }
  CHECK(ReasonOf(cache.Refresh()) == "KEYS_MALFORMED");
  CHECK(cache.Find("a").ok());
  clock.Advance(absl::Seconds(1));
  CHECK(ReasonOf(cache.Find("a").status()) == "ISSUER_KEYS_UNAVAILABLE");
  // "Unchanged" confirms what was good, and nothing that was bad.
  {
    const std::lock_guard lock(issuer.mutex);
    issuer.document = std::optional<std::string>();
  }
  CHECK_FALSE(cache.Refresh().ok());
  CHECK_FALSE(cache.Find("a").ok());
  issuer.Publish(Signer::Ed25519("a").Jwk());
  REQUIRE(cache.Refresh().ok());
  {
    const std::lock_guard lock(issuer.mutex);
    issuer.document = std::optional<std::string>();
  }
  clock.Advance(kMaxKeyStaleness);
  CHECK(cache.Refresh().ok());
  clock.Advance(absl::Seconds(1));
  CHECK(cache.Find("a").ok());
}

TEST_CASE("the server's log is told why keys cannot be read, once, and callers are not") {
  Issuer issuer;
  FakeClock clock;
  KeyCache cache(std::make_unique<SlowSource>(&issuer), &clock);
  std::vector<std::string> told;
  issuer.Publish(Signer::Ed25519("a").Jwk());
  REQUIRE(cache.Refresh().ok());
  std::mutex mutex;
  cache.Start([&](const absl::Status& problem) {
    const std::lock_guard lock(mutex);
    told.emplace_back(ToStd(problem.message()));
  });
  issuer.GoDown();
  CHECK_FALSE(cache.Refresh().ok());
  CHECK_FALSE(cache.Refresh().ok());
  issuer.Publish(Signer::Ed25519("a").Jwk());
  REQUIRE(cache.Refresh().ok());
  issuer.GoDown();
  CHECK_FALSE(cache.Refresh().ok());
  {
    const std::lock_guard lock(mutex);
    CHECK(told == std::vector<std::string>{"down", "down"});
  }
  clock.Advance(kMaxKeyStaleness + absl::Seconds(1));
  const absl::Status stale = cache.Find("a").status();
  CHECK(ReasonOf(stale) == "ISSUER_KEYS_UNAVAILABLE");
  CHECK_FALSE(absl::StrContains(stale.message(), "down"));
}

TEST_CASE("a weak key is told apart from a missing one") {
  Issuer issuer;
  FakeClock clock;
  KeyCache cache(std::make_unique<SlowSource>(&issuer), &clock);
  issuer.Publish(StrCat(Signer::Ed25519("a").Jwk(), ",", Signer::Rsa("weak", 1024).Jwk()));
  REQUIRE(cache.Refresh().ok());
  CHECK(absl::StrContains(cache.Find("weak").status().message(), "1024 bits"));
  CHECK(absl::StrContains(cache.Find("none").status().message(), "does not have"));
}

TEST_CASE("keys in a file are read again when it changes") {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/keys.json";
  FakeClock clock;
  KeyCache cache(std::make_unique<FileKeySource>(path), &clock);
  const absl::Status missing = cache.Refresh();
  CHECK(absl::IsUnavailable(missing));
  CHECK(ReasonOf(missing) == "KEYS_UNREADABLE");
  // As admins' tools do: a new file in place of the old one.
  const auto write = [&](const std::string& text) {
    std::ofstream(path + ".new", std::ios::binary) << text;
    REQUIRE(::rename((path + ".new").c_str(), path.c_str()) == 0);
  };
  write(Jwks(Signer::Ed25519("a").Jwk()));
  CHECK(cache.Refresh().ok());
  CHECK(cache.Find("a").ok());
  write(Jwks(Signer::Ed25519("b").Jwk()));
  CHECK(cache.Find("a").ok());  // looked at a moment ago
  clock.Advance(kKeyFileLookInterval - absl::Microseconds(1));
  CHECK(cache.Find("a").ok());
  CHECK(ReasonOf(cache.Find("b").status()) == "TOKEN_INVALID");
  clock.Advance(absl::Microseconds(1));
  CHECK(cache.Find("b").ok());
  CHECK(ReasonOf(cache.Find("a").status()) == "TOKEN_INVALID");
  // Half a file, or none, changes nothing for a while.
  write("{\"keys\":[");
  clock.Advance(absl::Seconds(1));
  CHECK(cache.Find("b").ok());
  REQUIRE(::unlink(path.c_str()) == 0);
  clock.Advance(absl::Seconds(1));
  CHECK(cache.Find("b").ok());
  write(std::string(kMaxKeySetBytes + 1, ' '));
  CHECK(ReasonOf(cache.Refresh()) == "KEYS_MALFORMED");
  // A document that cannot be had for a while is good again when it can, though it is the same.
  write(Jwks(Signer::Ed25519("c").Jwk()));
  REQUIRE(cache.Refresh().ok());
  REQUIRE(::rename(path.c_str(), (path + ".away").c_str()) == 0);
  CHECK(ReasonOf(cache.Refresh()) == "KEYS_UNREADABLE");
  REQUIRE(::rename((path + ".away").c_str(), path.c_str()) == 0);
  CHECK(cache.Refresh().ok());
  FileKeySource a_folder(folder.path());
  CHECK(ReasonOf(a_folder.Fetch().status()) == "KEYS_UNREADABLE");
}

}  // namespace
}  // namespace whence::access::test
