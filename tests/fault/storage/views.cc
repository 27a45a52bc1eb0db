#include "views.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "access/classification_state.h"
#include "access/dump_state.h"
#include "access/policy_set.h"
#include "lineage/dump_graph.h"
#include "lineage/load.h"

namespace whence::fault {
namespace {

// The first line that one has and the other has not.
std::string Difference(std::string_view what, const std::string& live, const std::string& loaded) {
  if (live == loaded) return "";
  const std::vector<std::string> a = absl::StrSplit(live, '\n');
  const std::vector<std::string> b = absl::StrSplit(loaded, '\n');
  size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  return absl::StrCat(std::string(what), " in memory: \"", i < a.size() ? a[i] : "(end)",
                      "\" where one that is loaded has \"", i < b.size() ? b[i] : "(end)", "\"");
}

std::string GraphDifference(service::House& house, sql::Connection& connection) {
  lineage::Graph loaded;
  const absl::Status status = lineage::LoadGraph(connection, loaded, house.ledger().published());
  if (!status.ok()) return status.ToString();
  return Difference("the graph", lineage::test::Dump(house.graph()), lineage::test::Dump(loaded));
}

// The policies of a state that differ from those of another; a state without any may have none of
// its own.
std::string PolicyDifference(const access::Snapshot& live, const access::Snapshot& loaded) {
  constexpr int64_t kMaxId = 200;
  for (int64_t id = 1; id <= kMaxId; ++id) {
    const access::Policy* const a = live.policies()->Find(id);
    const access::Policy* const b = loaded.policies()->Find(id);
    const bool same = a == nullptr || b == nullptr ? a == b : *a == *b;
    if (!same) {
      return absl::StrCat("policy ", id, " in memory is ", a == nullptr ? "not there" : a->name,
                          ", loaded ", b == nullptr ? "not there" : b->name);
    }
  }
  return "";
}

std::string AccessDifference(service::House& house, sql::Connection& connection) {
  access::Index loaded;
  const absl::Status status = loaded.Load(connection, house.ledger().published());
  if (!status.ok()) return status.ToString();
  const access::Snapshot live = house.access().snapshot();
  std::string found = Difference("who may what", access::test::DumpState(live.state()),
                                 access::test::DumpState(loaded.snapshot().state()));
  return found.empty() ? PolicyDifference(live, loaded.snapshot()) : found;
}

std::string Dump(const access::ClassificationState& state) {
  std::vector<std::string> lines = {
      absl::StrCat("flow: ", state.keys == nullptr ? "" : absl::StrJoin(*state.keys, ","),
                   "; derived ", state.derived, state.full ? ", full" : "")};
  state.columns.ForEach(
      [&](lineage::ColumnId id, const std::shared_ptr<access::ColumnClasses>& column) {
        if (column->empty()) return;
        std::string line = absl::StrCat("column ", absl::Dec(id, absl::kZeroPad8), ":");
        for (const access::TagRef& tag : column->own) {
          absl::StrAppend(&line, " own ", tag->key, "=", tag->value);
        }
        for (const std::string& key : column->declassified) absl::StrAppend(&line, " not ", key);
        for (const access::DerivedTag& tag : column->derived) {
          absl::StrAppend(&line, " derived ", tag.tag->key, "=", tag.tag->value, " from ", tag.from,
                          " over ", tag.hops);
        }
        lines.push_back(std::move(line));
      });
  state.assets.ForEach(
      [&](int64_t id, const std::shared_ptr<std::vector<lineage::ColumnId>>& columns) {
        if (columns == nullptr || columns->empty()) return;
        lines.push_back(absl::StrCat("asset ", absl::Dec(id, absl::kZeroPad8), ": ",
                                     absl::StrJoin(*columns, ",")));
      });
  std::sort(lines.begin() + 1, lines.end());
  return absl::StrJoin(lines, "\n");
}

std::string ClassDifference(service::House& house, sql::Connection& connection) {
  access::Classification loaded(&house.graph());
  const absl::Status status = loaded.Load(connection, house.ledger().published());
  if (!status.ok()) return status.ToString();
  return Difference("what columns are", Dump(house.classification().snapshot().state()),
                    Dump(loaded.snapshot().state()));
}

}  // namespace

std::string DifferenceOfViews(service::House& house) {
  absl::StatusOr<sql::Lease> lease = house.readers().Acquire();
  if (!lease.ok()) return lease.status().ToString();
  std::string found = GraphDifference(house, **lease);
  if (found.empty()) found = AccessDifference(house, **lease);
  if (found.empty()) found = ClassDifference(house, **lease);
  return found;
}

}  // namespace whence::fault
