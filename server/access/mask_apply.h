// Masks on values in this process: what Whence shows itself, and what the SQL of sql_mask.h is
// tested against, byte by byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/column_type.h"
#include "access/mask.h"

namespace whence::access {

// The masked value; nothing is NULL. `value` is in the form of CanonicalValue; an instant may carry
// `Z` or an offset `+hh:mm`, and may have a `T` before its time, as a timestamp may. A value that
// is not in the form of its class, and text that is not UTF-8, comes out as NULL, but for masks
// that look at no value (kDefault, kConstant).
std::optional<std::string> ApplyMask(const Mask& mask, TypeClass type_class,
                                     std::optional<std::string_view> value);

// BigQuery's table of default masking values in the form of CanonicalValue; nothing for kOther.
std::optional<std::string> DefaultValue(TypeClass type_class);

}  // namespace whence::access
