#include "base/text.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/strings.h"

namespace whence {
namespace {

bool IsControl(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

bool IsLineText(char32_t code_point) {
  return code_point == U'\n' || code_point == U'\r' || code_point == U'\t';
}

// How a lead byte begins: bytes of its form, its payload bits, and the least value that may be
// written so. A length of 0: no lead byte.
struct Lead {
  size_t length;
  char32_t bits;
  char32_t least;
};

Lead ReadLead(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xc2 && byte <= 0xdf) return {2, byte & 0x1fu, 0x80};
  if (byte >= 0xe0 && byte <= 0xef) return {3, byte & 0x0fu, 0x800};
  if (byte >= 0xf0 && byte <= 0xf4) return {4, byte & 0x07u, 0x10000};
  return {0, 0, 0};
}

// The first control character that is not allowed, as an offset; npos if there is none.
size_t FindControl(std::string_view text, bool allow_newlines) {
  if (IsPrintableAscii(text)) return std::string_view::npos;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t offset = text.size() - rest.size();
    const std::optional<char32_t> code_point = TakeCodePoint(rest);
    if (!code_point) {
      rest.remove_prefix(1);
    } else if (IsControl(*code_point) && !(allow_newlines && IsLineText(*code_point))) {
      return offset;
    }
  }
  return std::string_view::npos;
}

void AppendEscaped(std::string& out, char32_t code_point, std::string_view bytes) {
  switch (code_point) {
    case U'"':
    case U'\\':
      StrAppend(&out, "\\", bytes);
      return;
    case U'\n':
      out += "\\n";
      return;
    case U'\r':
      out += "\\r";
      return;
    case U'\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const bool odd_space = code_point != U' ' && IsSpaceCodePoint(code_point);
  if (IsControl(code_point) || IsInvisibleCodePoint(code_point) || odd_space) {
    absl::StrAppendFormat(&out, "\\u%04X", static_cast<uint32_t>(code_point));
  } else {
    out.append(bytes);
  }
}

}  // namespace

std::optional<char32_t> TakeCodePoint(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const Lead lead = ReadLead(static_cast<unsigned char>(rest.front()));
  if (lead.length == 0 || lead.length > rest.size()) return std::nullopt;
  char32_t code_point = lead.bits;
  for (size_t i = 1; i < lead.length; ++i) {
    const unsigned char byte = static_cast<unsigned char>(rest[i]);
    if ((byte & 0xc0u) != 0x80u) return std::nullopt;
    code_point = (code_point << 6) | (byte & 0x3fu);
  }
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < lead.least || code_point > 0x10ffff || surrogate) return std::nullopt;
  rest.remove_prefix(lead.length);
  return code_point;
}

bool IsPrintableAscii(std::string_view text) {
  // Without a branch in the loop, so that it is done many bytes at a time.
  bool all = true;
  for (const char c : text) all &= c >= 0x20 && c < 0x7f;
  return all;
}

bool IsValidUtf8(std::string_view text) {
  if (IsPrintableAscii(text)) return true;
  while (!text.empty()) {
    if (!TakeCodePoint(text)) return false;
  }
  return true;
}

bool HasControlCharacters(std::string_view text) {
  return FindControl(text, /*allow_newlines=*/false) != std::string_view::npos;
}

bool IsSpaceCodePoint(char32_t code_point) {
  switch (code_point) {
    case 0x20:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
      return true;
    default:
      return code_point >= 0x2000 && code_point <= 0x200a;
  }
}

bool IsInvisibleCodePoint(char32_t code_point) {
  switch (code_point) {
    case 0xad:    // soft hyphen
    case 0x34f:   // combining grapheme joiner
    case 0x61c:   // Arabic letter mark
    case 0x180e:  // Mongolian vowel separator
    case 0xfeff:  // zero-width no-break space, byte order mark
      return true;
    default:
      return (code_point >= 0x200b && code_point <= 0x200f) ||  // zero width, direction marks
             (code_point >= 0x202a && code_point <= 0x202e) ||  // embeddings and overrides
             (code_point >= 0x2060 && code_point <= 0x206f) ||  // joiners, isolates, deprecated
             (code_point >= 0xe0000 && code_point <= 0xe007f);  // tags
  }
}

absl::Status ValidateText(std::string_view value, std::string_view field, size_t max_bytes,
                          bool allow_newlines) {
  if (value.size() > max_bytes) {
    return InvalidArgument(
        "TEXT_TOO_LONG", field,
        StrCat("has ", value.size(), " bytes; at most ", max_bytes, " are allowed"),
        "Shorten it, or register the content as a version and point to it.");
  }
  if (IsPrintableAscii(value)) return absl::OkStatus();
  std::string_view rest = value;
  while (!rest.empty()) {
    if (!TakeCodePoint(rest)) {
      const size_t offset = value.size() - rest.size();
      return InvalidArgument("TEXT_NOT_UTF8", field,
                             StrCat("is not valid UTF-8 at byte ", offset + 1),
                             "Send text as UTF-8; encode binary data, e.g. as base64.");
    }
  }
  const size_t control = FindControl(value, allow_newlines);
  if (control == std::string_view::npos) return absl::OkStatus();
  const std::string_view allowed = allow_newlines
                                       ? "Remove it; only line breaks and tabs are allowed."
                                       : "Remove it; this field is one line of text.";
  std::string_view at = value.substr(control);
  const uint32_t code_point = static_cast<uint32_t>(TakeCodePoint(at).value_or(0));
  return InvalidArgument("TEXT_HAS_CONTROL_CHARACTER", field,
                         StrCat("has the control character ", absl::StrFormat("U+%04X", code_point),
                                " at ", DescribeLocation(value, control)),
                         allowed);
}

TextLocation LocationAt(std::string_view text, size_t offset) {
  TextLocation location;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++location.line;
      location.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0u) != 0x80u) {
      ++location.column;
    }
  }
  return location;
}

std::string DescribeLocation(std::string_view text, size_t offset) {
  const TextLocation location = LocationAt(text, offset);
  if (location.line == 1) return StrCat("column ", location.column);
  return StrCat("line ", location.line, ", column ", location.column);
}

std::string QuoteForMessage(std::string_view text, size_t max_bytes) {
  std::string out = "\"";
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const std::optional<char32_t> code_point = TakeCodePoint(rest);
    if (!code_point) rest.remove_prefix(1);
    if (text.size() - rest.size() > max_bytes) {
      return out + "...\"";
    }
    if (code_point) {
      AppendEscaped(out, *code_point, before.substr(0, before.size() - rest.size()));
    } else {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(before.front()));
    }
  }
  return out + "\"";
}

}  // namespace whence
