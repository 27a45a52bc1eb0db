#include "grpc/wire.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/strings.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace whence::rpc {
namespace {

constexpr char kDomain[] = "whence";

std::string PrincipalOf(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(kPrincipalKey);
  if (found == metadata.end()) return kAnonymous;
  return {found->second.data(), found->second.size()};
}

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

std::string SerializeDetails(absl::StatusCode code, const std::string& message,
                             const ErrorDetail& detail) {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(code));
  wire.set_message(message);

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
    violation->set_description(message);
    wire.add_details()->PackFrom(bad_request);
  }
  if (!detail.hint.empty()) {
    google::rpc::Help help;
    help.add_links()->set_description(detail.hint);
    wire.add_details()->PackFrom(help);
  }
  return wire.SerializeAsString();
}

}  // namespace

service::CallInfo InfoOf(const grpc::CallbackServerContext& context,
                         const std::atomic<bool>* cancelled, const service::Peer* peer) {
  const auto deadline = context.deadline();
  std::string principal = PrincipalOf(context);
  const bool anonymous = principal == kAnonymous;
  return service::CallInfo{.principal = std::move(principal),
                           .via = "grpc",
                           .deadline = deadline == std::chrono::system_clock::time_point::max()
                                           ? absl::InfiniteFuture()
                                           : absl::FromChrono(deadline),
                           .cancelled = cancelled,
                           .peer = anonymous ? peer : nullptr};
}

grpc::Status ToWire(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = Bounded(ToStd(status.message()), kMaxWireMessageBytes);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      SerializeDetails(status.code(), message, BoundedDetail(status)));
}

bool ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  grpc::ByteBuffer mine = bytes;  // a reader takes a buffer apart; the slices are shared
  grpc::ProtoBufferReader reader(&mine);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

absl::Status RequestUnreadable() {
  return InvalidArgument("REQUEST_UNREADABLE", "", "the bytes of the request are no such message",
                         "make it with the protos of this API");
}

grpc::ByteBuffer ToByteBuffer(std::string bytes) {
  auto* const kept = new std::string(std::move(bytes));
  const grpc::Slice slice(
      kept->data(), kept->size(), [](void* owner) { delete static_cast<std::string*>(owner); },
      kept);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace whence::rpc
