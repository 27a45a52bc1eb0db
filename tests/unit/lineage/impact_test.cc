#include <catch2/catch.hpp>

#include "lineage/impact.h"
#include "lineage_fixture.h"

namespace whence::lineage::test {
namespace {

NodeId Node(int64_t id) { return static_cast<NodeId>(id); }

bool IsOpaque(uint8_t kind) {
  return static_cast<Kind>(kind) != Kind::kTable && static_cast<Kind>(kind) != Kind::kView;
}

const AffectedAsset* Find(const std::vector<AffectedAsset>& assets, int64_t id) {
  for (const AffectedAsset& asset : assets) {
    if (asset.asset == Node(id)) return &asset;
  }
  return nullptr;
}

TEST_CASE("impact groups what is downstream by asset", "[lineage][impact]") {
  LineageFixture world;
  const int64_t raw = world.Table("raw");
  const int64_t mart = world.Table("mart");
  const int64_t model = world.Create("prod.raw.model", Kind::kModel);
  const int64_t raw1 = world.Version(raw);
  const int64_t mart1 = world.Version(mart);
  const int64_t mart2 = world.Version(mart);
  const int64_t model1 = world.Version(model);
  world.Record(1, {raw1}, {mart1});
  world.Record(2, {raw1, mart1}, {mart2, mart});
  const int64_t train = world.Record(3, {mart2}, {model1});
  world.Record(4, {model1}, {});  // read it, made nothing

  const NodeId roots[] = {Node(raw1)};
  const ImpactResult result = ImpactOfNodes(world.graph, roots, {});
  CHECK(result.run_count == 3);
  const std::vector<AffectedAsset> assets = AffectedAssets(world.graph, result);
  REQUIRE(assets.size() == 2);
  CHECK(assets[0].asset == Node(mart));
  CHECK(assets[0].depth == 1);
  CHECK(assets[0].versions == std::vector<uint32_t>{0, 1, 2});
  CHECK(assets[1].asset == Node(model));
  CHECK(assets[1].depth == 2);
  CHECK(assets[1].kind == static_cast<uint8_t>(Kind::kModel));
  const ImpactPaths paths(result);
  const ImpactPath path = paths.ToNode(assets[1].nearest);
  REQUIRE(path.nodes.size() == 5);
  CHECK(path.nodes.front() == Node(raw1));
  CHECK(path.nodes[3] == Node(train));
  CHECK(path.nodes.back() == Node(model1));
  CHECK_FALSE(paths.Reached(Node(raw)));

  // As of an earlier position there was less; another version of the root is affected itself.
  CHECK(AffectedAssets(world.graph, ImpactOfNodes(world.graph, roots, {.as_of = world.now - 2}))
            .size() == 1);
  const NodeId first[] = {Node(mart1)};
  const auto others = AffectedAssets(world.graph, ImpactOfNodes(world.graph, first, {}));
  REQUIRE(Find(others, mart) != nullptr);
  CHECK(Find(others, mart)->versions == std::vector<uint32_t>{0, 2});
  CHECK(ImpactOfNodes(world.graph, first, {.max_nodes = 2}).truncated_by_nodes);
  CHECK(ImpactOfNodes(world.graph, first, {.max_depth = 1}).truncated_by_depth);
}

// users(email) > contacts(email_hash, masked) > emails; users(email) > emails; contacts > model;
// a table of other columns of users.
struct ColumnWorld : LineageFixture {
  int64_t users = Table("users");
  int64_t contacts = Table("contacts");
  int64_t emails = Table("emails");
  int64_t totals = Table("totals");
  int64_t model = Create("prod.raw.model", Kind::kModel);
  int64_t scores = Table("scores");
  int64_t endpoint = Create("prod.raw.endpoint", Kind::kEndpoint);
  int64_t users1 = Version(users);
  int64_t contacts1 = Version(contacts);
  int64_t contacts2 = Version(contacts);
  int64_t emails1 = Version(emails);
  int64_t hash = Record(1, {users1}, {contacts1},
                        {Link(users, "email", contacts, "email_hash", /*masking=*/true),
                         Link(users, "name", contacts, "name")});
  int64_t join = Record(2, {contacts1, users1}, {emails1},
                        {Link(contacts, "email_hash", emails, "email"),
                         Link(contacts, "email_hash", emails, "hash")});
  int64_t sum = Record(3, {users1}, {totals}, {Link(users, "age", totals, "age")});
  int64_t train = Record(4, {contacts1}, {model});
  int64_t score = Record(5, {model, contacts2}, {scores, endpoint});
};

TEST_CASE("a column's impact follows columns, then what was made of their tables",
          "[lineage][impact]") {
  ColumnWorld world;
  const ColumnId email = world.Column(world.users, "email");
  const ImpactResult result = ImpactOfColumn(world.graph, Node(world.users), email, IsOpaque, {});
  CHECK(result.columns.size() == 4);
  const std::vector<AffectedAsset> assets = AffectedAssets(world.graph, result);
  CHECK(Find(assets, world.users) == nullptr);
  CHECK(Find(assets, world.totals) == nullptr);  // took another column
  CHECK(Find(assets, world.scores) == nullptr);  // a table without an affected column
  REQUIRE(Find(assets, world.contacts) != nullptr);
  CHECK(Find(assets, world.contacts)->versions == std::vector<uint32_t>{1});
  CHECK(Find(assets, world.contacts)->columns ==
        std::vector<ColumnId>{world.Column(world.contacts, "email_hash")});
  CHECK(Find(assets, world.contacts)->depth == 1);
  REQUIRE(Find(assets, world.emails) != nullptr);
  // By columns two steps; the table came from users in one, but that is not this column's way.
  CHECK(Find(assets, world.emails)->columns.size() == 2);
  REQUIRE(Find(assets, world.model) != nullptr);
  CHECK(Find(assets, world.model)->depth == 2);
  REQUIRE(Find(assets, world.endpoint) != nullptr);
  CHECK(Find(assets, world.endpoint)->depth == 3);
  CHECK(result.run_count == 4);  // all but the sum

  const ImpactPaths paths(result);
  const ImpactPath path = paths.ToNode(Node(world.endpoint));
  REQUIRE(path.columns.size() == 2);
  CHECK(path.columns[0].column == email);
  CHECK(path.columns[1].via == Node(world.hash));
  CHECK(path.nodes == std::vector<NodeId>{Node(world.contacts1), Node(world.train),
                                          Node(world.model), Node(world.score),
                                          Node(world.endpoint)});
}

TEST_CASE("a column is masked when every way to it is", "[lineage][impact]") {
  ColumnWorld world;
  const auto masked = [&world](const ImpactResult& result, int64_t asset, std::string name) {
    const ColumnId id = world.Column(asset, std::move(name));
    for (const ImpactColumn& column : result.columns) {
      if (column.column == id) return column.masked ? "masked" : "bare";
    }
    return "not reached";
  };
  const ColumnId email = world.Column(world.users, "email");
  const auto ask = [&] {
    return ImpactOfColumn(world.graph, Node(world.users), email, IsOpaque, {});
  };
  CHECK(masked(ask(), world.users, "email") == std::string("bare"));
  CHECK(masked(ask(), world.contacts, "email_hash") == std::string("masked"));
  CHECK(masked(ask(), world.emails, "email") == std::string("masked"));
  CHECK(masked(ask(), world.totals, "age") == std::string("not reached"));
  // Another run copies the bare value.
  world.Record(6, {world.users1}, {world.emails1},
               {LineageFixture::Link(world.users, "email", world.emails, "email")});
  CHECK(masked(ask(), world.emails, "email") == std::string("bare"));
  CHECK(masked(ask(), world.emails, "hash") == std::string("masked"));
}

TEST_CASE("a column nothing was said about affects what was made of its table",
          "[lineage][impact]") {
  ColumnWorld world;
  world.Record(7, {world.users1}, {world.model});
  const ImpactResult result = ImpactOfColumn(world.graph, Node(world.users), 0, IsOpaque, {});
  CHECK(result.columns.empty());
  const std::vector<AffectedAsset> assets = AffectedAssets(world.graph, result);
  REQUIRE(assets.size() == 2);
  CHECK(assets[0].asset == Node(world.model));
  CHECK(assets[0].depth == 1);
  CHECK(assets[1].asset == Node(world.endpoint));
}

TEST_CASE("a table whose column feeds its own is affected itself", "[lineage][impact]") {
  LineageFixture world;
  const int64_t table = world.Table("t");
  const int64_t one = world.Version(table);
  const int64_t two = world.Version(table);
  world.Record(
      1, {one}, {two},
      {LineageFixture::Link(table, "a", table, "a"), LineageFixture::Link(table, "a", table, "b")});
  const ImpactResult result =
      ImpactOfColumn(world.graph, Node(table), world.Column(table, "a"), IsOpaque, {});
  const std::vector<AffectedAsset> assets = AffectedAssets(world.graph, result);
  REQUIRE(assets.size() == 1);
  CHECK(assets[0].versions == std::vector<uint32_t>{2});
  CHECK(assets[0].depth == 1);
  CHECK(assets[0].columns == std::vector<ColumnId>{world.Column(table, "b")});
}

TEST_CASE("a column's impact is bounded", "[lineage][impact]") {
  ColumnWorld world;
  const ColumnId email = world.Column(world.users, "email");
  const ImpactResult whole = ImpactOfColumn(world.graph, Node(world.users), email, IsOpaque, {});
  CHECK_FALSE(whole.truncated_by_nodes);
  const size_t all = whole.columns.size() + whole.nodes.size();
  for (size_t max_nodes = 1; max_nodes <= all; ++max_nodes) {
    const ImpactResult result =
        ImpactOfColumn(world.graph, Node(world.users), email, IsOpaque, {.max_nodes = max_nodes});
    INFO(max_nodes);
    CHECK(result.columns.size() + result.nodes.size() <= max_nodes);
    CHECK(result.truncated_by_nodes == (max_nodes < all));
  }
  const ImpactResult shallow =
      ImpactOfColumn(world.graph, Node(world.users), email, IsOpaque, {.max_depth = 1});
  CHECK(shallow.truncated_by_depth);
  CHECK(AffectedAssets(world.graph, shallow).size() == 1);
  const std::atomic<bool> cancelled{true};
  CHECK(ImpactOfColumn(world.graph, Node(world.users), email, IsOpaque, {.cancelled = &cancelled})
            .cancelled);
}

}  // namespace
}  // namespace whence::lineage::test
