#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/assert.h"

namespace whence {

SystemRandom::~SystemRandom() { OPENSSL_cleanse(buffer_.data(), buffer_.size()); }

void SystemRandom::Fill(std::span<unsigned char> bytes) {
  const std::lock_guard lock(mutex_);
  while (!bytes.empty()) {
    if (left_ == 0) {
      WHENCE_ASSERT(RAND_bytes(buffer_.data(), static_cast<int>(buffer_.size())) == 1);
      left_ = buffer_.size();
    }
    const size_t count = std::min(bytes.size(), left_);
    unsigned char* const from = buffer_.data() + buffer_.size() - left_;
    std::copy_n(from, count, bytes.data());
    // A byte that was given out is in one place only.
    OPENSSL_cleanse(from, count);
    left_ -= count;
    bytes = bytes.subspan(count);
  }
}

}  // namespace whence
