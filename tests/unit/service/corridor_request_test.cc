// Asking twice is harmless: request ids.
#include <algorithm>
#include <deque>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "support/house_fixture.h"

namespace whence::service {
namespace {

using test::HeldWriter;
using test::HouseFixture;
using test::Pending;
using test::ReasonOf;

v1::CreateCatalogRequest Create(std::string_view name, std::string_view request_id) {
  v1::CreateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  request.set_request_id(std::string(request_id));
  return request;
}

v1::UpdateCatalogRequest Comment(std::string_view name, std::string_view comment,
                                 std::string_view request_id) {
  v1::UpdateCatalogRequest request;
  request.mutable_catalog()->set_name(std::string(name));
  request.mutable_catalog()->set_comment(std::string(comment));
  request.set_request_id(std::string(request_id));
  return request;
}

constexpr sql::Query kCountRequests{"SELECT count(*) FROM request"};

int64_t CountRequests(HouseFixture& fixture) {
  sql::Lease lease = fixture.house().readers().Acquire().value();
  sql::Rows rows = lease->Run(kCountRequests);
  return rows.Next() ? rows.Int64(0) : -1;
}

TEST_CASE("the same request gets the first answer again, whatever happened since") {
  HouseFixture fixture;
  const v1::Catalog first = fixture.Run(kCreateCatalog, Create("a", "r-1")).value();
  REQUIRE(fixture.Run(kUpdateCatalog, Comment("a", "changed", "r-2")).ok());
  fixture.clock.Advance(absl::Hours(1));
  const v1::Catalog again = fixture.Run(kCreateCatalog, Create("a", "r-1")).value();
  CHECK(again.SerializeAsString() == first.SerializeAsString());
  CHECK(fixture.position() == 2);
  fixture.Reopen();
  CHECK(fixture.Run(kCreateCatalog, Create("a", "r-1"))->SerializeAsString() ==
        first.SerializeAsString());
}

TEST_CASE("a request id asks for one thing only") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "r-1")).ok());
  const auto other = fixture.Run(kCreateCatalog, Create("b", "r-1"));
  CHECK(ReasonOf(other.status()) == "REQUEST_ID_REUSED");
  CHECK(other.status().code() == absl::StatusCode::kAborted);
  CHECK(ReasonOf(fixture.Run(kUpdateCatalog, Comment("a", "x", "r-1")).status()) ==
        "REQUEST_ID_REUSED");
  CHECK(fixture.position() == 1);
}

TEST_CASE("a stored answer that is no answer any more is told, and nothing done again") {
  static constexpr sql::Query kSpoil{"UPDATE request SET response = ?1"};
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "r-1")).ok());
  const absl::Status spoiled = fixture.house().writer().RunAndWait([](sql::WriteContext& context) {
    return context.connection().Execute(kSpoil, sql::Blob{"\xff\xff"});
  });
  REQUIRE(spoiled.ok());
  const absl::Status again = fixture.Run(kCreateCatalog, Create("a", "r-1")).status();
  CHECK(ReasonOf(again) == "STORED_ANSWER_UNREADABLE");
  CHECK(again.code() == absl::StatusCode::kDataLoss);
  CHECK(fixture.position() == 1);
}

TEST_CASE("a request that failed may be asked again") {
  HouseFixture fixture;
  CHECK(ReasonOf(fixture.Run(kUpdateCatalog, Comment("a", "x", "r-1")).status()) ==
        "CATALOG_NOT_FOUND");
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "r-2")).ok());
  CHECK(fixture.Run(kUpdateCatalog, Comment("a", "x", "r-1"))->comment() == "x");
}

TEST_CASE("the answer of a mutation that changed nothing is kept too") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "r-1")).ok());
  REQUIRE(fixture.Run(kUpdateCatalog, Comment("a", "x", "r-2")).ok());
  CHECK(fixture.Run(kUpdateCatalog, Comment("a", "x", "r-3"))->position() == 2);
  CHECK(fixture.position() == 2);
  REQUIRE(fixture.Run(kUpdateCatalog, Comment("a", "y", "r-4")).ok());
  CHECK(fixture.Run(kUpdateCatalog, Comment("a", "x", "r-3"))->comment() == "x");
  CHECK(fixture.position() == 3);
}

