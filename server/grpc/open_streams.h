// The streams of predictions that are open, so that the server can end them.
#pragma once

#include <mutex>
#include <set>
#include <vector>

#include "absl/time/time.h"

namespace whence::rpc {

class PredictionStream;

// Purpose: a stream ends when its caller says so, which may be never; without this a server that is
// told to stop would wait its whole grace for every recorder, and idle ones would keep their places
// from others. Ownership: none.
// Thread-safety: all methods may be called from any thread.
class OpenStreams {
 public:
  OpenStreams() = default;
  OpenStreams(const OpenStreams&) = delete;
  OpenStreams& operator=(const OpenStreams&) = delete;

  // False when EndAll was called before: then the stream is not taken.
  bool Add(PredictionStream* stream);
  void Remove(PredictionStream* stream);
  // Ends the stream on which nothing happened for longest, when that is at least `idle`. True: a
  // place is free.
  bool EndIdlest(absl::Duration idle);
  // Tells every stream to read no further and to end when what it read is acknowledged.
  void EndAll();

 private:
  // Recursive, as ending a stream may destroy it on the same thread.
  std::recursive_mutex mutex_;
  std::set<PredictionStream*> streams_;  // guarded by mutex_
  bool ended_ = false;                   // guarded by mutex_
};

}  // namespace whence::rpc
