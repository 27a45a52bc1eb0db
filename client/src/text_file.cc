#include "src/text_file.h"

#include <fstream>
#include <sstream>

namespace whence::client_internal {

std::optional<std::string> ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (file.bad() || text.fail()) return std::nullopt;
  return std::move(text).str();
}

}  // namespace whence::client_internal
