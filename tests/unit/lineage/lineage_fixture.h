#pragma once

// A catalog with its lineage graph: every mutation takes the next position and is published.

#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/name.h"
#include "catalog/alias.h"
#include "catalog/securable.h"
#include "catalog/securable_write.h"
#include "catalog/tag.h"
#include "catalog/version.h"
#include "dump_graph.h"
#include "lineage/declare.h"
#include "lineage/graph.h"
#include "lineage/graph_changes.h"
#include "lineage/load.h"
#include "lineage/run_apply.h"
#include "lineage/run_store.h"
#include "support/scratch_database.h"

namespace whence::lineage::test {

using catalog::Kind;
using catalog::kNow;
using whence::test::ReasonOf;

inline std::string Uuid(int number) {
  return absl::StrCat("00000000-0000-7000-8000-", absl::Dec(number, absl::kZeroPad12));
}

class LineageFixture {
 public:
  using Mutation =
      std::function<absl::Status(sql::WriteContext&, const ledger::Change&, GraphChanges&)>;

  LineageFixture() {
    Create("prod", Kind::kCatalog);
    Create("prod.raw", Kind::kSchema);
  }

  // One mutation at the next position; the graph learns of it, readers see it.
  absl::Status Do(const Mutation& mutation) {
    return WithStamp([&](sql::WriteContext& context, Stamp stamp, GraphChanges& changes) {
      return mutation(context, stamp(), changes);
    });
  }

  // One mutation that takes a position when it asks for its stamp.
  absl::Status WithStamp(
      const std::function<absl::Status(sql::WriteContext&, Stamp, GraphChanges&)>& mutation) {
    database.clock.Advance(absl::Seconds(1));
    return database.Write([&](sql::WriteContext& context) {
      std::optional<ledger::Change> change;
      const auto stamp = [&]() -> const ledger::Change& {
        if (!change.has_value()) {
          change = ledger::Change{.position = context.Next(sql::Counter::kPosition),
                                  .time = context.now(),
                                  .actor = actor};
        }
        return *change;
      };
      GraphChanges changes;
      absl::Status status = mutation(context, stamp, changes);
      if (!status.ok() || !change.has_value()) return status;
      std::move(changes).CommitWith(context, graph);
      context.OnCommit([this, position = change->position] {
        graph.Publish(position);
        now = position;
      });
      return status;
    });
  }

  sql::Connection& reader() { return database.reader(); }

  // --- The catalog ---

  static std::vector<std::string> Path(std::string_view name) {
    return ParseName(name, "name").value();
  }

  int64_t Create(std::string_view name, Kind kind, std::string owner = "user:owner") {
    int64_t id = 0;
    const absl::Status status =
        Do([&](sql::WriteContext& context, const ledger::Change& change, GraphChanges& changes) {
          catalog::NewSecurable wanted;
          wanted.kind = kind;
          wanted.path = Path(name);
          wanted.owner = owner;
          absl::StatusOr<catalog::Securable> made =
              catalog::CreateSecurable(context, change, wanted);
          if (!made.ok()) return made.status();
          id = made->id;
          if (catalog::IsAssetKind(kind)) changes.AddAsset(id, kind, change.position);
          return absl::OkStatus();
        });
    REQUIRE(ReasonOf(status) == "OK");
    return id;
  }
  int64_t Table(std::string_view name) {
    return Create(absl::StrCat("prod.raw.", absl::string_view(name.data(), name.size())),
                  Kind::kTable);
  }

  // The node of the asset's next version.
  int64_t Version(int64_t asset_id, std::string detail = "") {
    int64_t id = 0;
    const absl::Status status =
        Do([&](sql::WriteContext& context, const ledger::Change& change, GraphChanges& changes) {
          catalog::NewVersion wanted;
          wanted.digest = absl::StrCat("opaque:", ++digests_);
          wanted.location = "s3://here";
          wanted.detail = detail;
          absl::StatusOr<catalog::Registered> made =
              catalog::RegisterVersion(context, change, asset_id, wanted);
          if (!made.ok()) return made.status();
          id = made->version.id;
          changes.AddVersion(id, asset_id, made->version.number, change.position);
          return absl::OkStatus();
        });
    REQUIRE(ReasonOf(status) == "OK");
    return id;
  }

