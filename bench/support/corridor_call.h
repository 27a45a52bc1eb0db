// Reads through the corridor in this process: an operation without the wire.
#pragma once

#include <semaphore>
#include <string>
#include <string_view>
#include <utility>

#include "service/corridor.h"
#include "support/figure.h"

namespace whence::bench {

// Runs a read and waits for its answer. Ends the process when it fails.
template <class Request, class Response>
Response Ask(service::Corridor& corridor,
             const service::ReadOperation<Request, Response>& operation, const Request& request) {
  Response response;
  absl::Status status;
  std::binary_semaphore answered{0};
  corridor.Run(operation, {.certificate_names = {"user:admin"}, .via = "bench"}, request, &response,
               [&](absl::Status outcome) {
                 status = std::move(outcome);
                 answered.release();
               });
  answered.acquire();
  Expect(status.ok(), std::string(operation.name) + ": " + status.ToString());
  return response;
}

}  // namespace whence::bench
