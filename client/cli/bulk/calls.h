#pragma once

// What everything that sends records has in common: calls that wait for a server, and masks.

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/rpc/connection.h"
#include "google/protobuf/field_mask.pb.h"

namespace whence::cli {

// Whether a status says that there was no server to ask, and so nothing about the record.
bool ServerGone(const absl::Status& status);

// One call; where it found no server it is tried again for a while. A status for which ServerGone
// is true means that this was in vain.
template <class Request, class Response>
absl::StatusOr<Response> CallPatiently(Connection& connection,
                                       const Method<Request, Response>& method,
                                       const Request& request) {
  // Ten tries over about half a minute: as long as a server takes to be started again.
  constexpr int kTries = 10;
  constexpr absl::Duration kLongestPause = absl::Seconds(5);
  absl::Duration pause = absl::Milliseconds(100);
  for (int tries = 1;; ++tries) {
    absl::StatusOr<Response> reply = connection.Call(method, request);
    if (reply.ok() || !ServerGone(reply.status()) || tries == kTries) return reply;
    absl::SleepFor(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

// "comment,owner" as paths.
void FillMask(const std::string& mask, google::protobuf::FieldMask* fields);

}  // namespace whence::cli
