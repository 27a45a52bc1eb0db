#include "lineage/declare.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "catalog/object_id.h"
#include "lineage/edge_writer.h"

namespace whence::lineage {
namespace {

constexpr sql::Query kInsertDeclaration{
    "INSERT INTO declaration (id, comment, creator, create_time_us, position)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

// A part of what was declared that one node can stand for: all sources lead to all targets.
struct Part {
  std::vector<const DeclaredPair*> pairs;
};

// The parts in the order in which their first targets were named.
std::vector<Part> PartBySources(const std::vector<DeclaredPair>& pairs) {
  std::map<int64_t, std::vector<int64_t>> sources_of;
  for (const DeclaredPair& pair : pairs) {
    sources_of[pair.target_node].push_back(pair.source_node);
  }
  for (auto& [target, sources] : sources_of) {
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  }
  std::map<std::vector<int64_t>, size_t> part_of;
  std::vector<Part> parts;
  for (const DeclaredPair& pair : pairs) {
    const auto [found, fresh] = part_of.try_emplace(sources_of[pair.target_node], parts.size());
    if (fresh) parts.emplace_back();
    parts[found->second].pairs.push_back(&pair);
  }
  return parts;
}

absl::Status WritePart(internal::EdgeWriter& writer, int64_t id, const Part& part) {
  for (const DeclaredPair* pair : part.pairs) {
    WHENCE_RETURN_IF_ERROR(writer.Write(id, NewEdge{.direction = EdgeDirection::kRead,
                                                    .node_id = pair->source_node,
                                                    .alias = pair->source_alias}));
    WHENCE_RETURN_IF_ERROR(writer.Write(id, NewEdge{.direction = EdgeDirection::kWrite,
                                                    .node_id = pair->target_node,
                                                    .alias = pair->target_alias}));
    if (pair->column.has_value()) WHENCE_RETURN_IF_ERROR(writer.Write(id, *pair->column));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeclaredEdges> DeclareEdges(sql::WriteContext& context, const ledger::Change& change,
                                           GraphChanges& graph, const std::string& comment,
                                           const std::vector<DeclaredPair>& pairs) {
  internal::EdgeWriter writer(context, change, graph);
  DeclaredEdges declared;
  for (const Part& part : PartBySources(pairs)) {
    WHENCE_ASSIGN_OR_RETURN(const int64_t id, catalog::NextObjectId(context));
    WHENCE_RETURN_IF_ERROR(context.connection().Execute(
        kInsertDeclaration, id, comment, change.actor, change.time, change.position));
    graph.AddDeclaration(id, change.position);
    WHENCE_RETURN_IF_ERROR(WritePart(writer, id, part));
    if (declared.first_id == 0) declared.first_id = id;
    ++declared.count;
  }
  return declared;
}

}  // namespace whence::lineage
