// What writes while the server is killed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "kill_writes.h"
#include "whence/client.h"
#include "whence/prediction_recorder.h"

namespace whence::test {

// The world of the kill loop: `kill.test.model` with a version, a policy that masks columns that
// are `pii`, a tag that flows along lineage, and a group whose members come to what is in the
// schema.
bool MakeKillWorld(const std::shared_ptr<grpc::Channel>& channel);
// What the runs of a round read and write: `kill.test.input-<round>` and `...output-<round>`.
bool MakeRound(const std::shared_ptr<grpc::Channel>& channel, int round);

// Purpose: writes one thing after the other until the server is gone, and remembers what it was
// answered. Which kind of thing, its number decides. Thread-safety: one thread an object.
class UnaryLoad {
 public:
  UnaryLoad(int number, const std::shared_ptr<grpc::Channel>& channel, int round);

  // What tells the writes of this load from all others.
  static std::string NameOf(int number, int round);

  // Until a call is not answered.
  void Run();
  // The answers to all writes but the last one, by number. That one was sent, but the server died
  // before it answered.
  const std::vector<std::string>& answers() const { return answers_; }
  KillWrites& writes() { return *writes_; }

 private:
  const std::unique_ptr<KillWrites> writes_;
  std::vector<std::string> answers_;
};

// Purpose: one PredictionRecorder that outlives every kill, and a thread that feeds it with
// `rec-0`, `rec-1`, ... in this order. Ownership: owns both.
// Thread-safety: one thread beside its own.
class StreamLoad {
 public:
  StreamLoad(const std::string& address, const std::string& token);
  ~StreamLoad() { StopFeeding(); }
  StreamLoad(const StreamLoad&) = delete;
  StreamLoad& operator=(const StreamLoad&) = delete;

  void StopFeeding();
  PredictionRecorder& recorder() { return *recorder_; }
  // Predictions that Record has taken.
  int64_t taken() const { return taken_.load(); }
  static std::string IdOf(int64_t number) { return "rec-" + std::to_string(number); }

 private:
  void Feed();

  std::unique_ptr<PredictionRecorder> recorder_;
  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> taken_ = 0;
  std::thread thread_;
};

}  // namespace whence::test
