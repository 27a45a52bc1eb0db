// Checks of what only one kind of asset has (v1::Detail), and the form it is stored in.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "catalog/kind.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// OK if every field is within its bounds: names of columns legal and unique, texts in size, metrics
// finite, numbers not negative, references well formed, a prompt's variables those of its template.
// Errors name the field below `field`, e.g. "asset.detail.table.columns[3].name". Reasons: those of
// ValidateNamePart, ValidateText, CheckTemplate and ParseReference, and COLUMN_DUPLICATE,
// TOO_MANY_COLUMNS, TOO_MANY_PARAMETERS, TOO_MANY_METRICS, METRIC_NAME_EMPTY, METRIC_NOT_FINITE,
// NUMBER_NEGATIVE, ENUM_VALUE_UNKNOWN, TOO_MANY_SERVED, REFERENCE_NOT_AN_ASSET,
// PROMPT_TEMPLATE_EMPTY.
absl::Status CheckDetail(const v1::Detail& detail, std::string_view field);

// Where code stands: texts in size. Also for runs.
absl::Status CheckCodeLocation(const v1::CodeLocation& code, std::string_view field);

// OK if an asset of `kind` can have the detail (none suits every kind). Else DETAIL_KIND_MISMATCH.
absl::Status CheckDetailSuits(const v1::Detail& detail, catalog::Kind kind, std::string_view field);

// The detail as it is stored: without what is output only (tags of columns), with the variables of
// a prompt taken from its template when none are declared. `detail` must have passed CheckDetail.
v1::Detail StoredDetail(const v1::Detail& detail);

}  // namespace whence::service
