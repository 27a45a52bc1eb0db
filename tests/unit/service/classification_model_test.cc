// Classification in a whole house: whatever comes through the corridor, alone or many in a batch,
// what is derived is what a naive one says that begins from nothing; also after a restart, and as
// of any position.
#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "access/classification.h"
#include "access/naive_classification.h"
#include "ask.h"
#include "lineage/run_store.h"
#include "service/lineage_operations.h"
#include "service/tag_operations.h"
#include "support/sanitizer.h"
#include "support/soak.h"

namespace whence::service {
namespace {

using access::test::NaiveClassification;
using test::Asked;
using test::Parse;
using whence::test::Pending;

constexpr int kTables = 4;
constexpr int kColumns = 4;

// What was asked for, by name of the column: `prod.raw.t1#c2`.
struct Model {
  std::set<std::string> keys;
  std::map<std::pair<std::string, std::string>, std::string> own;
  std::set<std::pair<std::string, std::string>> declassified;
  std::set<std::pair<std::string, std::string>> edges;
};

class World : public Asked {
 public:
  World() {
    for (int i = 0; i < kTables; ++i) Asset(absl::StrCat("prod.raw.t", i), v1::KIND_TABLE);
    Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
    Ask(kCreateTagDefinition, "definition { key: 'geo' }");
    model.keys = {"pii"};
  }

  // Sends so many changes at once, and waits for all of them.
  void Burst(std::mt19937& random, int count) {
    for (int i = 0; i < count; ++i) Change(random);
    for (const auto& wait : waits_) wait();
    waits_.clear();
  }

  // The model with the ids that columns have; those that lineage never named play no part.
  NaiveClassification Naive(const Model& then) {
    NaiveClassification naive;
    naive.keys = then.keys;
    for (const auto& [place, value] : then.own) {
      if (Id(place.first) != 0) naive.own[{Id(place.first), place.second}] = value;
    }
    for (const auto& [column, key] : then.declassified) naive.declassified.emplace(Id(column), key);
    for (const auto& [source, target] : then.edges) naive.edges.emplace(Id(source), Id(target));
    return naive;
  }

