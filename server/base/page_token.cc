#include "base/page_token.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"

namespace whence {
namespace {

// Layout, numbers little-endian: format (1 byte), fingerprint (8), position (8), then per part of
// the key its length (2) and bytes, then the checksum (4) of all before.
constexpr unsigned char kFormat = 1;
constexpr size_t kChecksumBytes = 4;

void AppendNumber(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xffu));
  }
}

std::optional<uint64_t> TakeNumber(std::string_view& rest, size_t bytes) {
  if (rest.size() < bytes) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) {
    value |= uint64_t{static_cast<unsigned char>(rest[i])} << (8 * i);
  }
  rest.remove_prefix(bytes);
  return value;
}

uint64_t Checksum(std::string_view body) {
  const uint64_t hash = StableHash(body);
  return (hash ^ (hash >> 32)) & 0xffffffffu;
}

absl::Status Invalid(std::string_view message) {
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", message,
                         "Pass next_page_token of an earlier reply unchanged, or leave page_token "
                         "empty to start at the first page.");
}

// The token in `body`, without its checksum; nothing if it is not one.
std::optional<PageToken> DecodeBody(std::string_view body) {
  const std::optional<uint64_t> format = TakeNumber(body, 1);
  const std::optional<uint64_t> fingerprint = TakeNumber(body, 8);
  const std::optional<uint64_t> position = TakeNumber(body, 8);
  if (!format || *format != kFormat || !fingerprint || !position) return std::nullopt;
  if (*position > static_cast<uint64_t>(kForever)) return std::nullopt;
  PageToken token{*fingerprint, static_cast<Position>(*position), {}};
  while (!body.empty()) {
    const std::optional<uint64_t> size = TakeNumber(body, 2);
    if (!size || *size > body.size()) return std::nullopt;
    token.key.emplace_back(body.substr(0, *size));
    body.remove_prefix(*size);
  }
  return token;
}

}  // namespace

std::string EncodePageToken(const PageToken& token) {
  WHENCE_ASSERT(token.position >= 0);
  std::string body;
  AppendNumber(body, kFormat, 1);
  AppendNumber(body, token.fingerprint, 8);
  AppendNumber(body, static_cast<uint64_t>(token.position), 8);
  for (const std::string& part : token.key) {
    WHENCE_ASSERT(part.size() <= std::numeric_limits<uint16_t>::max());
    AppendNumber(body, part.size(), 2);
    body += part;
  }
  AppendNumber(body, Checksum(body), kChecksumBytes);
  std::string text = absl::WebSafeBase64Escape(body);
  WHENCE_ASSERT(text.size() <= kMaxPageTokenBytes);
  return text;
}

absl::StatusOr<PageToken> DecodePageToken(std::string_view token, uint64_t expected_fingerprint) {
  if (token.size() > kMaxPageTokenBytes) {
    return Invalid(StrCat("the page token has ", token.size(), " bytes; at most ",
                          kMaxPageTokenBytes, " are possible"));
  }
  std::string bytes;
  // The way back must give the same text: padding, spaces and stray bits are not ours.
  if (!absl::WebSafeBase64Unescape(ToAbsl(token), &bytes) || bytes.size() < kChecksumBytes ||
      absl::WebSafeBase64Escape(bytes) != ToAbsl(token)) {
    return Invalid("the page token was not made by this server");
  }
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - kChecksumBytes);
  std::string_view tail = std::string_view(bytes).substr(body.size());
  if (TakeNumber(tail, kChecksumBytes) != Checksum(body)) {
    return Invalid("the page token is damaged");
  }
  std::optional<PageToken> decoded = DecodeBody(body);
  if (!decoded) return Invalid("the page token was not made by this version of the server");
  if (decoded->fingerprint != expected_fingerprint) {
    return InvalidArgument("PAGE_TOKEN_OTHER_REQUEST", "page_token",
                           "the page token belongs to a request with other arguments",
                           "Keep every argument but page_size the same from page to page, or leave "
                           "page_token empty to start at the first page.");
  }
  return *std::move(decoded);
}

uint64_t Fingerprint(std::initializer_list<std::string_view> parts) {
  uint64_t state = kStableHashStart;
  for (const std::string_view part : parts) {
    // The length first keeps the parts apart.
    state = StableHash(StrCat(part.size(), ":"), state);
    state = StableHash(part, state);
  }
  return state;
}

absl::StatusOr<int32_t> CoercePageSize(int32_t requested) {
  if (requested < 0) {
    return InvalidArgument(
        "PAGE_SIZE_NEGATIVE", "page_size",
        StrCat("page_size is ", requested, "; it must not be negative"),
        StrCat("Leave it 0 for ", kDefaultPageSize, " items, or ask for 1 to ", kMaxPageSize, "."));
  }
  if (requested == 0) return kDefaultPageSize;
  return requested < kMaxPageSize ? requested : kMaxPageSize;
}

}  // namespace whence
