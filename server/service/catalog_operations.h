// The operations of CatalogService: one line each, in the order of the contract.
#pragma once

#include "service/alias_ops.h"
#include "service/identity_ops.h"
#include "service/needs_catalog.h"
#include "service/operation.h"
#include "service/search_ops.h"
#include "service/securable_ops.h"
#include "service/tag_ops.h"
#include "service/version_ops.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

inline constexpr MutationOperation<v1::CreateCatalogRequest, v1::Catalog> kCreateCatalog{
    "CreateCatalog", ValidateCreateCatalog, CreateCatalog};
inline constexpr ReadOperation<v1::GetCatalogRequest, v1::Catalog> kGetCatalog{
    "GetCatalog", Pace::kShort, GetCatalog};
inline constexpr ReadOperation<v1::ListCatalogsRequest, v1::ListCatalogsResponse> kListCatalogs{
    "ListCatalogs", Pace::kLong, ListCatalogs};
inline constexpr MutationOperation<v1::UpdateCatalogRequest, v1::Catalog> kUpdateCatalog{
    "UpdateCatalog", ValidateUpdateCatalog, UpdateCatalog};
inline constexpr MutationOperation<v1::RenameCatalogRequest, v1::Catalog> kRenameCatalog{
    "RenameCatalog", ValidateRenameCatalog, RenameCatalog};
inline constexpr MutationOperation<v1::DeleteCatalogRequest, v1::Catalog> kDeleteCatalog{
    "DeleteCatalog", ValidateDeleteCatalog, DeleteCatalog};
inline constexpr MutationOperation<v1::UndeleteCatalogRequest, v1::Catalog> kUndeleteCatalog{
    "UndeleteCatalog", ValidateUndeleteCatalog, UndeleteCatalog};
inline constexpr MutationOperation<v1::CreateSchemaRequest, v1::Schema> kCreateSchema{
    "CreateSchema", ValidateCreateSchema, CreateSchema};
inline constexpr ReadOperation<v1::GetSchemaRequest, v1::Schema> kGetSchema{
    "GetSchema", Pace::kShort, GetSchema};
inline constexpr ReadOperation<v1::ListSchemasRequest, v1::ListSchemasResponse> kListSchemas{
    "ListSchemas", Pace::kLong, ListSchemas};
inline constexpr MutationOperation<v1::UpdateSchemaRequest, v1::Schema> kUpdateSchema{
    "UpdateSchema", ValidateUpdateSchema, UpdateSchema};
inline constexpr MutationOperation<v1::RenameSchemaRequest, v1::Schema> kRenameSchema{
    "RenameSchema", ValidateRenameSchema, RenameSchema};
inline constexpr MutationOperation<v1::DeleteSchemaRequest, v1::Schema> kDeleteSchema{
    "DeleteSchema", ValidateDeleteSchema, DeleteSchema};
inline constexpr MutationOperation<v1::UndeleteSchemaRequest, v1::Schema> kUndeleteSchema{
    "UndeleteSchema", ValidateUndeleteSchema, UndeleteSchema};
inline constexpr MutationOperation<v1::CreateAssetRequest, v1::Asset> kCreateAsset{
    "CreateAsset", ValidateCreateAsset, CreateAsset};
inline constexpr ReadOperation<v1::GetAssetRequest, v1::Asset> kGetAsset{"GetAsset", Pace::kShort,
                                                                         GetAsset};
inline constexpr ReadOperation<v1::ListAssetsRequest, v1::ListAssetsResponse> kListAssets{
    "ListAssets", Pace::kLong, ListAssets};
inline constexpr MutationOperation<v1::UpdateAssetRequest, v1::Asset> kUpdateAsset{
    "UpdateAsset", ValidateUpdateAsset, UpdateAsset};
inline constexpr MutationOperation<v1::RenameAssetRequest, v1::Asset> kRenameAsset{
    "RenameAsset", ValidateRenameAsset, RenameAsset};
inline constexpr MutationOperation<v1::DeleteAssetRequest, v1::Asset> kDeleteAsset{
    "DeleteAsset", ValidateDeleteAsset, DeleteAsset};
inline constexpr MutationOperation<v1::UndeleteAssetRequest, v1::Asset> kUndeleteAsset{
    "UndeleteAsset", ValidateUndeleteAsset, UndeleteAsset};
inline constexpr MutationOperation<v1::RegisterVersionRequest, v1::Version> kRegisterVersion{
    "RegisterVersion", ValidateRegisterVersion, RegisterVersion};
inline constexpr ReadOperation<v1::GetVersionRequest, v1::Version> kGetVersion{
    "GetVersion", Pace::kShort, GetVersion};
inline constexpr ReadOperation<v1::ListVersionsRequest, v1::ListVersionsResponse> kListVersions{
    "ListVersions", Pace::kLong, ListVersions};
inline constexpr MutationOperation<v1::UpdateVersionRequest, v1::Version> kUpdateVersion{
    "UpdateVersion", ValidateUpdateVersion, UpdateVersion};
inline constexpr MutationOperation<v1::SetAliasRequest, v1::Alias> kSetAlias{
    "SetAlias", ValidateSetAlias, SetAlias};
inline constexpr MutationOperation<v1::DeleteAliasRequest, v1::Alias> kDeleteAlias{
    "DeleteAlias", ValidateDeleteAlias, DeleteAlias};
inline constexpr ReadOperation<v1::ListAliasesRequest, v1::ListAliasesResponse> kListAliases{
    "ListAliases", Pace::kShort, ListAliases};
inline constexpr ReadOperation<v1::ListAliasHistoryRequest, v1::ListAliasHistoryResponse>
    kListAliasHistory{"ListAliasHistory", Pace::kShort, ListAliasHistory};
inline constexpr MutationOperation<v1::SetTagsRequest, v1::SetTagsResponse> kSetTags{
    "SetTags", ValidateSetTags, SetTags};
inline constexpr MutationOperation<v1::AttachDatasetIdentityRequest, v1::DatasetIdentity>
    kAttachDatasetIdentity{"AttachDatasetIdentity", ValidateAttachDatasetIdentity,
                           AttachDatasetIdentity};
inline constexpr MutationOperation<v1::DetachDatasetIdentityRequest, v1::DatasetIdentity>
    kDetachDatasetIdentity{"DetachDatasetIdentity", ValidateDetachDatasetIdentity,
                           DetachDatasetIdentity};
inline constexpr ReadOperation<v1::ResolveDatasetIdentityRequest, v1::DatasetIdentity>
    kResolveDatasetIdentity{"ResolveDatasetIdentity", Pace::kShort, ResolveDatasetIdentity};
inline constexpr ReadOperation<v1::ListDatasetIdentitiesRequest, v1::ListDatasetIdentitiesResponse>
    kListDatasetIdentities{"ListDatasetIdentities", Pace::kShort, ListDatasetIdentities};
inline constexpr ReadOperation<v1::SearchRequest, v1::SearchResponse> kSearch{"Search", Pace::kLong,
                                                                              Search};

}  // namespace whence::service
