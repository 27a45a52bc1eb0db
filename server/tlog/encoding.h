// How the C2SP formats write bytes and numbers. Each value has one spelling; others are refused, so
// that a text that verified is the text that was signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whence::tlog {

// Base64 (RFC 4648, section 4) with padding. Nothing for a character outside of the alphabet, for
// padding that is missing or too much, or for bits in the last character that mean nothing and are
// not zero.
std::optional<std::string> DecodeBase64(std::string_view text);
std::string EncodeBase64(std::string_view bytes);

// A decimal number up to kMaxTreeSize without sign, space or leading zeros ("0" itself is one).
std::optional<uint64_t> ParseDecimal(std::string_view text);

// Takes the text up to the next '\n' off `rest`, and the '\n'. Nothing, and `rest` unchanged, where
// there is none.
std::optional<std::string_view> TakeLine(std::string_view& rest);

// True if `text` is UTF-8 whose only ASCII control characters (below U+0020) are line ends, as
// signed notes must be.
bool IsNoteText(std::string_view text);

// A 64-bit number as the eight bytes that it has in big-endian order, and back.
std::string BigEndian64(uint64_t number);
uint64_t FromBigEndian64(std::string_view eight_bytes);
std::string BigEndian32(uint32_t number);
uint32_t FromBigEndian32(std::string_view four_bytes);

}  // namespace whence::tlog
