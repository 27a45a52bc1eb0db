// Trees, the answer of `whence why`, and pictures, from graphs made by hand.

#include <catch2/catch.hpp>

#include <sstream>

#include "base/strings.h"
#include "cli/graph/footer.h"
#include "cli/graph/graph_view.h"
#include "cli/graph/origin_tree.h"
#include "cli/graph/picture.h"
#include "cli/graph/tree.h"
#include "cli/graph/why_report.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"
#include "cli/text/parse.h"

namespace whence::cli {
namespace {

// Builds graphs in a few words.
class Builder {
 public:
  v1::LineageGraph graph;

  int Dataset(const std::string& asset, int64_t version, v1::Kind kind,
              const std::string& digest = "", bool source = false) {
    v1::LineageNode& node = *graph.add_nodes();
    node.set_reference(version == 0 ? asset : StrCat(asset, "@", version));
    node.set_source(source);
    v1::DatasetNode& dataset = *node.mutable_dataset();
    dataset.set_asset(asset);
    dataset.set_version(version);
    dataset.set_kind(kind);
    dataset.set_digest(digest);
    return graph.nodes_size() - 1;
  }

  int Run(const std::string& job, const std::string& id) {
    v1::LineageNode& node = *graph.add_nodes();
    node.set_reference(StrCat("run:", id));
    node.mutable_run()->set_id(id);
    node.mutable_run()->set_job(job);
    node.mutable_run()->set_state(v1::RUN_STATE_COMPLETE);
    return graph.nodes_size() - 1;
  }

  int Column(const std::string& reference) {
    v1::LineageNode& node = *graph.add_nodes();
    node.set_reference(reference);
    node.mutable_column()->set_asset(reference.substr(0, reference.find('#')));
    return graph.nodes_size() - 1;
  }

  v1::LineageEdge& Edge(int source, int target, v1::EdgeRole role) {
    v1::LineageEdge& edge = *graph.add_edges();
    edge.set_source(source);
    edge.set_target(target);
    edge.set_role(role);
    return edge;
  }

