// What the operations of CatalogService need of their callers: one line each, in the order of the
// contract. The corridor asks before it runs the operation; one that has no line does not compile.
// docs/privileges.md says the same to people.
#pragma once

#include "absl/status/status.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::CreateCatalogRequest& request);
absl::Status Needs(Call& call, const v1::GetCatalogRequest& request);
absl::Status Needs(Call& call, const v1::ListCatalogsRequest& request);
absl::Status Needs(Call& call, const v1::UpdateCatalogRequest& request);
absl::Status Needs(Call& call, const v1::RenameCatalogRequest& request);
absl::Status Needs(Call& call, const v1::DeleteCatalogRequest& request);
absl::Status Needs(Call& call, const v1::UndeleteCatalogRequest& request);
absl::Status Needs(Call& call, const v1::CreateSchemaRequest& request);
absl::Status Needs(Call& call, const v1::GetSchemaRequest& request);
absl::Status Needs(Call& call, const v1::ListSchemasRequest& request);
absl::Status Needs(Call& call, const v1::UpdateSchemaRequest& request);
absl::Status Needs(Call& call, const v1::RenameSchemaRequest& request);
absl::Status Needs(Call& call, const v1::DeleteSchemaRequest& request);
absl::Status Needs(Call& call, const v1::UndeleteSchemaRequest& request);
absl::Status Needs(Call& call, const v1::CreateAssetRequest& request);
absl::Status Needs(Call& call, const v1::GetAssetRequest& request);
absl::Status Needs(Call& call, const v1::ListAssetsRequest& request);
absl::Status Needs(Call& call, const v1::UpdateAssetRequest& request);
absl::Status Needs(Call& call, const v1::RenameAssetRequest& request);
absl::Status Needs(Call& call, const v1::DeleteAssetRequest& request);
absl::Status Needs(Call& call, const v1::UndeleteAssetRequest& request);
absl::Status Needs(Call& call, const v1::RegisterVersionRequest& request);
absl::Status Needs(Call& call, const v1::GetVersionRequest& request);
absl::Status Needs(Call& call, const v1::ListVersionsRequest& request);
absl::Status Needs(Call& call, const v1::UpdateVersionRequest& request);
absl::Status Needs(Call& call, const v1::SetAliasRequest& request);
absl::Status Needs(Call& call, const v1::DeleteAliasRequest& request);
absl::Status Needs(Call& call, const v1::ListAliasesRequest& request);
absl::Status Needs(Call& call, const v1::ListAliasHistoryRequest& request);
absl::Status Needs(Call& call, const v1::SetTagsRequest& request);
absl::Status Needs(Call& call, const v1::AttachDatasetIdentityRequest& request);
absl::Status Needs(Call& call, const v1::DetachDatasetIdentityRequest& request);
absl::Status Needs(Call& call, const v1::ResolveDatasetIdentityRequest& request);
absl::Status Needs(Call& call, const v1::ListDatasetIdentitiesRequest& request);
absl::Status Needs(Call& call, const v1::SearchRequest& request);

}  // namespace whence::service
