#pragma once

// The forms of output, `-o`.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace whence::cli {

enum class Format {
  kTable,
  kJson,
  kJsonl,
  kYaml,
  kCsv,
  kTree,
  kDot,
  kMermaid,
  kProvJson,
  kMarkdown
};

std::string_view NameOf(Format format);
std::vector<std::string> FormatNames();
// InvalidArgument lists the names and suggests the nearest.
absl::StatusOr<Format> ParseFormat(std::string_view text);

// What one command can print; the first is its default. Empty: it has one form only and takes no
// `-o`. Immutable.
class FormatSet {
 public:
  FormatSet() = default;
  FormatSet(std::initializer_list<Format> formats) : formats_(formats) {}

  bool empty() const { return formats_.empty(); }
  bool Has(Format format) const;
  Format Default() const { return formats_.empty() ? Format::kTable : formats_.front(); }
  // "table, json, yaml".
  std::string Names() const;
  const std::vector<Format>& formats() const { return formats_; }

 private:
  std::vector<Format> formats_;
};

// Lists; single resources and the results of changes; graphs.
inline const FormatSet kListFormats = {Format::kTable, Format::kJson, Format::kJsonl, Format::kYaml,
                                       Format::kCsv};
inline const FormatSet kRecordFormats = {Format::kTable, Format::kJson, Format::kYaml,
                                         Format::kCsv};
inline const FormatSet kGraphFormats = {Format::kTree,  Format::kTable,   Format::kJson,
                                        Format::kJsonl, Format::kYaml,    Format::kCsv,
                                        Format::kDot,   Format::kMermaid, Format::kProvJson};
inline const FormatSet kWhyFormats = {Format::kTree, Format::kJson,    Format::kYaml,
                                      Format::kDot,  Format::kMermaid, Format::kProvJson};
inline const FormatSet kImpactFormats = {Format::kTable, Format::kJson, Format::kJsonl,
                                         Format::kYaml,  Format::kCsv,  Format::kProvJson};

}  // namespace whence::cli
