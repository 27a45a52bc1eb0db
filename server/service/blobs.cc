#include "service/blobs.h"

#include "absl/strings/str_cat.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace whence::service {

std::string SerializeDeterministic(const google::protobuf::MessageLite& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    WHENCE_ASSERT(message.SerializeToCodedStream(&out));
  }
  return bytes;
}

absl::Status ParseStored(std::string_view bytes, std::string_view what,
                         google::protobuf::MessageLite* message) {
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return DataLoss("STORED_MESSAGE_UNREADABLE",
                  StrCat("the bytes stored in ", what, " are no ", message->GetTypeName()),
                  "restore the newest backup with 'whence admin restore'");
}

std::string SerializeProperties(const PropertyMap& properties) {
  if (properties.empty()) return {};
  storage::Properties message;
  *message.mutable_entries() = properties;
  return SerializeDeterministic(message);
}

absl::Status ParseProperties(std::string_view bytes, PropertyMap* properties) {
  properties->clear();
  if (bytes.empty()) return absl::OkStatus();
  storage::Properties message;
  WHENCE_RETURN_IF_ERROR(ParseStored(bytes, "properties", &message));
  properties->swap(*message.mutable_entries());
  return absl::OkStatus();
}

std::string SerializeDetail(const v1::Detail& detail) {
  if (detail.kind_case() == v1::Detail::KIND_NOT_SET) return {};
  return SerializeDeterministic(detail);
}

absl::StatusOr<v1::Detail> ParseDetail(std::string_view bytes) {
  return ParseStored<v1::Detail>(bytes, "detail");
}

}  // namespace whence::service
