// Tokens of several issuers, and who holds them.
#include "access/oidc.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <map>
#include <memory>
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

// An issuer's keys as a test wants them.
class FixedSource final : public KeySource {
 public:
  explicit FixedSource(absl::StatusOr<std::optional<std::string>> document)
      : document_(std::move(document)) {}
  absl::StatusOr<std::optional<std::string>> Fetch() override { return document_; }
  bool is_quick() const override { return false; }

 private:
  absl::StatusOr<std::optional<std::string>> document_;
};

IssuerConfig Config() {
  IssuerConfig config;
  config.rules.issuer = std::string(kIssuer);
  config.rules.audiences = {"whence"};
  config.keys_url = "https://issuer.example/keys";
  return config;
}

// Purpose: issuers whose one key signs everything.
class World {
 public:
  explicit World(std::vector<IssuerConfig> configs) {
    auto opened = Issuers::Open(
        configs,
        [this](const IssuerConfig&) {
          return std::make_unique<FixedSource>(std::optional<std::string>(Jwks(signer.Jwk())));
        },
        &clock, [](const absl::Status& status) { FAIL(status.ToString()); });
    REQUIRE(opened.ok());
    issuers = *std::move(opened);
  }

  // The principal, or the reason.
  std::string Who(std::string_view claims, std::string_view type = "at+jwt") {
    const auto caller = issuers->Authenticate(signer.Token(claims, type));
    if (caller.ok()) return caller->principal;
    message = std::string(caller.status().message());
    return GetErrorDetail(caller.status()).reason;
  }

  FakeClock clock;
  Signer signer = Signer::Ed25519("k");
  std::unique_ptr<Issuers> issuers;
  std::string message;
};

TEST_CASE("a token's holder is a principal and its groups") {
  IssuerConfig config = Config();
  config.groups_claim = "groups";
  World world({config});
  CHECK_FALSE(world.issuers->empty());
  const auto caller = world.issuers->Authenticate(
      world.signer.Token(GoodClaims(R"(,"groups":["analysts","a\u0000b",""," x","/data/team"])")));
  REQUIRE(caller.ok());
  CHECK(caller->principal == "user:ana");
  CHECK(caller->groups == std::vector<std::string>{"group:analysts", "group:/data/team"});
  CHECK(caller->issuer == kIssuer);
  CHECK(caller->expire_time == absl::FromUnixSeconds(kNow + 3600));
  CHECK(KnownGroups({.principal = "user:ana",
                     .groups = {"group:z", "group:none", "group:a", "group:z"},
                     .issuer = {},
                     .expire_time = {}},
                    [](std::string_view name) {
                      return name == "group:z" ? 9 : name == "group:a" ? 4 : kNobody;
                    }) == std::vector<PrincipalId>{4, 9});
  // No groups, one group, and what is none.
  CHECK(world.Who(GoodClaims()) == "user:ana");
  CHECK(world.Who(GoodClaims(R"(,"groups":"one")")) == "user:ana");
  CHECK(world.Who(GoodClaims(R"(,"groups":{"a":1})")) == "TOKEN_INVALID");
  CHECK(world.Who(GoodClaims(R"(,"groups":[1])")) == "TOKEN_INVALID");
  const auto many = [](size_t count) {
    std::string list;
    for (size_t i = 0; i < count; ++i) StrAppend(&list, i == 0 ? "" : ",", "\"g\"");
    return GoodClaims(StrCat(R"(,"groups":[)", list, "]"));
  };
  CHECK(world.Who(many(kMaxTokenGroups)) == "user:ana");
  CHECK(world.Who(many(kMaxTokenGroups + 1)) == "TOKEN_INVALID");
  CHECK(absl::StrContains(world.message, "over 1000 groups"));
}

