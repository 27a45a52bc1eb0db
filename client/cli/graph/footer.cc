#include "cli/graph/footer.h"

#include <vector>

#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {

std::string TruncationText(const google::protobuf::RepeatedField<int>& truncations) {
  std::vector<std::string> bounds;
  for (const int truncation : truncations) {
    if (truncation == v1::TRUNCATION_NODES) {
      bounds.emplace_back("the bound on nodes (more with --max-nodes)");
    } else if (truncation == v1::TRUNCATION_DEPTH) {
      bounds.emplace_back("the bound on depth (more with --depth)");
    } else if (truncation == v1::TRUNCATION_BYTES) {
      bounds.emplace_back("the bound on bytes (details of the rest: get them one by one)");
    } else if (truncation != v1::TRUNCATION_UNSPECIFIED) {
      bounds.emplace_back("the bound on edges (ask about a smaller part)");
    }
  }
  return bounds.empty() ? "" : StrCat("cut at ", absl::StrJoin(bounds, " and at "));
}

std::vector<StyledLine> CompletenessParts(const v1::LineageGraph& graph) {
  std::vector<StyledLine> parts(2);
  parts[0].Add(StrCat("as of position ", HumanCount(graph.position())), Tone::kDim);
  const std::string cut = TruncationText(graph.truncations());
  if (cut.empty() && graph.redacted_count() == 0) {
    parts[1].Add("complete: nothing cut, nothing redacted", Tone::kGreen);
    return parts;
  }
  const std::string redacted = graph.redacted_count() == 0
                                   ? "nothing redacted"
                                   : StrCat(CountOf(graph.redacted_count(), "node"), " redacted");
  parts[1].Add(StrCat(cut.empty() ? "nothing cut" : cut, ", ", redacted), Tone::kYellow);
  return parts;
}

void PrintParts(std::ostream& out, const Styler& styler, size_t width,
                const std::vector<StyledLine>& parts, std::string_view gap) {
  StyledLine line;
  for (const StyledLine& part : parts) {
    if (part.empty()) continue;
    if (!line.empty() && width > 0 && line.width() + DisplayWidth(gap) + part.width() > width) {
      out << line.Render(styler, width) << '\n';
      line = StyledLine().Add("  ");
    } else if (!line.empty()) {
      line.Add(gap, Tone::kDim);
    }
    line.Append(part);
  }
  out << line.Render(styler, width) << '\n';
}

}  // namespace whence::cli
