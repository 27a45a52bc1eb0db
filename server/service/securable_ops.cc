#include "service/securable_ops.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable_write.h"
#include "service/access_checks.h"
#include "service/asset_write.h"
#include "service/blobs.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/detail_check.h"
#include "service/securable_names.h"
#include "service/update_mask.h"

namespace whence::service {
namespace {

using catalog::Kind;
using catalog::kNow;
using catalog::Securable;

// Every operation is written once, for a message (v1::Catalog, v1::Schema, v1::Asset) whose depth
// in the tree tells them apart; what only assets have stands in `if constexpr`.
template <class Message>
constexpr bool kIsAsset = DepthOf<Message>() == 3;

// "asset.comment" and the like: the path of a field in requests that carry the resource.
template <class Message>
std::string Field(std::string_view member) {
  return StrCat(catalog::LevelName(DepthOf<Message>()), ".", member);
}

template <class Message>
absl::Status ValidateFields(const Message& message) {
  WHENCE_RETURN_IF_ERROR(ParsePath<Message>(message.name(), Field<Message>("name")).status());
  WHENCE_RETURN_IF_ERROR(CheckComment(message.comment(), Field<Message>("comment")));
  WHENCE_RETURN_IF_ERROR(CheckOwner(message.owner(), Field<Message>("owner")));
  WHENCE_RETURN_IF_ERROR(CheckProperties(message.properties(), Field<Message>("properties")));
  if constexpr (kIsAsset<Message>) {
    WHENCE_RETURN_IF_ERROR(CheckDetail(message.detail(), Field<Message>("detail")));
  }
  return absl::OkStatus();
}

// --- Create ---

template <class Message>
absl::Status ValidateCreate(const Message& message) {
  WHENCE_RETURN_IF_ERROR(ValidateFields(message));
  if constexpr (kIsAsset<Message>) {
    WHENCE_RETURN_IF_ERROR(CheckKind(message.kind(), "asset.kind"));
    return CheckDetailSuits(message.detail(), ToKind(message.kind()), "asset.detail");
  }
  return absl::OkStatus();
}

template <class Message>
Kind KindOf(const Message& message) {
  if constexpr (kIsAsset<Message>) return ToKind(message.kind());
  return DepthOf<Message>() == 1 ? Kind::kCatalog : Kind::kSchema;
}

template <class Message>
absl::StatusOr<Message> Answer(Call& call, const Securable& securable) {
  Message message;
  WHENCE_RETURN_IF_ERROR(Convert(call.connection(), kNow, securable, &message));
  return message;
}

template <class Message>
absl::StatusOr<Message> Create(Call& call, const Message& message) {
  catalog::NewSecurable wanted;
  wanted.kind = KindOf(message);
  WHENCE_ASSIGN_OR_RETURN(wanted.path, ParsePath<Message>(message.name(), Field<Message>("name")));
  wanted.comment = message.comment();
  wanted.owner = message.owner();
  wanted.properties = SerializeProperties(message.properties());
  if constexpr (kIsAsset<Message>) wanted.detail = SerializeDetail(StoredDetail(message.detail()));
  WHENCE_ASSIGN_OR_RETURN(const Securable created, CreateInCatalog(call, std::move(wanted)));
  return Answer<Message>(call, created);
}

// --- Update ---

// Detail is last, so that catalogs and schemas take the fields before it.
constexpr std::string_view kMutableFields[] = {"comment", "owner", "properties", "detail"};

template <class Message>
constexpr std::span<const std::string_view> MutableFields() {
  return std::span(kMutableFields).first(kIsAsset<Message> ? 4 : 3);
}

template <class Request, class Message>
absl::Status ValidateUpdate(const Request& request, const Message& message) {
  WHENCE_RETURN_IF_ERROR(ValidateFields(message));
  return CheckUpdateMask(request.update_mask(), MutableFields<Message>());
}

// What the request changes. A field that the mask names and the message does not set is emptied; an
// owner that is emptied becomes the creator again.
template <class Request, class Message>
absl::StatusOr<catalog::SecurableUpdate> UpdateOf(const Request& request, const Message& message,
                                                  const Securable& current) {
  const UpdateMask mask(request.update_mask());
  catalog::SecurableUpdate update;
  if (mask.Has("comment", !message.comment().empty())) update.comment = message.comment();
  if (mask.Has("owner", !message.owner().empty())) {
    update.owner = message.owner().empty() ? current.creator : message.owner();
  }
  if (mask.Has("properties", !message.properties().empty())) {
    update.properties = SerializeProperties(message.properties());
  }
  if constexpr (kIsAsset<Message>) {
    if (message.kind() != v1::KIND_UNSPECIFIED && ToKind(message.kind()) != current.kind) {
      return InvalidArgument("KIND_IMMUTABLE", "asset.kind",
                             StrCat(current.FullName(), " is a ", catalog::KindName(current.kind),
                                    "; what it is cannot change"),
                             "leave the kind out, or create another asset");
    }
    if (mask.Has("detail", message.has_detail())) {
      WHENCE_RETURN_IF_ERROR(CheckDetailSuits(message.detail(), current.kind, "asset.detail"));
      update.detail = SerializeDetail(StoredDetail(message.detail()));
    }
  }
  return update;
}

template <class Message, class Request>
absl::StatusOr<Message> Update(Call& call, const Request& request, const Message& message) {
  WHENCE_ASSIGN_OR_RETURN(Securable securable,
                          GetLive<Message>(call, message.name(), Field<Message>("name")));
  WHENCE_RETURN_IF_ERROR(catalog::CheckEtag(securable, message.etag()));
  WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableUpdate update,
                          UpdateOf(request, message, securable));
  if (update.owner.has_value()) {
    WHENCE_RETURN_IF_ERROR(
        CheckNewOwner(call, *update.owner, securable.owner, Field<Message>("owner")));
  }
  if (update.Changes(securable)) {
    const ledger::Change& change = call.Change(securable.FullName());
    WHENCE_ASSIGN_OR_RETURN(securable,
                            catalog::UpdateSecurable(call.write(), change, securable, update));
    if (update.comment.has_value() || update.detail.has_value()) {
      WHENCE_RETURN_IF_ERROR(IndexForSearch(call, securable));
    }
  }
  return Answer<Message>(call, securable);
}

// --- Rename ---

template <class Message, class Request>
absl::Status ValidateRename(const Request& request) {
  WHENCE_RETURN_IF_ERROR(ParsePath<Message>(request.name(), "name").status());
  return ParsePath<Message>(request.new_name(), "new_name").status();
}

template <class Message, class Request>
absl::StatusOr<Message> Rename(Call& call, const Request& request) {
  WHENCE_ASSIGN_OR_RETURN(Securable securable, GetLive<Message>(call, request.name(), "name"));
  WHENCE_RETURN_IF_ERROR(catalog::CheckEtag(securable, request.etag()));
  WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> new_path,
                          ParsePath<Message>(request.new_name(), "new_name"));
  if (new_path != securable.path) {
    WHENCE_RETURN_IF_ERROR(
        catalog::CheckRenamable(call.connection(), securable, new_path).status());
    const ledger::Change& change = call.Change(securable.FullName());
    WHENCE_ASSIGN_OR_RETURN(securable,
                            catalog::RenameSecurable(call.write(), change, securable, new_path));
    WHENCE_RETURN_IF_ERROR(IndexForSearch(call, securable));
  }
  return Answer<Message>(call, securable);
}

