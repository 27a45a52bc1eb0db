// The cache of names against the database that it stands before: through random histories, with
// mutations that fail and batches of several, every name must lead to the same at every position.

#include <catch2/catch.hpp>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/limits.h"
#include "catalog/name_cache.h"
#include "catalog/securable.h"
#include "catalog_fixture.h"
#include "catalog_steps.h"
#include "ledger/ledger.h"

namespace whence::catalog::test {
namespace {

constexpr sql::Query kLiveChildId{
    "SELECT securable_id FROM securable_state WHERE parent_id = ?1 AND name = ?2"
    " AND valid_from <= ?3 AND valid_to > ?3 AND deleted = 0"};

// The id that the path leads to, by the database alone; 0 when there is nothing.
int64_t IdWithoutCache(sql::Connection& connection, Position as_of, const Parts& path) {
  int64_t id = 0;
  for (const std::string& part : path) {
    sql::Rows rows = connection.Run(kLiveChildId, id, part, as_of);
    if (!rows.Next()) return 0;
    id = rows.Int64(0);
  }
  return id;
}

int64_t IdOf(sql::Connection& connection, Position as_of, const Parts& path) {
  const auto found = FindSecurable(connection, as_of, path).value();
  return found.has_value() ? found->id : 0;
}

std::vector<Parts> AllPaths() {
  std::vector<Parts> all;
  for (size_t depth = 1; depth <= 3; ++depth) {
    for (Parts& path : StepPaths(depth)) all.push_back(std::move(path));
  }
  return all;
}

// A catalog whose connections have caches, as a server's have.
class CachedCatalog {
 public:
  CachedCatalog() {
    NameCache::AttachTo(database.reader(), &ledger, &changes);
    REQUIRE(database
                .Write([this](sql::WriteContext& context) {
                  AttachChanges(context.connection(), &changes);
                  NameCache::AttachTo(context.connection(), &ledger, &changes);
                  return absl::OkStatus();
                })
                .ok());
  }

  // Queues a step as a mutation that publishes its position; one with `fail` is rolled back when
  // everything is done.
  void Queue(const Step& step, bool fail, absl::FunctionRef<void(sql::Connection&)> look) {
    database.Queue(
        [this, step, fail, look](sql::WriteContext& context) -> absl::Status {
          const ledger::Change change{.position = context.Next(sql::Counter::kPosition),
                                      .time = context.now(),
                                      .actor = "user:ana"};
          look(context.connection());
          absl::Status status = Apply(step, context, change);
          look(context.connection());
          if (!status.ok()) return status;
          if (fail) return absl::CancelledError("rolled back");
          context.OnCommit([this, change] { ledger.Publish(change.position); });
          return absl::OkStatus();
        },
        [](absl::Status) {});
  }

  whence::test::ScratchDatabase database;
  ledger::Ledger ledger;
  Changes changes;
};

}  // namespace

TEST_CASE("Names lead where the database says, at every position, cached or not",
          "[catalog][name_cache]") {
  const std::vector<Parts> paths = AllPaths();
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    CachedCatalog catalog;
    const auto compare = [&](sql::Connection& connection, Position as_of) {
      for (const Parts& path : paths) {
        if (random() % 4 == 0) continue;  // so that entries are of different ages
        CAPTURE(FormatName(path), as_of, catalog.ledger.published());
        REQUIRE(IdOf(connection, as_of, path) == IdWithoutCache(connection, as_of, path));
      }
    };
    const auto look = [&](sql::Connection& connection) { compare(connection, kNow); };
    for (const Step& step : RandomSteps(seed, 60)) {
      catalog.Queue(step, random() % 4 == 0, look);
      if (random() % 2 == 0) continue;  // the next one is in the same batch
      catalog.database.Run();
      const Position now = catalog.ledger.published();
      compare(catalog.database.reader(), now);
      if (now > 0) compare(catalog.database.reader(), static_cast<Position>(random() % now) + 1);
    }
    catalog.database.Run();
  }
}

TEST_CASE("A name is remembered for the time that it was seen in, and on until one changes",
          "[catalog][name_cache]") {
  Changes changes;
  ledger::Ledger ledger;
  ledger.Publish(10);
  NameCache cache(&ledger, &changes);
  cache.Keep(10, 1, "raw", {.id = 7, .kind = Kind::kSchema, .since = 4});
  REQUIRE(cache.Find(10, 1, "raw")->id == 7);
  REQUIRE(cache.Find(4, 1, "raw")->id == 7);
  REQUIRE_FALSE(cache.Find(3, 1, "raw").has_value());  // before it had the name
  REQUIRE_FALSE(cache.Find(10, 2, "raw").has_value());
  REQUIRE_FALSE(cache.Find(10, 1, "ra").has_value());

  ledger.Publish(11);
  REQUIRE(cache.Find(11, 1, "raw").has_value());  // nothing was renamed since
  changes.NoteNames(12);
  ledger.Publish(12);
  REQUIRE_FALSE(cache.Find(12, 1, "raw").has_value());
  REQUIRE(cache.Find(10, 1, "raw").has_value());  // the past stays
}

TEST_CASE("What was read of the time before the start is not taken for the present",
          "[catalog][name_cache]") {
  Changes changes;
  changes.NoteEverything(10);  // "raw" was renamed at 8, which nobody noted here
  ledger::Ledger ledger;
  ledger.Publish(10);
  NameCache cache(&ledger, &changes);
  cache.Keep(7, 1, "raw", {.id = 7, .kind = Kind::kSchema, .since = 4});
  REQUIRE(cache.Find(7, 1, "raw").has_value());
  REQUIRE_FALSE(cache.Find(10, 1, "raw").has_value());
}

TEST_CASE("What is not committed is not remembered", "[catalog][name_cache]") {
  Changes changes;
  ledger::Ledger ledger;
  ledger.Publish(10);
  NameCache cache(&ledger, &changes);
  cache.Keep(kNow, 1, "raw", {.id = 7, .kind = Kind::kSchema, .since = 11});
  REQUIRE_FALSE(cache.Find(kNow, 1, "raw").has_value());
}

TEST_CASE("A full cache of names begins anew", "[catalog][name_cache]") {
  Changes changes;
  ledger::Ledger ledger;
  NameCache cache(&ledger, &changes);
  const auto keep = [&](size_t i) { cache.Keep(0, static_cast<int64_t>(i), "n", {.id = 1}); };
  for (size_t i = 0; i < kMaxCachedNames; ++i) keep(i);
  REQUIRE(cache.Find(0, 0, "n").has_value());
  keep(kMaxCachedNames);
  REQUIRE_FALSE(cache.Find(0, 0, "n").has_value());
  REQUIRE(cache.Find(0, static_cast<int64_t>(kMaxCachedNames), "n").has_value());
}

}  // namespace whence::catalog::test
