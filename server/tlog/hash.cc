#include "tlog/hash.h"

// EVP allocates a context for every hash and looks its algorithm up, which costs as much as hashing
// the 65 bytes of a node. The calls beneath it are deprecated, but neither gone nor slower.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "tlog/encoding.h"

namespace whence::tlog {
namespace {

constexpr uint8_t kLeafPrefix = 0;
constexpr uint8_t kNodePrefix = 1;

Hash Finish(SHA256_CTX& context) {
  Hash hash;
  WHENCE_ASSERT(SHA256_Final(hash.bytes.data(), &context) == 1);
  return hash;
}

}  // namespace

std::optional<Hash> Hash::FromBytes(std::string_view raw) {
  if (raw.size() != kHashBytes) return std::nullopt;
  Hash hash;
  std::memcpy(hash.bytes.data(), raw.data(), kHashBytes);
  return hash;
}

std::optional<Hash> Hash::FromBase64(std::string_view text) {
  const std::optional<std::string> raw = DecodeBase64(text);
  if (!raw) return std::nullopt;
  return FromBytes(*raw);
}

std::string Hash::ToBase64() const { return EncodeBase64(view()); }

Hash LeafHash(std::string_view entry) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, &kLeafPrefix, 1);
  SHA256_Update(&context, entry.data(), entry.size());
  return Finish(context);
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<uint8_t, 1 + 2 * kHashBytes> both;
  both[0] = kNodePrefix;
  std::copy(left.bytes.begin(), left.bytes.end(), both.begin() + 1);
  std::copy(right.bytes.begin(), right.bytes.end(), both.begin() + 1 + kHashBytes);
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, both.data(), both.size());
  return Finish(context);
}

Hash EmptyRoot() {
  SHA256_CTX context;
  SHA256_Init(&context);
  return Finish(context);
}

}  // namespace whence::tlog
