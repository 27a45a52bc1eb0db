// Hashes of a Merkle tree as RFC 6962, section 2.1, has them: SHA-256 with a byte in front that
// tells leaves from nodes, so that neither can be passed off as the other.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whence::tlog {

inline constexpr size_t kHashBytes = 32;

// Purpose: the hash of a leaf or of a node. A value; public knowledge, compared as such.
struct Hash {
  std::array<uint8_t, kHashBytes> bytes{};

  // Nothing unless there are exactly kHashBytes.
  static std::optional<Hash> FromBytes(std::string_view raw);
  // From base64 (RFC 4648, section 4), the one spelling of it only.
  static std::optional<Hash> FromBase64(std::string_view text);

  // As raw bytes; lives as long as the hash.
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), kHashBytes};
  }
  std::string ToBase64() const;

  friend bool operator==(const Hash&, const Hash&) = default;
  friend auto operator<=>(const Hash&, const Hash&) = default;
};

// SHA-256(0x00 || entry). These two allocate nothing.
Hash LeafHash(std::string_view entry);
// SHA-256(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);
// The head of the tree without leaves: SHA-256 of nothing.
Hash EmptyRoot();

}  // namespace whence::tlog
