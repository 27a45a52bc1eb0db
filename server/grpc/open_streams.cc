#include "grpc/open_streams.h"

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

void OpenStreams::EndAll() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  const std::vector<PredictionStream*> streams(streams_.begin(), streams_.end());
  for (PredictionStream* stream : streams) {
    if (streams_.count(stream) > 0) stream->End();  // else it ended meanwhile
  }
}

}  // namespace whence::rpc
