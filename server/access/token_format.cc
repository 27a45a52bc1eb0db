#include "access/token_format.h"

#include <openssl/rand.h>

#include <array>
#include <cstdint>

#include "base/assert.h"
#include "base/digest.h"
#include "base/strings.h"

namespace whence::access {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr uint8_t kBase = 62;
static_assert(kAlphabet.size() == kBase);

// Bytes below this give every character the same chance: 4 times 62.
constexpr uint8_t kFair = 248;

constexpr size_t kTokenChars = kTokenPrefix.size() + kTokenRandomChars + kTokenCheckChars;
constexpr size_t kShownChars = 4;

// CRC-32 as zip and GitHub's tokens have it (IEEE 802.3, reflected).
constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
    table[i] = value;
  }
  return table;
}

uint32_t Crc32(std::string_view text) {
  static constexpr std::array<uint32_t, 256> kTable = MakeTable();
  uint32_t crc = 0xFFFFFFFFU;
  for (const char c : text) {
    crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
  }
  return ~crc;
}

// Six digits hold 32 bits: 62^6 is 5.7 * 10^10.
std::array<char, kTokenCheckChars> CheckOf(std::string_view text) {
  std::array<char, kTokenCheckChars> check{};
  uint32_t rest = Crc32(text);
  for (size_t i = check.size(); i-- > 0; rest /= kBase) check[i] = kAlphabet[rest % kBase];
  return check;
}

bool InAlphabet(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

std::string NewTokenSecret() {
  std::string secret(kTokenPrefix);
  while (secret.size() < kTokenPrefix.size() + kTokenRandomChars) {
    std::array<uint8_t, 2 * kTokenRandomChars> bytes{};
    WHENCE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    for (const uint8_t byte : bytes) {
      if (byte >= kFair || secret.size() == kTokenPrefix.size() + kTokenRandomChars) continue;
      secret += kAlphabet[byte % kBase];
    }
  }
  const auto check = CheckOf(secret);
  secret.append(check.data(), check.size());
  return secret;
}

bool LooksLikeToken(std::string_view text) {
  if (text.size() != kTokenChars || !text.starts_with(kTokenPrefix)) return false;
  for (const char c : text.substr(kTokenPrefix.size())) {
    if (!InAlphabet(c)) return false;
  }
  const size_t checked = text.size() - kTokenCheckChars;
  const auto check = CheckOf(text.substr(0, checked));
  return text.substr(checked) == std::string_view(check.data(), check.size());
}

std::string TokenHint(std::string_view secret) {
  if (!LooksLikeToken(secret)) return "***";
  const std::string_view random = secret.substr(kTokenPrefix.size(), kTokenRandomChars);
  return StrCat(kTokenPrefix, random.substr(0, kShownChars), "...",
                random.substr(random.size() - kShownChars));
}

std::string TokenDigest(std::string_view secret) { return Sha256Bytes(secret); }

}  // namespace whence::access
