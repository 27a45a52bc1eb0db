// Operations through the corridor in this process, without the wire, as the metastore's owner
// unless it is said otherwise.
#pragma once

#include <semaphore>
#include <string>
#include <string_view>
#include <utility>

#include "service/corridor.h"
#include "support/figure.h"
#include "support/local_server.h"

namespace whence::bench {

// Runs an operation for whoever has the token, and waits for its answer. Ends the process when it
// fails.
template <class Request, class Response, class Operation>
Response RunInCorridor(const LocalServer& server, const std::string& token,
                       const Operation& operation, const Request& request) {
  Response response;
  absl::Status status;
  std::binary_semaphore answered{0};
  server.corridor().Run(operation, {.bearer = token, .via = "bench"}, request, &response,
                        [&](absl::Status outcome) {
                          status = std::move(outcome);
                          answered.release();
                        });
  answered.acquire();
  Expect(status.ok(), std::string(operation.name) + ": " + status.ToString());
  return response;
}

// A read.
template <class Request, class Response>
Response AskAs(const LocalServer& server, const std::string& token,
               const service::ReadOperation<Request, Response>& operation, const Request& request) {
  return RunInCorridor<Request, Response>(server, token, operation, request);
}
template <class Request, class Response>
Response Ask(const LocalServer& server, const service::ReadOperation<Request, Response>& operation,
             const Request& request) {
  return AskAs(server, server.token(), operation, request);
}
// The same for a change.
template <class Request, class Response>
Response Change(const LocalServer& server,
                const service::MutationOperation<Request, Response>& operation,
                const Request& request) {
  return RunInCorridor<Request, Response>(server, server.token(), operation, request);
}

}  // namespace whence::bench