  void ReadBy(int data, int run) { Edge(data, run, v1::EDGE_ROLE_READ); }
  void Wrote(int run, int data) { Edge(run, data, v1::EDGE_ROLE_WRITE); }
};

google::protobuf::Timestamp At(const char* text) { return ToTimestamp(*ParseTime(text)); }

constexpr char kTrain[] = "8f41c2e7-1111-4222-8333-444455556666";
constexpr char kCut[] = "02d9aa10-1111-4222-8333-444455556666";

// The answer of the tour, section 1.
v1::Explanation Handbook() {
  Builder b;
  v1::LineageNode& root = *b.graph.add_nodes();
  root.set_reference("prediction:handbook-0007");
  v1::Prediction& prediction = *root.mutable_prediction();
  prediction.set_id("handbook-0007");
  prediction.set_recorder("svc:handbook-qa");
  prediction.set_latency_us(800);
  prediction.set_status(v1::PREDICTION_STATUS_OK);
  prediction.set_input_text("How long may a member keep a borrowed book?");
  prediction.set_output_text("Fourteen days, renewable once.");
  *prediction.mutable_start_time() = At("2026-03-03T10:14:07Z");
  const auto retrieved = [&prediction](double score, const char* where, const char* excerpt) {
    v1::RetrievedItem& item = *prediction.add_retrieved();
    item.set_index("demo.handbook.tfidf@1");
    item.set_score(score);
    item.set_source("demo.handbook.passages@1");
    item.set_source_location(where);
    item.set_excerpt(excerpt);
  };
  retrieved(0.83, "row 117", "Books are lent for fourteen days ...");
  retrieved(0.41, "row 118", "A loan may be renewed once ...");
  const int model = b.Dataset("demo.handbook.answerer", 1, v1::KIND_MODEL, "sha256:9f2c51d0ffff");
  b.graph.mutable_nodes(model)->mutable_dataset()->add_aliases("champion");
  const int prompt = b.Dataset("demo.handbook.extractive", 1, v1::KIND_PROMPT, "", true);
  const int index = b.Dataset("demo.handbook.tfidf", 1, v1::KIND_INDEX);
  const int train = b.Run("demo.handbook.train-answerer", kTrain);
  v1::Run& run = *b.graph.mutable_nodes(train)->mutable_run();
  *run.mutable_start_time() = At("2026-03-03T10:14:05Z");
  run.mutable_code()->set_commit("4be1c7d0aabbcc");
  run.mutable_code()->set_path("examples/handbook_qa");
  const int passages =
      b.Dataset("demo.handbook.passages", 1, v1::KIND_TABLE, "sha256:77ab03c1eeee");
  b.graph.mutable_nodes(passages)
      ->mutable_dataset()
      ->mutable_detail()
      ->mutable_table()
      ->set_row_count(214);
  const int cut = b.Run("demo.handbook.cut-passages", kCut);
  const int source =
      b.Dataset("demo.handbook.source", 1, v1::KIND_VOLUME, "sha256:e3b0c442dddd", true);
  b.graph.mutable_nodes(source)
      ->mutable_dataset()
      ->mutable_detail()
      ->mutable_volume()
      ->set_file_name("handbook.txt");
  b.Edge(model, 0, v1::EDGE_ROLE_MODEL);
  b.Edge(prompt, 0, v1::EDGE_ROLE_PROMPT);
  b.Edge(index, 0, v1::EDGE_ROLE_INDEX);
  b.Edge(passages, 0, v1::EDGE_ROLE_RETRIEVED_SOURCE);
  b.Wrote(train, model);
  b.ReadBy(passages, train);
  b.Wrote(cut, passages);
  b.ReadBy(source, cut);
  b.graph.set_root("prediction:handbook-0007");
  b.graph.set_position(62);
  v1::Explanation explanation;
  *explanation.mutable_graph() = b.graph;
  explanation.set_run_count(2);
  explanation.set_source_count(2);
  return explanation;
}

std::string Why(const v1::Explanation& explanation, const WhyOptions& options = {}) {
  std::ostringstream out;
  PrintWhy(out, explanation, options);
  return out.str();
}

TEST_CASE("why: the tree of the tour") {
  CHECK(Why(Handbook()) ==
        R"(prediction handbook-0007        2026-03-03 10:14:07Z   svc:handbook-qa   0.8 ms   OK
│ "How long may a member keep a borrowed book?" → "Fourteen days, renewable once."
├─ model    demo.handbook.answerer@1  (champion)              sha256:9f2c51d0
│  └─ run   train-answerer 8f41c2e7  COMPLETE   10:14:05Z   git 4be1c7d examples/handbook_qa
│     └─ table  demo.handbook.passages@1  (214 rows)          sha256:77ab03c1
│        └─ run   cut-passages 02d9aa10  COMPLETE
│           └─ volume  demo.handbook.source@1  handbook.txt   sha256:e3b0c442   ← source
├─ prompt   demo.handbook.extractive@1   ← source
└─ retrieved from index  demo.handbook.tfidf@1
   ├─ #1  0.83  passages@1 row 117   "Books are lent for fourteen days ..."
   └─ #2  0.41  passages@1 row 118   "A loan may be renewed once ..."

8 nodes, 2 runs, 2 sources · as of position 62 · complete: nothing cut, nothing redacted
)");
}

TEST_CASE("why: colours only change what is not seen") {
  WhyOptions options;
  options.styler = Styler(true);
  std::string colored = Why(Handbook(), options);
  CHECK(colored.find("\x1b[") != std::string::npos);
  for (size_t at = 0; (at = colored.find("\x1b[", at)) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  CHECK(colored == Why(Handbook()));
}

TEST_CASE("why: fits the terminal, question and answer on lines of their own") {
  WhyOptions options;
  options.width = 60;
  const std::string text = Why(Handbook(), options);
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    CHECK(DisplayWidth(text.substr(at, end - at)) <= 60);
    at = end + 1;
  }
  CHECK(text.find("│ \"How long may a member keep a borrowed book?\"\n│ → \"Fourteen") !=
        std::string::npos);
}

TEST_CASE("why: what was cut and redacted is said") {
  v1::Explanation explanation = Handbook();
  explanation.mutable_graph()->add_truncations(v1::TRUNCATION_DEPTH);
  explanation.mutable_graph()->set_redacted_count(1);
  explanation.mutable_graph()->mutable_nodes(5)->set_cut(true);
  explanation.mutable_graph()->mutable_nodes(7)->mutable_dataset()->clear_asset();
  const std::string text = Why(explanation);
  CHECK(text.find(
            "as of position 62 · cut at the bound on depth (more with --depth), 1 node redacted") !=
        std::string::npos);
  CHECK(text.find("… came from more (cut)") != std::string::npos);
  CHECK(text.find("volume  [redacted]") != std::string::npos);
}

TEST_CASE("why: a shared origin is unfolded once") {
  v1::Explanation explanation = Handbook();
  Builder b;
  b.graph = explanation.graph();
  // The index was built from the same passages, by a run of its own.
  const int build = b.Run("demo.handbook.build-index", "11112222-1111-4222-8333-444455556666");
  b.Wrote(build, 3);
  b.ReadBy(5, build);
  *explanation.mutable_graph() = b.graph;
  const std::string text = Why(explanation);
  CHECK(text.find("   ├─ #2  0.41") != std::string::npos);
  CHECK(text.find("   └─ run   build-index 11112222  COMPLETE\n"
                  "      └─ table  demo.handbook.passages@1  (214 rows)   (see above)\n") !=
        std::string::npos);
  CHECK(text.find("cut-passages") == text.rfind("cut-passages"));
}

TEST_CASE("why: a retrieved source that no branch shows gets one of its own") {
  v1::Explanation explanation = Handbook();
  // Without the training run nothing else leads to the passages.
  explanation.mutable_graph()->mutable_edges()->DeleteSubrange(4, 2);
  const std::string text = Why(explanation);
  CHECK(text.find("└─ source   demo.handbook.passages@1") != std::string::npos);
}

TEST_CASE("why: cycles end") {
  Builder b;
  const int state = b.Dataset("prod.a.state", 2, v1::KIND_TABLE);
  const int run = b.Run("prod.a.step", kTrain);
  const int other = b.Dataset("prod.a.other", 1, v1::KIND_TABLE);
  const int back = b.Run("prod.a.back", kCut);
  b.Wrote(run, state);
  b.ReadBy(other, run);
  b.ReadBy(state, run);
  b.Wrote(back, other);
  b.ReadBy(state, back);
  b.graph.set_root("prod.a.state@2");
  v1::Explanation explanation;
  *explanation.mutable_graph() = b.graph;
  const std::string text = Why(explanation);
  CHECK(text.find("table  prod.a.state@2   (see above, a cycle)") != std::string::npos);
  CHECK(text.find("prod.a.other@1") == text.rfind("prod.a.other@1"));
}

TEST_CASE("why: an asset begins with its versions") {
  Builder b;
  b.Dataset("prod.a.t", 2, v1::KIND_TABLE, "sha256:aaaaaaaaaa");
  b.Dataset("prod.a.t", 1, v1::KIND_TABLE, "sha256:bbbbbbbbbb", true);
  b.graph.set_root("prod.a.t");
  v1::Explanation explanation;
  *explanation.mutable_graph() = b.graph;
  explanation.set_source_count(1);
  CHECK(
      Why(explanation) ==
      "table prod.a.t   2 versions\n"
      "├─ table    prod.a.t@2   sha256:aaaaaaaa\n"
      "└─ table    prod.a.t@1   sha256:bbbbbbbb   ← source\n"
      "\n2 nodes, 0 runs, 1 source · as of position 0 · complete: nothing cut, nothing redacted\n");
}

TEST_CASE("why: a run shows what it was given") {
  Builder b;
  const int run = b.Run("prod.a.train", kTrain);
  v1::Run& data = *b.graph.mutable_nodes(run)->mutable_run();
  (*data.mutable_parameters())["epochs"] = "10";
  (*data.mutable_parameters())["lr"] = "0.1";
  data.set_state(v1::RUN_STATE_FAILED);
  data.set_error_message("out of\nmemory");
  b.ReadBy(b.Dataset("prod.a.t", 1, v1::KIND_TABLE, "", true), run);
  b.graph.set_root(StrCat("run:", kTrain));
  v1::Explanation explanation;
  *explanation.mutable_graph() = b.graph;
  const std::string text = Why(explanation);
  CHECK(text.starts_with("run train 8f41c2e7  FAILED   out of memory\n"));
  CHECK(text.find("├─ with     epochs=10, lr=0.1\n└─ table    prod.a.t@1   ← source") !=
        std::string::npos);
}

TEST_CASE("why: a column, and the columns of a version") {
  Builder b;
  const int hash = b.Column("prod.mart.contacts#email_hash");
  b.graph.mutable_nodes(hash)->mutable_column()->set_type("string");
  const int mail = b.Column("prod.raw.users#email");
  b.graph.mutable_nodes(mail)->set_source(true);
  v1::LineageEdge& edge = b.Edge(mail, hash, v1::EDGE_ROLE_COLUMN);
  edge.set_transformation(v1::TRANSFORMATION_TYPE_TRANSFORMATION);
  edge.set_masking(true);
  edge.set_via(StrCat("run:", kCut));
  b.graph.set_root("prod.mart.contacts#email_hash");
  v1::Explanation explanation;
  *explanation.mutable_graph() = b.graph;
  CHECK(Why(explanation)
            .starts_with("column prod.mart.contacts#email_hash  string\n"
                         "└─ column   prod.raw.users#email   transformation, masking, via run "
                         "02d9aa10   ← source\n"));

  v1::Explanation version = Handbook();
  *version.mutable_columns() = b.graph;
  CHECK(Why(version).find("1 column origin known: --grain column shows them") != std::string::npos);
  WhyOptions options;
  options.columns = true;
  CHECK(Why(version, options)
            .find("columns\n  prod.mart.contacts#email_hash ← prod.raw.users#email   "
                  "transformation, masking, via run 02d9aa10\n") != std::string::npos);
}

TEST_CASE("why: deep chains go on further down, wide ones are counted") {
  Builder b;
  int last = b.Dataset("prod.a.t", 200, v1::KIND_TABLE);
  for (int i = 0; i < 199; ++i) {
    const int run = b.Run("prod.a.step", StrCat(10000000 + i, "-1111-4222-8333-444455556666"));
    b.Wrote(run, last);
    last = b.Dataset("prod.a.t", 199 - i, v1::KIND_TABLE);
    b.ReadBy(last, run);
  }
  b.graph.set_root("prod.a.t@200");
  v1::Explanation deep;
  *deep.mutable_graph() = b.graph;
  WhyOptions options;
  options.width = 100;
  const std::string text = Why(deep, options);
  CHECK(text.find("… goes on below") != std::string::npos);
  CHECK(text.find("prod.a.t@1\n") != std::string::npos);

  Builder wide;
  const int run = wide.Run("prod.a.join", kTrain);
  for (int i = 0; i < 100; ++i) {
    wide.ReadBy(wide.Dataset(StrCat("prod.a.t", i), 1, v1::KIND_TABLE), run);
  }
  v1::Explanation many;
  *many.mutable_graph() = wide.graph;
  CHECK(Why(many).find("└─ … and 75 more (--full shows them)") != std::string::npos);
  CHECK(Why(many).find("75 branches not shown here: --full shows them") != std::string::npos);
  options.full = true;
  CHECK(Why(many, options).find("prod.a.t99@1") != std::string::npos);
}

TEST_CASE("why: nothing known, and graphs with edges into nowhere") {
  v1::Explanation explanation;
  explanation.mutable_graph()->set_root("prod.a.t");
  CHECK(Why(explanation) == "nothing is known of prod.a.t\n");
  explanation = Handbook();
  Builder b;
  b.graph = explanation.graph();
  b.Edge(99, 0, v1::EDGE_ROLE_INPUT);
  b.Edge(0, -1, v1::EDGE_ROLE_INPUT);
  *explanation.mutable_graph() = b.graph;
  CHECK(Why(explanation) == Why(Handbook()));
}

TEST_CASE("why: hostile texts cannot move the cursor") {
  v1::Explanation explanation = Handbook();
  v1::Prediction& prediction = *explanation.mutable_graph()->mutable_nodes(0)->mutable_prediction();
  prediction.set_output_text("\x1b[2J\r\nowned");
  prediction.mutable_retrieved(0)->set_excerpt("\x1b]0;title\x07");
  CHECK(Why(explanation).find('\x1b') == std::string::npos);
}

TEST_CASE("a deleted asset is named and referred to by id") {
  Builder b;
  const int node = b.Dataset("prod.a.gone", 2, v1::KIND_TABLE);
  b.graph.mutable_nodes(node)->set_reference("id:17@2");
  b.graph.mutable_nodes(node)->mutable_dataset()->set_deleted(true);
  CHECK(DescribeNode(b.graph.nodes(node), {}).text.Render(Styler(false), 0) ==
        "prod.a.gone@2  (deleted, id:17@2)");
}

TEST_CASE("trees: siblings' labels are padded together") {
  std::ostringstream out;
  std::vector<TreeNode> forest(2);
  forest[0].label = "endpoint";
  forest[0].text.Add("a");
  forest[1].label = "x";
  forest[1].text.Add("b");
  forest[1].children.resize(2);
  forest[1].children[0].label = "run";
  forest[1].children[0].text.Add("c");
  forest[1].children[1].text.Add("no label");
  TreePrinter(out, Styler(false), 0).Print(forest);
  CHECK(out.str() == "├─ endpoint  a\n└─ x         b\n   ├─ run   c\n   └─ no label\n");
}

TEST_CASE("downstream trees follow what came of it") {
  const v1::Explanation explanation = Handbook();
  const GraphView view(explanation.graph());
  UnfoldOptions options;
  options.downstream = true;
  Unfolder unfolder(view, options);
  std::ostringstream out;
  TreePrinter(out, Styler(false), 0).Print(unfolder.Unfold(7));
  CHECK(
      out.str() ==
      "└─ run      cut-passages 02d9aa10  COMPLETE\n"
      "   └─ table  demo.handbook.passages@1  (214 rows)         sha256:77ab03c1\n"
      "      ├─ run         train-answerer 8f41c2e7  COMPLETE   2026-03-03 10:14:05Z   git 4be1c7d "
      "examples/handbook_qa\n"
      "      │  └─ model  demo.handbook.answerer@1  (champion)   sha256:9f2c51d0\n"
      "      │     └─ prediction  handbook-0007  OK\n"
      "      └─ prediction  handbook-0007  OK   (see above)\n");
}

TEST_CASE("pictures escape what their languages would read") {
  CHECK(EscapeDot("a\"b\\c\nd") == "a\\\"b\\\\c\\nd");
  CHECK(EscapeMermaid("a\"b#c<d>`e&f\n") == "a#quot;b#35;c#lt;d#gt;#96;e#amp;f<br/>");
}

TEST_CASE("dot and mermaid hold every node and edge") {
  Builder b;
  const int in = b.Dataset("prod.`a\"b`.t", 1, v1::KIND_TABLE);
  const int run = b.Run("prod.x.job", kTrain);
  const int out = b.Dataset("prod.x.m", 1, v1::KIND_MODEL);
  b.ReadBy(in, run);
  b.Wrote(run, out);
  b.graph.set_root("prod.x.m@1");
  CHECK(WriteDot({&b.graph}) ==
        R"(digraph lineage {
  rankdir=LR;
  node [style=filled, fontname="sans-serif", fontsize=11];
  edge [fontname="sans-serif", fontsize=9, color="#666666"];
  n0 [label="prod.`a\"b`.t@1\ntable", shape=box, fillcolor="#dcf5e4"];
  n1 [label="job 8f41c2e7\nrun", shape=ellipse, fillcolor="#eeeeee"];
  n2 [label="prod.x.m@1\nmodel", shape=box3d, fillcolor="#dbe9ff", penwidth=2];
  n0 -> n1;
  n1 -> n2;
}
)");
  const std::string mermaid = WriteMermaid({&b.graph});
  CHECK(
      mermaid.starts_with("flowchart LR\n"
                          "  n0[\"prod.#96;a#quot;b#96;.t@1<br/>table\"]:::data\n"
                          "  n1([\"job 8f41c2e7<br/>run\"]):::run\n"
                          "  n2[\"prod.x.m@1<br/>model\"]:::model\n"
                          "  n0 --> n1\n"
                          "  n1 --> n2\n"));
}

}  // namespace
}  // namespace whence::cli
