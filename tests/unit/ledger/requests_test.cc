#include "ledger/requests.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "support/scratch_database.h"

namespace whence::ledger {
namespace {

using test::ReasonOf;
using test::ScratchDatabase;

const absl::Time kStart = absl::FromUnixSeconds(1'900'000'000);

absl::Status Store(ScratchDatabase& database, std::string_view id, absl::Time time) {
  return database.Write([&](sql::WriteContext& context) {
    return StoreRequest(context, id, "CreateAsset", std::string(32, '\xff'),
                        absl::StrCat("answer to ", std::string(id)), time);
  });
}

TEST_CASE("the first answer is found again") {
  ScratchDatabase database;
  CHECK(FindRequest(database.reader(), "r-1").value() == std::nullopt);
  REQUIRE(Store(database, "r-1", kStart).ok());
  const std::optional<StoredAnswer> found = FindRequest(database.reader(), "r-1").value();
  REQUIRE(found.has_value());
  CHECK(*found == StoredAnswer{.action = "CreateAsset",
                               .digest = std::string(32, '\xff'),
                               .response = "answer to r-1"});
  CHECK(FindRequest(database.reader(), "r-2").value() == std::nullopt);
}

TEST_CASE("a second answer to one id is refused") {
  ScratchDatabase database;
  REQUIRE(Store(database, "r-1", kStart).ok());
  CHECK(ReasonOf(Store(database, "r-1", kStart)) == "SQL_CONSTRAINT");
}

TEST_CASE("old answers are forgotten, oldest first, a few at a time") {
  ScratchDatabase database;
  // Ids in another order than times.
  const std::vector<std::pair<std::string, int>> answers = {
      {"a", 5}, {"b", 1}, {"c", 4}, {"d", 2}, {"e", 3}};
  for (const auto& [id, second] : answers) {
    REQUIRE(Store(database, id, kStart + absl::Seconds(second)).ok());
  }
  const auto prune = [&](int second, int limit) {
    int64_t pruned = -1;
    CHECK(database
              .Write([&](sql::WriteContext& context) {
                absl::StatusOr<int64_t> count =
                    PruneRequests(context, kStart + absl::Seconds(second), limit);
                if (count.ok()) pruned = *count;
                return count.status();
              })
              .ok());
    return pruned;
  };
  const auto kept = [&] {
    std::string ids;
    for (const auto& [id, second] : answers) {
      if (FindRequest(database.reader(), id).value().has_value()) ids += id;
    }
    return ids;
  };
  CHECK(prune(1, 10) == 0);  // what is just as old stays
  CHECK(prune(5, 2) == 2);
  CHECK(kept() == "ace");
  CHECK(prune(5, 2) == 2);
  CHECK(kept() == "a");
  CHECK(prune(5, 2) == 0);
  CHECK(prune(100, 2) == 1);
  CHECK(kept().empty());
}

constexpr sql::Query kLargeBytes{"SELECT coalesce(max(large_bytes), 0) FROM request_room"};
constexpr sql::Query kSetLargeBytes{
    "INSERT INTO request_room (id, large_bytes) VALUES (1, ?1)"
    " ON CONFLICT (id) DO UPDATE SET large_bytes = excluded.large_bytes"};

// A database that holds answers of given sizes, one a second.
struct Answers {
  void Keep(std::string_view id, size_t bytes) {
    REQUIRE(database
                .Write([&](sql::WriteContext& context) {
                  return StoreRequest(context, id, "CreateAsset", std::string(32, 'd'),
                                      std::string(bytes, 'x'), kStart + absl::Seconds(++second));
                })
                .ok());
  }
  // As if others had answers of so many bytes as well.
  void Pretend(int64_t bytes) {
    REQUIRE(database
                .Write([&](sql::WriteContext& context) {
                  return context.connection().Execute(kSetLargeBytes, bytes);
                })
                .ok());
  }
  int64_t LargeBytes() {
    sql::Rows rows = database.reader().Run(kLargeBytes);
    REQUIRE(rows.Next());
    return rows.Int64(0);
  }
  // The bytes kept for an id; -1 when that it was answered is all that is known.
  int64_t Kept(std::string_view id) {
    const std::optional<StoredAnswer> found = FindRequest(database.reader(), id).value();
    REQUIRE(found.has_value());
    return found->response.has_value() ? static_cast<int64_t>(found->response->size()) : -1;
  }

  ScratchDatabase database;
  int second = 0;
};

TEST_CASE("an answer of so many bytes is kept, of a larger one that there was one") {
  Answers answers;
  answers.Keep("fits", kMaxStoredAnswerBytes);
  answers.Keep("large", kMaxStoredAnswerBytes + 1);
  CHECK(answers.Kept("fits") == int64_t{kMaxStoredAnswerBytes});
  CHECK(answers.Kept("large") == -1);
  CHECK(answers.LargeBytes() == int64_t{kMaxStoredAnswerBytes});
}

TEST_CASE("answers up to a page are not counted, larger ones are, until they are forgotten") {
  Answers answers;
  answers.Keep("small", kLargeAnswerBytes);
  CHECK(answers.LargeBytes() == 0);
  answers.Keep("large", kLargeAnswerBytes + 1);
  answers.Keep("larger", 2 * kLargeAnswerBytes);
  CHECK(answers.LargeBytes() == int64_t{3 * kLargeAnswerBytes + 1});
  const auto forget = [&](int before) {
    CHECK(answers.database
              .Write([&](sql::WriteContext& context) {
                return PruneRequests(context, kStart + absl::Seconds(before), 100).status();
              })
              .ok());
    return answers.LargeBytes();
  };
  CHECK(forget(2) == int64_t{3 * kLargeAnswerBytes + 1});  // the small one
  CHECK(forget(3) == int64_t{2 * kLargeAnswerBytes});
  CHECK(forget(100) == 0);
}

TEST_CASE("large answers take so many bytes together; then the oldest are given up") {
  Answers answers;
  constexpr size_t kBytes = 10'000;
  // In another order by name than by time.
  for (const char* id : {"c", "a", "b"}) answers.Keep(id, kBytes);
  answers.Keep("small", kLargeAnswerBytes);
  answers.Pretend(kMaxLargeAnswersBytes - int64_t{kBytes});
  answers.Keep("last that fits", kBytes);
  CHECK(answers.LargeBytes() == kMaxLargeAnswersBytes);
  CHECK(answers.Kept("c") == int64_t{kBytes});

  answers.Keep("small too", kLargeAnswerBytes);
  CHECK(answers.Kept("c") == int64_t{kBytes});
  answers.Keep("one more", kLargeAnswerBytes + 1);
  CHECK(answers.Kept("c") == -1);
  CHECK(answers.Kept("a") == int64_t{kBytes});
  CHECK(answers.LargeBytes() ==
        kMaxLargeAnswersBytes - int64_t{kBytes} + int64_t{kLargeAnswerBytes} + 1);

  // A larger one takes the place of as many as it must.
  answers.Keep("as two", 2 * kBytes);
  CHECK(answers.Kept("a") == -1);
  CHECK(answers.Kept("b") == -1);
  CHECK(answers.Kept("last that fits") == int64_t{kBytes});
  CHECK(answers.Kept("as two") == int64_t{2 * kBytes});
  CHECK(answers.Kept("small") == int64_t{kLargeAnswerBytes});
  CHECK(answers.LargeBytes() <= kMaxLargeAnswersBytes);
}

}  // namespace
}  // namespace whence::ledger
