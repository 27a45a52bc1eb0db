#include "service/needs_catalog.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "catalog/dataset_identity.h"
#include "catalog/securable_write.h"
#include "service/as_of.h"
#include "service/catalog_convert.h"
#include "service/need.h"
#include "service/securable_names.h"

namespace whence::service {
namespace {

using access::Privilege;

constexpr size_t kCatalog = 1;
constexpr size_t kSchema = 2;
constexpr size_t kAsset = 3;

// To see what the name meant as of the request's point in history.
template <class Request>
absl::Status NeedToSeeAsOf(Call& call, const Request& request, std::string_view name,
                           size_t depth) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  return NeedToSee(call, as_of, name, depth);
}

// To see the catalog or schema that a list is of; without one every item is asked about by itself.
template <class Request>
absl::Status NeedToSeeParent(Call& call, const Request& request, size_t most) {
  if (request.parent().empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::string>> path =
      ParseName(request.parent(), "parent", 1, most);
  return path.ok() ? NeedToSeeAsOf(call, request, request.parent(), path->size())
                   : absl::OkStatus();
}

// Giving it to another owner is for those who manage it; a mask that names the owner does so as
// well.
template <class Request, class Message>
bool ChangesOwner(const Request& request, const Message& message) {
  const auto& paths = request.update_mask().paths();
  if (paths.empty()) return !message.owner().empty();
  return std::find(paths.begin(), paths.end(), "owner") != paths.end();
}

// What is said of a catalog or schema is for those who change what is in it.
template <class Request, class Message>
absl::Status NeedToUpdate(Call& call, const Request& request, const Message& message,
                          size_t depth) {
  const bool owner = ChangesOwner(request, message);
  return NeedOn(call, owner ? Privilege::kManage : Privilege::kModify, message.name(), depth);
}

absl::Status NeedToWrite(Call& call, std::string_view asset) {
  return NeedToUse(call, Use::kWrite, asset);
}

// Taking a deletion back is for those who could have made it.
template <class Message>
absl::Status NeedToUndelete(Call& call, const std::string& name) {
  const absl::StatusOr<NameOrId> target = ParseNameOrId<Message>(name, "name");
  if (!target.ok()) return absl::OkStatus();
  if (target->id != 0) return NeedOn(call, Privilege::kManage, name, DepthOf<Message>());
  const absl::StatusOr<catalog::Securable> tombstone =
      catalog::FindUndeletable(call.connection(), target->path);
  if (tombstone.ok()) return NeedOn(call, Privilege::kManage, *tombstone);
  return NeedToSeeAbove(call, target->path);
}

}  // namespace

// --- Catalogs ---

absl::Status Needs(Call& call, const v1::CreateCatalogRequest&) {
  return NeedOnMetastore(call, Privilege::kCreateCatalog);
}
absl::Status Needs(Call& call, const v1::GetCatalogRequest& request) {
  return NeedToSeeAsOf(call, request, request.name(), kCatalog);
}
absl::Status Needs(Call&, const v1::ListCatalogsRequest&) {
  return absl::OkStatus();  // each item is asked about by itself
}
absl::Status Needs(Call& call, const v1::UpdateCatalogRequest& request) {
  return NeedToUpdate(call, request, request.catalog(), kCatalog);
}
absl::Status Needs(Call& call, const v1::RenameCatalogRequest& request) {
  return NeedOn(call, Privilege::kManage, request.name(), kCatalog);
}
absl::Status Needs(Call& call, const v1::DeleteCatalogRequest& request) {
  return NeedOn(call, Privilege::kManage, request.name(), kCatalog);
}
absl::Status Needs(Call& call, const v1::UndeleteCatalogRequest& request) {
  return NeedToUndelete<v1::Catalog>(call, request.name());
}

// --- Schemas ---

absl::Status Needs(Call& call, const v1::CreateSchemaRequest& request) {
  return NeedOnParent(call, Privilege::kCreateSchema, request.schema().name(), kSchema);
}
absl::Status Needs(Call& call, const v1::GetSchemaRequest& request) {
  return NeedToSeeAsOf(call, request, request.name(), kSchema);
}
absl::Status Needs(Call& call, const v1::ListSchemasRequest& request) {
  return NeedToSeeParent(call, request, kCatalog);
}
absl::Status Needs(Call& call, const v1::UpdateSchemaRequest& request) {
  return NeedToUpdate(call, request, request.schema(), kSchema);
}
absl::Status Needs(Call& call, const v1::RenameSchemaRequest& request) {
  return NeedOn(call, Privilege::kManage, request.name(), kSchema);
}
absl::Status Needs(Call& call, const v1::DeleteSchemaRequest& request) {
  return NeedOn(call, Privilege::kManage, request.name(), kSchema);
}
absl::Status Needs(Call& call, const v1::UndeleteSchemaRequest& request) {
  return NeedToUndelete<v1::Schema>(call, request.name());
}

// --- Assets ---

absl::Status Needs(Call& call, const v1::CreateAssetRequest& request) {
  return NeedOnParent(call, access::CreatePrivilege(ToKind(request.asset().kind())),
                      request.asset().name(), kAsset);
}
absl::Status Needs(Call& call, const v1::GetAssetRequest& request) {
  return NeedToSeeAsOf(call, request, request.name(), kAsset);
}
absl::Status Needs(Call& call, const v1::ListAssetsRequest& request) {
  return NeedToSeeParent(call, request, kSchema);
}
absl::Status Needs(Call& call, const v1::UpdateAssetRequest& request) {
  if (ChangesOwner(request, request.asset())) {
    return NeedOn(call, Privilege::kManage, request.asset().name(), kAsset);
  }
  return NeedToWrite(call, request.asset().name());
}
absl::Status Needs(Call& call, const v1::RenameAssetRequest& request) {
  WHENCE_RETURN_IF_ERROR(NeedOn(call, Privilege::kManage, request.name(), kAsset));
  return NeedToMove(call, request.name(), request.new_name());
}
absl::Status Needs(Call& call, const v1::DeleteAssetRequest& request) {
  return NeedOn(call, Privilege::kManage, request.name(), kAsset);
}
absl::Status Needs(Call& call, const v1::UndeleteAssetRequest& request) {
  return NeedToUndelete<v1::Asset>(call, request.name());
}

// --- Versions and aliases ---

absl::Status Needs(Call& call, const v1::RegisterVersionRequest& request) {
  return NeedToWrite(call, request.asset());
}
absl::Status Needs(Call& call, const v1::GetVersionRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  return NeedToSeeReference(call, as_of, request.name());
}
absl::Status Needs(Call& call, const v1::ListVersionsRequest& request) {
  return NeedToSeeAsOf(call, request, request.asset(), kAsset);
}
absl::Status Needs(Call& call, const v1::UpdateVersionRequest& request) {
  return NeedToWrite(call, request.version().name());
}
absl::Status Needs(Call& call, const v1::SetAliasRequest& request) {
  return NeedToWrite(call, request.asset());
}
absl::Status Needs(Call& call, const v1::DeleteAliasRequest& request) {
  return NeedToWrite(call, request.asset());
}
absl::Status Needs(Call& call, const v1::ListAliasesRequest& request) {
  return NeedToSeeAsOf(call, request, request.asset(), kAsset);
}
absl::Status Needs(Call& call, const v1::ListAliasHistoryRequest& request) {
  return NeedToSeeAsOf(call, request, request.asset(), kAsset);
}

// --- Tags, dataset identities, search ---

absl::Status Needs(Call& call, const v1::SetTagsRequest& request) {
  const absl::StatusOr<Reference> reference = ParseReference(request.reference(), "reference");
  if (!reference.ok() || reference->name.empty()) return absl::OkStatus();
  return NeedOn(call, Privilege::kApplyTag, FormatName(reference->name), reference->name.size());
}
absl::Status Needs(Call& call, const v1::AttachDatasetIdentityRequest& request) {
  return NeedToWrite(call, request.identity().asset());
}
absl::Status Needs(Call& call, const v1::DetachDatasetIdentityRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const std::optional<catalog::DatasetIdentity> identity,
                          catalog::FindIdentity(call.connection(), call.position(),
                                                request.namespace_(), request.name()));
  if (!identity.has_value()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(
      const catalog::Securable asset,
      catalog::GetSecurableById(call.connection(), call.position(), identity->asset_id));
  return NeedToUseAsset(call, Use::kWrite, asset.id, asset.kind, request.name());
}
absl::Status Needs(Call& call, const v1::ResolveDatasetIdentityRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  const absl::StatusOr<catalog::DatasetIdentity> identity =
      catalog::ResolveIdentity(call.connection(), as_of, request.namespace_(), request.name());
  if (absl::IsNotFound(identity.status())) return absl::OkStatus();
  WHENCE_RETURN_IF_ERROR(identity.status());
  return NeedToSeeId(call, identity->asset_id, request.name());
}
absl::Status Needs(Call& call, const v1::ListDatasetIdentitiesRequest& request) {
  return NeedToSeeAsOf(call, request, request.asset(), kAsset);
}
absl::Status Needs(Call&, const v1::SearchRequest&) {
  return absl::OkStatus();  // each hit is asked about by itself
}

}  // namespace whence::service
