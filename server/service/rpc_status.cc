#include "service/rpc_status.h"

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "google/rpc/error_details.pb.h"

namespace whence::service {
namespace {

constexpr char kDomain[] = "whence";

// The text, or its beginning and an ellipsis, cut between two characters.
std::string Bounded(std::string_view text, size_t max_bytes) {
  constexpr std::string_view kEllipsis = "...";
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return StrCat(text.substr(0, end), kEllipsis);
}

ErrorDetail BoundedDetail(const absl::Status& status) {
  ErrorDetail detail = GetErrorDetail(status);
  detail.field = Bounded(detail.field, kMaxWireHintBytes);
  detail.hint = Bounded(detail.hint, kMaxWireHintBytes);
  for (auto& [key, value] : detail.metadata) value = Bounded(value, kMaxWireHintBytes);
  return detail;
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  WHENCE_ASSERT(!status.ok());
  const ErrorDetail detail = BoundedDetail(status);
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(Bounded(ToStd(status.message()), kMaxWireMessageBytes));

  google::rpc::ErrorInfo info;
  info.set_reason(detail.reason.empty() ? "INTERNAL_ERROR" : detail.reason);
  info.set_domain(kDomain);
  for (const auto& [key, value] : detail.metadata) (*info.mutable_metadata())[key] = value;
  if (!detail.field.empty()) (*info.mutable_metadata())["field"] = detail.field;
  if (!detail.hint.empty()) (*info.mutable_metadata())["hint"] = detail.hint;
  wire.add_details()->PackFrom(info);

  if (!detail.field.empty()) {
    google::rpc::BadRequest bad_request;
    auto* violation = bad_request.add_field_violations();
    violation->set_field(detail.field);
    violation->set_description(wire.message());
    wire.add_details()->PackFrom(bad_request);
  }
  if (!detail.hint.empty()) {
    google::rpc::Help help;
    help.add_links()->set_description(detail.hint);
    wire.add_details()->PackFrom(help);
  }
  absl::Duration delay;
  if (const auto found = detail.metadata.find("retry_delay");
      found != detail.metadata.end() && absl::ParseDuration(found->second, &delay)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
    wire.add_details()->PackFrom(retry);
  }
  return wire;
}

}  // namespace whence::service
