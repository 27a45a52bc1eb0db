// How many calls there were, how they ended and how long they took.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace whence::service {

// Purpose: counts calls by operation, door and status code, and their times in a histogram. The
// corridor counts the calls that it runs; doors count what is no operation of request and response.
// Counting takes no lock: two readings of the machine's clock, a look-up by the address of the
// operation's name and three additions.
// Ownership: owns its counters; names of operations must live for ever, as literals do.
// Thread-safety: all methods may be called from any thread.
class CallMetrics {
 public:
  // Upper ends of the histogram's steps; a last one has what took longer.
  static constexpr std::array<std::chrono::microseconds, 16> kSteps = {
      std::chrono::microseconds(50),        std::chrono::microseconds(100),
      std::chrono::microseconds(250),       std::chrono::microseconds(500),
      std::chrono::microseconds(1'000),     std::chrono::microseconds(2'500),
      std::chrono::microseconds(5'000),     std::chrono::microseconds(10'000),
      std::chrono::microseconds(25'000),    std::chrono::microseconds(50'000),
      std::chrono::microseconds(100'000),   std::chrono::microseconds(250'000),
      std::chrono::microseconds(500'000),   std::chrono::microseconds(1'000'000),
      std::chrono::microseconds(2'500'000), std::chrono::microseconds(10'000'000)};
  static constexpr size_t kCodes = 17;  // of absl::StatusCode

  // What was counted of one operation through one door.
  struct Counts {
    std::array<uint64_t, kCodes> codes{};
    std::array<uint64_t, kSteps.size() + 1> steps{};
    std::chrono::nanoseconds time{0};  // of all together
  };
  using Key = std::pair<std::string, std::string>;  // operation, door

  class Timer;

  CallMetrics() = default;
  ~CallMetrics();
  CallMetrics(const CallMetrics&) = delete;
  CallMetrics& operator=(const CallMetrics&) = delete;

  // A call begins.
  Timer Begin(std::string_view operation, std::string_view via);
  // Everything that was counted so far.
  std::map<Key, Counts> Read() const;

 private:
  struct Cell {
    std::array<std::atomic<uint64_t>, kCodes> codes{};
    std::array<std::atomic<uint64_t>, kSteps.size() + 1> steps{};
    std::atomic<uint64_t> nanoseconds{0};
  };
  // Doors that are told apart; every other one is the last.
  static constexpr std::array<std::string_view, 5> kDoors = {"grpc", "http", "authzen", "trino",
                                                             "other"};
  // An operation: known by where its name stands.
  struct Slot {
    std::atomic<const char*> name{nullptr};
    std::atomic<size_t> size{0};  // of the name; 0 until it is known
    std::array<std::atomic<Cell*>, kDoors.size()> cells{};
  };
  static constexpr size_t kSlots = 512;  // several times the operations that there are

  Cell* CellOf(std::string_view operation, std::string_view via);

  std::array<Slot, kSlots> slots_;
};

// Purpose: one call between its beginning and its end. Ownership: none; a value that may be copied,
// of which one is ended, once. Thread-safety: one thread at a time.
class CallMetrics::Timer {
 public:
  void End(absl::StatusCode code) const;

 private:
  friend class CallMetrics;
  Timer(Cell* cell, std::chrono::steady_clock::time_point begin) : cell_(cell), begin_(begin) {}

  Cell* cell_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace whence::service
