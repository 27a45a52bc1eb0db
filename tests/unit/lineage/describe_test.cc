#include <catch2/catch.hpp>

#include "lineage/describe.h"
#include "lineage_fixture.h"

namespace whence::lineage::test {
namespace {

NodeId Node(int64_t id) { return static_cast<NodeId>(id); }

TEST_CASE("assets are described as they were", "[lineage][describe]") {
  LineageFixture world;
  const int64_t id = world.Table("orders");
  const Position old = world.now;
  world.Rename(id, "prod.raw.`new orders`");
  const Position renamed = world.now;
  world.Delete(id);
  const int64_t other = world.Table("orders");

  Describer then(world.graph, world.reader(), old);
  CHECK(then.Asset(id).value()->name == "prod.raw.orders");
  CHECK(then.Asset(id).value()->owner == "user:owner");
  CHECK(then.Asset(id).value()->kind == Kind::kTable);
  CHECK_FALSE(then.Asset(id).value()->deleted);
  CHECK(ReasonOf(then.Asset(other).status()) == "SECURABLE_NOT_FOUND");
  Describer later(world.graph, world.reader(), renamed);
  CHECK(later.Asset(id).value()->name == "prod.raw.`new orders`");
  Describer now(world.graph, world.reader(), kNow);
  CHECK(now.Asset(id).value()->name == "prod.raw.`new orders`");
  CHECK(now.Asset(id).value()->deleted);
  CHECK_FALSE(now.Asset(other).value()->deleted);
  // The same answer from the cache.
  CHECK(now.Asset(id).value() == now.Asset(id).value());
}

TEST_CASE("what stands in a deleted schema is deleted", "[lineage][describe]") {
  LineageFixture world;
  const int64_t schema = world.Create("prod.old", Kind::kSchema);
  const int64_t table = world.Create("prod.old.t", Kind::kTable);
  const Position before = world.now;
  world.Delete(schema);
  CHECK(Describer(world.graph, world.reader(), kNow).Asset(table).value()->deleted);
  CHECK_FALSE(Describer(world.graph, world.reader(), before).Asset(table).value()->deleted);
}

TEST_CASE("versions come with aliases and tags", "[lineage][describe]") {
  LineageFixture world;
  const int64_t model = world.Create("prod.raw.model", Kind::kModel);
  const int64_t one = world.Version(model, "detail one");
  const int64_t two = world.Version(model, "detail two");
  world.Alias(model, "champion", one, 1);
  world.Alias(model, "best", one, 1);
  world.Tag(model, "", "team", "fraud");
  world.Tag(model, "", "stage", "draft");
  world.Tag(one, "", "stage", "live");
  world.Tag(one, "", "audited", "");
  const Position before = world.now;
  world.Alias(model, "champion", two, 2);

  Describer then(world.graph, world.reader(), before);
  const DatasetFacts facts = then.Dataset(Node(one)).value();
  CHECK(facts.aliases == std::vector<std::string>{"best", "champion"});
  CHECK(facts.tags ==
        std::vector<catalog::Tag>{{"audited", ""}, {"stage", "live"}, {"team", "fraud"}});
  CHECK(facts.detail == "detail one");
  CHECK(facts.location == "s3://here");
  CHECK(facts.version == 1);
  CHECK(facts.creator == "user:ana");
  CHECK(then.Dataset(Node(two)).value().aliases.empty());
  Describer now(world.graph, world.reader(), kNow);
  CHECK(now.Dataset(Node(one)).value().aliases == std::vector<std::string>{"best"});
  CHECK(now.Dataset(Node(two)).value().aliases == std::vector<std::string>{"champion"});
  // The asset's own node.
  const DatasetFacts own = now.Dataset(Node(model)).value();
  CHECK(own.digest.empty());
  CHECK(own.tags == std::vector<catalog::Tag>{{"stage", "draft"}, {"team", "fraud"}});
  Describer earlier(world.graph, world.reader(), 3);
  CHECK(ReasonOf(earlier.Dataset(Node(one)).status()) == "VERSION_NOT_FOUND");
}

TEST_CASE("columns come with their tags", "[lineage][describe]") {
  LineageFixture world;
  const int64_t table = world.Table("users");
  const int64_t copy = world.Table("copy");
  world.Record(1, {table}, {copy}, {LineageFixture::Link(table, "e mail", copy, "email")});
  const Position before = world.now;
  world.Tag(table, "e mail", "pii", "email");
  world.Tag(table, "name", "pii", "name");
  Describer now(world.graph, world.reader(), kNow);
  const ColumnKey key = now.Column(world.Column(table, "e mail")).value();
  CHECK(key == ColumnKey{.asset_id = table, .name = "e mail"});
  CHECK(now.ColumnTags(table, "e mail").value() == std::vector<catalog::Tag>{{"pii", "email"}});
  CHECK(now.ColumnTags(table, "name").value().size() == 1);
  CHECK(now.ColumnTags(table, "no").value().empty());
  CHECK(now.ColumnTags(copy, "email").value().empty());
  CHECK(Describer(world.graph, world.reader(), before).ColumnTags(table, "e mail").value().empty());
  CHECK(ReasonOf(Describer(world.graph, world.reader(), before - 1)
                     .Column(world.Column(table, "e mail"))
                     .status()) == "COLUMN_NOT_FOUND");
}

TEST_CASE("references of deleted assets go by id", "[lineage][describe]") {
  AssetFacts asset;
  asset.id = 17;
  asset.name = "a.b.c";
  CHECK(DatasetReference(asset, 0) == "a.b.c");
  CHECK(DatasetReference(asset, 3) == "a.b.c@3");
  CHECK(ColumnReference(asset, "e mail") == "a.b.c#`e mail`");
  asset.deleted = true;
  CHECK(DatasetReference(asset, 0) == "id:17");
  CHECK(DatasetReference(asset, 3) == "id:17@3");
  CHECK(ColumnReference(asset, "x") == "id:17#x");
}

}  // namespace
}  // namespace whence::lineage::test
