#pragma once

// A house with few words for runs and questions about lineage.

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"
#include "support/house_fixture.h"

namespace whence::test {

inline std::string Uuid(int number) {
  return absl::StrCat("00000000-0000-7000-8000-", absl::Dec(number, absl::kZeroPad12));
}

// A run in few words: what it reads, what it writes, its job. Number 0: without an id.
inline v1::Run RunOf(int number, const std::vector<std::string>& reads,
                     const std::vector<std::string>& writes, std::string_view job = "") {
  v1::Run run;
  if (number != 0) run.set_id(Uuid(number));
  run.set_job(std::string(job));
  for (const std::string& read : reads) run.add_reads()->set_reference(read);
  for (const std::string& write : writes) run.add_writes()->set_reference(write);
  return run;
}

// Says that `target` comes from `source`, both columns.
inline v1::ColumnSource* MapColumn(v1::Run& run, std::string_view source, std::string_view target,
                                   bool masking = false) {
  v1::ColumnMapping* mapping = run.add_column_mappings();
  mapping->set_column(std::string(target));
  v1::ColumnSource* from = mapping->add_sources();
  from->set_column(std::string(source));
  from->set_masking(masking);
  from->set_transformation(v1::TRANSFORMATION_TYPE_IDENTITY);
  return from;
}

class LineageHouse : public HouseFixture {
 public:
  // The same as Run, and it must succeed.
  template <class Operation, class Request>
  auto Must(const Operation& operation, const Request& request) {
    clock.Advance(absl::Seconds(1));
    auto answer = Run(operation, request);
    INFO(answer.status());
    REQUIRE(ReasonOf(answer.status()) == "OK");
    return *std::move(answer);
  }
  // The reason of its error; "OK".
  template <class Operation, class Request>
  std::string Reason(const Operation& operation, const Request& request) {
    return ReasonOf(Run(operation, request).status());
  }

  void Rename(std::string_view name, std::string_view new_name) {
    v1::RenameAssetRequest request;
    request.set_name(std::string(name));
    request.set_new_name(std::string(new_name));
    Must(service::kRenameAsset, request);
  }
  void Delete(std::string_view name) {
    v1::DeleteAssetRequest request;
    request.set_name(std::string(name));
    Must(service::kDeleteAsset, request);
  }
  void Tag(std::string_view target, std::string_view key, std::string_view value) {
    v1::SetTagsRequest request;
    request.set_reference(std::string(target));
    request.add_set()->set_key(std::string(key));
    request.mutable_set(0)->set_value(std::string(value));
    Must(service::kSetTags, request);
  }

  v1::Run Record(v1::Run run) {
    v1::RecordRunRequest request;
    *request.mutable_run() = std::move(run);
    return Must(service::kRecordRun, request);
  }
  std::string RecordReason(v1::Run run) {
    v1::RecordRunRequest request;
    *request.mutable_run() = std::move(run);
    return Reason(service::kRecordRun, request);
  }
  v1::Run Start(v1::Run run) {
    v1::StartRunRequest request;
    *request.mutable_run() = std::move(run);
    return Must(service::kStartRun, request);
  }
  v1::Run Update(v1::Run run) {
    v1::UpdateRunRequest request;
    *request.mutable_run() = std::move(run);
    return Must(service::kUpdateRun, request);
  }
  v1::Run Finish(int number, v1::RunState state) {
    v1::FinishRunRequest request;
    request.set_id(Uuid(number));
    request.set_state(state);
    return Must(service::kFinishRun, request);
  }
  v1::Declaration Declare(const std::vector<std::pair<std::string, std::string>>& edges) {
    v1::RecordEdgesRequest request;
    for (const auto& [source, target] : edges) {
      request.add_edges()->set_source(source);
      request.mutable_edges(request.edges_size() - 1)->set_target(target);
    }
    return Must(service::kRecordEdges, request);
  }
  v1::Run GetRun(int number, Position as_of = -1) {
    v1::GetRunRequest request;
    request.set_id(Uuid(number));
    if (as_of >= 0) request.mutable_as_of()->set_position(as_of);
    return Must(service::kGetRun, request);
  }

  v1::LineageGraph Lineage(std::string_view reference, v1::Direction direction,
                           v1::Grain grain = v1::GRAIN_UNSPECIFIED, Position as_of = -1) {
    v1::GetLineageRequest request;
    request.set_reference(std::string(reference));
    request.set_direction(direction);
    request.set_grain(grain);
    if (as_of >= 0) request.mutable_as_of()->set_position(as_of);
    return Must(service::kGetLineage, request);
  }
  v1::Explanation Explain(std::string_view reference, Position as_of = -1) {
    v1::ExplainRequest request;
    request.set_reference(std::string(reference));
    if (as_of >= 0) request.mutable_as_of()->set_position(as_of);
    return Must(service::kExplain, request);
  }
  v1::ImpactResponse Impact(std::string_view reference) {
    v1::ImpactRequest request;
    request.set_reference(std::string(reference));
    request.set_show_paths(true);
    return Must(service::kImpact, request);
  }
  v1::FindPathResponse Path(std::string_view source, std::string_view target) {
    v1::FindPathRequest request;
    request.set_source(std::string(source));
    request.set_target(std::string(target));
    return Must(service::kFindPath, request);
  }

  // The ledger's entry at the newest position.
  ledger::Entry LastEntry() {
    sql::Lease lease = house().readers().Acquire().value();
    return house().ledger().GetEntry(*lease, position()).value();
  }
};

// A reference as tests write it: runs by number, "run 3".
inline std::string Short(std::string reference) {
  const std::string prefix = "run:00000000-0000-7000-8000-";
  if (reference.rfind(prefix, 0) != 0) return reference;
  return absl::StrCat("run ", std::stoi(reference.substr(prefix.size())));
}

// The nodes of a graph with their depths: "a.b.c@1/0 run 3/0".
inline std::string Nodes(const v1::LineageGraph& graph) {
  return absl::StrJoin(graph.nodes(), " ", [](std::string* out, const v1::LineageNode& node) {
    absl::StrAppend(out, Short(node.reference()), "/", node.depth(), node.source() ? "s" : "",
                    node.cut() ? "c" : "");
  });
}

// The edges of a graph, in its order: "a.b.c@1>run 3 READ".
inline std::string Edges(const v1::LineageGraph& graph) {
  return absl::StrJoin(
      graph.edges(), ", ", [&graph](std::string* out, const v1::LineageEdge& edge) {
        absl::StrAppend(out, Short(graph.nodes(edge.source()).reference()), ">",
                        Short(graph.nodes(edge.target()).reference()), " ",
                        v1::EdgeRole_Name(edge.role()).substr(std::string("EDGE_ROLE_").size()));
        if (!edge.via().empty()) absl::StrAppend(out, " by ", Short(edge.via()));
        if (edge.masking()) absl::StrAppend(out, " masked");
      });
}

// What a run read and wrote: "reads a.b.c@1(champion) writes a.b.d".
inline std::string Data(const v1::Run& run) {
  std::string text = "reads";
  for (const v1::RunRead& read : run.reads()) {
    absl::StrAppend(&text, " ", read.reference());
    if (!read.alias().empty()) absl::StrAppend(&text, "(", read.alias(), ")");
  }
  absl::StrAppend(&text, " writes");
  for (const v1::RunWrite& write : run.writes()) absl::StrAppend(&text, " ", write.reference());
  return text;
}

}  // namespace whence::test
