#include "cli/graph/footer.h"

#include <vector>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/text/human.h"

namespace whence::cli {

std::string TruncationText(const google::protobuf::RepeatedField<int>& truncations) {
  std::vector<std::string> bounds;
  for (const int truncation : truncations) {
    if (truncation == v1::TRUNCATION_NODES) {
      bounds.emplace_back("the bound on nodes (more with --max-nodes)");
    } else if (truncation == v1::TRUNCATION_DEPTH) {
      bounds.emplace_back("the bound on depth (more with --depth)");
    } else if (truncation != v1::TRUNCATION_UNSPECIFIED) {
      bounds.emplace_back("the bound on derived edges (ask about a smaller part)");
    }
  }
  return bounds.empty() ? "" : StrCat("cut at ", absl::StrJoin(bounds, " and at "));
}

StyledLine CompletenessLine(const v1::LineageGraph& graph) {
  StyledLine line;
  line.Add(StrCat("as of position ", HumanCount(graph.position())), Tone::kDim)
      .Add(" · ", Tone::kDim);
  const std::string cut = TruncationText(graph.truncations());
  const std::string redacted = graph.redacted_count() == 0
                                   ? "nothing redacted"
                                   : StrCat(CountOf(graph.redacted_count(), "node"), " redacted");
  if (cut.empty() && graph.redacted_count() == 0) {
    return line.Add("complete: nothing cut, nothing redacted", Tone::kGreen);
  }
  return line.Add(StrCat(cut.empty() ? "nothing cut" : cut, ", ", redacted), Tone::kYellow);
}

}  // namespace whence::cli
