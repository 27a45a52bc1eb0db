#include "cli/text/style.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/text/display_width.h"

namespace whence::cli {
namespace {

std::string_view Code(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kBold:
      return "1";
    case Tone::kDim:
      return "2";
    case Tone::kRed:
      return "31";
    case Tone::kGreen:
      return "32";
    case Tone::kYellow:
      return "33";
    case Tone::kBlue:
      return "34";
    case Tone::kMagenta:
      return "35";
    case Tone::kCyan:
      return "36";
  }
  return "";
}

}  // namespace

std::string Styler::Paint(Tone tone, std::string_view text) const {
  if (!on_ || tone == Tone::kPlain || text.empty()) return std::string(text);
  std::string painted = "\x1b[";
  painted.append(Code(tone)).append("m").append(text).append("\x1b[0m");
  return painted;
}

StyledLine& StyledLine::Add(std::string_view text, Tone tone) {
  if (text.empty()) return *this;
  width_ += DisplayWidth(text);
  if (!pieces_.empty() && pieces_.back().tone == tone) {
    pieces_.back().text.append(text);
  } else {
    pieces_.push_back({std::string(text), tone});
  }
  return *this;
}

StyledLine& StyledLine::Append(const StyledLine& other) {
  for (const Piece& piece : other.pieces_) Add(piece.text, piece.tone);
  return *this;
}

StyledLine& StyledLine::PadTo(size_t column, size_t gap) {
  const size_t spaces = std::max(gap, column > width_ ? column - width_ : 0);
  return Add(std::string(spaces, ' '));
}

StyledLine StyledLine::Cut(size_t width) const {
  if (width_ <= width) return *this;
  StyledLine cut;
  for (const Piece& piece : pieces_) {
    const size_t left = width - cut.width_;
    const size_t wide = DisplayWidth(piece.text);
    // The piece in which the line must end gives up a column for the ellipsis, as does one that
    // just fits while more follows.
    if (wide >= left) {
      return cut.Add(FitWidth(StrCat(piece.text, wide == left ? "  " : ""), left), piece.tone);
    }
    cut.Add(piece.text, piece.tone);
  }
  return cut;
}

std::string StyledLine::Render(const Styler& styler, size_t max_width) const {
  if (max_width > 0 && width_ > max_width) return Cut(max_width).Render(styler, 0);
  std::string line;
  for (const Piece& piece : pieces_) line += styler.Paint(piece.tone, piece.text);
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace whence::cli
