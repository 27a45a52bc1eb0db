#include "cli/rpc/status.h"

#include <string>

#include "base/error.h"
#include "base/strings.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace whence::cli {
namespace {

constexpr char kDomain[] = "whence";

void TakeErrorInfo(const google::rpc::ErrorInfo& info, ErrorDetail& detail) {
  if (info.domain() != kDomain || !IsErrorReason(info.reason())) return;
  detail.reason = info.reason();
  for (const auto& [key, value] : info.metadata()) {
    if (key == "hint") {
      detail.hint = value;
    } else if (key == "field") {
      detail.field = value;
    } else {
      detail.metadata.insert_or_assign(key, value);
    }
  }
}

ErrorDetail ReadDetails(const std::string& bytes) {
  ErrorDetail detail;
  google::rpc::Status details;
  if (bytes.empty() || !details.ParseFromString(bytes)) return detail;
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::Help help;
    if (any.Is<google::rpc::ErrorInfo>() && any.UnpackTo(&info)) {
      TakeErrorInfo(info, detail);
    } else if (any.Is<google::rpc::BadRequest>() && any.UnpackTo(&bad_request)) {
      if (detail.field.empty() && bad_request.field_violations_size() > 0) {
        detail.field = bad_request.field_violations(0).field();
      }
    } else if (any.Is<google::rpc::Help>() && any.UnpackTo(&help)) {
      if (detail.hint.empty() && help.links_size() > 0) {
        detail.hint = help.links(0).description();
      }
    }
  }
  return detail;
}

}  // namespace

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  ErrorDetail detail = ReadDetails(status.error_details());
  if (detail.reason.empty()) return absl::Status(code, status.error_message());
  return MakeError(code, status.error_message(), detail);
}

}  // namespace whence::cli
