// Classification kept right step by step: what it says after thousands of random changes is what a
// naive one says that begins from nothing each time.
#include "access/classification_edit.h"

#include <catch2/catch.hpp>

#include <memory>
#include <random>

#include "naive_classification.h"

namespace whence::access {
namespace {

using lineage::ColumnId;
using test::NaiveClassification;

// Purpose: the same changes for both, and the graph between them.
class World {
 public:
  explicit World(size_t max_tags = kMaxDerivedTags) : max_tags_(max_tags) {}

  void AddColumns(ColumnId count, ColumnId per_asset) {
    for (ColumnId id = 1; id <= count; ++id) {
      graph.AddColumn(id, 1 + (id - 1) / per_asset, ++position_);
    }
    graph.Publish(position_);
  }

  template <class F>
  void Do(const F& change) {
    const auto next = std::make_shared<ClassificationState>(*state_);
    ClassificationEdit edit(next.get(), graph, kForever, nullptr, max_tags_);
    change(edit);
    edit.Finish();
    state_ = next;
  }

  void Map(ColumnId source, ColumnId target, bool masking) {
    graph.AddColumnEdge(source, target, 1, 0, masking, ++position_);
    graph.Publish(position_);
    if (masking) return;
    naive.edges.emplace(source, target);
    Do([&](ClassificationEdit& edit) { edit.AddEdge(source, target); });
  }
  void Set(ColumnId column, const std::string& key, const std::string& value) {
    naive.own[{column, key}] = value;
    Do([&](ClassificationEdit& edit) { edit.SetTag(column, {.key = key, .value = value}); });
  }
  void Remove(ColumnId column, const std::string& key) {
    naive.own.erase({column, key});
    Do([&](ClassificationEdit& edit) { edit.RemoveTag(column, key); });
  }
  void Declassify(ColumnId column, const std::string& key, bool on) {
    if (on) {
      naive.declassified.emplace(column, key);
    } else {
      naive.declassified.erase({column, key});
    }
    Do([&](ClassificationEdit& edit) { edit.SetDeclassified(column, key, on); });
  }
  void Flow(const std::string& key, bool flows) {
    if (naive.keys.contains(key) == flows) return;
    if (flows) {
      naive.keys.insert(key);
      Do([&](ClassificationEdit& edit) { Start(edit, {key}); });
    } else {
      naive.keys.erase(key);
      Do([&](ClassificationEdit& edit) { edit.StopKey(key); });
    }
  }

  // All that is set and declassified with one of the keys, as it would be read from the tables.
  void Start(ClassificationEdit& edit, const std::vector<std::string>& keys) const {
    const auto is_one = [&keys](const std::string& key) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    std::vector<ColumnFact> set;
    for (const auto& [place, value] : naive.own) {
      if (!is_one(place.second)) continue;
      set.push_back({.column = place.first, .tag = {.key = place.second, .value = value}});
    }
    std::vector<ColumnFact> declassified;
    for (const auto& [column, key] : naive.declassified) {
      if (is_one(key)) declassified.push_back({.column = column, .tag = {.key = key, .value = ""}});
    }
    edit.StartKeys(keys, set, declassified);
  }

  Classes classes() const { return Classes(state_); }
  static std::vector<NaiveClassification::Row> Rows(const Classes& classes, ColumnId last) {
    std::vector<NaiveClassification::Row> rows;
    for (ColumnId id = 1; id <= last; ++id) {
      for (const DerivedTag& tag : classes.Of(id)) {
        rows.emplace_back(id, tag.tag->key, tag.tag->value, tag.hops, tag.from);
      }
    }
    return rows;
  }
  // The same world worked out at once.
  Classes Reloaded() const {
    const auto state = std::make_shared<ClassificationState>();
    ClassificationEdit edit(state.get(), graph, kForever, nullptr, max_tags_);
    Start(edit, {naive.keys.begin(), naive.keys.end()});
    edit.Finish();
    return Classes(state);
  }

  NaiveClassification naive;
  lineage::Graph graph;

