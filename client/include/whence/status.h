#pragma once

// Errors, and what to do about them.
//
// Every error of the server carries a stable reason for programs ("ASSET_NOT_FOUND"), where it fits
// the field of the request that it is about, and a hint for people. Errors that the client finds by
// itself carry the same. They stand in the status as a payload with the type URL
// "type.googleapis.com/google.rpc.ErrorInfo", as the wire has it. All functions here are safe from
// any thread.

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace whence {

// The stable reason, UPPER_SNAKE; empty for OK and for errors that carry none.
std::string ErrorReason(const absl::Status& status);
// What to do about it, one sentence; empty when there is no advice.
std::string ErrorHint(const absl::Status& status);
// The request's field that it is about, as a path ("version.digest"); empty when it is about none.
std::string ErrorField(const absl::Status& status);
// All facts that came with the error, hint and field among them.
std::map<std::string, std::string> ErrorMetadata(const absl::Status& status);

// "NOT_FOUND", "UNAVAILABLE" ...
std::string StatusCodeName(absl::StatusCode code);

// The exit code that the `whence` command has for a status: 0 ok, 1 error, 4 denied, 5 not found,
// 6 conflict (ALREADY_EXISTS, ABORTED), 7 unavailable (UNAVAILABLE, DEADLINE_EXCEEDED). The other
// two of its codes, 2 condition not met and 3 usage, are a program's own to give.
int ExitCode(const absl::Status& status);

// What a person should read: "error: no asset a.b.c (NOT_FOUND, ASSET_NOT_FOUND)" and, where there
// is one, a line "hint: ...", each ended by a newline. Empty for OK.
std::string DescribeError(const absl::Status& status);

// For the end of main: prints DescribeError to stderr and returns the exit code.
//   if (!client.ok()) return whence::Exit(client.status());
int Exit(const absl::Status& status);

// An absl::StatusOr that may be left unread without a warning, because the object that gave it
// keeps the error as well and gives it again at its end (see Run::Complete).
template <typename T>
class KeptStatusOr : public absl::StatusOr<T> {
 public:
  using absl::StatusOr<T>::StatusOr;
};

// An absl::Status of that sort; converts to one.
class KeptStatus {
 public:
  KeptStatus() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for a status
  KeptStatus(absl::Status status) : status_(std::move(status)) {}

  bool ok() const { return status_.ok(); }
  absl::StatusCode code() const { return status_.code(); }
  const absl::Status& status() const { return status_; }
  operator const absl::Status&() const { return status_; }  // NOLINT(google-explicit-constructor)

 private:
  absl::Status status_;
};

}  // namespace whence
