#pragma once

// Names of securables: catalog, catalog.schema, catalog.schema.asset. A part that is [A-Za-z0-9_-]+
// is written bare; any other in backticks, with a backtick inside doubled:
//
//   prod.fraud.scores      `s3://lake`.default.`a.b`      `say ``hi```.x.y
//
// Names are compared byte by byte: case counts, and no Unicode normalization is applied.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/limits.h"

namespace whence {

// OK if `part` can be one part of a name (also a column's name). Else InvalidArgument:
//   NAME_PART_EMPTY             no bytes
//   NAME_PART_TOO_LONG          more than kMaxNamePartBytes bytes
//   NAME_NOT_UTF8               not well-formed UTF-8
//   NAME_HAS_CONTROL_CHARACTER  a control character (C0, DEL, C1)
//   NAME_PART_RESERVED          made of nothing but dots, spaces and invisible characters, or with
//                               a space (of any Unicode kind) at its start or end
absl::Status ValidateNamePart(std::string_view part, std::string_view field);

// `part` as it stands in a name: bare where that is legal, else in backticks.
std::string QuoteNamePart(std::string_view part);

// The parts, quoted where needed, joined by dots. ParseName gives them back.
std::string FormatName(std::span<const std::string> parts);

// The parts of a name, unquoted and each valid. Else InvalidArgument with a reason of
// ValidateNamePart or
//   NAME_MALFORMED              a character that needs quoting (the message has its column and the
//                               quoted form to use), text after a quoted part, or a backtick
//                               without its partner
//   NAME_WRONG_DEPTH            fewer than min_parts or more than max_parts
absl::StatusOr<std::vector<std::string>> ParseName(std::string_view text, std::string_view field,
                                                   size_t min_parts = 1,
                                                   size_t max_parts = kMaxNameParts);

}  // namespace whence
