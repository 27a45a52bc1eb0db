// Base64url without padding (RFC 7515, section 2), the one spelling of each byte string only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whence::access {

// The bytes; nothing for a character outside of the alphabet, padding, a length that no bytes have,
// or bits in the last character that mean nothing and are not zero.
std::optional<std::string> DecodeBase64Url(std::string_view text);
std::string EncodeBase64Url(std::string_view bytes);

}  // namespace whence::access
