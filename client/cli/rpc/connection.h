#pragma once

// The way to the server: one channel, and what every call carries. No gRPC header comes with it.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/config/settings.h"
#include "cli/rpc/methods.h"
#include "google/protobuf/message.h"

namespace whence::cli {

// One server. Opens no socket before the first call. Thread-safe.
class Connection {
 public:
  // A LocalError if a certificate file cannot be read.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Target& target);
  ~Connection();

  const Target& target() const { return target_; }

  // One unary call under the deadline of the target. The error of a server that cannot be reached
  // says which, and what to do.
  template <class Request, class Response>
  absl::StatusOr<Response> Call(const Method<Request, Response>& method, const Request& request) {
    Response response;
    absl::Status status = CallUnary(method.service, method.name, request, &response);
    if (!status.ok()) return status;
    return response;
  }

  // The answer of the standard health service: "SERVING", "NOT_SERVING", ...
  absl::StatusOr<std::string> CheckHealth();

  // Streams a backup into `use`, chunk by chunk, until that fails. Without a deadline, unless one
  // was asked for.
  absl::Status ReadBackup(const std::function<absl::Status(const v1::BackupChunk&)>& use);

  // The same with entries of the ledger, or until `stop` is asked for: then it fails as cancelled.
  absl::Status ReadEntries(const v1::StreamEntriesRequest& request,
                           const std::function<absl::Status(const v1::StreamEntriesResponse&)>& use,
                           const std::stop_token& stop);

 private:
  struct Wire;

  Connection(Target target, std::unique_ptr<Wire> wire);

  absl::Status CallUnary(const char* service, const char* name,
                         const google::protobuf::Message& request,
                         google::protobuf::Message* response);

  const Target target_;
  const std::unique_ptr<Wire> wire_;
};

}  // namespace whence::cli
