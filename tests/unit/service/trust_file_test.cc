// The file of --identity, changed while the house stands: what it says is in force with the next
// call, also for who was somebody a moment ago.
#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "access/trust.h"
#include "service/access_operations.h"
#include "service/ask.h"
#include "support/token_maker.h"

namespace whence::service {
namespace {

using access::test::GoodClaims;
using access::test::kIssuer;
using access::test::Replaced;
using access::test::Signer;
using test::Asked;
using test::ReasonOf;
using whence::test::HeldWriter;
using whence::test::Pending;

constexpr char kRule[] = "certificates: [{email: '*@example.org', principal: 'user:*'}]\n";

// Purpose: a house that believes what a file says. Ownership: owns everything. Thread-safety: as
// the house.
class Watching : public Asked {
 public:
  Watching() {
    Write("keys.json", access::test::Jwks(signer.Jwk()));
    Write("identity.yaml", Believes() + kRule);
    trusted_ = access::Trust::Watch(
                   folder_.path() + "/identity.yaml", nullptr, &clock,
                   [](const absl::Status& status) { FAIL(status.ToString()); },
                   [this](const absl::Status& status) { reports.push_back(ReasonOf(status)); })
                   .value();
    trust = trusted_.get();
    Reopen();
  }
  ~Watching() { Close(); }

  // In place of what was there, as editors and tools do it.
  void Write(const std::string& name, const std::string& text) const {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }
  // An issuer, with the test's keys.
  static std::string Believes(std::string_view issuer = kIssuer, std::string_view more = "") {
    return StrCat("issuers: [{issuer: '", issuer, "', audience: whence, keys_file: keys.json", more,
                  "}]\n");
  }
  CallInfo Holder(std::string_view subject = "ana", std::string_view issuer = kIssuer) const {
    const std::string claims = Replaced(GoodClaims(), kIssuer, issuer);
    return {.bearer = signer.Token(
                Replaced(claims, R"("sub":"ana")", StrCat(R"("sub":")", subject, "\""))),
            .via = "test"};
  }
  static CallInfo Certified(absl::Time end = absl::InfiniteFuture()) {
    return {.certificate = {.uris = {}, .dns = {}, .emails = {"ana@example.org"}, .end = end},
            .via = "test"};
  }
  // The principal that a call is, or the reason why it is nobody.
  std::string Who(const CallInfo& info) {
    const auto me = RunAs(info, kWhoAmI, v1::WhoAmIRequest());
    return me.ok() ? me->principal().name() : ReasonOf(me.status());
  }
  // What becomes of a mutation that was admitted before `change`, and runs after it.
  template <class Change>
  std::string AfterWaiting(const CallInfo& info, const Change& change) {
    v1::CreateCatalogRequest create;
    create.mutable_catalog()->set_name(StrCat("late", ++made_));
    Pending<v1::Catalog> late;
    {
      HeldWriter held(house());
      Begin(info, kCreateCatalog, create, &late);
      CHECK_FALSE(late.answered());
      change();
    }
    return ReasonOf(late.Wait().status());
  }

  const Signer signer = Signer::Ed25519("k");
  std::vector<std::string> reports;

