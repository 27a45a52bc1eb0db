#include "service/identity_ops.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "catalog/dataset_identity.h"
#include "service/as_of.h"
#include "service/catalog_convert.h"
#include "service/paging.h"
#include "service/securable_names.h"

namespace whence::service {
namespace {

using catalog::kNow;

absl::Status CheckHalf(std::string_view text, std::string_view field) {
  if (text.empty()) {
    return InvalidArgument("DATASET_IDENTITY_EMPTY", field, "it is empty",
                           "give it as the OpenLineage producer writes it");
  }
  return ValidateText(text, field, kMaxDatasetIdentityBytes, /*allow_newlines=*/false);
}

}  // namespace

absl::Status ValidateAttachDatasetIdentity(const v1::AttachDatasetIdentityRequest& request) {
  const v1::DatasetIdentity& identity = request.identity();
  WHENCE_RETURN_IF_ERROR(CheckHalf(identity.namespace_(), "identity.namespace"));
  WHENCE_RETURN_IF_ERROR(CheckHalf(identity.name(), "identity.name"));
  return ParsePath<v1::Asset>(identity.asset(), "identity.asset").status();
}

absl::StatusOr<v1::DatasetIdentity> AttachDatasetIdentity(
    Call& call, const v1::AttachDatasetIdentityRequest& request) {
  sql::Connection& connection = call.connection();
  const v1::DatasetIdentity& wanted = request.identity();
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetLive<v1::Asset>(call, wanted.asset(), "identity.asset"));
  WHENCE_ASSIGN_OR_RETURN(
      std::optional<catalog::DatasetIdentity> identity,
      catalog::FindIdentity(connection, kNow, wanted.namespace_(), wanted.name()));
  if (!identity.has_value() || identity->asset_id != asset.id) {
    WHENCE_RETURN_IF_ERROR(
        catalog::CheckAttachable(connection, asset.id, wanted.namespace_(), wanted.name()));
    const ledger::Change& change = call.Change(asset.FullName());
    WHENCE_ASSIGN_OR_RETURN(identity, catalog::AttachIdentity(call.write(), change, asset.id,
                                                              wanted.namespace_(), wanted.name()));
  }
  return Convert(*identity, asset.FullName());
}

absl::Status ValidateDetachDatasetIdentity(const v1::DetachDatasetIdentityRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckHalf(request.namespace_(), "namespace"));
  return CheckHalf(request.name(), "name");
}

absl::StatusOr<v1::DatasetIdentity> DetachDatasetIdentity(
    Call& call, const v1::DetachDatasetIdentityRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(
      std::optional<catalog::DatasetIdentity> identity,
      catalog::FindIdentity(connection, kNow, request.namespace_(), request.name()));
  if (!identity.has_value()) {
    return catalog::ResolveIdentity(connection, kNow, request.namespace_(), request.name())
        .status();
  }
  // Also from a tombstone: its name is still known.
  WHENCE_ASSIGN_OR_RETURN(const std::string asset,
                          catalog::FullNameOf(connection, kNow, identity->asset_id));
  const ledger::Change& change = call.Change(asset);
  WHENCE_RETURN_IF_ERROR(
      catalog::DetachIdentity(call.write(), change, request.namespace_(), request.name()));
  identity->position = change.position;
  return Convert(*identity, asset);
}

absl::StatusOr<v1::DatasetIdentity> ResolveDatasetIdentity(
    Call& call, const v1::ResolveDatasetIdentityRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_RETURN_IF_ERROR(CheckHalf(request.namespace_(), "namespace"));
  WHENCE_RETURN_IF_ERROR(CheckHalf(request.name(), "name"));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(
      const catalog::DatasetIdentity identity,
      catalog::ResolveIdentity(connection, as_of, request.namespace_(), request.name()));
  WHENCE_ASSIGN_OR_RETURN(const std::string asset,
                          catalog::FullNameOf(connection, as_of, identity.asset_id));
  return Convert(identity, asset);
}

absl::StatusOr<v1::ListDatasetIdentitiesResponse> ListDatasetIdentities(
    Call& call, const v1::ListDatasetIdentitiesRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {"ListDatasetIdentities", request.asset()}));
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetAssetNamed(connection, page.position, request.asset(), "asset"));
  // An asset has few, and as of one position they stay the same, so the place is a count. Names may
  // be longer than what a token holds.
  int64_t passed = 0;
  if (!page.key.empty() && (!absl::SimpleAtoi(page.key.front(), &passed) || passed < 0)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                           "start again without a page_token");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::DatasetIdentity> identities,
                          catalog::ListIdentities(connection, page.position, asset.id, "", "",
                                                  static_cast<int>(kMaxDatasetIdentities)));
  v1::ListDatasetIdentitiesResponse response;
  const auto count = static_cast<int64_t>(identities.size());
  const int64_t begin = std::min(count, passed);
  const int64_t end = std::min(count, begin + page.limit);
  for (int64_t i = begin; i < end; ++i) {
    *response.add_identities() = Convert(identities[static_cast<size_t>(i)], asset.FullName());
  }
  if (end < count) response.set_next_page_token(NextPageToken(page, {absl::StrCat(end)}));
  return response;
}

}  // namespace whence::service
