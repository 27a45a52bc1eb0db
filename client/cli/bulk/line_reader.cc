#include "cli/bulk/line_reader.h"

namespace whence::cli {

bool LineReader::Next(std::string& line) {
  using Traits = std::istream::traits_type;
  line.clear();
  too_long_ = false;
  std::streambuf* buffer = in_.rdbuf();
  bool any = false;
  for (;;) {
    const Traits::int_type c = buffer->sbumpc();
    if (Traits::eq_int_type(c, Traits::eof())) break;
    any = true;
    ++offset_;
    if (Traits::to_char_type(c) == '\n') break;
    if (line.size() < kMaxLineBytes) {
      line.push_back(Traits::to_char_type(c));
    } else {
      too_long_ = true;
    }
  }
  if (!any) return false;
  if (line.ends_with('\r')) line.pop_back();
  ++number_;
  return true;
}

}  // namespace whence::cli
