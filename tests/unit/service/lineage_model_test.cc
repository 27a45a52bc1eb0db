// Random steps against a server and a naive world: every answer about lineage, at present and at
// past positions, must be the same, and the graph that grew must be the one that is loaded.
#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <random>

#include "lineage/dump_graph.h"
#include "lineage/load.h"
#include "lineage_steps.h"
#include "service/time_convert.h"
#include "support/shrink.h"
#include "support/soak.h"

namespace whence::test {
namespace {

using namespace service;

using Lines = std::multiset<std::string>;

std::string Joined(const Lines& lines) { return absl::StrJoin(lines, "\n      "); }

// The server's answers as of a position against a world.
class Comparison {
 public:
  // `time`, where there is one, is when the position was the newest: questions are asked by it.
  Comparison(LineageCase& test, const NaiveWorld& world, Position as_of,
             std::optional<absl::Time> time)
      : case_(test), house_(test.house()), world_(world), as_of_(as_of), time_(time) {}

  std::string Run() {
    for (int run = 1; run <= 4; ++run) GetRun(run);
    ListRuns();
    ListDeclarations();
    for (size_t i = 0; i < world_.assets.size(); ++i) {
      const int asset = static_cast<int>(i);
      for (const bool up : {true, false}) {
        Versions(asset, up);
        Assets(asset, up);
        for (int column = 0; column < 2; ++column) Columns({asset, ColumnOf(column)}, up);
      }
      Impact(asset);
      for (int column = 0; column < 2; ++column) Impact({asset, ColumnOf(column)});
      for (size_t j = 0; j < world_.assets.size(); ++j) Path(asset, static_cast<int>(j));
      Origins(asset);
    }
    return first_;
  }

 private:
  void Same(const std::string& what, const std::string& real, const std::string& naive) {
    if (real == naive || !first_.empty()) return;
    first_ = absl::StrCat("as of ", as_of_, time_.has_value() ? " by its time, " : ", ", what,
                          ":\n  server\n      ", real, "\n  naive\n      ", naive);
  }
  void Same(const std::string& what, const Lines& real, const Lines& naive) {
    Same(what, Joined(real), Joined(naive));
  }

  template <class Request>
  Request At() const {
    Request request;
    if (time_.has_value()) {
      *request.mutable_as_of()->mutable_time() = TimeToProto(*time_);
    } else {
      request.mutable_as_of()->set_position(as_of_);
    }
    return request;
  }

  // --- How the naive world calls things ---

  const NaiveAsset& Of(int asset) const { return world_.assets[static_cast<size_t>(asset)]; }
  std::string Name(int asset) const {
    return Of(asset).deleted ? absl::StrCat("id:", Of(asset).id) : Of(asset).name;
  }
  std::string Name(NaiveNode node) const {
    return node.second == 0 ? Name(node.first) : absl::StrCat(Name(node.first), "@", node.second);
  }
  std::string Name(const NaiveColumn& column) const {
    return absl::StrCat(Name(column.first), "#",
                        column.second == "a" ? "a" : absl::StrCat("`", column.second, "`"));
  }
  static std::string ViaName(int via) {
    return via > 0 ? absl::StrCat("run ", via) : absl::StrCat("declaration:", -via);
  }
  // What a question calls it.
  std::string Ask(int asset) const {
    return Of(asset).deleted ? Name(asset) : case_.FullName(Of(asset).name);
  }
  std::string Ask(const NaiveColumn& column) const {
    return absl::StrCat(Ask(column.first), "#`", column.second, "`");
  }

  // --- Runs ---

