// A lineage graph on its way to the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/position.h"
#include "whence/v1/lineage.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// A node as it has been described, for any answer that it is in.
struct DescribedNode {
  std::string bytes{};    // a v1::LineageNode without its place in an answer
  bool via = false;       // it is a run or a declaration
  bool redacted = false;  // the caller may not see what it is
  int64_t asset_id = 0;   // of a dataset whose name is nobody else's; 0: it is none
  std::string asset{};    // what that is called

  // What it takes in a cache.
  size_t ByteSizeLong() const { return bytes.size() + asset.size(); }
};

// Purpose: the room for the rich nodes of one graph, those of over kPlainNodeBytes: together they
// have kMaxGraphDetailBytes. Ownership: none. Thread-safety: one thread.
class DetailRoom {
 public:
  // Whether there is room for a node of so many bytes. Once there was none for one, there is none
  // for any that is rich: what a graph leaves out does not depend on which of them is smaller.
  bool Take(size_t bytes) {
    if (bytes <= kPlainNodeBytes) return true;
    const bool fits = bytes <= kMaxGraphDetailBytes - used_;
    used_ = fits ? used_ + bytes : kMaxGraphDetailBytes;
    return fits;
  }

 private:
  size_t used_ = 0;
};

// Where a node stands in one answer.
struct NodePlace {
  uint32_t depth = 0;
  bool source = false;
  bool cut = false;
};

// Purpose: v1::LineageGraph, node after node and edge after edge, as bytes. Ownership: its own.
// Thread-safety: one thread.
class GraphDraft {
 public:
  struct Edge {
    int32_t source = 0;  // places of nodes, in the order in which they were added
    int32_t target = 0;
    v1::EdgeRole role = v1::EDGE_ROLE_UNSPECIFIED;
    Position position = kNoPosition;
    v1::TransformationType transformation = v1::TRANSFORMATION_TYPE_UNSPECIFIED;
    bool masking = false;
    std::string_view via = {};
  };

  void set_root(std::string root) { root_ = std::move(root); }
  void set_position(Position position) { position_ = position; }

  void Add(const DescribedNode& node, const NodePlace& place);
  // Keeps the first place for a node that is described after the others. Before any Add.
  void ReserveFirst() { ++size_; }
  void PutFirst(const DescribedNode& node, const NodePlace& place);
  void AddEdge(const Edge& edge);
  // Says so once, however often it is told.
  void Truncate(v1::Truncation truncation);

  int32_t size() const { return size_; }  // nodes
  // How many of them are runs or declarations, and how many are sources.
  int32_t vias() const { return vias_; }
  int32_t sources() const { return sources_; }
  uint32_t last_depth() const { return last_depth_; }  // of the node added last

  // The bytes of the v1::LineageGraph.
  std::string Encode() const;

 private:
  void Append(const DescribedNode& node, const NodePlace& place, std::string* out);

  std::string root_;
  Position position_ = kNoPosition;
  std::string first_;         // the reserved node
  std::string parts_;         // the other nodes and the edges
  uint32_t truncations_ = 0;  // a bit each
  int32_t size_ = 0;
  int32_t vias_ = 0;
  int32_t sources_ = 0;
  int32_t redacted_ = 0;
  uint32_t last_depth_ = 0;
};

}  // namespace whence::service
