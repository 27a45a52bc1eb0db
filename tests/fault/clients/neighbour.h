// A caller who wants little, while others want much.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "world.h"

namespace whence::test {

// Purpose: makes one call after the other on a connection of its own, until it is told to stop, and
// notes how long each took. Ownership: owns its thread. Thread-safety: one thread.
class Neighbour {
 public:
  // Who calls GetAsset, a short read.
  explicit Neighbour(ClientWorld& world)
      : Neighbour([catalog = Shared(v1::CatalogService::NewStub(world.server().Connect()))] {
          return ClientWorld::QuickCall(*catalog);
        }) {}
  // Who makes such a call, which says whether it went well.
  explicit Neighbour(std::function<bool()> call)
      : call_(std::move(call)), thread_([this] { Run(); }) {}
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
  // What half of them took at most, and all of them.
  std::chrono::microseconds median() { return At(micros_.size() / 2); }
  std::chrono::microseconds slowest() { return At(micros_.size() - 1); }
  std::string Describe() {
    if (micros_.empty()) return "not served";
    return std::to_string(micros_.size()) + " calls of a neighbour, p50 " +
           std::to_string(median().count()) + " us, slowest " +
           std::to_string(slowest().count() / 1000) + " ms";
  }

 private:
  template <class Stub>
  static std::shared_ptr<Stub> Shared(std::unique_ptr<Stub> stub) {
    return stub;
  }
  std::chrono::microseconds At(size_t index) {
    if (micros_.empty()) return std::chrono::microseconds::max();
    std::sort(micros_.begin(), micros_.end());
    return std::chrono::microseconds(micros_[index]);
  }
  void Run() {
    while (!stop_.load()) {
      const auto begin = std::chrono::steady_clock::now();
      if (!call_()) {
        ++failed_;
        continue;
      }
      micros_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(
                            std::chrono::steady_clock::now() - begin)
                            .count());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  const std::function<bool()> call_;
  std::vector<int64_t> micros_;  // the thread's until Stop, as failed_
  int64_t failed_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace whence::test
