// How many questions of a door go into one DecideBatch.
#include "http/decisions.h"

#include <condition_variable>
#include <mutex>
#include <string>

#include "base/limits.h"
#include "http_fixture.h"

namespace whence::http::test {
namespace {

// A question of exactly so many bytes; that it asks about nobody does not matter.
v1::DecideRequest QuestionOf(size_t bytes) {
  v1::DecideRequest question;
  question.set_privilege("SELECT");
  question.add_extra_groups(std::string(bytes, 'x'));
  const size_t more = question.ByteSizeLong() - bytes;
  question.set_extra_groups(0, std::string(bytes - more, 'x'));
  REQUIRE(question.ByteSizeLong() == bytes);
  return question;
}

// Purpose: asks, and counts the batches. Ownership: owns the house. Thread-safety: one thread.
class Asking {
 public:
  // How many batches so many questions of that size take.
  uint64_t Batches(size_t count, size_t bytes) {
    const uint64_t before = Calls();
    auto exchange = std::make_shared<ToldExchange>(
        "/", std::vector<Header>{
                 {.name = "authorization", .value = StrCat("Bearer ", house_.caller.bearer)}});
    const Dialect dialect{.corridor = &house_.corridor(), .exchange = exchange, .door = "trino"};
    std::mutex mutex;
    std::condition_variable changed;
    size_t answers = 0;
    bool done = false;
    AskDecisions(
        dialect, count, [bytes](size_t) { return QuestionOf(bytes); },
        [&](absl::StatusOr<std::vector<v1::Decision>> decisions) {
          const std::lock_guard lock(mutex);
          answers = decisions.ok() ? decisions->size() : 0;
          done = true;
          changed.notify_all();
        });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&done] { return done; });
    CHECK(answers == count);
    return Calls() - before;
  }

 private:
  uint64_t Calls() {
    uint64_t calls = 0;
    const auto all = house_.corridor().metrics().Read();
    if (const auto found = all.find({"DecideBatch", "trino"}); found != all.end()) {
      for (const uint64_t code : found->second.codes) calls += code;
    }
    return calls;
  }

  whence::test::HouseFixture house_{2};
};

TEST_CASE("a batch ends with the question that makes it kDecideBatchBytes") {
  Asking asking;
  constexpr size_t kQuarter = kDecideBatchBytes / 4;
  CHECK(asking.Batches(4, kQuarter) == 1);
  CHECK(asking.Batches(5, kQuarter) == 2);
  // Four that have a few bytes less take a fifth.
  CHECK(asking.Batches(5, kQuarter - 1) == 1);
  CHECK(asking.Batches(6, kQuarter - 1) == 2);
  // One that is too large by itself is asked by itself.
  CHECK(asking.Batches(2, kDecideBatchBytes + 1) == 2);
}

TEST_CASE("a batch has at most kMaxDecideQuestions") {
  Asking asking;
  CHECK(asking.Batches(kMaxDecideQuestions, 100) == 1);
  CHECK(asking.Batches(kMaxDecideQuestions + 1, 100) == 2);
}

}  // namespace
}  // namespace whence::http::test
