#pragma once

// Ids that the server or a client makes up: UUIDs, of version 7 (RFC 9562), so that they sort by
// time of creation and sit together in an index.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace whence {

// The seam for ids: makes a new UUID at each call, lower-case, 36 characters. Implementations are
// thread-safe. Whoever is given an `IdSource*` does not own it.
class IdSource {
 public:
  IdSource() = default;
  IdSource(const IdSource&) = delete;
  IdSource& operator=(const IdSource&) = delete;
  virtual ~IdSource() = default;

  virtual std::string NewUuid() = 0;
};

// UUIDv7 from a clock and the machine's random source. Within one object each id is greater than
// the one before, as text too, whatever the clock does and from however many threads: ids of one
// millisecond count up in the 12 bits after the time; when these are used up, or the clock was set
// back, the time part runs ahead of the clock until the clock overtakes it. The clock is not owned
// and must outlive the source.
class RandomIdSource final : public IdSource {
 public:
  explicit RandomIdSource(const Clock* clock);

  std::string NewUuid() override;

 private:
  std::array<unsigned char, 16> TakeRandom();

  const Clock* const clock_;
  std::mutex mutex_;  // see FakeClock; guards what follows
  int64_t last_millis_ = -1;
  uint32_t counter_ = 0;
  std::array<std::array<unsigned char, 16>, 64> random_{};
  size_t random_left_ = 0;
};

// The same ids in the same order for the same seed, for tests: version 7 in form, one millisecond
// apart from 2030-01-01T00:00:00Z on, so they sort in order of creation as well.
class SeededIdSource final : public IdSource {
 public:
  explicit SeededIdSource(uint64_t seed) : state_(seed) {}

  std::string NewUuid() override;

 private:
  std::mutex mutex_;  // guards what follows
  uint64_t state_;
  int64_t made_ = 0;
};

// True for 8-4-4-4-12 hexadecimal digits of either case, of any version; no braces, no "urn:uuid:".
bool IsUuid(std::string_view text);

// `text`, which should be a UUID, in lower case: the form that is stored and compared.
std::string CanonicalUuid(std::string_view text);

}  // namespace whence
