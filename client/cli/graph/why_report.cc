#include "cli/graph/why_report.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "cli/graph/footer.h"
#include "cli/graph/graph_view.h"
#include "cli/graph/origin_tree.h"
#include "cli/records/events.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// Where the facts of a prediction begin, in terminals with room for that.
constexpr size_t kHeaderColumn = 32;
constexpr size_t kRoomyHeader = 90;
constexpr std::string_view kPartGap = "   ";
constexpr size_t kMaxQuote = 400;
// Columns of one branch level, and the share of the width that indentation may take.
constexpr size_t kLevelColumns = 3;
constexpr size_t kDefaultLevels = 24;

std::string Quote(std::string_view text, size_t width) {
  return StrCat("\"", FitWidth(OneLine(text), width), "\"");
}

// Prints one explanation. Lives for one call.
class WhyPrinter {
 public:
  WhyPrinter(std::ostream& out, const v1::Explanation& explanation, const WhyOptions& options)
      : out_(out),
        explanation_(explanation),
        options_(options),
        view_(explanation.graph()),
        unfold_(MakeUnfoldOptions()) {}

  void Print() {
    if (view_.size() == 0) {
      Line(StyledLine().Add("nothing is known of ").Add(explanation_.graph().root(), Tone::kBold));
      return;
    }
    PrintHeader();
    Unfolder unfolder(view_, unfold_);
    PrintForest(unfolder, Forest(unfolder));
    if (options_.columns) PrintColumns();
    PrintFooter(unfolder.hidden());
  }

 private:
  UnfoldOptions MakeUnfoldOptions() const {
    UnfoldOptions unfold;
    unfold.text.full = options_.full;
    if (view_.size() > 0) unfold.text.day = DayOf(view_.node(0));
    if (options_.full) unfold.max_children = 0;
    unfold.max_levels = options_.width == 0
                            ? kDefaultLevels
                            : std::max<size_t>(4, options_.width / 2 / kLevelColumns);
    return unfold;
  }

  static google::protobuf::Timestamp DayOf(const v1::LineageNode& node) {
    if (node.has_prediction()) return node.prediction().start_time();
    if (node.has_run()) return node.run().start_time();
    return node.dataset().create_time();
  }

  void Line(const StyledLine& line) {
    out_ << line.Render(options_.styler, options_.width) << '\n';
  }

  void Parts(const std::vector<StyledLine>& parts, std::string_view gap) {
    PrintParts(out_, options_.styler, options_.width, parts, gap);
  }

  void PrintHeader() {
    const v1::LineageNode& root = view_.node(0);
    if (root.has_prediction()) {
      PrintPredictionHeader(root.prediction());
      return;
    }
    std::vector<StyledLine> parts(1);
    if (view_.roots().size() > 1) {
      parts[0].Add(NodeLabel(root)).Add(" ").Add(explanation_.graph().root(), Tone::kBold);
      parts.push_back(
          StyledLine().Add(CountOf(static_cast<int64_t>(view_.roots().size()), "version")));
      Parts(parts, kPartGap);
      return;
    }
    NodeTextOptions text = unfold_.text;
    if (root.has_run()) text.day.Clear();
    const TreeNode described = DescribeNode(root, text);
    parts[0].Add(described.label).Add(" ").Append(described.text);
    parts.push_back(StyledLine().Add(described.digest, Tone::kDim));
    if (root.has_dataset() && !options_.full && root.dataset().has_create_time()) {
      parts.push_back(StyledLine().Add(HumanTime(root.dataset().create_time()), Tone::kDim));
      parts.push_back(StyledLine().Add(root.dataset().creator()));
    }
    if (root.source()) parts.push_back(StyledLine().Add("← source", Tone::kGreen));
    Parts(parts, kPartGap);
  }

  void PrintPredictionHeader(const v1::Prediction& prediction) {
    std::vector<StyledLine> parts(1);
    parts[0].Add("prediction ").Add(prediction.id(), Tone::kBold);
    if (options_.width == 0 || options_.width > kRoomyHeader) {
      parts[0].PadTo(kHeaderColumn - kPartGap.size(), 0);
    }
    const auto add = [&parts](std::string_view text, Tone tone) {
      parts.push_back(StyledLine().Add(text, tone));
    };
    add(HumanTime(prediction.start_time()), Tone::kDim);
    add(prediction.recorder(), Tone::kPlain);
    add(HumanMicros(prediction.latency_us()), Tone::kPlain);
    add(CostText(prediction), Tone::kPlain);
    add(PredictionStatusName(prediction.status()), ToneOf(prediction.status()));
    Parts(parts, kPartGap);
    PrintQuestion(prediction);
    if (!prediction.error_message().empty()) {
      Line(StyledLine().Add("│ ", Tone::kDim).Add(OneLine(prediction.error_message()), Tone::kRed));
    }
  }

