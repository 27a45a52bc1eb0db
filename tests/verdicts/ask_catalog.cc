// Effective privileges, lists and lineage.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "access/privilege.h"
#include "ask.h"
#include "service/access_operations.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"

namespace whence::verdicts {
namespace {

const std::vector<std::string> kColumns = {"a", "b", "c", "d"};

std::string ListOf(const Texts& texts) { return absl::StrJoin(texts, ", "); }

// All names of a list, page by page: none of them short but for the last.
template <class Request, class Response, class Names>
std::optional<std::vector<std::string>> AllPages(
    RandomWorld& world, const service::CallInfo& caller,
    const service::ReadOperation<Request, Response>& operation, Names names) {
  std::vector<std::string> all;
  Request request;
  request.set_page_size(world.Once(3) ? 1000 : static_cast<int32_t>(2 + world.Number(9)));
  do {
    const auto page = world.house.RunAs(caller, operation, request);
    if (!page.ok()) return std::nullopt;
    const std::vector<std::string> some = names(*page);
    request.set_page_token(page->next_page_token());
    if (!request.page_token().empty()) {
      REQUIRE(some.size() == static_cast<size_t>(request.page_size()));
    }
    all.insert(all.end(), some.begin(), some.end());
  } while (!request.page_token().empty());
  return all;
}

// What a caller is told that there is; nothing when it is told nothing at all.
std::optional<std::vector<std::string>> Listed(RandomWorld& world,
                                               const service::CallInfo& caller) {
  const auto names = [](const auto& list) {
    std::vector<std::string> all;
    for (const auto& item : list) all.push_back(item.name());
    return all;
  };
  auto all = AllPages(world, caller, service::kListCatalogs,
                      [&](const auto& page) { return names(page.catalogs()); });
  const auto schemas = AllPages(world, caller, service::kListSchemas,
                                [&](const auto& page) { return names(page.schemas()); });
  const auto assets = AllPages(world, caller, service::kListAssets,
                               [&](const auto& page) { return names(page.assets()); });
  if (!all || !schemas || !assets) return std::nullopt;
  all->insert(all->end(), schemas->begin(), schemas->end());
  all->insert(all->end(), assets->begin(), assets->end());
  return all;
}

void CheckEffective(RandomWorld& world, const NaiveCaller& caller, const std::string& path,
                    Tally& tally) {
  v1::GetEffectivePrivilegesRequest request;
  request.set_principal(caller.name);
  request.mutable_securable()->set_name(path);
  if (path.empty()) request.mutable_securable()->set_type(v1::SECURABLE_TYPE_METASTORE);
  const auto answer = world.house.Run(service::kGetEffectivePrivileges, request);
  INFO(answer.status());
  REQUIRE(answer.ok());
  Texts has;
  Texts denied;
  for (const v1::EffectivePrivilege& one : answer->privileges()) has.insert(one.privilege());
  for (const v1::EffectivePrivilege& one : answer->denied()) denied.insert(one.privilege());
  Texts expected = world.naive.Held(caller, path);
  const Texts taken = world.naive.Denied(caller, path);
  for (const std::string& one : taken) expected.erase(one);
  if (has != expected || denied != taken ||
      answer->active() != world.naive.principals.at(caller.name)) {
    Disagree(world, absl::StrCat(caller.name, " effectively on ", path),
             absl::StrCat(ListOf(expected), "; denied ", ListOf(taken)),
             absl::StrCat(ListOf(has), "; denied ", ListOf(denied)));
  }
  const std::string& kind = world.naive.securables.at(path).kind;
  for (const access::Privilege one : access::ToList(access::PrivilegeSet::Everything())) {
    const std::string name(access::PrivilegeName(one));
    if (!NaiveWorld::Applies(name, kind)) continue;
    ++(has.count(name) > 0 ? tally.yes : denied.count(name) > 0 ? tally.refused : tally.no);
  }
}

absl::StatusOr<v1::LineageGraph> Lineage(RandomWorld& world, const service::CallInfo& caller,
                                         const std::string& root) {
  v1::GetLineageRequest request;
  request.set_reference(root);
  request.set_direction(v1::DIRECTION_BOTH);
  return world.house.RunAs(caller, service::kGetLineage, request);
}

// What stands at a place of a graph that nobody redacted: by what is it seen? Data by its asset, a
// run by its job, a run without one and a declaration by any of the data that it connects.
Texts SeenBy(const v1::LineageGraph& graph, int place) {
  const v1::LineageNode& node = graph.nodes(place);
  if (node.has_dataset() || node.has_column()) {
    return {node.reference().substr(0, node.reference().find_first_of("@#"))};
  }
  if (node.has_run() && !node.run().job().empty()) return {node.run().job()};
  Texts ends;
  for (const v1::LineageEdge& edge : graph.edges()) {
    if (edge.source() != place && edge.target() != place) continue;
    const int end = edge.source() == place ? edge.target() : edge.source();
    ends.insert(graph.nodes(end).dataset().asset());
  }
  return ends;
}

std::string EdgesOf(const v1::LineageGraph& graph) {
  return absl::StrJoin(graph.edges(), " ", [](std::string* out, const v1::LineageEdge& edge) {
    absl::StrAppend(out, edge.source(), ">", edge.target(), ":", edge.role());
  });
}

void CheckGraph(RandomWorld& world, const NaiveCaller& caller, const v1::LineageGraph& whole,
                const v1::LineageGraph& shown, Tally& tally) {
  const std::string question = absl::StrCat("lineage of ", whole.root(), " for ", caller.name);
  if (shown.nodes_size() != whole.nodes_size() || EdgesOf(shown) != EdgesOf(whole)) {
    Disagree(world, question, EdgesOf(whole), EdgesOf(shown));
  }
  int redacted = 0;
  for (int place = 0; place < whole.nodes_size(); ++place) {
    const std::string& reference = whole.nodes(place).reference();
    const Texts by = SeenBy(whole, place);
    const bool sees = std::any_of(by.begin(), by.end(), [&](const std::string& path) {
      return world.naive.Sees(caller, path);
    });
    std::string expected = reference;
    const std::string& got = shown.nodes(place).reference();
    if (!sees) {
      // The same placeholder everywhere and always, and another one for everything else.
      ++redacted;
      auto& known = world.placeholders;
      const bool same = known.emplace(got, reference).first->second == reference &&
                        known.emplace(reference, got).first->second == got;
      expected = same && absl::StartsWith(got, "redacted:") ? got : "its own placeholder";
    }
    if (got != expected) Disagree(world, question, expected, got);
    ++(sees ? tally.yes : tally.no);
  }
  REQUIRE(shown.redacted_count() == redacted);
}

}  // namespace

void AskEffective(RandomWorld& world, int calls, Tally& tally) {
  for (int i = 0; i < calls; ++i) {
    NaiveCaller caller = world.AnyCaller();
    caller.extra_groups.clear();
    CheckEffective(world, caller, world.Once(12) ? "" : world.Any(world.paths), tally);
  }
}

void AskLists(RandomWorld& world, int callers, Tally& tally) {
  for (int i = 0; i < callers; ++i) {
    const NaiveCaller caller{.name = world.Any(world.users)};
    const std::string question = "lists for " + caller.name;
    const auto listed = Listed(world, world.callers.at(caller.name));
    if (listed.has_value() != world.naive.principals.at(caller.name)) {
      Disagree(world, question, listed ? "nothing" : "something", listed ? "something" : "nothing");
    }
    if (!listed.has_value()) {
      ++tally.refused;
      continue;
    }
    const Texts got(listed->begin(), listed->end());
    Texts expected;
    for (const std::string& path : world.paths) {
      if (world.naive.Sees(caller, path)) expected.insert(path);
    }
    if (got != expected || listed->size() != got.size()) {
      Disagree(world, question, ListOf(expected), absl::StrJoin(*listed, ", "));
    }
    tally.yes += static_cast<int64_t>(expected.size());
    tally.no += static_cast<int64_t>(world.paths.size() - expected.size());
  }
}

void AskLineage(RandomWorld& world, int callers, Tally& tally) {
  for (int i = 0; i < callers; ++i) {
    const NaiveCaller caller{.name = world.Any(world.users)};
    std::string table = world.Any(world.tables);
    // Mostly something that it sees: else there is nothing to look at.
    for (int tries = 0; tries < 3 && !world.naive.Sees(caller, table); ++tries) {
      table = world.Any(world.tables);
    }
    const std::string root = world.Once(4) ? absl::StrCat(table, "#", world.Any(kColumns)) : table;
    const auto whole = Lineage(world, world.house.caller, root);
    const auto shown = Lineage(world, world.callers.at(caller.name), root);
    if (!whole.ok()) {
      // Nobody ever said anything about that column.
      REQUIRE_FALSE(shown.ok());
      continue;
    }
    const bool sees = world.naive.Sees(caller, table);
    if (shown.ok() != sees) {
      Disagree(world, absl::StrCat("lineage of ", root, " for ", caller.name),
               sees ? "a graph" : "nothing", shown.status().ToString());
    }
    if (shown.ok()) {
      CheckGraph(world, caller, *whole, *shown, tally);
    } else {
      ++tally.refused;
    }
  }
}

}  // namespace whence::verdicts
