#include "base/uuid.h"

#include <openssl/rand.h>

#include <algorithm>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/assert.h"
#include "base/strings.h"

namespace whence {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr size_t kUuidLength = 36;

// The field has 48 bits; half of its range (the year 6429) leaves room to run ahead of any clock.
constexpr int64_t kMaxMillis = int64_t{1} << 47;
// rand_a of RFC 9562: 12 bits.
constexpr uint32_t kMaxCounter = 0xfff;
// A new millisecond starts the counter at random in its lower half: hard to guess, room to count.
constexpr uint32_t kCounterStartMask = 0x7ff;

using UuidBytes = std::array<unsigned char, kUuidBytes>;

bool IsHyphenPlace(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

std::string FormatUuid(const UuidBytes& bytes) {
  const std::string hex = absl::BytesToHexString(
      std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  const std::string_view digits = hex;
  return StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-", digits.substr(12, 4), "-",
                digits.substr(16, 4), "-") +
         hex.substr(20);
}

// Puts time, version, counter and variant over `bytes`, which holds random bits.
std::string MakeUuidV7(UuidBytes bytes, int64_t millis, uint32_t counter) {
  const uint64_t time = static_cast<uint64_t>(millis);
  for (size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<unsigned char>((time >> (40 - 8 * i)) & 0xffu);
  }
  bytes[6] = static_cast<unsigned char>(0x70u | (counter >> 8));
  bytes[7] = static_cast<unsigned char>(counter & 0xffu);
  bytes[8] = static_cast<unsigned char>(0x80u | (bytes[8] & 0x3fu));
  return FormatUuid(bytes);
}

// SplitMix64 (Steele, Lea, Flood 2014): the same sequence everywhere, unlike <random>'s
// distributions.
uint64_t NextRandom(uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

RandomIdSource::RandomIdSource(const Clock* clock) : clock_(clock) {
  WHENCE_ASSERT(clock_ != nullptr);
}

std::string RandomIdSource::NewUuid() {
  const int64_t now = std::clamp<int64_t>(absl::ToUnixMillis(clock_->Now()), 0, kMaxMillis);

  const std::lock_guard lock(mutex_);
  const UuidBytes bytes = TakeRandom();
  const uint32_t start = ((uint32_t{bytes[6]} << 8) | bytes[7]) & kCounterStartMask;
  if (now > last_millis_) {
    last_millis_ = now;
    counter_ = start;
  } else if (counter_ < kMaxCounter) {
    ++counter_;
  } else {
    ++last_millis_;
    counter_ = start;
  }
  return MakeUuidV7(bytes, last_millis_, counter_);
}

// The generator takes as long for sixteen bytes as for a thousand.
std::array<unsigned char, 16> RandomIdSource::TakeRandom() {
  if (random_left_ == 0) {
    // Fails only where the machine has no random source at all: no id can be made then.
    WHENCE_ASSERT(RAND_bytes(random_.data()->data(), sizeof(random_)) == 1);
    random_left_ = random_.size();
  }
  return random_[--random_left_];
}

std::string SeededIdSource::NewUuid() {
  constexpr int64_t kStartMillis = 1893456000000;  // 2030-01-01T00:00:00Z
  const std::lock_guard lock(mutex_);
  UuidBytes bytes;
  for (size_t half = 0; half < 2; ++half) {
    const uint64_t random = NextRandom(state_);
    for (size_t i = 0; i < 8; ++i) {
      bytes[8 * half + i] = static_cast<unsigned char>((random >> (8 * i)) & 0xffu);
    }
  }
  const uint32_t counter = ((uint32_t{bytes[6]} << 8) | bytes[7]) & kMaxCounter;
  return MakeUuidV7(bytes, kStartMillis + made_++, counter);
}

bool IsUuid(std::string_view text) {
  if (text.size() != kUuidLength) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (IsHyphenPlace(i) ? c != '-' : !absl::ascii_isxdigit(c)) return false;
  }
  return true;
}

std::string CanonicalUuid(std::string_view text) { return absl::AsciiStrToLower(ToAbsl(text)); }

}  // namespace whence
