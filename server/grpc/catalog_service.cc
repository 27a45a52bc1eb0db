#include "grpc/catalog_service.h"

#include "grpc/services.h"
#include "service/catalog_operations.h"

namespace whence::rpc {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* CatalogService::CreateCatalog(CallbackServerContext* context,
                                                  const v1::CreateCatalogRequest* request,
                                                  v1::Catalog* response) {
  return Serve(*corridor_, *replies_, service::kCreateCatalog, context, request, response);
}

ServerUnaryReactor* CatalogService::GetCatalog(CallbackServerContext* context,
                                               const v1::GetCatalogRequest* request,
                                               v1::Catalog* response) {
  return Serve(*corridor_, *replies_, service::kGetCatalog, context, request, response);
}

ServerUnaryReactor* CatalogService::ListCatalogs(CallbackServerContext* context,
                                                 const v1::ListCatalogsRequest* request,
                                                 v1::ListCatalogsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListCatalogs, context, request, response);
}

ServerUnaryReactor* CatalogService::UpdateCatalog(CallbackServerContext* context,
                                                  const v1::UpdateCatalogRequest* request,
                                                  v1::Catalog* response) {
  return Serve(*corridor_, *replies_, service::kUpdateCatalog, context, request, response);
}

ServerUnaryReactor* CatalogService::RenameCatalog(CallbackServerContext* context,
                                                  const v1::RenameCatalogRequest* request,
                                                  v1::Catalog* response) {
  return Serve(*corridor_, *replies_, service::kRenameCatalog, context, request, response);
}

ServerUnaryReactor* CatalogService::DeleteCatalog(CallbackServerContext* context,
                                                  const v1::DeleteCatalogRequest* request,
                                                  v1::Catalog* response) {
  return Serve(*corridor_, *replies_, service::kDeleteCatalog, context, request, response);
}

ServerUnaryReactor* CatalogService::UndeleteCatalog(CallbackServerContext* context,
                                                    const v1::UndeleteCatalogRequest* request,
                                                    v1::Catalog* response) {
  return Serve(*corridor_, *replies_, service::kUndeleteCatalog, context, request, response);
}

ServerUnaryReactor* CatalogService::CreateSchema(CallbackServerContext* context,
                                                 const v1::CreateSchemaRequest* request,
                                                 v1::Schema* response) {
  return Serve(*corridor_, *replies_, service::kCreateSchema, context, request, response);
}

ServerUnaryReactor* CatalogService::GetSchema(CallbackServerContext* context,
                                              const v1::GetSchemaRequest* request,
                                              v1::Schema* response) {
  return Serve(*corridor_, *replies_, service::kGetSchema, context, request, response);
}

ServerUnaryReactor* CatalogService::ListSchemas(CallbackServerContext* context,
                                                const v1::ListSchemasRequest* request,
                                                v1::ListSchemasResponse* response) {
  return Serve(*corridor_, *replies_, service::kListSchemas, context, request, response);
}

ServerUnaryReactor* CatalogService::UpdateSchema(CallbackServerContext* context,
                                                 const v1::UpdateSchemaRequest* request,
                                                 v1::Schema* response) {
  return Serve(*corridor_, *replies_, service::kUpdateSchema, context, request, response);
}

ServerUnaryReactor* CatalogService::RenameSchema(CallbackServerContext* context,
                                                 const v1::RenameSchemaRequest* request,
                                                 v1::Schema* response) {
  return Serve(*corridor_, *replies_, service::kRenameSchema, context, request, response);
}

ServerUnaryReactor* CatalogService::DeleteSchema(CallbackServerContext* context,
                                                 const v1::DeleteSchemaRequest* request,
                                                 v1::Schema* response) {
  return Serve(*corridor_, *replies_, service::kDeleteSchema, context, request, response);
}

ServerUnaryReactor* CatalogService::UndeleteSchema(CallbackServerContext* context,
                                                   const v1::UndeleteSchemaRequest* request,
                                                   v1::Schema* response) {
  return Serve(*corridor_, *replies_, service::kUndeleteSchema, context, request, response);
}

ServerUnaryReactor* CatalogService::CreateAsset(CallbackServerContext* context,
                                                const v1::CreateAssetRequest* request,
                                                v1::Asset* response) {
  return Serve(*corridor_, *replies_, service::kCreateAsset, context, request, response);
}

ServerUnaryReactor* CatalogService::GetAsset(CallbackServerContext* context,
                                             const v1::GetAssetRequest* request,
                                             v1::Asset* response) {
  return Serve(*corridor_, *replies_, service::kGetAsset, context, request, response);
}

ServerUnaryReactor* CatalogService::ListAssets(CallbackServerContext* context,
                                               const v1::ListAssetsRequest* request,
                                               v1::ListAssetsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListAssets, context, request, response);
}

ServerUnaryReactor* CatalogService::UpdateAsset(CallbackServerContext* context,
                                                const v1::UpdateAssetRequest* request,
                                                v1::Asset* response) {
  return Serve(*corridor_, *replies_, service::kUpdateAsset, context, request, response);
}