  // "question" → "answer", on one line where they fit, else on two.
  void PrintQuestion(const v1::Prediction& prediction) {
    const std::string& input = prediction.input_text();
    const std::string& output = prediction.output_text();
    if (input.empty() && output.empty()) return;
    const std::string question = Quote(input, kMaxQuote);
    const std::string answer = Quote(output, kMaxQuote);
    const size_t room = options_.width == 0 ? 120 : options_.width;
    const bool both = !input.empty() && !output.empty();
    if (both && DisplayWidth(question) + DisplayWidth(answer) + 5 <= room) {
      Line(StyledLine().Add("│ ", Tone::kDim).Add(question).Add(" → ", Tone::kDim).Add(answer));
      return;
    }
    const size_t fitted = options_.width == 0 ? kMaxQuote : std::max<size_t>(room, 20) - 6;
    if (!input.empty()) {
      Line(StyledLine().Add("│ ", Tone::kDim).Add(Quote(input, fitted)));
    }
    if (!output.empty()) {
      Line(StyledLine().Add("│ ", Tone::kDim).Add("→ ", Tone::kDim).Add(Quote(output, fitted)));
    }
  }

  std::vector<TreeNode> Forest(Unfolder& unfolder) {
    if (view_.roots().size() <= 1) return unfolder.Unfold(0);
    std::vector<TreeNode> forest;
    for (const int root : view_.roots()) {
      if (!unfolder.Shown(root)) {
        forest.push_back(unfolder.Branch(root, NodeLabel(view_.node(root))));
      }
    }
    return forest;
  }

  void PrintForest(Unfolder& unfolder, const std::vector<TreeNode>& forest) {
    TreePrinter printer(out_, options_.styler, options_.width);
    printer.Print(forest);
    for (const Continuation& continuation : unfolder.TakeContinuations()) {
      out_ << '\n';
      Line(StyledLine().Add("… ", Tone::kDim).Add(continuation.title, Tone::kBold));
      printer.Print(continuation.forest);
    }
  }

  // Each column with what it comes from, by dataset; only the columns that come from something.
  void PrintColumns() {
    const GraphView columns(explanation_.columns());
    bool any = false;
    for (int i = 0; i < columns.size(); ++i) {
      if (columns.Origins(i).empty()) continue;
      if (!any) out_ << '\n' << options_.styler.Paint(Tone::kDim, "columns") << '\n';
      any = true;
      for (const Step& step : columns.Origins(i)) {
        StyledLine line;
        line.Add("  ").Add(NodeName(columns.node(i)), Tone::kBold).Add(" ← ", Tone::kDim);
        line.Add(NodeName(columns.node(step.node)));
        const std::string how = DescribeEdge(*step.edge);
        if (!how.empty()) line.Add("   ").Add(how, Tone::kDim);
        Line(line);
      }
    }
    if (!any) {
      out_ << '\n' << options_.styler.Paint(Tone::kDim, "no column lineage is recorded") << '\n';
    }
  }

  void PrintFooter(size_t hidden) {
    const v1::LineageGraph& graph = explanation_.graph();
    std::vector<StyledLine> parts = {StyledLine().Add(
        StrCat(CountOf(graph.nodes_size(), "node"), ", ", CountOf(explanation_.run_count(), "run"),
               ", ", CountOf(explanation_.source_count(), "source")),
        Tone::kDim)};
    for (StyledLine& part : CompletenessParts(graph)) parts.push_back(std::move(part));
    out_ << '\n';
    Parts(parts, " · ");
    if (hidden > 0) {
      Line(StyledLine().Add(StrCat(CountOf(static_cast<int64_t>(hidden), "branch", "branches"),
                                   " not shown here: --full shows them"),
                            Tone::kYellow));
    }
    const int64_t columns = explanation_.columns().edges_size();
    if (!options_.columns && columns > 0) {
      Line(StyledLine().Add(
          StrCat(CountOf(columns, "column origin"), " known: --grain column shows them"),
          Tone::kDim));
    }
  }

  std::ostream& out_;
  const v1::Explanation& explanation_;
  const WhyOptions& options_;
  const GraphView view_;
  const UnfoldOptions unfold_;
};

}  // namespace

void PrintWhy(std::ostream& out, const v1::Explanation& explanation, const WhyOptions& options) {
  WhyPrinter(out, explanation, options).Print();
  out.flush();
}

}  // namespace whence::cli
