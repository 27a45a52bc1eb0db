#include "sql/statement_watch.h"

#include <string>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "sql/connection.h"
#include "sql/full_text.h"
#include "support/scratch_database.h"

namespace whence::sql {
namespace {

using test::ReasonOf;

constexpr Query kCount{
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1) "
    "SELECT count(*) FROM n"};
constexpr Query kNumbers{
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1) SELECT x FROM n"};
constexpr int64_t kForEver = 1'000'000'000'000;

// Nobody waits any more at the look with this number.
class Leaving {
 public:
  explicit Leaving(int look) : last_(look) {}
  StatementWatch::Ask Ask() {
    return [this] {
      ++looks;
      return looks < last_ ? absl::OkStatus()
                           : Unavailable("NOBODY_WAITS", "nobody waits", "come back");
    };
  }
  int looks = 0;

 private:
  const int last_;
};

std::unique_ptr<Connection> InMemory() { return Connection::Open(":memory:").value(); }

TEST_CASE("a statement that gives no row ends when nobody waits for it") {
  const auto connection = InMemory();
  Leaving leaving(5);
  {
    const StatementWatch watch(*connection, leaving.Ask());
    Rows rows = connection->Run(kCount, kForEver);
    CHECK_FALSE(rows.Next());
    CHECK(ReasonOf(rows.status()) == "NOBODY_WAITS");
    CHECK(rows.status().code() == absl::StatusCode::kUnavailable);
    CHECK(watch.status() == rows.status());
    // Nor does a later one, and nobody is asked again.
    CHECK(ReasonOf(connection->Execute(kCount, kForEver)) == "NOBODY_WAITS");
    CHECK(leaving.looks == 5);
  }
  // Nobody watches any more.
  Rows rows = connection->Run(kCount, int64_t{100'000});
  REQUIRE(rows.Next());
  CHECK(rows.Int64(0) == 100'000);
  CHECK(leaving.looks == 5);
}

TEST_CASE("rows end in the middle, after those that came") {
  const auto connection = InMemory();
  Leaving leaving(10);
  const StatementWatch watch(*connection, leaving.Ask());
  Rows rows = connection->Run(kNumbers, kForEver);
  int64_t came = 0;
  while (rows.Next()) CHECK(rows.Int64(0) == ++came);
  CHECK(ReasonOf(rows.status()) == "NOBODY_WAITS");
  // Each row takes some steps: there are not more of them than steps between the looks.
  CHECK(came > 0);
  CHECK(came < 10 * kStatementStepsPerLook);
}

TEST_CASE("who waits gets all of it, and is asked every so many steps") {
  const auto connection = InMemory();
  Leaving never(1 << 30);
  const StatementWatch watch(*connection, never.Ask());
  Rows rows = connection->Run(kCount, int64_t{kStatementStepsPerLook} * 100);
  REQUIRE(rows.Next());
  CHECK(rows.Int64(0) == kStatementStepsPerLook * 100);
  CHECK(watch.status().ok());
  CHECK(never.looks >= 100);  // a row is at least one step
  CHECK(never.looks <= 100 * 30);
}

TEST_CASE("a search for every word ends too") {
  const auto connection = InMemory();
  REQUIRE(connection
              ->ExecuteScript("CREATE TABLE ledger_entry (position INTEGER);"
                              "CREATE VIRTUAL TABLE search_text USING fts5(name, comment, columns, "
                              "tags, prompt)")
              .ok());
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(FullTextPut(*connection, i + 1, StrCat("a", i), "about a thing", "", "", "").ok());
  }
  REQUIRE(FullTextSearch(*connection, "a", 10'000)->ids.size() == 3000);
  Leaving leaving(3);
  const StatementWatch watch(*connection, leaving.Ask());
  CHECK(ReasonOf(FullTextSearch(*connection, "a", 10'000).status()) == "NOBODY_WAITS");
  CHECK(leaving.looks == 3);
}

}  // namespace
}  // namespace whence::sql
