#include "cli/output/format.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/edit_distance.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::cli {
namespace {

constexpr std::array<std::pair<Format, std::string_view>, 10> kNames = {{
    {Format::kTable, "table"},
    {Format::kJson, "json"},
    {Format::kJsonl, "jsonl"},
    {Format::kYaml, "yaml"},
    {Format::kCsv, "csv"},
    {Format::kTree, "tree"},
    {Format::kDot, "dot"},
    {Format::kMermaid, "mermaid"},
    {Format::kProvJson, "prov-json"},
    {Format::kMarkdown, "markdown"},
}};

}  // namespace

std::string_view NameOf(Format format) {
  for (const auto& [known, name] : kNames) {
    if (known == format) return name;
  }
  return "";
}

std::vector<std::string> FormatNames() {
  std::vector<std::string> names;
  names.reserve(std::size(kNames));
  for (const auto& [format, name] : kNames) names.emplace_back(name);
  return names;
}

absl::StatusOr<Format> ParseFormat(std::string_view text) {
  for (const auto& [format, name] : kNames) {
    if (name == text) return format;
  }
  const std::vector<std::string> names = FormatNames();
  const std::optional<std::string> closest = ClosestMatch(text, names);
  return absl::InvalidArgumentError(
      StrCat("unknown output format ", QuoteForMessage(text), ", use one of ",
             absl::StrJoin(names, ", "), closest ? StrCat(" (did you mean ", *closest, "?)") : ""));
}

bool FormatSet::Has(Format format) const {
  return std::find(formats_.begin(), formats_.end(), format) != formats_.end();
}

std::string FormatSet::Names() const {
  return absl::StrJoin(formats_, ", ",
                       [](std::string* out, Format format) { StrAppend(out, NameOf(format)); });
}

}  // namespace whence::cli
