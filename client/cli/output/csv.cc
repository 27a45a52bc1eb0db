#include "cli/output/csv.h"

namespace whence::cli {
namespace {

bool NeedsQuotes(const std::string& field) {
  return field.find_first_of(",\"\r\n") != std::string::npos || field.starts_with(' ') ||
         field.ends_with(' ');
}

}  // namespace

std::string CsvLine(std::span<const std::string> fields) {
  // A line of one empty field would look like no line at all.
  if (fields.size() == 1 && fields.front().empty()) return "\"\"\n";
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line.push_back(',');
    if (!NeedsQuotes(fields[i])) {
      line += fields[i];
      continue;
    }
    line.push_back('"');
    for (const char c : fields[i]) line.append(c == '"' ? 2 : 1, c);
    line.push_back('"');
  }
  line.push_back('\n');
  return line;
}

}  // namespace whence::cli
