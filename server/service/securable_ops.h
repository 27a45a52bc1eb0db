// Operations on catalogs, schemas and assets: one implementation, three thin faces.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Each Validate looks at the request alone: names, bounds, texts, detail. Errors that depend on
// what there is come from the operation; proto/whence/v1/catalog.proto lists their reasons.

// --- Catalogs ---

absl::Status ValidateCreateCatalog(const v1::CreateCatalogRequest& request);
absl::StatusOr<v1::Catalog> CreateCatalog(Call& call, const v1::CreateCatalogRequest& request);
absl::StatusOr<v1::Catalog> GetCatalog(Call& call, const v1::GetCatalogRequest& request);
absl::StatusOr<v1::ListCatalogsResponse> ListCatalogs(Call& call,
                                                      const v1::ListCatalogsRequest& request);
absl::Status ValidateUpdateCatalog(const v1::UpdateCatalogRequest& request);
absl::StatusOr<v1::Catalog> UpdateCatalog(Call& call, const v1::UpdateCatalogRequest& request);
absl::Status ValidateRenameCatalog(const v1::RenameCatalogRequest& request);
absl::StatusOr<v1::Catalog> RenameCatalog(Call& call, const v1::RenameCatalogRequest& request);
absl::Status ValidateDeleteCatalog(const v1::DeleteCatalogRequest& request);
absl::StatusOr<v1::Catalog> DeleteCatalog(Call& call, const v1::DeleteCatalogRequest& request);
absl::Status ValidateUndeleteCatalog(const v1::UndeleteCatalogRequest& request);
absl::StatusOr<v1::Catalog> UndeleteCatalog(Call& call, const v1::UndeleteCatalogRequest& request);

// --- Schemas ---

absl::Status ValidateCreateSchema(const v1::CreateSchemaRequest& request);
absl::StatusOr<v1::Schema> CreateSchema(Call& call, const v1::CreateSchemaRequest& request);
absl::StatusOr<v1::Schema> GetSchema(Call& call, const v1::GetSchemaRequest& request);
absl::StatusOr<v1::ListSchemasResponse> ListSchemas(Call& call,
                                                    const v1::ListSchemasRequest& request);
absl::Status ValidateUpdateSchema(const v1::UpdateSchemaRequest& request);
absl::StatusOr<v1::Schema> UpdateSchema(Call& call, const v1::UpdateSchemaRequest& request);
absl::Status ValidateRenameSchema(const v1::RenameSchemaRequest& request);
absl::StatusOr<v1::Schema> RenameSchema(Call& call, const v1::RenameSchemaRequest& request);
absl::Status ValidateDeleteSchema(const v1::DeleteSchemaRequest& request);
absl::StatusOr<v1::Schema> DeleteSchema(Call& call, const v1::DeleteSchemaRequest& request);
absl::Status ValidateUndeleteSchema(const v1::UndeleteSchemaRequest& request);
absl::StatusOr<v1::Schema> UndeleteSchema(Call& call, const v1::UndeleteSchemaRequest& request);

// --- Assets ---

absl::Status ValidateCreateAsset(const v1::CreateAssetRequest& request);
absl::StatusOr<v1::Asset> CreateAsset(Call& call, const v1::CreateAssetRequest& request);
absl::StatusOr<v1::Asset> GetAsset(Call& call, const v1::GetAssetRequest& request);
absl::StatusOr<v1::ListAssetsResponse> ListAssets(Call& call, const v1::ListAssetsRequest& request);
absl::Status ValidateUpdateAsset(const v1::UpdateAssetRequest& request);
absl::StatusOr<v1::Asset> UpdateAsset(Call& call, const v1::UpdateAssetRequest& request);
absl::Status ValidateRenameAsset(const v1::RenameAssetRequest& request);
absl::StatusOr<v1::Asset> RenameAsset(Call& call, const v1::RenameAssetRequest& request);
absl::Status ValidateDeleteAsset(const v1::DeleteAssetRequest& request);
absl::StatusOr<v1::Asset> DeleteAsset(Call& call, const v1::DeleteAssetRequest& request);
absl::Status ValidateUndeleteAsset(const v1::UndeleteAssetRequest& request);
absl::StatusOr<v1::Asset> UndeleteAsset(Call& call, const v1::UndeleteAssetRequest& request);

}  // namespace whence::service
