// Tests that go on for as long as there is time: `make soak`.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <string>

namespace whence::test {

// Purpose: how long a test may go on. `make soak` runs its tests on two cores, each of which has
// WHENCE_SOAK_SECONDS (3,300, so that an hour holds the build as well); CMake gives every test its
// part of one core in WHENCE_SOAK_PERCENT, which also tells a soak from `make test`. The time
// begins with the object; without a soak it never ends, and counts bound the test.
// Thread-safety: const methods may be called from any thread.
class SoakTime {
 public:
  static bool Soaking() { return std::getenv("WHENCE_SOAK_PERCENT") != nullptr; }

  // Whether it is over, or this part of it: a test in several steps gives each its end.
  bool Over(double part = 1.0) const {
    if (!Soaking()) return false;
    const double share = Number("WHENCE_SOAK_PERCENT", 100) / 100.0;
    return Seconds() > Number("WHENCE_SOAK_SECONDS", 3300) * share * part;
  }
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  // A line that scripts/test shows at the end, beside those of the other tests.
  void Tell(const std::string& what) const {
    if (!Soaking()) return;
    std::cout << "soak: " << what << " in " << static_cast<int64_t>(Seconds()) << " s" << std::endl;
  }

 private:
  static double Number(const char* name, double usual) {
    const char* text = std::getenv(name);
    return text == nullptr ? usual : std::strtod(text, nullptr);
  }

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Where random histories begin in a soak: each time elsewhere.
inline uint64_t AnySeed() { return std::random_device()(); }

// Purpose: the seeds of a model test. In `make test` `count` of them from `first`; in a soak as
// many as there is time for, from a random one. WHENCE_MODEL_SEED says from which instead, so that
// what failed can be repeated. Thread-safety: none.
class ModelSeeds {
 public:
  ModelSeeds(std::string what, uint64_t first, uint64_t count)
      : what_(std::move(what)), first_(First(first)), next_(first_), count_(count) {}
  ~ModelSeeds() {
    time_.Tell(what_ + ": " + std::to_string(next_ - first_) + " seeds from " +
               std::to_string(first_));
  }
  ModelSeeds(const ModelSeeds&) = delete;
  ModelSeeds& operator=(const ModelSeeds&) = delete;

  std::optional<uint64_t> Next() {
    if (SoakTime::Soaking() ? time_.Over() : next_ - first_ == count_) return std::nullopt;
    return next_++;
  }

 private:
  static uint64_t First(uint64_t usual) {
    const char* given = std::getenv("WHENCE_MODEL_SEED");
    if (given != nullptr) return std::strtoull(given, nullptr, 10);
    return SoakTime::Soaking() ? AnySeed() : usual;
  }

  const SoakTime time_;
  const std::string what_;
  const uint64_t first_;
  uint64_t next_;
  const uint64_t count_;
};

}  // namespace whence::test