 private:
  const size_t max_tags_;
  Position position_ = 0;
  std::shared_ptr<const ClassificationState> state_ = std::make_shared<ClassificationState>();
};

// A column is listed for its asset exactly while it has something, and paths lead to where the tag
// was set, over mappings that do not mask.
void CheckAssetsAndPaths(const World& world, const Classes& classes, ColumnId columns,
                         ColumnId per_asset) {
  size_t listed = 0;
  for (ColumnId asset = 1; asset <= 1 + (columns - 1) / per_asset; ++asset) {
    for (const ClassifiedColumn& column : classes.Find(asset)) {
      REQUIRE(world.graph.ColumnAsset(column.column) == asset);
      REQUIRE(!column.tags.empty());
      listed += column.tags.size();
      for (const DerivedTag& derived : column.tags) {
        const std::vector<ColumnId> path = classes.PathOf(column.column, *derived.tag);
        REQUIRE(path.size() == derived.hops + 1);
        REQUIRE(path.back() == column.column);
        REQUIRE(world.naive.own.at({path.front(), derived.tag->key}) == derived.tag->value);
        for (size_t i = 0; i + 1 < path.size(); ++i) {
          REQUIRE(world.naive.edges.contains({path[i], path[i + 1]}));
        }
      }
    }
  }
  REQUIRE(listed == classes.size());
}

void ChangeSomething(World& world, std::mt19937& random, ColumnId columns) {
  const auto pick = [&](uint32_t count) { return static_cast<uint32_t>(random() % count); };
  const ColumnId column = 1 + pick(columns);
  const std::string key = std::vector<std::string>{"pii", "geo", "team"}[pick(3)];
  const std::string value = std::vector<std::string>{"", "a", "b"}[pick(3)];
  const uint32_t what = pick(100);
  // Few mappings, each for ever: the graph grows from next to nothing to cycles everywhere.
  if (what < 8) return world.Map(column, 1 + pick(columns), pick(4) == 0);
  if (what < 30) return world.Set(column, key, value);
  if (what < 75) return world.Remove(column, key);
  if (what < 85) return world.Declassify(column, key, true);
  if (what < 97) return world.Declassify(column, key, false);
  return world.Flow(key, pick(2) == 0);
}

TEST_CASE("after any changes classification is what a naive one says, kept up or worked out anew") {
  constexpr ColumnId kColumns = 30;
  constexpr ColumnId kPerAsset = 4;
  size_t most = 0;
  for (uint32_t seed = 1; seed <= 24; ++seed) {
    std::mt19937 random(seed);
    World world;
    world.AddColumns(kColumns, kPerAsset);
    world.Flow("pii", true);
    for (int step = 0; step < 1000; ++step) {
      CAPTURE(seed, step);
      ChangeSomething(world, random, kColumns);
      const auto expected = world.naive.Derive();
      REQUIRE(World::Rows(world.classes(), kColumns) == expected);
      REQUIRE(world.classes().size() == expected.size());
      REQUIRE(!world.classes().full());
      most = std::max(most, expected.size());
      if (step % 50 != 0) continue;
      REQUIRE(World::Rows(world.Reloaded(), kColumns) == expected);
      CheckAssetsAndPaths(world, world.classes(), kColumns, kPerAsset);
    }
  }
  CHECK(most > 20);  // something flowed
}

TEST_CASE("a state that was given out stays as it was") {
  World world;
  world.AddColumns(3, 1);
  world.Flow("pii", true);
  world.Map(1, 2, false);
  world.Set(1, "pii", "email");
  const Classes before = world.classes();
  world.Map(2, 3, false);
  world.Remove(1, "pii");
  CHECK(before.Of(2).size() == 1);
  CHECK(before.Of(3).empty());
  CHECK(world.classes().Of(2).empty());
  CHECK(world.classes().Find(2).empty());
  CHECK(before.Find(2).size() == 1);
}

TEST_CASE("a tag does not pass what masks it, what has the key itself, or what was declassified") {
  World world;
  world.AddColumns(6, 1);
  world.Flow("pii", true);
  world.Set(1, "pii", "email");
  world.Map(1, 2, false);
  world.Map(1, 3, true);  // masks
  CHECK(world.classes().Of(2).front().tag->value == "email");
  CHECK(world.classes().Of(3).empty());
  world.Map(1, 3, false);  // another way there that does not
  CHECK(world.classes().Of(3).size() == 1);
  world.Map(2, 4, false);
  world.Map(4, 5, false);
  CHECK(world.classes().PathOf(5, {.key = "pii", .value = "email"}) ==
        std::vector<ColumnId>{1, 2, 4, 5});
  world.Set(4, "pii", "none");
  CHECK(world.classes().Of(4).empty());
  CHECK(world.classes().Of(5).front().tag->value == "none");
  world.Remove(4, "pii");
  world.Declassify(4, "pii", true);
  CHECK(world.classes().Of(4).empty());
  CHECK(world.classes().Of(5).empty());
  CHECK(world.classes().PathOf(5, {.key = "pii", .value = "email"}).empty());
  world.Declassify(4, "pii", false);
  CHECK(world.classes().Of(5).size() == 1);
  // Two sources, two values: both are there.
  world.Set(6, "pii", "phone");
  world.Map(6, 5, false);
  CHECK(world.classes().Of(5).size() == 2);
}

TEST_CASE("a tag that begins to flow, and ends, in a graph that was there before") {
  World world;
  world.AddColumns(4, 2);
  world.Set(1, "pii", "email");
  world.Map(1, 2, false);
  world.Map(2, 3, false);
  world.Map(3, 1, false);  // a cycle
  CHECK(world.classes().idle());
  CHECK(world.classes().size() == 0);
  world.Flow("pii", true);
  CHECK(world.classes().Flows("pii"));
  CHECK(!world.classes().Flows("team"));
  CHECK(world.classes().Of(3).front().hops == 2);
  CHECK(world.classes().Of(1).empty());  // its own
  world.Flow("pii", false);
  CHECK(world.classes().idle());
  CHECK(world.classes().size() == 0);
}

TEST_CASE("derived tags have a bound: beyond it the furthest are missing, until there is room") {
  World world(5);
  world.AddColumns(8, 8);
  world.Flow("pii", true);
  for (ColumnId id = 1; id < 6; ++id) world.Map(id, id + 1, false);
  world.Set(1, "pii", "a");
  CHECK(world.classes().size() == 5);
  CHECK(!world.classes().full());
  world.Map(6, 7, false);
  CHECK(world.classes().size() == 5);
  CHECK(world.classes().full());
  CHECK(world.classes().Of(7).empty());
  world.Declassify(4, "pii", true);
  CHECK(!world.classes().full());
  CHECK(World::Rows(world.classes(), 8) == world.naive.Derive());
  world.Declassify(4, "pii", false);
  CHECK(world.classes().full());
  CHECK(world.classes().size() == 5);
  world.Flow("pii", false);
  CHECK(!world.classes().full());
}

TEST_CASE("tags flow over any number of steps, and round any cycle") {
  World world;
  constexpr ColumnId kLast = 20'000;
  world.AddColumns(kLast + 1, 10);
  for (ColumnId id = 1; id < kLast; ++id) world.Map(id, id + 1, false);
  world.Map(kLast, 10, false);
  world.Set(1, "pii", "a");
  world.Flow("pii", true);
  CHECK(world.classes().size() == kLast - 1);
  CHECK(!world.classes().full());
  CHECK(world.classes().Of(kLast).front().hops == kLast - 1);
  const std::vector<ColumnId> path = world.classes().PathOf(kLast, {.key = "pii", .value = "a"});
  REQUIRE(path.size() == kLast);
  CHECK(path.front() == 1);
  CHECK(path[kLast / 2] == kLast / 2 + 1);
  CHECK(path.back() == kLast);
  // What is added behind the last, and taken away before the first, gets there too.
  world.Map(kLast, kLast + 1, false);
  CHECK(world.classes().Of(kLast + 1).front().hops == kLast);
  world.Map(5, kLast, false);  // a short cut
  CHECK(world.classes().Of(kLast + 1).front().hops == 6);
  CHECK(world.classes().PathOf(kLast + 1, {.key = "pii", .value = "a"}).size() == 7);
  world.Declassify(3, "pii", true);
  CHECK(world.classes().size() == 1);
  world.Declassify(3, "pii", false);
  CHECK(world.classes().size() == kLast);
  world.Remove(1, "pii");
  CHECK(world.classes().size() == 0);
}

TEST_CASE("a chain of thousands is what a naive one says") {
  World world;
  constexpr ColumnId kLast = 1500;
  world.AddColumns(kLast, 10);
  for (ColumnId id = 1; id < kLast; ++id) world.Map(id, id + 1, false);
  world.Flow("pii", true);
  world.Set(1, "pii", "a");
  world.Set(700, "pii", "b");
  CHECK(World::Rows(world.classes(), kLast) == world.naive.Derive());
  world.Remove(700, "pii");
  CHECK(World::Rows(world.classes(), kLast) == world.naive.Derive());
  CHECK(world.classes().size() == kLast - 1);
}

}  // namespace
}  // namespace whence::access
