// Opening a catalog with ten million edges (the lineage graph is built in memory) against a
// sequential read of the same tables: each row and column that the graph is made of, once, by plain
// SQLite. Both read from the system's page cache.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"
#include "migrations/embedded.h"
#include "service/house.h"
#include "sqlite3.h"
#include "support/figure.h"
#include "support/graph_data.h"
#include "support/options.h"
#include "support/raw_sqlite.h"
#include "support/timing.h"

namespace whence::bench {
namespace {

constexpr double kReach = 3;

constexpr const char* kTables[] = {
    "SELECT id, kind, position FROM securable",
    "SELECT id, asset_id, number, position FROM version",
    "SELECT id, valid_from FROM run",
    "SELECT id, position FROM declaration",
    "SELECT via_id, direction, node_id, position FROM edge",
    "SELECT id, asset_id, position FROM column_node",
    "SELECT via_id, target_id, source_id, transformation, masking, position FROM column_edge",
};

// Returns a sum, so that nothing can be left out.
int64_t ReadTables(const std::string& path) {
  const RawDatabase database(path, RawDatabase::Mode::kRead);
  int64_t sum = 0;
  for (const char* sql : kTables) {
    RawStatement statement(database, sql);
    const int columns = sqlite3_column_count(statement.raw());
    while (statement.Step()) {
      for (int i = 0; i < columns; ++i) sum ^= statement.Int64(i);
    }
  }
  return sum;
}

// Seconds until the house stands; it is closed again.
double Open(const std::string& folder) {
  const SystemClock clock;
  RandomIdSource ids(&clock);
  std::unique_ptr<service::House> house;
  const double seconds = SecondsOf([&] {
    auto opened = service::House::Open(
        {.data_folder = folder, .migrations = EmbeddedMigrations(), .clock = &clock, .ids = &ids});
    Expect(opened.ok(), opened.status().ToString());
    house = *std::move(opened);
  });
  return seconds;
}

void Bench(const Options& options) {
  const std::string folder = GraphData(options);
  const std::string path = folder + "/whence.db";
  const int64_t sum = ReadTables(path);  // into the page cache
  std::vector<double> values;
  std::vector<double> floors;
  for (int round = 0; round < std::min(options.rounds(), 3); ++round) {
    floors.push_back(SecondsOf([&] { Expect(ReadTables(path) == sum, "the tables changed"); }));
    values.push_back(Open(folder));
  }
  Report({.name = "start_10m_edges",
          .unit = "s",
          .value = Median(values),
          .floor = Median(floors),
          .ratio = Median(values) / Median(floors),
          .reach = kReach,
          .better = "lower"});
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
