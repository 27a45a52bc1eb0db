#include "base/error.h"

#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "base/assert.h"
#include "base/strings.h"

namespace whence {
namespace {

constexpr char kPayloadUrl[] = "whence/error_detail";
constexpr size_t kMinReasonBytes = 2;
constexpr size_t kMaxReasonBytes = 63;  // the bound of google.rpc.ErrorInfo.reason

// The payload is a row of "<bytes>:<text>" fields: reason, field, hint, then metadata keys and
// values in turn. Length first, so that any text may stand in any field.
void AppendField(std::string& out, std::string_view text) {
  StrAppend(&out, text.size(), ":", text);
}

std::optional<std::string> TakeField(std::string_view& rest) {
  const size_t colon = rest.find(':');
  size_t length = 0;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(rest.substr(0, colon)), &length) ||
      length > rest.size() - colon - 1) {
    return std::nullopt;
  }
  std::string text(rest.substr(colon + 1, length));
  rest.remove_prefix(colon + 1 + length);
  return text;
}

std::string Encode(const ErrorDetail& detail) {
  std::string out;
  AppendField(out, detail.reason);
  AppendField(out, detail.field);
  AppendField(out, detail.hint);
  for (const auto& [key, value] : detail.metadata) {
    AppendField(out, key);
    AppendField(out, value);
  }
  return out;
}

std::optional<ErrorDetail> Decode(std::string_view rest) {
  std::optional<std::string> reason = TakeField(rest);
  std::optional<std::string> field = reason ? TakeField(rest) : std::nullopt;
  std::optional<std::string> hint = field ? TakeField(rest) : std::nullopt;
  if (!hint) return std::nullopt;
  ErrorDetail detail{*std::move(reason), *std::move(field), *std::move(hint), {}};
  while (!rest.empty()) {
    std::optional<std::string> key = TakeField(rest);
    std::optional<std::string> value = key ? TakeField(rest) : std::nullopt;
    if (!value) return std::nullopt;
    detail.metadata.insert_or_assign(*std::move(key), *std::move(value));
  }
  return detail;
}

absl::Status Simple(absl::StatusCode code, std::string_view reason, std::string_view message,
                    std::string_view hint) {
  return MakeError(code, message, {std::string(reason), "", std::string(hint), {}});
}

bool OpensWithField(std::string_view message, std::string_view field) {
  if (!message.starts_with(field)) return false;
  const std::string_view rest = message.substr(field.size());
  return rest.empty() || rest.front() == ':' || rest.front() == ' ';
}

// Message and detail replaced, payloads of others kept.
absl::Status Rebuild(const absl::Status& status, std::string_view message,
                     const ErrorDetail& detail) {
  absl::Status rebuilt(status.code(), ToAbsl(message));
  status.ForEachPayload([&rebuilt](absl::string_view url, const absl::Cord& payload) {
    rebuilt.SetPayload(url, payload);
  });
  rebuilt.SetPayload(kPayloadUrl, absl::Cord(Encode(detail)));
  return rebuilt;
}

}  // namespace

bool IsErrorReason(std::string_view reason) {
  if (reason.size() < kMinReasonBytes || reason.size() > kMaxReasonBytes) return false;
  if (reason.front() < 'A' || reason.front() > 'Z' || reason.back() == '_') return false;
  for (const char c : reason) {
    const bool legal = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!legal) return false;
  }
  return true;
}

absl::Status MakeError(absl::StatusCode code, std::string_view message, const ErrorDetail& detail) {
  WHENCE_ASSERT(code != absl::StatusCode::kOk);
  WHENCE_ASSERT(IsErrorReason(detail.reason));
  absl::Status status(code, ToAbsl(message));
  status.SetPayload(kPayloadUrl, absl::Cord(Encode(detail)));
  return status;
}

ErrorDetail GetErrorDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload) return {};
  return Decode(std::string(*payload)).value_or(ErrorDetail{});
}

absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix) {
  ErrorDetail detail = GetErrorDetail(status);
  if (detail.reason.empty() || prefix.empty()) return status;
  const std::string_view old_message = ToStd(status.message());
  std::string message;
  if (detail.field.empty()) {
    detail.field = std::string(prefix);
    message = StrCat(prefix, ": ", old_message);
  } else {
    message = OpensWithField(old_message, detail.field) ? StrCat(prefix, ".", old_message)
                                                        : std::string(old_message);
    detail.field = StrCat(prefix, ".", detail.field);
  }
  return Rebuild(status, message, detail);
}

absl::Status WithMetadata(const absl::Status& status, std::string_view key,
                          std::string_view value) {
  ErrorDetail detail = GetErrorDetail(status);
  if (detail.reason.empty()) return status;
  detail.metadata.insert_or_assign(std::string(key), std::string(value));
  return Rebuild(status, ToStd(status.message()), detail);
}

absl::Status InvalidArgument(std::string_view reason, std::string_view field,
                             std::string_view message, std::string_view hint) {
  const bool bare = field.empty() || OpensWithField(message, field);
  return MakeError(absl::StatusCode::kInvalidArgument,
                   bare ? std::string(message) : StrCat(field, ": ", message),
                   {std::string(reason), std::string(field), std::string(hint), {}});
}

absl::Status NotFound(std::string_view reason, std::string_view message, std::string_view hint) {
  return Simple(absl::StatusCode::kNotFound, reason, message, hint);
}

absl::Status AlreadyExists(std::string_view reason, std::string_view message,
                           std::string_view hint) {
  return Simple(absl::StatusCode::kAlreadyExists, reason, message, hint);
}

absl::Status FailedPrecondition(std::string_view reason, std::string_view message,
                                std::string_view hint) {
  return Simple(absl::StatusCode::kFailedPrecondition, reason, message, hint);
}

absl::Status Aborted(std::string_view reason, std::string_view message, std::string_view hint) {
  return Simple(absl::StatusCode::kAborted, reason, message, hint);
}

absl::Status ResourceExhausted(std::string_view reason, std::string_view message,
                               std::string_view hint) {
  return Simple(absl::StatusCode::kResourceExhausted, reason, message, hint);
}

absl::Status Unavailable(std::string_view reason, std::string_view message, std::string_view hint) {
  return Simple(absl::StatusCode::kUnavailable, reason, message, hint);
}

absl::Status PermissionDenied(std::string_view reason, std::string_view message,
                              std::string_view hint) {
  return Simple(absl::StatusCode::kPermissionDenied, reason, message, hint);
}

absl::Status Unauthenticated(std::string_view reason, std::string_view message,
                             std::string_view hint) {
  return Simple(absl::StatusCode::kUnauthenticated, reason, message, hint);
}

absl::Status Internal(std::string_view reason, std::string_view message, std::string_view hint) {
  return Simple(absl::StatusCode::kInternal, reason, message, hint);
}

absl::Status DataLoss(std::string_view reason, std::string_view message, std::string_view hint) {
  return Simple(absl::StatusCode::kDataLoss, reason, message, hint);
}

}  // namespace whence
