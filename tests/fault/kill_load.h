// What writes while the server is killed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "whence/client.h"
#include "whence/prediction_recorder.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::test {

// Predictions of one RecordPredictions.
inline constexpr int kKillBatch = 5;

// The world of the kill loop: `kill.test.model` with a version.
bool MakeKillWorld(const std::shared_ptr<grpc::Channel>& channel);
// What the runs of a round read and write: `kill.test.input-<round>` and `...output-<round>`.
bool MakeRound(const std::shared_ptr<grpc::Channel>& channel, int round);

// What one kind of writer sent and heard.
struct WriteLog {
  std::vector<std::string> acknowledged;
  std::vector<std::string> unknown;  // sent, but the server died before it answered
};

// Purpose: writes one thing after the other until the server is gone, and remembers what was
// acknowledged. Which thing, its number decides: assets, runs or batches of predictions. Each can
// be written again with the same ids. Thread-safety: one thread an object.
class UnaryLoad {
 public:
  UnaryLoad(int number, const std::shared_ptr<grpc::Channel>& channel, int round);

  void Run();

  bool WriteAsset(const std::string& id);
  // A run that writes a new version: catalog and lineage in one mutation.
  bool WriteRun(const std::string& id);
  bool WritePredictions(const std::string& id);

  bool AssetExists(const std::string& id);
  // Not there (0), there with everything it was recorded with (1), or by half (-1).
  int RunWholeness(const std::string& id);
  // How many of the batch are there.
  int PredictionsOf(const std::string& id);

  const WriteLog& assets() const { return assets_; }
  const WriteLog& runs() const { return runs_; }
  const WriteLog& batches() const { return batches_; }
  int refused_batches() const { return refused_batches_; }

 private:
  const int number_;
  const int round_;
  std::unique_ptr<v1::LineageService::Stub> lineage_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<v1::PredictionService::Stub> predictions_;
  WriteLog assets_;
  WriteLog runs_;
  WriteLog batches_;
  int refused_batches_ = 0;  // checked on the test's thread: Catch2's assertions are not for others
};

// Purpose: one PredictionRecorder that outlives every kill, and a thread that feeds it with
// `rec-0`, `rec-1`, ... in this order. Ownership: owns both.
// Thread-safety: one thread beside its own.
class StreamLoad {
 public:
  explicit StreamLoad(const std::string& address);
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
