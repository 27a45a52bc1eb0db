// JSON from strangers. Boost.JSON keeps the last of two members of one name, and leaves what stands
// behind the value to its caller; here both are errors.
//
// Included by this room's .cc files only: Boost.JSON stays out of its other headers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "boost/json/value.hpp"

namespace whence::access {

// The value that is all of `text` but white space: RFC 8259 without extensions, in UTF-8, at most
// `max_depth` arrays and objects inside each other, no object with two members of one name.
// Otherwise InvalidArgument JSON_MALFORMED; the message says what is wrong and at which byte, and
// repeats nothing of the text.
absl::StatusOr<boost::json::value> ParseStrictJson(std::string_view text, size_t max_depth);

// The member of that name when it is a string; null when there is none, or it is something else.
const boost::json::string* FindString(const boost::json::object& object, std::string_view name);

inline std::string_view TextOf(const boost::json::string& text) {
  return {text.data(), text.size()};
}

}  // namespace whence::access
