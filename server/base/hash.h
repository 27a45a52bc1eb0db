#pragma once

// A hash that is the same on every machine, in every build and for ever (absl::Hash and std::hash
// promise none of it), for fingerprints that are stored or handed out. FNV-1a, 64 bits: simple and
// fast on short text. Not for secrets and not against people who look for collisions: use
// base/digest.h for those.

#include <cstdint>
#include <string_view>

namespace whence {

inline constexpr uint64_t kStableHashStart = 0xcbf29ce484222325u;

// The hash of `text`. To hash several texts as one, pass the result on as `state`; note that only
// the concatenation counts: whence::Fingerprint (base/page_token.h) keeps the pieces apart.
constexpr uint64_t StableHash(std::string_view text, uint64_t state = kStableHashStart) {
  for (const char c : text) {
    state ^= static_cast<unsigned char>(c);
    state *= 0x100000001b3u;
  }
  return state;
}

}  // namespace whence