  std::vector<NaiveClassification::Row> Rows(const access::Classes& classes) {
    std::vector<NaiveClassification::Row> rows;
    for (int table = 0; table < kTables; ++table) {
      const int64_t asset = Ask(kGetAsset, absl::StrCat("name: 'prod.raw.t", table, "'")).id();
      for (const access::ClassifiedColumn& column : classes.Find(asset)) {
        for (const access::DerivedTag& tag : column.tags) {
          rows.emplace_back(column.column, tag.tag->key, tag.tag->value, tag.hops, tag.from);
        }
      }
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  std::vector<NaiveClassification::Row> RowsAsOf(Position position) {
    auto lease = house().readers().Acquire();
    REQUIRE(lease.ok());
    std::vector<lineage::ColumnId> columns;
    for (lineage::ColumnId id = 1; id <= house().graph().max_column_id(); ++id) {
      columns.push_back(id);
    }
    const auto past = access::Classification::LoadAsOf(lease->connection(), house().graph(),
                                                       position, columns, 1000);
    REQUIRE(past.ok());
    return Rows(past->classes);
  }

  Model model;

 private:
  template <class Operation, class Request>
  void Send(const Operation& operation, const Request& request) {
    using Response = std::decay_t<decltype(*operation.run(std::declval<Call&>(), request))>;
    auto kept = std::make_shared<std::pair<Request, Pending<Response>>>();
    kept->first = request;
    Begin(caller, operation, kept->first, &kept->second);
    waits_.push_back([kept] {
      const auto answer = kept->second.Wait();
      INFO(answer.status().ToString());
      REQUIRE(answer.ok());
    });
  }

  void Change(std::mt19937& random) {
    const auto pick = [&](unsigned count) { return random() % count; };
    const auto column = [&] {
      return absl::StrCat("prod.raw.t", pick(kTables), "#c", pick(kColumns));
    };
    const std::string one = column();
    const std::string key = pick(3) == 0 ? "geo" : "pii";
    const std::string place = StrCat("reference: '", one, "' ");
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        return MapColumns(one, column(), pick(3) == 0, pick(2) == 0);
      case 3:
      case 4: {
        const std::string value = absl::StrCat("v", pick(3));
        model.own[{one, key}] = value;
        return Send(kSetTags, Parse<v1::SetTagsRequest>(
                                  StrCat(place, "set { key: '", key, "' value: '", value, "' }")));
      }
      case 5:
      case 6:
      case 7:
        model.own.erase({one, key});
        return Send(kSetTags, Parse<v1::SetTagsRequest>(StrCat(place, "remove: '", key, "'")));
      case 8:
        model.declassified.emplace(one, key);
        return Send(kDeclassify,
                    Parse<v1::DeclassifyRequest>(StrCat(place, "key: '", key, "' comment: 'x'")));
      case 9:
      case 10:
        model.declassified.erase({one, key});
        return Send(kReclassify, Parse<v1::ReclassifyRequest>(StrCat(place, "key: '", key, "'")));
      default: {
        const bool flows = pick(3) > 0;
        flows ? (void)model.keys.insert(key) : (void)model.keys.erase(key);
        return Send(kUpdateTagDefinition,
                    Parse<v1::UpdateTagDefinitionRequest>(absl::StrCat(
                        "definition { key: '", key, "' propagates: ", flows ? "true" : "false",
                        " } update_mask { paths: 'propagates' }")));
      }
    }
  }

  // As a declaration or through a run.
  void MapColumns(const std::string& source, const std::string& target, bool masking,
                  bool through_run) {
    // Another run may have said the same without masking: each says it for itself.
    if (!masking) model.edges.emplace(source, target);
    const std::string masks = masking ? "true" : "false";
    if (!through_run) {
      return Send(kRecordEdges,
                  Parse<v1::RecordEdgesRequest>(StrCat("edges { source: '", source, "' target: '",
                                                       target, "' masking: ", masks, " }")));
    }
    const auto table = [](const std::string& column) { return column.substr(0, column.find('#')); };
    Send(kRecordRun, Parse<v1::RecordRunRequest>(StrCat(
                         "run { reads { reference: '", table(source), "' } writes { reference: '",
                         table(target), "' } column_mappings { column: '", target,
                         "' sources { column: '", source, "' masking: ", masks, " } } }")));
  }

  lineage::ColumnId Id(const std::string& column) {
    if (const auto known = ids_.find(column); known != ids_.end()) return known->second;
    auto lease = house().readers().Acquire();
    REQUIRE(lease.ok());
    const size_t hash = column.find('#');
    const int64_t asset = Ask(kGetAsset, StrCat("name: '", column.substr(0, hash), "'")).id();
    const auto id = lineage::FindColumn(lease->connection(), position(),
                                        {.asset_id = asset, .name = column.substr(hash + 1)});
    REQUIRE(id.ok());
    if (*id != 0) ids_[column] = static_cast<lineage::ColumnId>(*id);
    return static_cast<lineage::ColumnId>(*id);
  }

  std::vector<std::function<void()>> waits_;
  std::map<std::string, lineage::ColumnId> ids_;
};

TEST_CASE("whatever comes through the corridor, derived tags are what a naive look gives",
          "[classification]") {
  whence::test::ModelSeeds seeds("classification", 1, whence::test::Sanitized() ? 3 : 40);
  size_t most = 0;
  while (const std::optional<uint64_t> seed = seeds.Next()) {
    std::mt19937 random(static_cast<uint32_t>(*seed));
    World world;
    std::vector<std::pair<Position, Model>> history;
    for (int burst = 0; burst < 60; ++burst) {
      CAPTURE(*seed, burst);
      world.Burst(random, 1 + static_cast<int>(random() % 8));
      const auto expected = world.Naive(world.model).Derive();
      REQUIRE(world.Rows(world.house().classification().snapshot()) == expected);
      most = std::max(most, expected.size());
      history.emplace_back(world.position(), world.model);
      if (burst % 15 != 14) continue;
      world.Reopen();
      REQUIRE(world.Rows(world.house().classification().snapshot()) == expected);
    }
    for (size_t i = 0; i < history.size(); i += 7) {
      CAPTURE(*seed, i);
      const auto& [position, model] = history[i];
      REQUIRE(world.RowsAsOf(position) == world.Naive(model).Derive());
    }
  }
  CHECK(most > 10);
}

}  // namespace
}  // namespace whence::service