 private:
  whence::test::TemporaryFolder folder_;
  std::unique_ptr<access::Trust> trusted_;
  int made_ = 0;
};

using Said = std::vector<std::string>;

TEST_CASE(
    "an issuer that the file no longer names is believed no longer, also whom it was known by") {
  Watching house;
  const CallInfo ana = house.Holder();
  CHECK(house.Who(ana) == "user:ana");
  CHECK(house.Who(ana) == "user:ana");  // remembered
  CHECK(house.corridor().Authenticate(ana, "Test").ok());
  house.Write("identity.yaml", house.Believes("https://other.example") + kRule);
  CHECK(house.Who(ana) == "TOKEN_INVALID");
  CHECK(house.Who(house.Holder("ana", "https://other.example")) == "user:ana");
  // A stream asks with every message.
  CHECK(ReasonOf(house.corridor().Authenticate(ana, "Test")) == "TOKEN_INVALID");
  CHECK(house.reports == Said{"OK"});
  // None at all; our own tokens are as they were.
  house.Write("identity.yaml", kRule);
  CHECK(house.Who(house.Holder("ana", "https://other.example")) == "TOKEN_INVALID");
  CHECK(house.Who(house.caller) == "user:ana");
  house.Write("identity.yaml", house.Believes() + kRule);
  CHECK(house.Who(ana) == "user:ana");
  CHECK(house.reports == Said{"OK", "OK", "OK"});
}

TEST_CASE("what an issuer is believed by is what the file says now") {
  Watching house;
  house.Ask(kCreatePrincipal, "principal { name: 'svc:ana' }");
  const CallInfo ana = house.Holder();
  CHECK(house.Who(ana) == "user:ana");
  house.Write("identity.yaml", house.Believes(kIssuer, ", principal: {kind: service}"));
  CHECK(house.Who(ana) == "svc:ana");
  house.Write("identity.yaml", house.Believes(kIssuer, ", algorithms: [RS256]"));
  CHECK(house.Who(ana) == "TOKEN_INVALID");
  // Other keys.
  house.Write("others.json", access::test::Jwks(Signer::Ed25519("k").Jwk()));
  house.Write("identity.yaml", Replaced(house.Believes(), "keys.json", "others.json"));
  CHECK(house.Who(ana) == "TOKEN_INVALID");
  house.Write("identity.yaml", house.Believes());
  CHECK(house.Who(ana) == "user:ana");
}

TEST_CASE("a certificate whose rule is gone is nobody with the next call") {
  Watching house;
  CHECK(house.Who(house.Certified()) == "user:ana");
  house.Write("identity.yaml", house.Believes());
  CHECK(house.Who(house.Certified()) == "CERTIFICATE_UNKNOWN");
  house.Ask(kCreatePrincipal, "principal { name: 'svc:mail' }");
  house.Write("identity.yaml", "certificates: [{email: '*@example.org', principal: 'svc:mail'}]");
  CHECK(house.Who(house.Certified()) == "svc:mail");
}

TEST_CASE("a file that is wrong changes nothing, is said once, and is taken when it is right") {
  Watching house;
  const CallInfo ana = house.Holder();
  const auto still = [&] {
    return house.Who(ana) == "user:ana" && house.Who(house.Certified()) == "user:ana";
  };
  for (const std::string& wrong :
       {std::string(), std::string("issuers: {"), StrCat("isuers: []\n", kRule),
        house.Believes(kIssuer, ", principal: {kind: group}"),
        std::string("certificates: [{email: '*', principal: 'group:*'}]")}) {
    CAPTURE(wrong);
    const size_t before = house.reports.size();
    house.Write("identity.yaml", wrong);
    CHECK(still());
    CHECK(still());
    REQUIRE(house.reports.size() == before + 1);
    const bool rule = wrong.find("group:*") != std::string::npos;
    CHECK(house.reports.back() ==
          (rule ? "CERTIFICATE_RULE_MALFORMED" : "IDENTITY_CONFIG_MALFORMED"));
  }
  // Keys that are not right are refused with all else that stands there.
  house.Write("broken.json", "{}");
  house.Write("identity.yaml", Replaced(house.Believes(), "keys.json", "broken.json"));
  CHECK(still());
  CHECK(house.reports.back() == "KEYS_MALFORMED");
  house.Write("identity.yaml", Replaced(house.Believes(), "keys.json", "nowhere.json"));
  CHECK(still());
  CHECK(house.reports.back() == "KEYS_UNREADABLE");
  // Without a way to fetch keys, a URL is no setting.
  house.Write("identity.yaml",
              Replaced(house.Believes(), "keys_file: keys.json", "keys_url: 'https://a.example/'"));
  CHECK(still());
  CHECK(house.reports.back() == "IDENTITY_CONFIG_MALFORMED");
  house.Write("identity.yaml", kRule);
  CHECK(house.Who(ana) == "TOKEN_INVALID");
  CHECK(house.Who(house.Certified()) == "user:ana");
  CHECK(house.reports.back() == "OK");
}

TEST_CASE("a mutation that waits for its turn is stopped when its caller is no longer believed") {
  Watching house;
  const CallInfo ana = house.Holder();
  CHECK(house.AfterWaiting(ana, [] {}) == "OK");
  CHECK(house.AfterWaiting(house.Certified(), [] {}) == "OK");
  const int64_t changes = house.changes();
  // What has nothing to do with it stops nobody.
  CHECK(house.AfterWaiting(ana, [&] { house.Write("identity.yaml", house.Believes()); }) == "OK");
  CHECK(house.changes() == changes + 1);
  CHECK(house.AfterWaiting(ana, [&] { house.Write("identity.yaml", kRule); }) == "TOKEN_INVALID");
  CHECK(house.AfterWaiting(house.Certified(), [&] {
    house.Write("identity.yaml", "issuers: []");
  }) == "CERTIFICATE_UNKNOWN");
  house.Write("identity.yaml", kRule);
  CHECK(house.AfterWaiting(house.Certified(), [&] {
    house.Write("identity.yaml", "certificates: [{email: '*@example.org', principal: 'svc:*'}]");
  }) == "CERTIFICATE_UNKNOWN");
  CHECK(house.AfterWaiting(house.caller, [&] { house.Write("identity.yaml", "{}"); }) == "OK");
  CHECK(house.changes() == changes + 2);
}

TEST_CASE("a certificate that ends, or whose principal is deactivated, ends between two calls") {
  Watching house;
  house.Colleague("user:bo");
  const absl::Time end = house.clock.Now() + absl::Minutes(10);
  const CallInfo ana = house.Certified(end);
  CallInfo bo = ana;
  bo.certificate.emails = {"bo@example.org"};
  house.clock.Set(end - absl::Nanoseconds(1));
  const auto me = house.RunAs(ana, kWhoAmI, v1::WhoAmIRequest());
  REQUIRE(me.ok());
  CHECK(me->credential_expire_time().seconds() == absl::ToUnixSeconds(end));
  CHECK(house.Who(bo) == "user:bo");
  CHECK(house.AfterWaiting(ana, [&] { house.clock.Set(end); }) == "CERTIFICATE_EXPIRED");
  CHECK(house.Who(ana) == "CERTIFICATE_EXPIRED");
  CHECK(ReasonOf(house.corridor().Authenticate(ana, "Test")) == "CERTIFICATE_EXPIRED");
  CHECK(house.changes() == 0);
  // Back in time: it was no more than the clock.
  house.clock.Set(end - absl::Seconds(1));
  CHECK(house.Who(bo) == "user:bo");
  house.Ask(kUpdatePrincipal, "principal { name: 'user:bo' } update_mask { paths: 'active' }");
  CHECK(house.Who(bo) == "PRINCIPAL_INACTIVE");
  CHECK(ReasonOf(house.corridor().Authenticate(bo, "Test")) == "PRINCIPAL_INACTIVE");
  house.Ask(kDeletePrincipal, "name: 'user:bo'");
  CHECK(house.Who(bo) == "PRINCIPAL_UNKNOWN");
}

TEST_CASE("calls under way while the file changes are somebody by one of its contents") {
  Watching house;
  house.Ask(kCreatePrincipal, "principal { name: 'svc:ana' }");
  const CallInfo ana = house.Holder();
  std::atomic<bool> stop = false;
  std::atomic<int> users = 0;
  std::atomic<int> services = 0;
  std::atomic<int> others = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      while (!stop) {
        const std::string who = house.Who(ana);
        ++(who == "user:ana" ? users : who == "svc:ana" ? services : others);
      }
    });
  }
  for (int i = 0; i < 100 || users == 0 || services == 0; ++i) {
    const char* const kind = i % 2 == 0 ? "service" : "user";
    house.Write("identity.yaml",
                house.Believes(kIssuer, StrCat(", principal: {kind: ", kind, "}")));
    REQUIRE(house.Who(ana) == (i % 2 == 0 ? "svc:ana" : "user:ana"));
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  CHECK(others == 0);
}

}  // namespace
}  // namespace whence::service
