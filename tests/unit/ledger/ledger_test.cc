#include "ledger/ledger.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "support/scratch_database.h"

namespace whence::ledger {
namespace {

using test::ReasonOf;
using test::ScratchDatabase;

const absl::Time kStart = absl::FromUnixSeconds(1'900'000'000);

Entry EntryAt(Position position, absl::Time time) {
  return {.position = position,
          .time = time,
          .actor = "user:ana",
          .via = "grpc",
          .action = "CreateAsset",
          .resource = absl::StrCat("prod.raw.t", position),
          .request_id = "r-1",
          .digest = std::string(32, static_cast<char>(position))};
}

// Appends entries at the given seconds after kStart.
void Fill(ScratchDatabase& database, Ledger& ledger, const std::vector<int>& seconds) {
  for (const int second : seconds) {
    REQUIRE(database
                .Write([&](sql::WriteContext& context) {
                  const Position position = context.Next(sql::Counter::kPosition);
                  return ledger.Append(context, EntryAt(position, kStart + absl::Seconds(second)));
                })
                .ok());
  }
}

TEST_CASE("an empty ledger stands at 0") {
  ScratchDatabase database;
  Ledger ledger;
  CHECK(ledger.Load(database.reader()).value() == 0);
  CHECK(ledger.published() == 0);
  CHECK(ledger.PositionAt(database.reader(), 0, absl::InfiniteFuture()).value() == 0);
  CHECK(ledger.TimeOf(database.reader(), 0).value() == absl::InfinitePast());
  CHECK(ReasonOf(ledger.TimeOf(database.reader(), 1).status()) == "POSITION_NOT_FOUND");
}

TEST_CASE("entries come back as they were written") {
  ScratchDatabase database;
  Ledger ledger;
  Fill(database, ledger, {1, 2, 3});
  for (Position position = 1; position <= 3; ++position) {
    CHECK(ledger.GetEntry(database.reader(), position).value() ==
          EntryAt(position, kStart + absl::Seconds(position)));
    CHECK(ledger.TimeOf(database.reader(), position).value() == kStart + absl::Seconds(position));
  }
  CHECK(ReasonOf(ledger.GetEntry(database.reader(), 4).status()) == "POSITION_NOT_FOUND");
  CHECK(ReasonOf(ledger.GetEntry(database.reader(), -1).status()) == "POSITION_NOT_FOUND");
}

TEST_CASE("loading publishes the last position") {
  ScratchDatabase database;
  Ledger ledger;
  Fill(database, ledger, {1, 2, 3});
  CHECK(ledger.published() == 0);  // whoever commits publishes
  Ledger again;
  CHECK(again.Load(database.reader()).value() == 3);
  CHECK(again.published() == 3);
}

TEST_CASE("publishing never goes back") {
  Ledger ledger;
  ledger.Publish(5);
  ledger.Publish(3);
  CHECK(ledger.published() == 5);
  ledger.Publish(6);
  CHECK(ledger.published() == 6);
}

TEST_CASE("a time becomes the last entry at or before it") {
  ScratchDatabase database;
  Ledger ledger;
  // Several entries may have one time: the last of them counts.
  Fill(database, ledger, {10, 20, 20, 20, 30, 50});
  const auto at = [&](absl::Duration offset, Position published) {
    return ledger.PositionAt(database.reader(), published, kStart + offset).value();
  };
  CHECK(at(absl::Seconds(9), 6) == 0);
  CHECK(at(absl::Seconds(10) - absl::Microseconds(1), 6) == 0);
  CHECK(at(absl::Seconds(10), 6) == 1);
  CHECK(at(absl::Seconds(19), 6) == 1);
  CHECK(at(absl::Seconds(20), 6) == 4);
  CHECK(at(absl::Seconds(49), 6) == 5);
  CHECK(at(absl::Seconds(50), 6) == 6);
  CHECK(at(absl::Hours(1), 6) == 6);
  // What is not published does not count.
  CHECK(at(absl::Hours(1), 3) == 3);
  CHECK(at(absl::Seconds(20), 2) == 2);
  CHECK(at(absl::InfiniteDuration(), 6) == 6);
  CHECK(at(-absl::InfiniteDuration(), 6) == 0);
}

TEST_CASE("every time finds its entry among many") {
  ScratchDatabase database;
  Ledger ledger;
  std::vector<int> seconds;
  for (int i = 0; i < 40; ++i) seconds.push_back(i / 3 * 7);
  Fill(database, ledger, seconds);
  for (int second = -1; second < 100; ++second) {
    Position expected = 0;
    for (int i = 0; i < 40; ++i) {
      if (seconds[static_cast<size_t>(i)] <= second) expected = i + 1;
    }
    CHECK(ledger.PositionAt(database.reader(), 40, kStart + absl::Seconds(second)).value() ==
          expected);
  }
}

TEST_CASE("a ledger that does not begin at 1 is refused") {
  ScratchDatabase database;
  Ledger ledger;
  Fill(database, ledger, {1, 2});
  static constexpr sql::Query kDrop{"DELETE FROM ledger_entry WHERE position = 1"};
  REQUIRE(
      database.Write([](sql::WriteContext& context) { return context.connection().Execute(kDrop); })
          .ok());
  CHECK(ReasonOf(ledger.Load(database.reader()).status()) == "LEDGER_DAMAGED");
  CHECK(ledger.published() == 0);
}

TEST_CASE("an entry that fails leaves its position to the next") {
  ScratchDatabase database;
  Ledger ledger;
  const absl::Status failed = database.Write([&](sql::WriteContext& context) {
    const Position position = context.Next(sql::Counter::kPosition);
    CHECK(ledger.Append(context, EntryAt(position, kStart)).ok());
    return absl::InternalError("no");
  });
  CHECK_FALSE(failed.ok());
  Fill(database, ledger, {7});
  CHECK(ledger.TimeOf(database.reader(), 1).value() == kStart + absl::Seconds(7));
}

}  // namespace
}  // namespace whence::ledger
