#include "tlog/plain_hash.h"

// As in hash.cc: EVP allocates for every hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/assert.h"

namespace whence::tlog {

Hash PlainHash(std::string_view first, std::string_view second) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, first.data(), first.size());
  SHA256_Update(&context, second.data(), second.size());
  Hash hash;
  WHENCE_ASSERT(SHA256_Final(hash.bytes.data(), &context) == 1);
  return hash;
}

}  // namespace whence::tlog
