#include "lineage/edge_writer.h"

#include <catch2/catch.hpp>

#include "lineage_fixture.h"

namespace whence::lineage::test {
namespace {

NewColumnLink Link(int64_t source, int64_t target) {
  NewColumnLink link;
  link.source = {.asset_id = source, .name = "id"};
  link.target = {.asset_id = target, .name = "id"};
  return link;
}

TEST_CASE("the last column is taken, then none, and those that are known go on",
          "[lineage][edge_writer]") {
  LineageFixture world;
  const int64_t a = world.Table("a");
  const int64_t b = world.Table("b");
  const int64_t c = world.Table("c");
  world.database.writer().SetCounter(sql::Counter::kColumnId, int64_t{kMaxNodeId} - 2);
  // Rolled back at the end: a graph with two thousand million columns is not what is tested.
  const absl::Status end = world.Do(
      [&](sql::WriteContext& context, const ledger::Change& change, GraphChanges& changes) {
        internal::EdgeWriter writer(context, change, changes);
        CHECK(ReasonOf(writer.Write(c, Link(a, b))) == "OK");
        CHECK(context.Last(sql::Counter::kColumnId) == int64_t{kMaxNodeId});
        const absl::Status refused = writer.Write(c, Link(a, c));
        CHECK(refused.code() == absl::StatusCode::kResourceExhausted);
        CHECK(ReasonOf(refused) == "COLUMN_IDS_EXHAUSTED");
        CHECK(ReasonOf(writer.Write(c, Link(b, a))) == "OK");
        return absl::CancelledError("enough");
      });
  CHECK(absl::IsCancelled(end));
}

}  // namespace
}  // namespace whence::lineage::test
