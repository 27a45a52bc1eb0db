// Graphs as bytes: what is decoded is what was put in.
#include "service/graph_draft.h"

#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "base/strings.h"
#include "service/encoded.h"

namespace whence::service {
namespace {

v1::LineageNode NodeNumber(int number) {
  v1::LineageNode node;
  node.set_reference(StrCat("a.b.node", number));
  if (number % 3 == 0) {
    node.mutable_run()->set_id(StrCat("run ", number));
  } else {
    node.mutable_dataset()->set_asset(std::string(static_cast<size_t>(number), 'x'));
  }
  return node;
}

DescribedNode Describe(const v1::LineageNode& node) {
  return {.bytes = node.SerializeAsString(), .via = node.has_run()};
}

// Draws numbers, the largest that a field takes among them.
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  bool Bool() { return random_() % 2 == 0; }
  int32_t Number() {
    return random_() % 8 == 0 ? INT32_MAX : static_cast<int32_t>(random_() % 300);
  }

 private:
  std::mt19937 random_;
};

// The same graph twice: as a draft, and as the message that it should be.
struct Both {
  GraphDraft draft;
  v1::LineageGraph message;
  int32_t vias = 0;
  int32_t sources = 0;

  NodePlace Place(Draw& draw, v1::LineageNode* node) {
    const NodePlace place{
        .depth = static_cast<uint32_t>(draw.Number()), .source = draw.Bool(), .cut = draw.Bool()};
    vias += node->has_run() ? 1 : 0;
    sources += place.source ? 1 : 0;
    node->set_depth(static_cast<int32_t>(place.depth));
    node->set_source(place.source);
    node->set_cut(place.cut);
    return place;
  }

  void AddNode(Draw& draw, int number) {
    v1::LineageNode* node = message.add_nodes();
    *node = NodeNumber(number);
    draft.Add(Describe(NodeNumber(number)), Place(draw, node));
  }

  void AddEdge(Draw& draw) {
    v1::LineageEdge* edge = message.add_edges();
    edge->set_source(draw.Number());
    edge->set_target(draw.Number());
    edge->set_role(draw.Bool() ? v1::EDGE_ROLE_COLUMN : v1::EDGE_ROLE_READ);
    edge->set_position(int64_t{draw.Number()} * draw.Number());
    edge->set_masking(draw.Bool());
    if (draw.Bool()) edge->set_transformation(v1::TransformationType_MAX);
    if (draw.Bool()) edge->set_via("run:1");
    draft.AddEdge({.source = edge->source(),
                   .target = edge->target(),
                   .role = edge->role(),
                   .position = edge->position(),
                   .transformation = edge->transformation(),
                   .masking = edge->masking(),
                   .via = edge->via()});
  }
};

TEST_CASE("a draft of a graph is the bytes of its message", "[service][graph_draft]") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Draw draw(seed);
    Both both;
    const bool reserved = draw.Bool();
    if (reserved) {
      both.draft.ReserveFirst();
      both.message.add_nodes();
    }
    const int nodes = draw.Number() % 40;
    for (int i = 0; i < nodes; ++i) both.AddNode(draw, i);
    for (int i = draw.Number() % 40; i > 0; --i) both.AddEdge(draw);
    if (reserved) {
      v1::LineageNode* first = both.message.mutable_nodes(0);
      *first = NodeNumber(1000);
      both.draft.PutFirst(Describe(NodeNumber(1000)), both.Place(draw, first));
    }
    if (draw.Bool()) {
      both.message.set_root("a.b.c@1");
      both.draft.set_root("a.b.c@1");
    }
    both.message.set_position(draw.Number());
    both.draft.set_position(both.message.position());

    const auto decoded = Encoded<v1::LineageGraph>{both.draft.Encode()}.Decode();
    REQUIRE(decoded.DebugString() == both.message.DebugString());
    REQUIRE(both.draft.size() == both.message.nodes_size());
    REQUIRE(both.draft.vias() == both.vias);
    REQUIRE(both.draft.sources() == both.sources);
    if (nodes > 0) {
      REQUIRE(static_cast<int32_t>(both.draft.last_depth()) ==
              both.message.nodes(both.message.nodes_size() - 1).depth());
    }
  }
}

TEST_CASE("a draft says once what was left out", "[service][graph_draft]") {
  GraphDraft draft;
  for (int i = 0; i < 2; ++i) {
    draft.Truncate(v1::TRUNCATION_BYTES);
    draft.Truncate(v1::TRUNCATION_NODES);
  }
  const auto graph = Encoded<v1::LineageGraph>{draft.Encode()}.Decode();
  REQUIRE(graph.truncations_size() == 2);
  REQUIRE(graph.truncations(0) == v1::TRUNCATION_NODES);
  REQUIRE(graph.truncations(1) == v1::TRUNCATION_BYTES);
}

TEST_CASE("rich nodes share kMaxGraphDetailBytes, and nodes of kPlainNodeBytes are not rich") {
  DetailRoom room;
  // As many plain ones as anybody asks for take nothing of it.
  for (size_t i = 0; i <= 2 * kMaxGraphDetailBytes / kPlainNodeBytes; ++i) {
    REQUIRE(room.Take(kPlainNodeBytes));
  }
  CHECK(room.Take(kMaxGraphDetailBytes - (kPlainNodeBytes + 1)));
  CHECK(room.Take(kPlainNodeBytes + 1));
  CHECK_FALSE(room.Take(kPlainNodeBytes + 1));
  CHECK(room.Take(kPlainNodeBytes));

  DetailRoom other;
  CHECK(other.Take(kMaxGraphDetailBytes - kPlainNodeBytes));
  CHECK_FALSE(other.Take(kPlainNodeBytes + 1));  // a byte too many
  CHECK(DetailRoom().Take(kMaxGraphDetailBytes));
  DetailRoom none;
  CHECK_FALSE(none.Take(kMaxGraphDetailBytes + 1));
  CHECK_FALSE(none.Take(kPlainNodeBytes + 1));  // nor anything that is rich after it
}

}  // namespace
}  // namespace whence::service
