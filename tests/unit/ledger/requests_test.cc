#include "ledger/requests.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
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

}  // namespace
}  // namespace whence::ledger
