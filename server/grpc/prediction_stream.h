// A stream of predictions: read ahead, record in the writer's batches, acknowledge in order.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/open_streams.h"
#include "grpc/places.h"
#include "grpcpp/grpcpp.h"
#include "service/corridor.h"
#include "whence/v1/prediction.grpc.pb.h"

namespace whence::rpc {

// Purpose: one StreamPredictions call. Messages are handed to the corridor as they come, at most
// kMaxUnacknowledged (and kMaxUnacknowledgedBytes) at a time, so that the writer finds many to make
// durable in one step; each is acknowledged when it is durable, in the order of arrival. The first
// message that is refused as a whole ends the stream with that error, after the acknowledgements of
// those before it; nothing is read after it. The caller's credential is checked when the stream
// opens and with every message. A stream for which there is no place ends with TOO_MANY_STREAMS at
// once; one that has been idle makes room. While all streams hold more than the room's bytes
// together, each reads its next message when the one before is acknowledged: none waits for
// another. Ownership: owns itself until OnDone, and each batch until it is acknowledged.
// Thread-safety: gRPC's threads and the writer's meet under one mutex.
class PredictionStream final
    : public grpc::ServerBidiReactor<v1::StreamPredictionsRequest, v1::StreamPredictionsResponse> {
 public:
  PredictionStream(service::Corridor* corridor, grpc::CallbackServerContext* context,
                   StreamRoom* room, OpenStreams* streams);
  ~PredictionStream() override;

  // When a message came, or an acknowledgement was taken. From any thread.
  absl::Time last_event() const { return absl::FromUnixNanos(last_event_.load()); }
  // Gives its place back and ends with STREAM_IDLE, unless something is being recorded for it or it
  // has no place (false).
  bool EndIdle();
  // Reads no further, and ends with SERVER_STOPPING when what was read is acknowledged.
  void End();

 private:
  // One message between its arrival and its acknowledgement.
  struct Batch {
    v1::StreamPredictionsRequest message;
    v1::RecordPredictionsRequest request;
    v1::RecordPredictionsResponse recorded;
    v1::StreamPredictionsResponse acknowledgement;
    size_t bytes = 0;
    bool done = false;
    absl::Status status;
  };

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void Happened() { last_event_.store(absl::ToUnixNanos(absl::Now())); }
  void StartNextRead();  // with mutex_ held, as AddBytes
  void AddBytes(size_t bytes);
  void RemoveBytes(size_t bytes);
  void Record(Batch* batch);
  void Recorded(Batch* batch, absl::Status status);
  // With mutex_ held: starts the next acknowledgement, or returns how the call ends. Then the
  // caller, having let go of the mutex, must Finish: from there on the stream may be gone.
  std::optional<grpc::Status> Advance();

  service::Corridor* const corridor_;
  grpc::CallbackServerContext* const context_;
  const service::CallInfo info_;
  StreamRoom* const room_;
  OpenStreams* const streams_;
  std::atomic<bool> cancelled_ = false;

  std::atomic<int64_t> last_event_;  // nanoseconds since the epoch

  std::mutex mutex_;
  Places::Place place_;                         // guarded by mutex_, as all below
  std::deque<std::unique_ptr<Batch>> batches_;  // oldest first
  std::unique_ptr<Batch> reading_;
  bool read_pending_ = false;   // a read is under way, or what it brought is not handed on yet
  bool write_pending_ = false;  // the oldest batch's acknowledgement is under way
  bool reads_over_ = false;     // the caller sends no more
  absl::Status ended_;          // why it ends before its caller says so
  bool refused_ = false;        // a batch was refused as a whole
  bool broken_ = false;         // the caller does not listen any more
  bool finished_ = false;
  int in_corridor_ = 0;  // batches whose answer has not come
  size_t unacknowledged_bytes_ = 0;
};

}  // namespace whence::rpc
