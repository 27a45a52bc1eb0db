// What an operation is to the corridor: a name and plain functions.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"

namespace whence::service {

// Where a read runs.
enum class Pace {
  kShort,  // at once, on the thread on which it arrived
  kLong,   // on the corridor's workers: walks and scans that may take milliseconds
  kTry,    // at once, and again on the workers when it turns out to be long (Call::Defer)
};

// A read. `run` may be called on any thread, many at a time. The response is a message, or the
// bytes of one (Encoded).
template <class Request, class Response>
struct ReadOperation {
  std::string_view name;
  Pace pace;
  absl::StatusOr<Response> (*run)(Call&, const Request&);
};

// A mutation. `validate` looks at the request alone, on the caller's thread; `run` executes on the
// writer's thread, inside its savepoint.
template <class Request, class Response>
struct MutationOperation {
  std::string_view name;
  absl::Status (*validate)(const Request&);
  absl::StatusOr<Response> (*run)(Call&, const Request&);
};

}  // namespace whence::service