TEST_CASE("claims that are no principal's name stand for nobody") {
  World world({Config()});
  const auto with_subject = [&](std::string_view subject) {
    return world.Who(Replaced(GoodClaims(), R"("ana")", subject));
  };
  CHECK(with_subject(R"("group:admins")") == "user:group:admins");  // a user of that name
  for (const char* bad : {R"("")", R"(" ana")", R"("ana ")", R"("a\nb")", R"("a\u0000")", "7",
                          "null", R"(["ana"])"}) {
    INFO(bad);
    CHECK(with_subject(bad) == "TOKEN_INVALID");
  }
  const std::string longest(kMaxPrincipalBytes - 5, 'a');
  CHECK(with_subject(StrCat("\"", longest, "\"")) == "user:" + longest);
  CHECK(with_subject(StrCat("\"a", longest, "\"")) == "TOKEN_INVALID");
}

TEST_CASE("services, clients and e-mail addresses") {
  IssuerConfig service = Config();
  service.kind = ClaimedKind::kService;
  CHECK(World({service}).Who(GoodClaims()) == "svc:ana");
  IssuerConfig client = Config();
  client.kind = ClaimedKind::kClient;
  client.principal_claim = "email";
  client.rules.allow_plain_type = true;
  World world({client});
  CHECK(world.Who(Replaced(GoodClaims(), R"("sub":"ana")", R"("sub":"notebook")")) ==
        "svc:notebook");
  const std::string email = R"(,"email":"ana@example.org")";
  CHECK(world.Who(GoodClaims(email + R"(,"email_verified":true)")) == "user:ana@example.org");
  CHECK(world.Who(GoodClaims(email + R"(,"email_verified":"true")")) == "user:ana@example.org");
  CHECK(world.Who(GoodClaims(email)) == "TOKEN_INVALID");
  CHECK(world.Who(GoodClaims(email + R"(,"email_verified":false)")) == "TOKEN_INVALID");
  CHECK(world.Who(GoodClaims(email + R"(,"email_verified":1)")) == "TOKEN_INVALID");
  CHECK(world.Who(GoodClaims(R"(,"email_verified":true)")) == "TOKEN_INVALID");
  CHECK(absl::StrContains(world.message, "does not say who its holder is"));
  // Also when the claim is written as a pointer.
  client.principal_claim = "/email";
  CHECK(World({client}).Who(GoodClaims(email)) == "TOKEN_INVALID");
  CHECK(World({client}).Who(GoodClaims(email + R"(,"email_verified":true)")) ==
        "user:ana@example.org");
  client.trust_unverified_email = true;
  CHECK(World({client}).Who(GoodClaims(email)) == "user:ana@example.org");
}

TEST_CASE("each issuer signs for itself only") {
  FakeClock clock;
  const Signer first = Signer::Ed25519("k");
  const Signer second = Signer::P256("k");
  IssuerConfig one = Config();
  IssuerConfig two = Config();
  two.rules.issuer = "https://two.example";
  two.rules.audiences = {"other"};
  two.keys_url = "https://two.example/keys";
  auto issuers = Issuers::Open(
      {one, two},
      [&](const IssuerConfig& config) {
        return std::make_unique<FixedSource>(std::optional<std::string>(
            Jwks(config.keys_url == two.keys_url ? second.Jwk() : first.Jwk())));
      },
      &clock, [](const absl::Status& status) { FAIL(status.ToString()); });
  REQUIRE(issuers.ok());
  const auto reason = [&](const std::string& token) {
    return GetErrorDetail((*issuers)->Authenticate(token).status()).reason;
  };
  const std::string of_two =
      Replaced(Replaced(GoodClaims(), kIssuer, "https://two.example"), "whence", "other");
  CHECK((*issuers)->Authenticate(first.Token(GoodClaims())).ok());
  CHECK((*issuers)->Authenticate(second.Token(of_two)).ok());
  CHECK(reason(second.Token(GoodClaims())) == "TOKEN_INVALID");
  CHECK(reason(first.Token(of_two)) == "TOKEN_INVALID");
  CHECK(reason(first.Token(Replaced(GoodClaims(), "whence", "other"))) == "TOKEN_INVALID");
  CHECK(reason(first.Token(Replaced(GoodClaims(), kIssuer, "https://three.example"))) ==
        "TOKEN_INVALID");
  CHECK(reason("eyJ") == "TOKEN_INVALID");
  CHECK(reason("") == "TOKEN_INVALID");
  CHECK(reason(std::string(kMaxTokenBytes + 1, 'a')) == "TOKEN_INVALID");
}

