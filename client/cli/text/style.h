#pragma once

// Colours. A Styler that is off writes the text alone, so callers need not ask.

#include <string>
#include <string_view>
#include <vector>

namespace whence::cli {

enum class Tone { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan };

// Immutable and copyable.
class Styler {
 public:
  explicit Styler(bool on) : on_(on) {}

  bool on() const { return on_; }

  // `text` in `tone`; an empty text stays empty.
  std::string Paint(Tone tone, std::string_view text) const;

 private:
  bool on_;
};

// One line that is put together from pieces of several tones and knows its width, so that columns
// line up whether there are colours or not.
class StyledLine {
 public:
  StyledLine& Add(std::string_view text, Tone tone = Tone::kPlain);
  // All of another line's pieces.
  StyledLine& Append(const StyledLine& other);
  // Spaces up to column `column` (from 0), but at least `gap` of them.
  StyledLine& PadTo(size_t column, size_t gap);

  // The same line, cut with "…" where it is wider than `width`.
  StyledLine Cut(size_t width) const;

  size_t width() const { return width_; }
  bool empty() const { return pieces_.empty(); }

  // The line, cut with "…" where it is wider than `max_width` (0: never cut), without trailing
  // spaces and without a newline.
  std::string Render(const Styler& styler, size_t max_width) const;

 private:
  struct Piece {
    std::string text;
    Tone tone;
  };
  std::vector<Piece> pieces_;
  size_t width_ = 0;
};

}  // namespace whence::cli
