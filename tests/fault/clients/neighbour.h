// A caller who wants little, while others want much.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "world.h"

namespace whence::test {

// Purpose: calls GetAsset, one call after the other on a connection of its own, until it is told to
// stop, and notes how long each took. Ownership: owns its thread. Thread-safety: one thread.
class Neighbour {
 public:
  explicit Neighbour(ClientWorld& world)
      : catalog_(v1::CatalogService::NewStub(world.server().Connect())),
        thread_([this] { Run(); }) {}
  ~Neighbour() { Stop(); }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  void Stop() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
  }

  // After Stop. Calls that failed, that went well, and a line for people about these.
  int64_t failed() const { return failed_; }
  int64_t served() const { return static_cast<int64_t>(micros_.size()); }
  std::string Describe() {
    if (micros_.empty()) return "not served";
    std::sort(micros_.begin(), micros_.end());
    return std::to_string(micros_.size()) + " calls of a neighbour, p50 " +
           std::to_string(micros_[micros_.size() / 2]) + " us, slowest " +
           std::to_string(micros_.back() / 1000) + " ms";
  }

 private:
  void Run() {
    while (!stop_.load()) {
      const auto begin = std::chrono::steady_clock::now();
      if (!ClientWorld::QuickCall(*catalog_)) {
        ++failed_;
        continue;
      }
      micros_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
                            std::chrono::steady_clock::now() - begin)
                            .count());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::vector<int64_t> micros_;  // the thread's until Stop, as failed_
  int64_t failed_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace whence::test