TEST_CASE("a token that was verified is verified again when its time or its keys are over") {
  whence::test::TemporaryFolder folder;
  FakeClock clock;
  const Signer signer = Signer::Rsa("k");
  IssuerConfig config = Config();
  config.keys_url.clear();
  config.keys_file = folder.path() + "/keys.json";
  const auto refusal = [&] {
    const auto opened = Issuers::Open({config}, nullptr, &clock, [](const absl::Status&) {});
    return GetErrorDetail(opened.status()).reason;
  };
  CHECK(refusal() == "KEYS_UNREADABLE");
  std::ofstream(config.keys_file) << "{}";
  CHECK(refusal() == "KEYS_MALFORMED");
  std::ofstream(config.keys_file) << Jwks(signer.Jwk());
  auto issuers = Issuers::Open({config}, nullptr, &clock, [](const absl::Status&) {});
  REQUIRE(issuers.ok());
  const std::string token = signer.Token(GoodClaims());
  const auto reason = [&] {
    return GetErrorDetail((*issuers)->Authenticate(token).status()).reason;
  };
  const auto once = (*issuers)->Authenticate(token);
  REQUIRE(once.ok());
  for (int i = 0; i < 100; ++i) REQUIRE((*issuers)->Authenticate(token).value() == *once);
  // One bit less, and it is another token.
  CHECK_FALSE((*issuers)->Authenticate(std::string_view(token).substr(0, token.size() - 1)).ok());
  clock.Advance(absl::Seconds(3600) + kMaxClockSkew);
  CHECK(reason() == "TOKEN_EXPIRED");
  clock.Advance(-absl::Seconds(3600));
  CHECK(reason().empty());
  std::ofstream(config.keys_file) << Jwks(Signer::Rsa("another-key").Jwk());
  clock.Advance(absl::Seconds(1));
  CHECK(reason() == "TOKEN_INVALID");
}

TEST_CASE("many tokens are remembered, and not all") {
  World world({Config()});
  const auto token = [&](size_t number) {
    return world.signer.Token(GoodClaims(StrCat(R"(,"n":)", number)));
  };
  for (size_t i = 0; i <= kMaxVerifiedTokens + 10; ++i) {
    REQUIRE(world.issuers->Authenticate(token(i)).ok());
  }
  CHECK(world.issuers->Authenticate(token(0)).ok());
}

TEST_CASE("an issuer that is down when the server starts does not keep it from starting") {
  FakeClock clock;
  std::vector<absl::Status> problems;
  auto issuers = Issuers::Open(
      {Config()},
      [](const IssuerConfig&) {
        return std::make_unique<FixedSource>(Unavailable("TEST_DOWN", "no route"));
      },
      &clock, [&](const absl::Status& status) { problems.push_back(status); });
  REQUIRE(issuers.ok());
  REQUIRE(problems.size() == 1);
  CHECK(absl::StrContains(problems[0].message(), "no route"));
  const auto caller = (*issuers)->Authenticate(Signer::Ed25519("k").Token(GoodClaims()));
  CHECK(absl::IsUnavailable(caller.status()));
  CHECK(GetErrorDetail(caller.status()).reason == "ISSUER_KEYS_UNAVAILABLE");
  // Nobody who could fetch from a URL: said at the start.
  const auto none = Issuers::Open({Config()}, nullptr, &clock, [](const absl::Status&) {});
  CHECK(GetErrorDetail(none.status()).reason == "IDENTITY_CONFIG_MALFORMED");
  const auto no_issuers = Issuers::Open({}, nullptr, &clock, [](const absl::Status&) {});
  REQUIRE(no_issuers.ok());
  CHECK((*no_issuers)->empty());
  CHECK_FALSE((*no_issuers)->Authenticate(Signer::Ed25519("k").Token(GoodClaims())).ok());
}

