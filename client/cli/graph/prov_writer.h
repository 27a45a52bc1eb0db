#pragma once

// Nodes and edges of lineage as records of PROV. docs/provenance.md has the mapping.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/graph/prov_document.h"
#include "google/protobuf/timestamp.pb.h"
#include "whence/v1/lineage.pb.h"

namespace whence::cli {

// Purpose: puts graphs, or single relations, into a document. Ownership: borrows the document.
// Thread-safety: none.
class ProvWriter {
 public:
  explicit ProvWriter(ProvDocument& document) : document_(document) {}

  // All graphs of an answer, once.
  void Add(const std::vector<const v1::LineageGraph*>& graphs);

  // Relations between records by their qualified names. Each is made once.
  // `type`: a qualified name, or nothing.
  void Derive(const std::string& target, const std::string& source, std::string_view type);
  void Use(const std::string& activity, const std::string& entity, std::string_view role);
  // The first activity that is said to have made the entity did; those after it wrote it again,
  // which PROV calls an influence: it knows one generation of an entity.
  void Generate(const std::string& entity, const std::string& activity,
                const google::protobuf::Timestamp& time);
  void AddMember(const std::string& collection, const std::string& member);

 private:
  // What versions, columns and runs point to: assets and jobs, which may be no nodes themselves.
  struct General {
    std::string reference;
    std::string label;
    std::string type;
    std::string owner;
    std::string specific;  // a version of it
    std::string member;    // a column of it
    bool plan = false;     // a job that runs follow
  };
  // Ends of a declaration in one graph.
  struct Declared {
    std::vector<int> sources;
    std::vector<int> targets;
  };

  void AddNode(const v1::LineageNode& node);
  ProvRecord* NewEntity(const v1::LineageNode& node, std::string_view label);
  void AddDataset(const v1::LineageNode& node);
  void AddColumn(const v1::LineageNode& node);
  void AddRun(const v1::LineageNode& node);
  void AddPrediction(const v1::LineageNode& node);
  void AddRetrieved(const std::string& inference, const v1::Prediction& prediction);
  void AddGeneral(const General& general);
  // Who recorded it, by the plan that its job is.
  void Associate(const std::string& activity, const std::string& recorder, const std::string& job);
  void Start(const std::string& activity, const std::string& starter);

  void AddEdges(const v1::LineageGraph& graph);
  void AddEdge(const v1::LineageEdge& edge, const v1::LineageNode& source,
               const v1::LineageNode& target);
  void AddColumnEdge(const v1::LineageEdge& edge, const std::string& to, const std::string& from);
  void AddDeclared(const v1::LineageGraph& graph, const v1::LineageNode& node,
                   const Declared& ends);
  std::string InferenceOf(const v1::LineageNode& node);

  ProvDocument& document_;
  std::vector<General> generals_;
  std::map<std::string, std::string> makers_;  // the activity that made each entity
};

// "a.b.c" of "a.b.c#column"; empty for what is no column's reference.
std::string_view TableOfColumn(std::string_view reference);

}  // namespace whence::cli