// --- Delete and undelete ---

template <class Message, class Request>
absl::StatusOr<Message> Delete(Call& call, const Request& request) {
  WHENCE_ASSIGN_OR_RETURN(Securable securable, GetLive<Message>(call, request.name(), "name"));
  WHENCE_RETURN_IF_ERROR(catalog::CheckEtag(securable, request.etag()));
  bool force = false;
  if constexpr (!kIsAsset<Message>) force = request.force();
  WHENCE_RETURN_IF_ERROR(catalog::CheckDeletable(call.connection(), securable, force));
  const ledger::Change& change = call.Change(securable.FullName());
  WHENCE_ASSIGN_OR_RETURN(securable,
                          catalog::DeleteSecurable(call.write(), change, securable, force));
  WHENCE_RETURN_IF_ERROR(IndexForSearch(call, securable));
  return Answer<Message>(call, securable);
}

template <class Message, class Request>
absl::StatusOr<Message> Undelete(Call& call, const Request& request) {
  WHENCE_ASSIGN_OR_RETURN(const NameOrId target, ParseNameOrId<Message>(request.name(), "name"));
  Securable securable;
  if (target.id != 0) {
    WHENCE_ASSIGN_OR_RETURN(securable, GetById<Message>(call.connection(), kNow, target.id));
    WHENCE_RETURN_IF_ERROR(catalog::CheckUndeletable(call.connection(), securable));
  } else {
    WHENCE_ASSIGN_OR_RETURN(securable, catalog::FindUndeletable(call.connection(), target.path));
  }
  if (securable.deleted) {
    const ledger::Change& change = call.Change(securable.FullName());
    WHENCE_ASSIGN_OR_RETURN(securable, catalog::UndeleteSecurable(call.write(), change, securable));
    WHENCE_RETURN_IF_ERROR(IndexForSearch(call, securable));
  }
  return Answer<Message>(call, securable);
}

}  // namespace