TEST_CASE("one request twice in one batch is executed once") {
  HouseFixture fixture;
  const v1::CreateCatalogRequest request = Create("a", "r-1");
  Pending<v1::Catalog> answers[2];
  HeldWriter held(fixture.house());
  fixture.Begin(fixture.caller, kCreateCatalog, request, &answers[0]);
  fixture.Begin(fixture.caller, kCreateCatalog, request, &answers[1]);
  held.Release();
  CHECK(answers[0].Wait()->id() == 1);
  CHECK(answers[1].Wait()->id() == 1);
  CHECK(fixture.position() == 1);
}

TEST_CASE("a request id has bounds") {
  HouseFixture fixture;
  CHECK(fixture.Run(kCreateCatalog, Create("a", std::string(kMaxRequestIdBytes, 'r'))).ok());
  const auto long_one =
      fixture.Run(kCreateCatalog, Create("b", std::string(kMaxRequestIdBytes + 1, 'r')));
  CHECK(ReasonOf(long_one.status()) == "TEXT_TOO_LONG");
  CHECK(GetErrorDetail(long_one.status()).field == "request_id");
  CHECK(ReasonOf(fixture.Run(kCreateCatalog, Create("b", "r\n")).status()) ==
        "TEXT_HAS_CONTROL_CHARACTER");
}

TEST_CASE("answers are kept for seven days, then forgotten in passing") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "r-1")).ok());
  fixture.clock.Advance(kRequestIdRetention);
  REQUIRE(fixture.Run(kCreateCatalog, Create("b", "r-2")).ok());
  CHECK(CountRequests(fixture) == 2);  // r-1 is exactly as old as it is kept
  CHECK(fixture.Run(kCreateCatalog, Create("a", "r-1")).ok());

  fixture.clock.Advance(absl::Seconds(1));
  REQUIRE(fixture.Run(kUpdateCatalog, Comment("b", "x", "")).ok());
  CHECK(CountRequests(fixture) == 2);  // looked for less than a minute ago
  fixture.clock.Advance(kRequestPruneInterval);
  REQUIRE(fixture.Run(kUpdateCatalog, Comment("b", "y", "")).ok());
  CHECK(CountRequests(fixture) == 1);
  CHECK(ReasonOf(fixture.Run(kCreateCatalog, Create("a", "r-1")).status()) ==
        "CATALOG_ALREADY_EXISTS");
  CHECK(fixture.Run(kCreateCatalog, Create("b", "r-2")).ok());
}

TEST_CASE("many old answers go a few at a time, with every mutation while there are more") {
  HouseFixture fixture;
  constexpr int kOld = 2 * kMaxPrunedRequests + 50;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "")).ok());
  std::deque<v1::UpdateCatalogRequest> requests;
  std::deque<Pending<v1::Catalog>> answers;
  {
    const HeldWriter held(fixture.house());  // one sync for all
    for (int i = 0; i < kOld; ++i) {
      requests.push_back(Comment("a", StrCat(i), StrCat("r-", i)));
      fixture.Begin(fixture.caller, kUpdateCatalog, requests.back(), &answers.emplace_back());
    }
  }
  for (Pending<v1::Catalog>& answer : answers) REQUIRE(answer.Wait().ok());
  fixture.clock.Advance(kRequestIdRetention + absl::Minutes(1));
  int64_t left = kOld;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(fixture.Run(kUpdateCatalog, Comment("a", StrCat("new ", i), "")).ok());
    left = std::max<int64_t>(left - kMaxPrunedRequests, 0);
    CHECK(CountRequests(fixture) == left);
  }
  CHECK(left == 0);
}

TEST_CASE("a mutation that fails forgets nothing") {
  HouseFixture fixture;
  REQUIRE(fixture.Run(kCreateCatalog, Create("a", "r-1")).ok());
  fixture.clock.Advance(kRequestIdRetention + absl::Minutes(2));
  CHECK_FALSE(fixture.Run(kUpdateCatalog, Comment("b", "x", "")).ok());
  CHECK(CountRequests(fixture) == 1);
  CHECK(fixture.Run(kUpdateCatalog, Comment("a", "x", "")).ok());
  CHECK(CountRequests(fixture) == 0);
}

}  // namespace
}  // namespace whence::service
