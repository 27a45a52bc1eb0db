// What a token looks like: `whence_` + 30 base62 characters of randomness + 6 base62 characters of
// CRC-32 over all before them, so that scanners find leaked ones without asking us. Pure text; no
// storage.
#pragma once

#include <string>
#include <string_view>

namespace whence::access {

inline constexpr std::string_view kTokenPrefix = "whence_";
inline constexpr size_t kTokenRandomChars = 30;  // 178 bits
inline constexpr size_t kTokenCheckChars = 6;

// A new secret from the system's cryptographic random numbers. Aborts the process when there are
// none.
std::string NewTokenSecret();
// True for what has prefix, length, alphabet and check of a token: cheap, and says nothing about
// whether it exists.
bool LooksLikeToken(std::string_view text);
// `whence_Ab3d...x9Zq`; of what is no token, `***`.
std::string TokenHint(std::string_view secret);
// SHA-256 of the secret, 32 raw bytes: what is stored and looked up.
std::string TokenDigest(std::string_view secret);

}  // namespace whence::access
