#pragma once

// The seam for random bytes: whoever needs some is given a RandomSource, so that tests decide them.

#include <array>
#include <cstddef>
#include <mutex>
#include <span>

namespace whence {

// Fills buffers with bytes that nobody can foretell. Implementations are thread-safe. Whoever is
// given a `RandomSource*` does not own it.
class RandomSource {
 public:
  RandomSource() = default;
  RandomSource(const RandomSource&) = delete;
  RandomSource& operator=(const RandomSource&) = delete;
  virtual ~RandomSource() = default;

  virtual void Fill(std::span<unsigned char> bytes) = 0;
};

// The machine's random source, asked for many bytes at once: a few cost no more than copying them.
class SystemRandom final : public RandomSource {
 public:
  SystemRandom() = default;
  // What was not given out is forgotten.
  ~SystemRandom() override;

  void Fill(std::span<unsigned char> bytes) override;

 private:
  static constexpr size_t kBuffer = 4096;

  std::mutex mutex_;  // guards what follows
  std::array<unsigned char, kBuffer> buffer_{};
  size_t left_ = 0;
};

}  // namespace whence
