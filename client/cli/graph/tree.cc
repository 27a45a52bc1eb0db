#include "cli/graph/tree.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/text/display_width.h"

namespace whence::cli {
namespace {

constexpr size_t kIndent = 3;
constexpr size_t kGap = 3;
constexpr size_t kLabelGap = 2;
// Labels of the first level are mostly "model", "prompt" and the like: one more column lets them
// breathe.
constexpr size_t kMinTopLabel = 7;
constexpr size_t kMinLabel = 4;
// Digests stand in one column up to here; longer lines push theirs out.
constexpr size_t kMaxDigestColumn = 78;
constexpr size_t kMaxExcerpt = 80;
constexpr size_t kMinExcerpt = 12;

size_t LabelWidth(const std::vector<TreeNode>& nodes, bool top) {
  size_t width = top ? kMinTopLabel : kMinLabel;
  for (const TreeNode& node : nodes) {
    if (!node.wide_label) width = std::max(width, DisplayWidth(node.label));
  }
  return width;
}

size_t LabelColumns(const TreeNode& node, size_t label_width) {
  if (node.label.empty()) return 0;
  const size_t width = node.wide_label ? DisplayWidth(node.label) : label_width;
  return width + kLabelGap;
}

}  // namespace

size_t TreePrinter::MeasureDigestColumn(const std::vector<TreeNode>& nodes, size_t indent,
                                        bool top) const {
  size_t column = 0;
  const size_t label_width = LabelWidth(nodes, top);
  for (const TreeNode& node : nodes) {
    if (!node.digest.empty()) {
      const size_t used = indent + kIndent + LabelColumns(node, label_width) + node.text.width();
      if (used + kGap <= kMaxDigestColumn) column = std::max(column, used + kGap);
    }
    column = std::max(column, MeasureDigestColumn(node.children, indent + kIndent, false));
  }
  return column;
}

void TreePrinter::Print(const std::vector<TreeNode>& forest) {
  digest_column_ = std::max(digest_column_, MeasureDigestColumn(forest, 0, true));
  PrintNodes(forest, "", true);
}

void TreePrinter::PrintNodes(const std::vector<TreeNode>& nodes, const std::string& indent,
                             bool top) {
  const size_t label_width = LabelWidth(nodes, top);
  for (size_t i = 0; i < nodes.size(); ++i) {
    const TreeNode& node = nodes[i];
    const bool last = i + 1 == nodes.size();
    StyledLine line;
    line.Add(indent, Tone::kDim).Add(last ? "└─ " : "├─ ", Tone::kDim);
    if (!node.label.empty()) {
      line.Add(PadRight(node.label, LabelColumns(node, label_width)), Tone::kDim);
    }
    PrintLine(node, std::move(line));
    PrintNodes(node.children, StrCat(indent, last ? "   " : "│  "), false);
  }
}

void TreePrinter::PrintLine(const TreeNode& node, StyledLine line) const {
  line.Append(node.text);
  const size_t mark = node.mark.empty() ? 0 : kGap + DisplayWidth(node.mark);
  // Where the line is bounded the digest moves up, then goes, before any text is cut.
  const auto fits = [this, mark](size_t used) { return width_ == 0 || used + mark <= width_; };
  const size_t digest = DisplayWidth(node.digest);
  if (!node.digest.empty() && fits(line.width() + kGap + digest)) {
    const size_t column = std::max(line.width() + kGap, digest_column_);
    line.PadTo(fits(column + digest) ? column : 0, kGap).Add(node.digest, Tone::kDim);
  }
  if (!node.excerpt.empty()) {
    size_t room = kMaxExcerpt;
    if (width_ > 0) {
      const size_t used = line.width() + kGap + 2 + mark;
      room = std::max(kMinExcerpt, width_ > used ? width_ - used : 0);
    }
    line.PadTo(0, kGap).Add(StrCat("\"", FitWidth(OneLine(node.excerpt), room), "\""), Tone::kDim);
  }
  if (!node.mark.empty()) {
    if (!fits(line.width()) && width_ > mark) line = line.Cut(width_ - mark);
    line.PadTo(0, kGap).Add(node.mark, node.mark_tone);
  }
  out_ << line.Render(styler_, width_) << '\n';
}

}  // namespace whence::cli