// The thin faces, one set for each level.
#define WHENCE_SECURABLE_MUTATIONS(Level, member)                                                  \
  absl::Status ValidateCreate##Level(const v1::Create##Level##Request& request) {                  \
    return ValidateCreate(request.member());                                                       \
  }                                                                                                \
  absl::StatusOr<v1::Level> Create##Level(Call& call, const v1::Create##Level##Request& request) { \
    return Create(call, request.member());                                                         \
  }                                                                                                \
  absl::Status ValidateUpdate##Level(const v1::Update##Level##Request& request) {                  \
    return ValidateUpdate(request, request.member());                                              \
  }                                                                                                \
  absl::StatusOr<v1::Level> Update##Level(Call& call, const v1::Update##Level##Request& request) { \
    return Update(call, request, request.member());                                                \
  }                                                                                                \
  absl::Status ValidateRename##Level(const v1::Rename##Level##Request& request) {                  \
    return ValidateRename<v1::Level>(request);                                                     \
  }                                                                                                \
  absl::StatusOr<v1::Level> Rename##Level(Call& call, const v1::Rename##Level##Request& request) { \
    return Rename<v1::Level>(call, request);                                                       \
  }                                                                                                \
  absl::Status ValidateDelete##Level(const v1::Delete##Level##Request& request) {                  \
    return ParsePath<v1::Level>(request.name(), "name").status();                                  \
  }                                                                                                \
  absl::StatusOr<v1::Level> Delete##Level(Call& call, const v1::Delete##Level##Request& request) { \
    return Delete<v1::Level>(call, request);                                                       \
  }                                                                                                \
  absl::Status ValidateUndelete##Level(const v1::Undelete##Level##Request& request) {              \
    return ParseNameOrId<v1::Level>(request.name(), "name").status();                              \
  }                                                                                                \
  absl::StatusOr<v1::Level> Undelete##Level(Call& call,                                            \
                                            const v1::Undelete##Level##Request& request) {         \
    return Undelete<v1::Level>(call, request);                                                     \
  }

WHENCE_SECURABLE_MUTATIONS(Catalog, catalog)
WHENCE_SECURABLE_MUTATIONS(Schema, schema)
WHENCE_SECURABLE_MUTATIONS(Asset, asset)

}  // namespace whence::service
