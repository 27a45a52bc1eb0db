#include "whence/status.h"

#include <cstdio>
#include <optional>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "src/error_info.h"
#include "src/text.h"

namespace whence {
namespace {

google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const absl::optional<absl::Cord> payload = status.GetPayload(client_internal::kErrorInfoUrl);
  if (payload.has_value() && !info.ParseFromString(std::string(*payload))) info.Clear();
  return info;
}

std::string Fact(const absl::Status& status, const std::string& key) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  const auto found = info.metadata().find(key);
  return found == info.metadata().end() ? std::string() : found->second;
}

}  // namespace

std::string ErrorReason(const absl::Status& status) { return InfoOf(status).reason(); }
std::string ErrorHint(const absl::Status& status) { return Fact(status, "hint"); }
std::string ErrorField(const absl::Status& status) { return Fact(status, "field"); }

std::map<std::string, std::string> ErrorMetadata(const absl::Status& status) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  return {info.metadata().begin(), info.metadata().end()};
}

std::string StatusCodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return 4;
    case absl::StatusCode::kNotFound:
      return 5;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 6;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 7;
    default:
      return 1;
  }
}

std::string DescribeError(const absl::Status& status) {
  if (status.ok()) return {};
  std::string text =
      "error: " + std::string(status.message()) + " (" + StatusCodeName(status.code());
  if (const std::string reason = ErrorReason(status); !reason.empty()) text += ", " + reason;
  text += ")\n";
  if (const std::string hint = ErrorHint(status); !hint.empty()) text += "hint: " + hint + "\n";
  return text;
}

int Exit(const absl::Status& status) {
  const std::string text = DescribeError(status);
  std::fwrite(text.data(), 1, text.size(), stderr);
  return ExitCode(status);
}

namespace client_internal {

absl::Status MakeError(absl::StatusCode code, const std::string& message, const std::string& reason,
                       const std::string& hint, const std::string& field) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(kErrorDomain);
  if (!hint.empty()) (*info.mutable_metadata())["hint"] = hint;
  if (!field.empty()) (*info.mutable_metadata())["field"] = field;
  absl::Status status(code, message);
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status WithMessagePrefix(const absl::Status& status, const std::string& prefix) {
  if (status.ok()) return status;
  absl::Status result(status.code(), prefix + std::string(status.message()));
  status.ForEachPayload([&result](absl::string_view url, const absl::Cord& payload) {
    result.SetPayload(url, payload);
  });
  return result;
}

}  // namespace client_internal
}  // namespace whence