  void Rename(int64_t id, std::string_view name) {
    REQUIRE(Do([&](sql::WriteContext& context, const ledger::Change& change, GraphChanges&) {
              const auto current =
                  catalog::GetSecurableById(context.connection(), kNow, id).value();
              return catalog::RenameSecurable(context, change, current, Path(name)).status();
            }).ok());
  }
  void Delete(int64_t id) {
    REQUIRE(Do([&](sql::WriteContext& context, const ledger::Change& change, GraphChanges&) {
              const auto current =
                  catalog::GetSecurableById(context.connection(), kNow, id).value();
              return catalog::DeleteSecurable(context, change, current, /*force=*/true).status();
            }).ok());
  }
  void Tag(int64_t id, std::string_view column, std::string key, std::string value) {
    const std::vector<catalog::Tag> tags = {{.key = std::move(key), .value = std::move(value)}};
    REQUIRE(Do([&](sql::WriteContext& context, const ledger::Change& change, GraphChanges&) {
              return catalog::SetTags(context, change, id, column, tags, {}).status();
            }).ok());
  }
  void Alias(int64_t asset_id, std::string_view name, int64_t version_id, int64_t number) {
    REQUIRE(Do([&](sql::WriteContext& context, const ledger::Change& change, GraphChanges&) {
              return catalog::SetAlias(context, change, asset_id, name, version_id, number);
            }).ok());
  }

  // --- Runs ---

  // Applies one event. A position is taken only when it says something new.
  absl::StatusOr<AppliedRun> Apply(const RunUpdate& update) {
    absl::StatusOr<AppliedRun> applied = absl::UnknownError("did not run");
    const absl::Status status =
        WithStamp([&](sql::WriteContext& context, Stamp stamp, GraphChanges& changes) {
          absl::StatusOr<std::optional<Run>> current =
              FindRun(context.connection(), kNow, update.uuid);
          if (!current.ok()) return current.status();
          applied = ApplyRun(context, stamp, changes, *current, update);
          return applied.status();
        });
    if (!status.ok()) return status;
    return applied;
  }

  // A run that is recorded whole; its node.
  int64_t Record(int number, const std::vector<int64_t>& reads, const std::vector<int64_t>& writes,
                 std::vector<NewColumnLink> links = {}) {
    RunUpdate update;
    update.uuid = Uuid(number);
    update.state = RunState::kComplete;
    for (const int64_t node : reads) {
      update.edges.push_back({.direction = EdgeDirection::kRead, .node_id = node, .alias = ""});
    }
    for (const int64_t node : writes) {
      update.edges.push_back({.direction = EdgeDirection::kWrite, .node_id = node, .alias = ""});
    }
    update.links = std::move(links);
    return Apply(update).value().run.id;
  }

  static NewColumnLink Link(int64_t source_asset, std::string source, int64_t target_asset,
                            std::string target, bool masking = false, int transformation = 1) {
    return {.target = {.asset_id = target_asset, .name = std::move(target)},
            .source = {.asset_id = source_asset, .name = std::move(source)},
            .transformation = transformation,
            .masking = masking,
            .description = ""};
  }
  ColumnId Column(int64_t asset_id, std::string name) {
    return static_cast<ColumnId>(
        FindColumn(reader(), kNow, {.asset_id = asset_id, .name = std::move(name)}).value());
  }

  Run Get(int number, Position as_of = kNow) {
    return GetRun(reader(), as_of, Uuid(number)).value();
  }

  whence::test::ScratchDatabase database;
  Graph graph;
  std::string actor = "user:ana";
  Position now = 0;  // of the last mutation

 private:
  int digests_ = 0;
};

}  // namespace whence::lineage::test
