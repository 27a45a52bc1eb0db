#include "src/retry.h"

#include <catch2/catch.hpp>
#include <vector>

#include "absl/time/clock.h"
#include "src/backoff.h"

namespace whence::client_internal {
namespace {

const RetryPolicy kQuick{.initial_backoff = absl::Milliseconds(1),
                         .max_backoff = absl::Milliseconds(2)};

// Gives the statuses in turn, the last one for ever, and counts.
struct Script {
  std::vector<absl::Status> statuses;
  size_t made = 0;
  absl::Status operator()(absl::Time) {
    const size_t next = made++;
    return statuses[next < statuses.size() ? next : statuses.size() - 1];
  }
};

TEST_CASE("Backoff waits between zero and a bound that grows to its maximum", "[client][retry]") {
  const RetryPolicy policy;  // 50 ms, doubled up to 2 s
  const std::vector<int> bounds_ms = {50, 100, 200, 400, 800, 1600, 2000, 2000};
  std::vector<absl::Duration> longest(bounds_ms.size());
  for (unsigned seed = 0; seed < 200; ++seed) {
    Backoff backoff(policy, seed);
    for (size_t i = 0; i < bounds_ms.size(); ++i) {
      const absl::Duration wait = backoff.Next();
      REQUIRE(wait >= absl::ZeroDuration());
      REQUIRE(wait <= absl::Milliseconds(bounds_ms[i]));
      longest[i] = std::max(longest[i], wait);
    }
    backoff.Reset();
    REQUIRE(backoff.Next() <= absl::Milliseconds(50));
  }
  // The whole range is used.
  for (size_t i = 0; i < bounds_ms.size(); ++i) {
    REQUIRE(longest[i] > absl::Milliseconds(bounds_ms[i]) * 0.9);
  }
}

TEST_CASE("Backoff takes a policy without sense at its nearest sense", "[client][retry]") {
  Backoff backoff(
      {.initial_backoff = absl::Seconds(-1), .max_backoff = absl::Seconds(-2), .multiplier = 0.1});
  for (int i = 0; i < 5; ++i) REQUIRE(backoff.Next() == absl::ZeroDuration());
}

TEST_CASE("Only UNAVAILABLE is repeated", "[client][retry]") {
  Script recovers{{absl::UnavailableError("a"), absl::UnavailableError("b"), absl::OkStatus()}};
  REQUIRE(CallWithRetries(kQuick, absl::Seconds(20), std::ref(recovers)).ok());
  REQUIRE(recovers.made == 3);

  for (const absl::Status& status :
       {absl::AbortedError("x"), absl::NotFoundError("x"), absl::InternalError("x"),
        absl::ResourceExhaustedError("x"), absl::DeadlineExceededError("x"),
        absl::AlreadyExistsError("x"), absl::UnknownError("x")}) {
    Script refuses{{status}};
    REQUIRE(CallWithRetries(kQuick, absl::Seconds(20), std::ref(refuses)) == status);
    REQUIRE(refuses.made == 1);
  }
}

TEST_CASE("Repetition ends with the attempts or with the deadline", "[client][retry]") {
  RetryPolicy thrice = kQuick;
  thrice.max_attempts = 3;
  Script down{{absl::UnavailableError("down")}};
  REQUIRE(absl::IsUnavailable(CallWithRetries(thrice, absl::Seconds(20), std::ref(down))));
  REQUIRE(down.made == 3);

  const absl::Time start = absl::Now();
  Script still_down{{absl::UnavailableError("down")}};
  REQUIRE(
      absl::IsUnavailable(CallWithRetries(kQuick, absl::Milliseconds(50), std::ref(still_down))));
  REQUIRE(still_down.made > 1);
  REQUIRE(absl::Now() - start < absl::Seconds(5));

  Script once{{absl::UnavailableError("down")}};
  REQUIRE(absl::IsUnavailable(CallWithRetries(kQuick, absl::ZeroDuration(), std::ref(once))));
  REQUIRE(once.made == 1);
}

TEST_CASE("A deadline that passes while the server was away says that it was away",
          "[client][retry]") {
  Script script{{absl::UnavailableError("refused"), absl::DeadlineExceededError("late")}};
  const absl::Status status = CallWithRetries(kQuick, absl::Seconds(20), std::ref(script));
  REQUIRE(status == absl::UnavailableError("refused"));
}

TEST_CASE("Every attempt gets the same end", "[client][retry]") {
  std::vector<absl::Time> ends;
  const absl::Status status = CallWithRetries(kQuick, absl::Seconds(20), [&](absl::Time end) {
    ends.push_back(end);
    return ends.size() < 3 ? absl::UnavailableError("x") : absl::OkStatus();
  });
  REQUIRE(status.ok());
  REQUIRE(ends.size() == 3);
  REQUIRE(ends[0] == ends[2]);
}

}  // namespace
}  // namespace whence::client_internal