// A server of keys that answers when it is let.
class HeldSource final : public KeySource {
 public:
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    std::atomic<int> asked = 0;
  };
  HeldSource(Gate* gate, std::string document) : gate_(gate), document_(std::move(document)) {}
  absl::StatusOr<std::optional<std::string>> Fetch() override {
    ++gate_->asked;
    std::unique_lock lock(gate_->mutex);
    gate_->changed.wait(lock, [this] { return gate_->open; });
    return document_;
  }
  bool is_quick() const override { return false; }

 private:
  Gate* const gate_;
  const std::optional<std::string> document_;
};

void Open(HeldSource::Gate& gate) {
  {
    const std::lock_guard lock(gate.mutex);
    gate.open = true;
  }
  gate.changed.notify_all();
}

TEST_CASE("issuers in place of others: who stays keeps its keys, and nobody waits for a server") {
  World world({Config()});
  HeldSource::Gate gate;
  const Signer theirs = Signer::Ed25519("theirs");
  IssuerConfig other = Config();
  other.rules.issuer = "https://other.example";
  other.keys_url = "https://other.example/keys";
  const Issuers::UrlSource held = [&](const IssuerConfig&) {
    return std::make_unique<HeldSource>(&gate, Jwks(theirs.Jwk()));
  };
  auto both = world.issuers->Replace({Config(), other}, held);
  REQUIRE(both.ok());
  CHECK(world.issuers->KeysNotIn(**both).empty());
  CHECK((*both)->SettingsOf(kIssuer) == world.issuers->SettingsOf(kIssuer));
  const std::string token = world.signer.Token(GoodClaims());
  CHECK((*both)->Authenticate(token)->principal == "user:ana");
  // The other's keys are on their way.
  const std::string new_token = theirs.Token(Replaced(GoodClaims(), kIssuer, other.rules.issuer));
  const absl::Status early = (*both)->Authenticate(new_token).status();
  CHECK(absl::IsUnavailable(early));
  CHECK(GetErrorDetail(early).reason == "ISSUER_KEYS_REFRESHING");
  CHECK(GetErrorDetail(world.issuers->Authenticate(new_token).status()).reason == "TOKEN_INVALID");

  // Other settings, the same place: other settings with the keys that are known.
  IssuerConfig strict = Config();
  strict.rules.audiences = {"others"};
  const auto only = (*both)->Replace({strict}, held);
  REQUIRE(only.ok());
  CHECK((*only)->SettingsOf(kIssuer) != world.issuers->SettingsOf(kIssuer));
  CHECK((*only)->SettingsOf(other.rules.issuer) == nullptr);
  CHECK(GetErrorDetail((*only)->Authenticate(token).status()).reason == "TOKEN_INVALID");
  // Keys that are being fetched are let go of without waiting.
  std::vector<std::shared_ptr<KeyCache>> gone = (*both)->KeysNotIn(**only);
  REQUIRE(gone.size() == 1);
  while (gate.asked == 0) std::this_thread::yield();
  gone.front()->Leave();
  CHECK_FALSE(gone.front()->Ended());
  Open(gate);
  for (int i = 0; i < 30'000 && !gone.front()->Ended(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(gone.front()->Ended());

  // And when the server answers, who waited is somebody.
  auto again = (*only)->Replace({other}, held);
  REQUIRE(again.ok());
  absl::StatusOr<VerifiedCaller> late = (*again)->Authenticate(new_token);
  for (int i = 0; i < 30'000 && !late.ok(); ++i) {
    CHECK(GetErrorDetail(late.status()).reason == "ISSUER_KEYS_REFRESHING");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    late = (*again)->Authenticate(new_token);
  }
  REQUIRE(late.ok());
  CHECK(late->issuer == other.rules.issuer);
  // What cannot be taken takes nothing away.
  CHECK(GetErrorDetail((*again)->Replace({Config()}, nullptr).status()).reason ==
        "IDENTITY_CONFIG_MALFORMED");
  CHECK((*again)->Authenticate(new_token).ok());
}

}  // namespace
}  // namespace whence::access::test
