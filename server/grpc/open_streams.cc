#include "grpc/open_streams.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "grpc/prediction_stream.h"

namespace whence::rpc {

bool OpenStreams::Add(PredictionStream* stream) {
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  streams_.insert(stream);
  return true;
}

void OpenStreams::Remove(PredictionStream* stream) {
  const std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

bool OpenStreams::EndIdlest(absl::Duration idle) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<absl::Time, PredictionStream*>> streams;
  for (PredictionStream* stream : streams_) streams.emplace_back(stream->last_event(), stream);
  std::ranges::sort(streams);
  const absl::Time latest = absl::Now() - idle;
  for (const auto& [last_event, stream] : streams) {
    if (last_event > latest) return false;
    if (stream->EndIdle()) return true;  // it may be gone now
  }
  return false;
}

void OpenStreams::EndAll() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  const std::vector<PredictionStream*> streams(streams_.begin(), streams_.end());
  for (PredictionStream* stream : streams) {
    if (streams_.count(stream) > 0) stream->End();  // else it ended meanwhile
  }
}

}  // namespace whence::rpc
