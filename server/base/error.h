#pragma once

// Named errors. Every error that leaves the server carries a stable reason (for programs), the
// field it is about and a hint (for people), next to the status code and the message. They travel
// as a payload of absl::Status, so that rooms below the wire know neither gRPC nor protobuf; the
// doors turn them into google.rpc.ErrorInfo and BadRequest.

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace whence {

struct ErrorDetail {
  // UPPER_SNAKE, 2 to 63 characters, stable for ever: programs switch on it. Empty: none.
  std::string reason;
  // Path of the request's field that is wrong, as in the proto: "reads[3].name". Empty: no field.
  std::string field;
  // What to do about it, one sentence. Empty: nothing to advise.
  std::string hint;
  // Further facts for programs, e.g. {"limit": "255"}.
  std::map<std::string, std::string> metadata;

  friend bool operator==(const ErrorDetail&, const ErrorDetail&) = default;
};

// True if `reason` has the form above.
bool IsErrorReason(std::string_view reason);

// A status with `code`, `message` and the detail. `code` must be an error and the reason well
// formed (asserted).
absl::Status MakeError(absl::StatusCode code, std::string_view message, const ErrorDetail& detail);

// The detail that MakeError put in; a detail with an empty reason for OK and for statuses of
// foreign origin.
ErrorDetail GetErrorDetail(const absl::Status& status);

// The same error seen from the request that contains the message it was found in: puts `prefix`
// before the field ("name" becomes "items[3].name") and before the field's name where it opens the
// message. An error without a field gets `prefix` as its field. OK and statuses without detail
// come back unchanged.
absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix);

// The same error with one more fact in its metadata; a status without detail comes back unchanged.
absl::Status WithMetadata(const absl::Status& status, std::string_view key, std::string_view value);

// One function per status code. `reason` as above; `message` says what was wrong and where; `hint`
// says what to do.

// The request is wrong whatever the state of the server. "field: " is put before the message
// unless the message opens with the field's name already (or `field` is empty).
absl::Status InvalidArgument(std::string_view reason, std::string_view field,
                             std::string_view message, std::string_view hint = {});
// What the request names does not exist.
absl::Status NotFound(std::string_view reason, std::string_view message,
                      std::string_view hint = {});
// What the request would create exists.
absl::Status AlreadyExists(std::string_view reason, std::string_view message,
                           std::string_view hint = {});
// The state of the server must be changed first.
absl::Status FailedPrecondition(std::string_view reason, std::string_view message,
                                std::string_view hint = {});
// Somebody else was faster (etag): read again, then retry.
absl::Status Aborted(std::string_view reason, std::string_view message, std::string_view hint = {});
// A limit of the server is reached: queue, disk, rate.
absl::Status ResourceExhausted(std::string_view reason, std::string_view message,
                               std::string_view hint = {});
// The server cannot answer now: retry later.
absl::Status Unavailable(std::string_view reason, std::string_view message,
                         std::string_view hint = {});
// The caller is known and may not.
absl::Status PermissionDenied(std::string_view reason, std::string_view message,
                              std::string_view hint = {});
// The caller is not known.
absl::Status Unauthenticated(std::string_view reason, std::string_view message,
                             std::string_view hint = {});
// A bug of ours.
absl::Status Internal(std::string_view reason, std::string_view message,
                      std::string_view hint = {});
// Stored data is damaged.
absl::Status DataLoss(std::string_view reason, std::string_view message,
                      std::string_view hint = {});

}  // namespace whence
