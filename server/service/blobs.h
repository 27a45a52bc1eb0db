// The opaque columns of the database: messages as bytes. Serialised deterministically (map entries
// in order of their keys), so that equal messages are equal bytes and "nothing changed" is a
// comparison.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "google/protobuf/map.h"
#include "google/protobuf/message_lite.h"
#include "whence/storage/v1/storage.pb.h"
#include "whence/v1/common.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;
namespace storage = ::whence::storage::v1;

using PropertyMap = google::protobuf::Map<std::string, std::string>;

// The message as bytes; equal messages give equal bytes. An empty message gives no bytes.
std::string SerializeDeterministic(const google::protobuf::MessageLite& message);

// Reads what SerializeDeterministic wrote. DataLoss STORED_MESSAGE_UNREADABLE otherwise; `what`
// says where it was stored, for the message.
absl::Status ParseStored(std::string_view bytes, std::string_view what,
                         google::protobuf::MessageLite* message);

// The same, by value: `ParseStored<storage::RunAttributes>(bytes, "run.attributes")`.
template <class Message>
absl::StatusOr<Message> ParseStored(std::string_view bytes, std::string_view what) {
  Message message;
  WHENCE_RETURN_IF_ERROR(ParseStored(bytes, what, &message));
  return message;
}

// securable_state.properties and version_state.properties. No properties: no bytes.
std::string SerializeProperties(const PropertyMap& properties);
absl::Status ParseProperties(std::string_view bytes, PropertyMap* properties);

// securable_state.detail and version.detail. A detail without its kind set is none: no bytes.
std::string SerializeDetail(const v1::Detail& detail);
absl::StatusOr<v1::Detail> ParseDetail(std::string_view bytes);

}  // namespace whence::service
