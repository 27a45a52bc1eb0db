#include "sql/connection.h"

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "base/strings.h"
#include "scratch.h"

namespace whence::sql {
namespace {

using test::MustOpen;
using test::Reason;
using test::Select;
using test::SelectInteger;

constexpr Query kEcho{"SELECT ?1, typeof(?1), length(?1)"};
constexpr Query kInsert{"INSERT INTO item (id, name) VALUES (?1, ?2)"};
constexpr Query kGet{"SELECT name FROM item WHERE id = ?1"};
constexpr Query kList{"SELECT id, name FROM item ORDER BY id"};
constexpr Query kCountAbove{"SELECT count(*) FROM item WHERE id > ?1"};
constexpr Query kUpdateAll{"UPDATE item SET name = name || ?1"};
constexpr Query kReturning{"INSERT INTO item (id, name) VALUES (?1, ?2) RETURNING id"};

enum class Colour { kRed = 0, kBlue = 7 };

std::unique_ptr<Connection> WithItems(int count) {
  auto connection = MustOpen(":memory:");
  REQUIRE(connection->ExecuteScript("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT) STRICT")
              .ok());
  for (int i = 1; i <= count; ++i) {
    REQUIRE(connection->Execute(kInsert, i, StrCat("item ", i)).ok());
  }
  return connection;
}

// How many prepared statements the handle has.
int Prepared(Connection& connection) {
  int count = 0;
  for (sqlite3_stmt* at = sqlite3_next_stmt(connection.handle(), nullptr); at != nullptr;
       at = sqlite3_next_stmt(connection.handle(), at)) {
    ++count;
  }
  return count;
}

// Binds the value and calls `check` with the row that comes back.
template <class T, class Check>
void Echo(const T& value, std::string_view type, Check check) {
  static const std::unique_ptr<Connection> connection = MustOpen(":memory:");
  Rows rows = connection->Run(kEcho, value);
  REQUIRE(rows.Next());
  CHECK(rows.Text(1) == type);
  check(rows);
  CHECK_FALSE(rows.Next());
  CHECK(rows.status().ok());
}

TEST_CASE("integers keep every bit") {
  for (const int64_t value : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                              int64_t{4294967296}, std::numeric_limits<int64_t>::max()}) {
    Echo(value, "integer", [&](Rows& rows) { CHECK(rows.Int64(0) == value); });
  }
  const auto largest = std::numeric_limits<uint32_t>::max();
  Echo(largest, "integer", [&](Rows& rows) { CHECK(rows.Uint32(0) == largest); });
  Echo(-5, "integer", [](Rows& rows) { CHECK(rows.Int(0) == -5); });
  Echo(true, "integer", [](Rows& rows) { CHECK(rows.Bool(0)); });
  Echo(false, "integer", [](Rows& rows) { CHECK_FALSE(rows.Bool(0)); });
  Echo(Colour::kBlue, "integer", [](Rows& rows) { CHECK(rows.Int64(0) == 7); });
}

TEST_CASE("reals keep every bit; a NaN becomes NULL") {
  for (const double value : {0.1, -1e308, 5e-324, std::numeric_limits<double>::infinity()}) {
    Echo(value, "real", [&](Rows& rows) { CHECK(rows.Double(0) == value); });
  }
  Echo(std::nan(""), "null", [](Rows& rows) { CHECK(rows.IsNull(0)); });
}

TEST_CASE("text is what was given: empty, with a NUL inside, beyond ASCII, large") {
  const std::string large(300'000, 'x');
  for (const std::string_view value :
       {std::string_view(), std::string_view(""), std::string_view("a\0b", 3),
        std::string_view("Grüße, 世界 🌍"), std::string_view(large)}) {
    Echo(value, "text", [&](Rows& rows) {
      CHECK(rows.Text(0) == value);
      CHECK_FALSE(rows.IsNull(0));
    });
  }
  Echo("literal", "text", [](Rows& rows) { CHECK(rows.Text(0) == "literal"); });
  Echo(std::string("owned"), "text", [](Rows& rows) { CHECK(rows.Text(0) == "owned"); });
  Echo(absl::string_view("abseil"), "text", [](Rows& rows) { CHECK(rows.Text(0) == "abseil"); });
}

TEST_CASE("an empty blob is not NULL") {
  Echo(Blob{}, "blob", [](Rows& rows) {
    CHECK(rows.Blob(0).empty());
    CHECK_FALSE(rows.IsNull(0));
    CHECK(rows.Int64(2) == 0);
  });
  Echo(Blob{std::string_view("\0\xff\0", 3)}, "blob",
       [](Rows& rows) { CHECK(rows.Blob(0) == std::string_view("\0\xff\0", 3)); });
}

TEST_CASE("NULL in its three forms") {
  const auto check = [](Rows& rows) {
    CHECK(rows.IsNull(0));
    CHECK(rows.Int64(0) == 0);
    CHECK(rows.Text(0).empty());
    CHECK(rows.Blob(0).empty());
    CHECK_FALSE(rows.OptionalInt64(0).has_value());
    CHECK_FALSE(rows.OptionalText(0).has_value());
    CHECK_FALSE(rows.OptionalTime(0).has_value());
  };
  Echo(Null{}, "null", check);
  Echo(std::nullopt, "null", check);
  Echo(std::optional<std::string>(), "null", check);
}

TEST_CASE("optional values") {
  Echo(std::optional<int64_t>(7), "integer", [](Rows& rows) {
    CHECK(rows.OptionalInt64(0) == 7);
    CHECK(rows.OptionalUint32(0) == 7u);
    CHECK(rows.OptionalBool(0) == true);
  });
  Echo(std::optional<double>(1.5), "real",
       [](Rows& rows) { CHECK(rows.OptionalDouble(0) == 1.5); });
  Echo(std::optional<std::string>(""), "text",
       [](Rows& rows) { CHECK(rows.OptionalText(0) == std::string_view()); });
  Echo(std::optional<Blob>(Blob{"b"}), "blob",
       [](Rows& rows) { CHECK(rows.OptionalBlob(0) == std::string_view("b")); });
}

TEST_CASE("times are microseconds; the infinities come back as themselves") {
  for (const absl::Time time :
       {absl::UnixEpoch(), absl::FromUnixMicros(-1), absl::FromUnixMicros(1'772'532'847'123'456),
        absl::InfiniteFuture(), absl::InfinitePast()}) {
    Echo(time, "integer", [&](Rows& rows) {
      CHECK(rows.Time(0) == time);
      CHECK(rows.OptionalTime(0) == time);
    });
  }
}

TEST_CASE("arguments of Run need not outlive the call") {
  auto connection = WithItems(0);
  REQUIRE(connection->Execute(kInsert, 1, std::string("a temporary text of some length")).ok());
  static constexpr Query kTwoTexts{"SELECT ?1, ?2 UNION ALL SELECT ?2, ?1"};
  Rows rows = connection->Run(kTwoTexts, std::string(100, 'a'), std::string(90, 'b'));
  const std::string overwrites(100, '#');
  REQUIRE(rows.Next());
  CHECK(rows.Text(0) == std::string(100, 'a'));
  CHECK(rows.Text(1) == std::string(90, 'b'));
  REQUIRE(rows.Next());
  CHECK(rows.Text(0) == std::string(90, 'b'));
  CHECK(rows.Text(1) == std::string(100, 'a'));
}

TEST_CASE("the same query may be open twice, and statements are prepared once") {
  auto connection = WithItems(4);
  std::string seen;
  Rows outer = connection->Run(kList);
  while (outer.Next()) {
    StrAppend(&seen, outer.Int64(0), ":");
    Rows inner = connection->Run(kList);
    while (inner.Next()) {
      StrAppend(&seen, inner.Int64(0));
    }
    StrAppend(&seen, " ");
  }
  CHECK(seen == "1:1234 2:1234 3:1234 4:1234 ");
  const int before = Prepared(*connection);
  for (int i = 0; i < 1000; ++i) {
    Rows rows = connection->Run(kGet, i % 4 + 1);
    REQUIRE(rows.Next());
  }
  CHECK(Prepared(*connection) == before + 1);
}

TEST_CASE("a cursor gives its statement back when it ends, is destroyed or is moved") {
  auto connection = WithItems(3);
  for (int i = 0; i < 10; ++i) {
    Rows abandoned = connection->Run(kList);
    REQUIRE(abandoned.Next());
    Rows moved(std::move(abandoned));
    REQUIRE(moved.Next());
    CHECK(moved.Int64(0) == 2);
    CHECK(moved.column_count() == 2);
  }
  CHECK(connection->Execute(kUpdateAll, "!").ok());
  CHECK(connection->Changes() == 3);
  Rows rows = connection->Run(kCountAbove, 1);
  REQUIRE(rows.Next());
  CHECK(rows.Int64(0) == 2);
}

TEST_CASE("Execute runs a statement that returns rows to its end") {
  auto connection = WithItems(0);
  CHECK(connection->Execute(kReturning, 5, "x").ok());
  CHECK(SelectInteger(*connection, "SELECT count(*) FROM item") == 1);
}

TEST_CASE("an error is latched: no more rows, and status tells") {
  auto connection = WithItems(1);
  static constexpr Query kAbs{"SELECT abs(column1) FROM (VALUES (-3), (?1), (4))"};
  Rows rows = connection->Run(kAbs, std::numeric_limits<int64_t>::min());
  REQUIRE(rows.Next());
  CHECK(rows.Int64(0) == 3);
  CHECK_FALSE(rows.Next());
  CHECK(Reason(rows.status()) == "SQL_ERROR");
  CHECK_FALSE(rows.Next());

  static constexpr Query kNonsense{"SELECT nothing FROM nowhere WHERE id = ?1"};
  Rows none = connection->Run(kNonsense, 1);
  CHECK_FALSE(none.Next());
  CHECK(Reason(none.status()) == "SQL_ERROR");
  CHECK(none.column_count() == 0);
  CHECK(Reason(connection->Execute(kNonsense, 1)) == "SQL_ERROR");
}

TEST_CASE("a number that does not fit the type asked for is an error, not another number") {
  auto connection = MustOpen(":memory:");
  static constexpr Query kValues{"SELECT column1 FROM (VALUES (?1), (2))"};
  Rows rows = connection->Run(kValues, int64_t{4294967296});
  REQUIRE(rows.Next());
  CHECK(rows.Uint32(0) == 0);
  CHECK(Reason(rows.status()) == "DATABASE_CORRUPT");
  CHECK_FALSE(rows.Next());
  Rows negative = connection->Run(kValues, -1);
  REQUIRE(negative.Next());
  CHECK(negative.Int(0) == -1);
  CHECK(negative.status().ok());
  CHECK(negative.Uint32(0) == 0);
  CHECK_FALSE(negative.status().ok());
}

TEST_CASE("a script stops at its first error and says where") {
  auto connection = MustOpen(":memory:");
  const absl::Status status = connection->ExecuteScript(
      "CREATE TABLE a (x INTEGER) STRICT; -- a comment; with a semicolon\n"
      "INSERT INTO a VALUES (1);\n\n/* and */ INSERT INTO a VALUES ('text');\n"
      "INSERT INTO a VALUES (2);");
  CHECK(Reason(status) == "SQL_CONSTRAINT");
  CHECK(Select(*connection, "SELECT x FROM a") == std::vector<std::string>{"1"});
  CHECK(connection->ExecuteScript("").ok());
  CHECK(connection->ExecuteScript("  -- nothing here\n").ok());
}

TEST_CASE("text that grew a statement's buffer does not stay, and long and short ones mix") {
  auto connection = WithItems(0);
  for (const size_t size : {10u, 1'000'000u, 3u, 70'000u, 0u}) {
    Rows rows = connection->Run(kEcho, std::string(size, 'z'));
    REQUIRE(rows.Next());
    CHECK(rows.Int64(2) == static_cast<int64_t>(size));
  }
}

}  // namespace
}  // namespace whence::sql
