#include "support/graph_data.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "support/edges.h"
#include "support/kept_data.h"
#include "support/local_server.h"
#include "support/origins.h"
#include "support/raw_sqlite.h"

namespace whence::bench {
namespace {

constexpr int64_t kForeverValue = 9223372036854775807;
constexpr int64_t kFirstTime = 1'780'000'000'000'000;
constexpr int64_t kSchemas = 100;
constexpr int64_t kTable = 1;
constexpr int64_t kCatalogKind = 101;
constexpr int64_t kSchemaKind = 102;
constexpr int64_t kFirstSchema = 2;
constexpr lineage::NodeId kFirstNode = kFirstSchema + kSchemas;
constexpr int64_t kOriginsOfLake = 1000;

int64_t TimeOf(int64_t position) { return kFirstTime + position * 1'000'000; }

// Purpose: fills the tables by hand, as the server would have. Ownership: borrows the database.
class Filler {
 public:
  explicit Filler(RawDatabase& database) : database_(database) {}

  void Securables(const Edges& edges) {
    Securable(1, kCatalogKind, 0, "lake", 1);
    for (int64_t i = 0; i < kSchemas; ++i) {
      Securable(kFirstSchema + i, kSchemaKind, 1, absl::StrCat("schema_", i), 1);
    }
    for (const Edges::Node& node : edges.nodes) {
      if (node.asset != node.id) continue;
      Securable(node.id, kTable, kFirstSchema + node.id % kSchemas, absl::StrCat("table_", node.id),
                node.position);
    }
  }

  void Versions(const Edges& edges) {
    RawStatement insert(database_,
                        "INSERT INTO version VALUES (?1, ?2, ?3, ?4, '', x'', 'user:bench', ?5, "
                        "?6)");
    lineage::NodeId asset = 0;
    int64_t number = 0;
    for (const Edges::Node& node : edges.nodes) {
      if (node.asset == 0 || node.asset == node.id) continue;
      number = node.asset == asset ? number + 1 : 1;
      asset = node.asset;
      InsertRow(insert, int64_t{node.id}, int64_t{node.asset}, number,
                absl::StrCat("opaque:", number), TimeOf(node.position), int64_t{node.position});
    }
  }

  void Runs(const Edges& edges) {
    RawStatement insert(database_,
                        "INSERT INTO run VALUES (?1, ?2, ?3, ?4, 0, 2, ?5, ?5, '', x'', "
                        "'user:bench', ?5, ?5)");
    for (const Edges::Node& node : edges.nodes) {
      if (node.asset != 0) continue;
      InsertRow(insert, int64_t{node.id}, int64_t{node.position}, kForeverValue,
                absl::StrCat("01980000-0000-7000-8000-", absl::Hex(node.id, absl::kZeroPad12)),
                TimeOf(node.position));
    }
  }

  // Runs come in order, each with its reads and then its writes in order: the table's own order.
  void EdgeRows(const Edges& edges) {
    RawStatement insert(database_, "INSERT INTO edge VALUES (?1, ?2, ?3, ?4, '')");
    uint32_t run_position = 0;
    lineage::NodeId run = 0;
    for (const Edges::Item& item : edges.items) {
      if (item.position != run_position) run = item.target;  // a run reads before it writes
      run_position = item.position;
      const bool read = item.target == run;
      InsertRow(insert, int64_t{run}, int64_t{read ? 0 : 1},
                int64_t{read ? item.source : item.target}, int64_t{item.position});
    }
  }

  void Ledger(int64_t last) {
    RawStatement insert(database_,
                        "INSERT INTO ledger_entry (position, time_us, actor, via, action, "
                        "resource, request_id, digest) VALUES (?1, ?2, 'user:bench', 'grpc', "
                        "'RecordRun', ?3, '', randomblob(32))");
    for (int64_t position = 1; position <= last; ++position) {
      InsertRow(insert, position, TimeOf(position), absl::StrCat("run:", position));
    }
  }

  // One position holds all of them; every origin is two versions.
  void Predictions(const Edges& edges, int64_t count) {
    std::mt19937_64 random(5);
    RawStatement origin(database_, "INSERT INTO origin VALUES (?1, randomblob(32), ?2)");
    RawStatement parent(database_, "INSERT INTO origin_parent VALUES (?1, ?2, 0, ?3)");
    const int64_t position = edges.last_position;
    for (int64_t id = 1; id <= kOriginsOfLake; ++id) {
      InsertRow(origin, id, position);
      for (const int64_t role : {6, 7}) {
        InsertRow(parent, id, role, int64_t{edges.versions[random() % edges.versions.size()]});
      }
    }
    RawStatement insert(
        database_,
        "INSERT INTO prediction VALUES (NULL, ?1, ?2, '', 1, ?3, 'user:bench', ?4, ?4, 420000, "
        "812, 96, 310, 'USD', ?5, ?5, randomblob(32), '', x'', NULL, NULL)");
    const std::string zeros(48, '0');
    for (int64_t i = 0; i < count; ++i) {
      InsertRow(insert, absl::StrCat("p", absl::Hex(random(), absl::kZeroPad16)),
                1 + static_cast<int64_t>(random() % kOriginsOfLake), position,
                TimeOf(position) + i * 1000,
                absl::StrCat("sha256:", zeros, absl::Hex(i, absl::kZeroPad16)));
    }
  }

 private:
  void Securable(int64_t id, int64_t kind, int64_t parent, const std::string& name,
                 int64_t position) {
    InsertRow(securable_, id, kind, position, TimeOf(position));
    InsertRow(state_, id, position, kForeverValue, parent, name, TimeOf(position));
  }

  RawDatabase& database_;
  RawStatement securable_{database_, "INSERT INTO securable VALUES (?1, ?2, ?3, 'user:bench', ?4)"};
  RawStatement state_{database_,
                      "INSERT INTO securable_state VALUES (?1, ?2, ?3, ?4, ?5, '', 'user:bench', "
                      "x'', x'', 0, 'user:bench', ?6)"};
};

void Fill(const std::string& folder, const Options& options) {
  {
    const Edges edges = MakeEdges(GraphEdges(options), kFirstNode);
    RawDatabase database(folder + "/whence.db", RawDatabase::Mode::kBulk);
    database.Run("BEGIN");
    Filler filler(database);
    filler.Securables(edges);
    filler.Versions(edges);
    filler.Runs(edges);
    filler.EdgeRows(edges);
    filler.Predictions(edges, static_cast<int64_t>(edges.items.size() / 10));
    filler.Ledger(edges.last_position);
    database.Run("COMMIT");
  }
  const LocalServer server(folder);
  MakeOrigins(server.Connect(), GraphOrigins(options));
}

}  // namespace

size_t GraphEdges(const Options& options) { return options.Scaled(10'000'000, 5'000); }

int GraphOrigins(const Options& options) { return options.brief ? 2 : 50; }

std::string GraphData(const Options& options) {
  return KeptData("graph-" + std::to_string(GraphEdges(options)),
                  [&](const std::string& folder) { Fill(folder, options); });
}

}  // namespace whence::bench