  std::string RunText(const v1::Run& run) {
    Lines lines;
    for (const v1::RunRead& read : run.reads()) {
      lines.insert(case_.Plain(absl::StrCat("reads ", read.reference(), " ", read.alias())));
    }
    for (const v1::RunWrite& write : run.writes()) {
      lines.insert(case_.Plain("writes " + write.reference()));
    }
    for (const v1::ColumnMapping& mapping : run.column_mappings()) {
      for (const v1::ColumnSource& source : mapping.sources()) {
        lines.insert(
            case_.Plain(absl::StrCat(source.column(), ">", mapping.column(), " ",
                                     source.transformation(), source.masking() ? " masked" : "")));
      }
    }
    for (const auto& [key, value] : run.parameters()) lines.insert(key + "=" + value);
    return case_.Plain(absl::StrCat(v1::RunState_Name(run.state()), " ", run.job(), " ",
                                    run.parent_run_id(), " ", Joined(lines)));
  }

  std::string RunText(const NaiveVia& run) {
    Lines lines;
    for (const auto& [node, alias] : run.reads) {
      lines.insert(absl::StrCat("reads ", Name(node), " ", alias));
    }
    for (const NaiveNode& node : run.writes) lines.insert("writes " + Name(node));
    for (const auto& [link, masking] : run.links) {
      const auto& [target, source, how] = link;
      lines.insert(
          absl::StrCat(Name(source), ">", Name(target), " ", how, masking ? " masked" : ""));
    }
    for (const auto& [key, value] : run.parameters) lines.insert(key + "=" + value);
    return absl::StrCat(v1::RunState_Name(run.state), " ", run.job < 0 ? "" : Name(run.job), " ",
                        run.parent, " ", Joined(lines));
  }

  void GetRun(int number) {
    auto request = At<v1::GetRunRequest>();
    request.set_id(case_.Uuid(number));
    const auto real = house_.Run(kGetRun, request);
    const auto naive = world_.vias.find(number);
    Same(absl::StrCat("run ", number), real.ok() ? RunText(*real) : ReasonOf(real.status()),
         naive == world_.vias.end() ? "RUN_NOT_FOUND" : RunText(naive->second));
  }