ServerUnaryReactor* CatalogService::RenameAsset(CallbackServerContext* context,
                                                const v1::RenameAssetRequest* request,
                                                v1::Asset* response) {
  return Serve(*corridor_, *replies_, service::kRenameAsset, context, request, response);
}

ServerUnaryReactor* CatalogService::DeleteAsset(CallbackServerContext* context,
                                                const v1::DeleteAssetRequest* request,
                                                v1::Asset* response) {
  return Serve(*corridor_, *replies_, service::kDeleteAsset, context, request, response);
}

ServerUnaryReactor* CatalogService::UndeleteAsset(CallbackServerContext* context,
                                                  const v1::UndeleteAssetRequest* request,
                                                  v1::Asset* response) {
  return Serve(*corridor_, *replies_, service::kUndeleteAsset, context, request, response);
}

ServerUnaryReactor* CatalogService::RegisterVersion(CallbackServerContext* context,
                                                    const v1::RegisterVersionRequest* request,
                                                    v1::Version* response) {
  return Serve(*corridor_, *replies_, service::kRegisterVersion, context, request, response);
}

ServerUnaryReactor* CatalogService::GetVersion(CallbackServerContext* context,
                                               const v1::GetVersionRequest* request,
                                               v1::Version* response) {
  return Serve(*corridor_, *replies_, service::kGetVersion, context, request, response);
}

ServerUnaryReactor* CatalogService::ListVersions(CallbackServerContext* context,
                                                 const v1::ListVersionsRequest* request,
                                                 v1::ListVersionsResponse* response) {
  return Serve(*corridor_, *replies_, service::kListVersions, context, request, response);
}

ServerUnaryReactor* CatalogService::UpdateVersion(CallbackServerContext* context,
                                                  const v1::UpdateVersionRequest* request,
                                                  v1::Version* response) {
  return Serve(*corridor_, *replies_, service::kUpdateVersion, context, request, response);
}

ServerUnaryReactor* CatalogService::SetAlias(CallbackServerContext* context,
                                             const v1::SetAliasRequest* request,
                                             v1::Alias* response) {
  return Serve(*corridor_, *replies_, service::kSetAlias, context, request, response);
}

ServerUnaryReactor* CatalogService::DeleteAlias(CallbackServerContext* context,
                                                const v1::DeleteAliasRequest* request,
                                                v1::Alias* response) {
  return Serve(*corridor_, *replies_, service::kDeleteAlias, context, request, response);
}

ServerUnaryReactor* CatalogService::ListAliases(CallbackServerContext* context,
                                                const v1::ListAliasesRequest* request,
                                                v1::ListAliasesResponse* response) {
  return Serve(*corridor_, *replies_, service::kListAliases, context, request, response);
}

ServerUnaryReactor* CatalogService::ListAliasHistory(CallbackServerContext* context,
                                                     const v1::ListAliasHistoryRequest* request,
                                                     v1::ListAliasHistoryResponse* response) {
  return Serve(*corridor_, *replies_, service::kListAliasHistory, context, request, response);
}

ServerUnaryReactor* CatalogService::SetTags(CallbackServerContext* context,
                                            const v1::SetTagsRequest* request,
                                            v1::SetTagsResponse* response) {
  return Serve(*corridor_, *replies_, service::kSetTags, context, request, response);
}

ServerUnaryReactor* CatalogService::AttachDatasetIdentity(
    CallbackServerContext* context, const v1::AttachDatasetIdentityRequest* request,
    v1::DatasetIdentity* response) {
  return Serve(*corridor_, *replies_, service::kAttachDatasetIdentity, context, request, response);
}

ServerUnaryReactor* CatalogService::DetachDatasetIdentity(
    CallbackServerContext* context, const v1::DetachDatasetIdentityRequest* request,
    v1::DatasetIdentity* response) {
  return Serve(*corridor_, *replies_, service::kDetachDatasetIdentity, context, request, response);
}

ServerUnaryReactor* CatalogService::ResolveDatasetIdentity(
    CallbackServerContext* context, const v1::ResolveDatasetIdentityRequest* request,
    v1::DatasetIdentity* response) {
  return Serve(*corridor_, *replies_, service::kResolveDatasetIdentity, context, request, response);
}

ServerUnaryReactor* CatalogService::ListDatasetIdentities(
    CallbackServerContext* context, const v1::ListDatasetIdentitiesRequest* request,
    v1::ListDatasetIdentitiesResponse* response) {
  return Serve(*corridor_, *replies_, service::kListDatasetIdentities, context, request, response);
}

ServerUnaryReactor* CatalogService::Search(CallbackServerContext* context,
                                           const v1::SearchRequest* request,
                                           v1::SearchResponse* response) {
  return Serve(*corridor_, *replies_, service::kSearch, context, request, response);
}

std::unique_ptr<grpc::Service> MakeCatalogService(service::Corridor* corridor, Replies* replies) {
  return std::make_unique<CatalogService>(corridor, replies);
}

}  // namespace whence::rpc
