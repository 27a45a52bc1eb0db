#include "service/rate_limit.h"

#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"

namespace whence::service {
namespace {

constexpr access::PrincipalId kAna = 1;
const absl::Time kStart = absl::FromUnixSeconds(1893456000);

std::string Reason(const absl::Status& status) {
  return status.ok() ? "OK" : GetErrorDetail(status).reason;
}

TEST_CASE("without a bound everybody passes, and nothing is kept") {
  RateLimit limit(0);
  for (int i = 0; i < 10'000; ++i) CHECK(limit.Take(kAna, 0, kStart).ok());
  CHECK(limit.buckets() == 0);
}

TEST_CASE("a second's calls at once, then one whenever its share has passed") {
  RateLimit limit(10);
  for (int i = 0; i < 10; ++i) REQUIRE(limit.Take(kAna, 0, kStart).ok());
  CHECK(Reason(limit.Take(kAna, 0, kStart)) == "RATE_LIMITED");
  CHECK(Reason(limit.Take(kAna, 0, kStart + absl::Milliseconds(99))) == "RATE_LIMITED");
  CHECK(limit.Take(kAna, 0, kStart + absl::Milliseconds(100)).ok());
  CHECK(Reason(limit.Take(kAna, 0, kStart + absl::Milliseconds(100))) == "RATE_LIMITED");
  // However long it was quiet: no more than a second's.
  const absl::Time later = kStart + absl::Hours(1);
  for (int i = 0; i < 10; ++i) REQUIRE(limit.Take(kAna, 0, later).ok());
  CHECK(Reason(limit.Take(kAna, 0, later)) == "RATE_LIMITED");
}

TEST_CASE("over any time no more passes than the bound allows") {
  for (const int64_t bound : {1, 3, 7, 1000}) {
    RateLimit limit(bound);
    int64_t passed = 0;
    for (int i = 0; i < 100'000; ++i) {
      if (limit.Take(kAna, 0, kStart + absl::Microseconds(100) * i).ok()) ++passed;
    }
    CAPTURE(bound);  // ten seconds, and the full bucket at their beginning
    CHECK(passed <= 11 * bound);
    CHECK(passed >= 10 * bound);
  }
}

TEST_CASE("who waits as long as it is told passes") {
  RateLimit limit(3);
  absl::Time now = kStart;
  for (int i = 0; i < 100; ++i) {
    const absl::Status status = limit.Take(kAna, 0, now);
    if (status.ok()) continue;
    const ErrorDetail detail = GetErrorDetail(status);
    absl::Duration delay;
    REQUIRE(absl::ParseDuration(detail.metadata.at("retry_delay"), &delay));
    CHECK(delay > absl::ZeroDuration());
    CHECK(delay <= absl::Milliseconds(334));
    CHECK(detail.hint.find(detail.metadata.at("retry_delay")) != std::string::npos);
    now += delay;
    REQUIRE(limit.Take(kAna, 0, now).ok());
  }
}

TEST_CASE("a principal's own bound goes before the default, up and down") {
  RateLimit limit(2);
  for (int i = 0; i < 5; ++i) REQUIRE(limit.Take(kAna, 5, kStart).ok());
  CHECK(Reason(limit.Take(kAna, 5, kStart)) == "RATE_LIMITED");
  REQUIRE(limit.Take(kAna + 16, 1, kStart).ok());
  CHECK(Reason(limit.Take(kAna + 16, 1, kStart)) == "RATE_LIMITED");
  RateLimit none(0);
  REQUIRE(none.Take(kAna, 1, kStart).ok());
  CHECK(Reason(none.Take(kAna, 1, kStart)) == "RATE_LIMITED");
}

TEST_CASE("a clock that is set back locks nobody out for longer than a second") {
  RateLimit limit(5);
  for (int i = 0; i < 5; ++i) REQUIRE(limit.Take(kAna, 0, kStart).ok());
  const absl::Time back = kStart - absl::Hours(24);
  CHECK(Reason(limit.Take(kAna, 0, back)) == "RATE_LIMITED");
  CHECK(limit.Take(kAna, 0, back + absl::Milliseconds(200)).ok());
}

TEST_CASE("buckets that are full again are forgotten") {
  RateLimit limit(1);
  absl::Time now = kStart;
  for (access::PrincipalId principal = 1; principal <= 100'000; ++principal) {
    now += absl::Milliseconds(1);
    REQUIRE(limit.Take(principal, 0, now).ok());
  }
  CHECK(limit.buckets() < 10'000);
  // Those that are not full are kept: the last thousand called within the second.
  for (access::PrincipalId principal = 99'100; principal <= 100'000; ++principal) {
    REQUIRE(Reason(limit.Take(principal, 0, now)) == "RATE_LIMITED");
  }
}

TEST_CASE("bytes: a second's at once, then as many as have passed since") {
  RateLimit limit(0, 1000);
  const auto take = [&limit](size_t bytes, absl::Time now, int64_t own = 0) {
    return limit.TakeBytes(kAna, limit.BytesPerSecond(own), bytes, now);
  };
  CHECK(take(600, kStart).ok());
  const absl::Status early = take(500, kStart);
  CHECK(Reason(early) == "REQUEST_BYTES_LIMITED");
  CHECK(early.code() == absl::StatusCode::kResourceExhausted);
  CHECK(GetErrorDetail(early).metadata.at("retry_delay") == "100ms");
  // What was refused took nothing; who waits as long as it was told passes.
  CHECK(take(400, kStart).ok());
  CHECK(Reason(take(1, kStart)) == "REQUEST_BYTES_LIMITED");
  CHECK(Reason(take(500, kStart + absl::Milliseconds(499))) == "REQUEST_BYTES_LIMITED");
  CHECK(take(500, kStart + absl::Milliseconds(500)).ok());
  // Calls have a bucket of their own, and others theirs.
  CHECK(limit.Take(kAna, 1, kStart).ok());
  CHECK(limit.TakeBytes(kAna + 1, 1000, 1000, kStart).ok());
}

TEST_CASE("bytes: a request that is larger than a second's never passes, and says so") {
  RateLimit limit(0, 1000);
  CHECK(limit.TakeBytes(kAna, 1000, 1000, kStart).ok());
  const absl::Status never = limit.TakeBytes(kAna, 1000, 1001, kStart + absl::Hours(1));
  CHECK(Reason(never) == "REQUEST_OVER_BYTES_LIMIT");
  CHECK(never.code() == absl::StatusCode::kResourceExhausted);
  CHECK_FALSE(GetErrorDetail(never).metadata.contains("retry_delay"));
  CHECK_FALSE(GetErrorDetail(never).hint.empty());
  // A bound of its own goes before the default, up and down.
  CHECK(limit.BytesPerSecond(0) == 1000);
  CHECK(limit.BytesPerSecond(10) == 10);
  CHECK(Reason(limit.TakeBytes(kAna + 1, limit.BytesPerSecond(10), 11, kStart)) ==
        "REQUEST_OVER_BYTES_LIMIT");
  CHECK(limit.TakeBytes(kAna + 1, limit.BytesPerSecond(5000), 5000, kStart).ok());
}

TEST_CASE("bytes: the largest bound and the largest request do not overflow") {
  RateLimit limit(0, kMaxRequestBytesPerSecond);
  const auto largest = static_cast<size_t>(kMaxRequestBytesPerSecond);
  CHECK(limit.TakeBytes(kAna, kMaxRequestBytesPerSecond, largest, kStart).ok());
  CHECK(Reason(limit.TakeBytes(kAna, kMaxRequestBytesPerSecond, largest, kStart)) ==
        "REQUEST_BYTES_LIMITED");
  CHECK(limit.TakeBytes(kAna, kMaxRequestBytesPerSecond, largest, kStart + absl::Seconds(1)).ok());
  RateLimit none(0);
  CHECK(none.TakeBytes(kAna, none.BytesPerSecond(0), largest + 1, kStart).ok());
  CHECK(none.buckets() == 0);
}

TEST_CASE("from many threads exactly the bound passes") {
  RateLimit limit(1000);
  std::atomic<int> passed = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        if (limit.Take(kAna, 0, kStart).ok()) ++passed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(passed == 1000);
}

}  // namespace
}  // namespace whence::service