  void ListRuns() {
    auto request = At<v1::ListRunsRequest>();
    request.set_page_size(2);
    std::string real;
    do {
      const auto page = house_.Must(kListRuns, request);
      for (const v1::Run& run : page.runs()) {
        const std::string plain = case_.Plain("run:" + run.id());
        if (plain.size() > 6) return Listed(real);  // another case's
        absl::StrAppend(&real, plain, " ");
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    Listed(real);
  }
  void Listed(const std::string& real) {
    std::string naive;
    for (auto run = world_.run_order.rbegin(); run != world_.run_order.rend(); ++run) {
      absl::StrAppend(&naive, "run ", *run, " ");
    }
    Same("list", real, naive);
  }

  // --- Declarations ---

  // The edges of a declaration as they are listed: what its columns say of their tables is not said
  // again.
  Lines EdgesOf(const NaiveVia& declared) {
    std::map<int, int> read, written;  // the newest versions
    for (const auto& [node, alias] : declared.reads) read[node.first] = node.second;
    for (const NaiveNode& node : declared.writes) written[node.first] = node.second;
    std::set<std::pair<NaiveNode, NaiveNode>> brought;
    Lines lines;
    for (const auto& [link, masking] : declared.links) {
      const auto& [target, source, how] = link;
      brought.insert({{source.first, read[source.first]}, {target.first, written[target.first]}});
      lines.insert(
          absl::StrCat(Name(source), ">", Name(target), " ", how, masking ? " masked" : ""));
    }
    for (const auto& [source, alias] : declared.reads) {
      for (const NaiveNode& target : declared.writes) {
        if (brought.contains({source, target})) continue;
        lines.insert(absl::StrCat(Name(source), ">", Name(target), " 0"));
      }
    }
    return lines;
  }

  void ListDeclarations() {
    auto request = At<v1::ListDeclarationsRequest>();
    request.set_page_size(2);
    int64_t last = std::numeric_limits<int64_t>::max();
    size_t found = 0;
    do {
      const auto page = house_.Must(kListDeclarations, request);
      for (const v1::Declaration& declaration : page.declarations()) {
        if (declaration.id() >= last || declaration.position() > as_of_) Same("order", "bad", "");
        last = declaration.id();
        const auto naive = world_.vias.find(static_cast<int>(-declaration.id()));
        if (naive == world_.vias.end()) return Found(found);  // another case's
        ++found;
        Lines real;
        for (const v1::DeclaredEdge& edge : declaration.edges()) {
          real.insert(
              case_.Plain(absl::StrCat(edge.source(), ">", edge.target(), " ",
                                       edge.transformation(), edge.masking() ? " masked" : "")));
        }
        Same(absl::StrCat("declaration ", declaration.id()), real, EdgesOf(naive->second));
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    Found(found);
  }
  void Found(size_t declarations) {
    const auto naive = std::count_if(world_.vias.begin(), world_.vias.end(),
                                     [](const auto& via) { return via.first < 0; });
    Same("number of declarations", absl::StrCat(declarations), absl::StrCat(naive));
  }

  // --- Graphs ---

  Lines Text(const v1::LineageGraph& graph) {
    Lines lines;
    for (const v1::LineageNode& node : graph.nodes()) {
      lines.insert(case_.Plain(absl::StrCat(node.reference(), " depth ", node.depth(),
                                            node.source() ? " source" : "",
                                            node.dataset().deleted() ? " deleted" : "")));
    }
    for (const v1::LineageEdge& edge : graph.edges()) {
      lines.insert(case_.Plain(absl::StrCat(
          graph.nodes(edge.source()).reference(), " > ", graph.nodes(edge.target()).reference(),
          " ", v1::EdgeRole_Name(edge.role()), " ", edge.via(), edge.masking() ? " masked" : "")));
    }
    return lines;
  }

  v1::LineageGraph Lineage(const std::string& reference, bool up, v1::Grain grain) {
    auto request = At<v1::GetLineageRequest>();
    request.set_reference(reference);
    request.set_direction(up ? v1::DIRECTION_UPSTREAM : v1::DIRECTION_DOWNSTREAM);
    request.set_grain(grain);
    const auto graph = house_.Run(kGetLineage, request);
    if (!graph.ok() && first_.empty())
      first_ = absl::StrCat(reference, ": ", graph.status().ToString());
    return graph.ok() ? *graph : v1::LineageGraph();
  }

  bool Written(NaiveNode node, bool any_version) const {
    return std::any_of(world_.vias.begin(), world_.vias.end(), [&](const auto& via) {
      return std::any_of(via.second.writes.begin(), via.second.writes.end(), [&](NaiveNode write) {
        return any_version ? write.first == node.first : write == node;
      });
    });
  }

  void Versions(int asset, bool up) {
    const NaiveWalk walk = Walk(world_, RootsOf(world_, asset), {}, up, false);
    Lines naive;
    for (const auto& [node, depth] : walk.data) {
      naive.insert(absl::StrCat(Name(node), " depth ", depth, Written(node, false) ? "" : " source",
                                Of(node.first).deleted ? " deleted" : ""));
    }
    for (const auto& [number, depth] : walk.vias) {
      const NaiveVia& via = world_.vias.at(number);
      naive.insert(
          absl::StrCat(ViaName(number), " depth ", depth, via.reads.empty() ? " source" : ""));
      for (const auto& [node, alias] : via.reads) {
        if (!walk.data.contains(node)) continue;
        naive.insert(absl::StrCat(Name(node), " > ", ViaName(number), " EDGE_ROLE_READ "));
      }
      for (const NaiveNode& node : via.writes) {
        if (!walk.data.contains(node)) continue;
        naive.insert(absl::StrCat(ViaName(number), " > ", Name(node), " EDGE_ROLE_WRITE "));
      }
    }
    Same(absl::StrCat(up ? "upstream" : "downstream", " of ", Name(asset)),
         Text(Lineage(Ask(asset), up, v1::GRAIN_VERSION)), naive);
  }

  void Assets(int asset, bool up) {
    const NaiveWalk walk = Walk(world_, {{asset, 0}}, {}, up, true);
    Lines naive;
    std::set<std::string> edges;
    for (const auto& [node, depth] : walk.data) {
      naive.insert(absl::StrCat(Name(node), " depth ", depth, Written(node, true) ? "" : " source",
                                Of(node.first).deleted ? " deleted" : ""));
    }
    for (const auto& [number, depth] : walk.vias) {
      const NaiveVia& via = world_.vias.at(number);
      for (const auto& [read, alias] : via.reads) {
        for (const NaiveNode& write : via.writes) {
          if (!walk.data.contains({read.first, 0}) || !walk.data.contains({write.first, 0}))
            continue;
          edges.insert(
              absl::StrCat(Name(read.first), " > ", Name(write.first), " EDGE_ROLE_DERIVES "));
        }
      }
    }
    naive.insert(edges.begin(), edges.end());
    Same(absl::StrCat("assets ", up ? "upstream" : "downstream", " of ", Name(asset)),
         Text(Lineage(Ask(asset), up, v1::GRAIN_ASSET)), naive);
  }

  bool Known(const NaiveColumn& column) const {
    return std::any_of(world_.vias.begin(), world_.vias.end(), [&](const auto& via) {
      return std::any_of(via.second.links.begin(), via.second.links.end(), [&](const auto& link) {
        return std::get<0>(link.first) == column || std::get<1>(link.first) == column;
      });
    });
  }

  void Columns(const NaiveColumn& column, bool up) {
    if (!Known(column)) return;
    const auto depths = WalkColumns(world_, column, up);
    Lines naive;
    for (const auto& [at, depth] : depths) {
      const bool derived =
          std::any_of(world_.vias.begin(), world_.vias.end(), [&at = at](const auto& via) {
            return std::any_of(via.second.links.begin(), via.second.links.end(),
                               [&](const auto& link) { return std::get<0>(link.first) == at; });
          });
      naive.insert(absl::StrCat(Name(at), " depth ", depth, derived ? "" : " source"));
    }
    for (const auto& [number, via] : world_.vias) {
      for (const auto& [link, masking] : via.links) {
        const auto& [target, source, how] = link;
        if (!depths.contains(target) || !depths.contains(source)) continue;
        const std::string via_name =
            number > 0 ? ViaName(number) : absl::StrCat("declaration:", -number);
        naive.insert(absl::StrCat(Name(source), " > ", Name(target), " EDGE_ROLE_COLUMN ", via_name,
                                  masking ? " masked" : ""));
      }
    }
    Same(absl::StrCat("columns ", up ? "upstream" : "downstream", " of ", Name(column)),
         Text(Lineage(Ask(column), up, v1::GRAIN_COLUMN)), naive);
  }

  // Columns of an explanation: those that the runs of the origin recorded for its datasets.
  void Origins(int asset) {
    auto request = At<v1::ExplainRequest>();
    request.set_reference(Ask(asset));
    const v1::Explanation why = house_.Must(kExplain, request);
    const NaiveWalk walk = Walk(world_, RootsOf(world_, asset), {}, true, false);
    std::set<int> assets;
    for (const auto& [node, depth] : walk.data) assets.insert(node.first);
    Lines naive, real;
    for (const auto& [number, depth] : walk.vias) {
      for (const auto& [link, masking] : world_.vias.at(number).links) {
        const auto& [target, source, how] = link;
        if (!assets.contains(target.first)) continue;
        naive.insert(absl::StrCat(Name(source), " > ", Name(target), " ", ViaName(number)));
      }
    }
    for (const v1::LineageEdge& edge : why.columns().edges()) {
      real.insert(case_.Plain(absl::StrCat(why.columns().nodes(edge.source()).reference(), " > ",
                                           why.columns().nodes(edge.target()).reference(), " ",
                                           edge.via())));
    }
    Same("column origins of " + Name(asset), real, naive);
    Same("graph of " + Name(asset), Text(why.graph()),
         Text(Lineage(Ask(asset), true, v1::GRAIN_VERSION)));
  }

  // --- Impact ---

  std::string Text(const v1::ImpactResponse& impact) {
    Lines lines;
    for (const v1::AffectedAsset& asset : impact.assets()) {
      std::set<std::string> columns(asset.columns().begin(), asset.columns().end());
      lines.insert(absl::StrCat(asset.asset().asset_id(), " [",
                                absl::StrJoin(asset.versions(), ","), "] ",
                                absl::StrJoin(columns, ",")));
    }
    return absl::StrCat(impact.run_count(), " runs, ", impact.column_count(), " columns, ",
                        Joined(lines));
  }

  std::string Text(size_t runs, const std::map<NaiveColumn, bool>& columns,
                   const std::set<NaiveNode>& data) {
    std::map<int, std::pair<std::set<int>, std::set<std::string>>> assets;
    for (const NaiveNode& node : data) assets[node.first].first.insert(node.second);
    for (const auto& [column, masked] : columns) assets[column.first].second.insert(column.second);
    Lines lines;
    for (const auto& [asset, what] : assets) {
      lines.insert(absl::StrCat(Of(asset).id, " [", absl::StrJoin(what.first, ","), "] ",
                                absl::StrJoin(what.second, ",")));
    }
    return absl::StrCat(runs, " runs, ", columns.size(), " columns, ", Joined(lines));
  }

  v1::ImpactResponse AskImpact(const std::string& reference) {
    auto request = At<v1::ImpactRequest>();
    request.set_reference(reference);
    request.set_show_paths(true);
    const auto impact = house_.Run(kImpact, request);
    if (!impact.ok() && first_.empty())
      first_ = absl::StrCat(reference, ": ", impact.status().ToString());
    return impact.ok() ? *impact : v1::ImpactResponse();
  }

  void Impact(int asset) {
    const std::set<NaiveNode> roots = RootsOf(world_, asset);
    const NaiveWalk walk = Walk(world_, roots, {}, false, false);
    std::set<NaiveNode> data;
    for (const auto& [node, depth] : walk.data) {
      if (!roots.contains(node)) data.insert(node);
    }
    const auto runs = std::count_if(walk.vias.begin(), walk.vias.end(), [&](const auto& via) {
      return via.first > 0 && !world_.vias.at(via.first).writes.empty();
    });
    Same("impact of " + Name(asset), Text(AskImpact(Ask(asset))),
         Text(static_cast<size_t>(runs), {}, data));
  }

  void Impact(const NaiveColumn& column) {
    if (!Known(column)) return;
    const NaiveImpact naive = ImpactOfColumn(world_, column);
    const v1::ImpactResponse real = AskImpact(Ask(column));
    Same("impact of " + Name(column), Text(real),
         Text(naive.runs.size(), naive.columns, naive.data));
    // Every path shown begins at the root.
    for (const v1::AffectedAsset& asset : real.assets()) {
      Same("path from " + Name(column), asset.path().empty() ? "none" : case_.Plain(asset.path(0)),
           Name(column));
    }
  }

  // --- Paths ---

  void Path(int source, int target) {
    auto request = At<v1::FindPathRequest>();
    request.set_source(Ask(source));
    request.set_target(Ask(target));
    const v1::FindPathResponse real = house_.Must(kFindPath, request);
    const NaiveWalk walk = Walk(world_, RootsOf(world_, source), {}, false, false);
    int nearest = -1;
    for (const NaiveNode& node : RootsOf(world_, target)) {
      const auto found = walk.data.find(node);
      if (found == walk.data.end()) continue;
      if (nearest < 0 || found->second < nearest) nearest = found->second;
    }
    const int nodes = real.path().nodes_size();
    Same(absl::StrCat("path from ", Name(source), " to ", Name(target)),
         absl::StrCat(real.found() ? real.path().nodes(nodes - 1).depth() : -1),
         absl::StrCat(nearest));
    for (const v1::LineageEdge& edge : real.path().edges()) {
      if (edge.position() == 0 || edge.position() > as_of_) Same("path position", "bad", "good");
    }
  }

  LineageCase& case_;
  LineageHouse& house_;
  const NaiveWorld& world_;
  const Position as_of_;
  const std::optional<absl::Time> time_;
  std::string first_;
};

// A moment at which the position was the newest; nothing for the empty catalog.
std::optional<absl::Time> TimeOf(LineageHouse& house, Position position) {
  if (position == 0) return std::nullopt;
  sql::Lease lease = house.house().readers().Acquire().value();
  return house.house().ledger().GetEntry(*lease, position).value().time;
}

// Runs steps as a new case; empty, or the first difference.
std::string RunCase(LineageHouse& house, int number, const std::vector<Step>& steps) {
  LineageCase test(house, number);
  std::map<Position, NaiveWorld> history;
  history[house.position()] = test.world;
  for (const Step& step : steps) {
    if (std::string difference = test.Do(step); !difference.empty()) return difference;
    history[house.position()] = test.world;
  }
  // Now, and every few positions back, so that a case sees its beginning, middle and end. Every
  // other one by its time: steps are a second apart.
  size_t i = 0;
  for (auto at = history.rbegin(); at != history.rend(); ++at, ++i) {
    if (i % 7 != 0) continue;
    // Ids are learned after the fact; they never change.
    for (size_t asset = 0; asset < at->second.assets.size(); ++asset) {
      at->second.assets[asset].id = test.world.assets[asset].id;
    }
    const std::optional<absl::Time> time = i % 2 == 0 ? std::nullopt : TimeOf(house, at->first);
    std::string difference = Comparison(test, at->second, at->first, time).Run();
    if (!difference.empty()) return difference;
  }
  return "";
}

std::string GraphDifference(LineageHouse& house) {
  lineage::Graph loaded;
  sql::Lease lease = house.house().readers().Acquire().value();
  const absl::Status status = lineage::LoadGraph(*lease, loaded, house.position());
  if (!status.ok()) return status.ToString();
  return lineage::test::Dump(loaded) == lineage::test::Dump(house.house().graph())
             ? ""
             : "the loaded graph differs";
}

TEST_CASE("lineage answers as a naive world does, at every position", "[lineage][model]") {
  // Many cases share a house, but not so many that it gets slow.
  constexpr uint64_t kCases = 40;
  std::optional<LineageHouse> house;
  int number = 0;
  const auto difference = [&](const std::vector<Step>& steps) {
    std::string found = RunCase(*house, ++number, steps);
    return found.empty() ? GraphDifference(*house) : found;
  };
  ModelSeeds seeds("lineage model", 1, kCases);
  for (uint64_t i = 0; const std::optional<uint64_t> seed = seeds.Next(); ++i) {
    if (i % kCases == 0) {
      house.emplace();
      number = 0;
    }
    const std::vector<Step> steps = RandomSteps(*seed, 11 + (*seed - 1) % kCases);
    if (difference(steps).empty()) continue;
    const std::vector<Step> shrunk = Shrink<Step>(
        steps, [&](const std::vector<Step>& list) { return !difference(list).empty(); }, Simpler,
        400);
    std::string text;
    for (const Step& step : shrunk) absl::StrAppend(&text, "  ", ToText(step), "\n");
    FAIL("seed " << *seed << "\n" << text << difference(shrunk));
  }
}

}  // namespace
}  // namespace whence::test
