#include "lineage/run.h"

namespace whence::lineage {

const char* RunStateName(RunState state) {
  switch (state) {
    case RunState::kUnspecified:
      return "UNSPECIFIED";
    case RunState::kRunning:
      return "RUNNING";
    case RunState::kComplete:
      return "COMPLETE";
    case RunState::kFailed:
      return "FAILED";
    case RunState::kAborted:
      return "ABORTED";
  }
  return "UNSPECIFIED";
}

}  // namespace whence::lineage
