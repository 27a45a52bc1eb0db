// CatalogService on the wire: one line an RPC.
#pragma once

#include "grpc/unary.h"
#include "service/corridor.h"
#include "whence/v1/catalog.grpc.pb.h"

namespace whence::rpc {

// Purpose: hands CatalogService's calls to the corridor. Ownership: borrows both.
// Thread-safety: gRPC calls it from many threads.
class CatalogService final : public v1::CatalogService::CallbackService {
 public:
  CatalogService(service::Corridor* corridor, Replies* replies)
      : corridor_(corridor), replies_(replies) {}

  grpc::ServerUnaryReactor* CreateCatalog(grpc::CallbackServerContext* context,
                                          const v1::CreateCatalogRequest* request,
                                          v1::Catalog* response) override;
  grpc::ServerUnaryReactor* GetCatalog(grpc::CallbackServerContext* context,
                                       const v1::GetCatalogRequest* request,
                                       v1::Catalog* response) override;
  grpc::ServerUnaryReactor* ListCatalogs(grpc::CallbackServerContext* context,
                                         const v1::ListCatalogsRequest* request,
                                         v1::ListCatalogsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateCatalog(grpc::CallbackServerContext* context,
                                          const v1::UpdateCatalogRequest* request,
                                          v1::Catalog* response) override;
  grpc::ServerUnaryReactor* RenameCatalog(grpc::CallbackServerContext* context,
                                          const v1::RenameCatalogRequest* request,
                                          v1::Catalog* response) override;
  grpc::ServerUnaryReactor* DeleteCatalog(grpc::CallbackServerContext* context,
                                          const v1::DeleteCatalogRequest* request,
                                          v1::Catalog* response) override;
  grpc::ServerUnaryReactor* UndeleteCatalog(grpc::CallbackServerContext* context,
                                            const v1::UndeleteCatalogRequest* request,
                                            v1::Catalog* response) override;
  grpc::ServerUnaryReactor* CreateSchema(grpc::CallbackServerContext* context,
                                         const v1::CreateSchemaRequest* request,
                                         v1::Schema* response) override;
  grpc::ServerUnaryReactor* GetSchema(grpc::CallbackServerContext* context,
                                      const v1::GetSchemaRequest* request,
                                      v1::Schema* response) override;
  grpc::ServerUnaryReactor* ListSchemas(grpc::CallbackServerContext* context,
                                        const v1::ListSchemasRequest* request,
                                        v1::ListSchemasResponse* response) override;
  grpc::ServerUnaryReactor* UpdateSchema(grpc::CallbackServerContext* context,
                                         const v1::UpdateSchemaRequest* request,
                                         v1::Schema* response) override;
  grpc::ServerUnaryReactor* RenameSchema(grpc::CallbackServerContext* context,
                                         const v1::RenameSchemaRequest* request,
                                         v1::Schema* response) override;
  grpc::ServerUnaryReactor* DeleteSchema(grpc::CallbackServerContext* context,
                                         const v1::DeleteSchemaRequest* request,
                                         v1::Schema* response) override;
  grpc::ServerUnaryReactor* UndeleteSchema(grpc::CallbackServerContext* context,
                                           const v1::UndeleteSchemaRequest* request,
                                           v1::Schema* response) override;
  grpc::ServerUnaryReactor* CreateAsset(grpc::CallbackServerContext* context,
                                        const v1::CreateAssetRequest* request,
                                        v1::Asset* response) override;
  grpc::ServerUnaryReactor* GetAsset(grpc::CallbackServerContext* context,
                                     const v1::GetAssetRequest* request,
                                     v1::Asset* response) override;
  grpc::ServerUnaryReactor* ListAssets(grpc::CallbackServerContext* context,
                                       const v1::ListAssetsRequest* request,
                                       v1::ListAssetsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateAsset(grpc::CallbackServerContext* context,
                                        const v1::UpdateAssetRequest* request,
                                        v1::Asset* response) override;
  grpc::ServerUnaryReactor* RenameAsset(grpc::CallbackServerContext* context,
                                        const v1::RenameAssetRequest* request,
                                        v1::Asset* response) override;
  grpc::ServerUnaryReactor* DeleteAsset(grpc::CallbackServerContext* context,
                                        const v1::DeleteAssetRequest* request,
                                        v1::Asset* response) override;
  grpc::ServerUnaryReactor* UndeleteAsset(grpc::CallbackServerContext* context,
                                          const v1::UndeleteAssetRequest* request,
                                          v1::Asset* response) override;
  grpc::ServerUnaryReactor* RegisterVersion(grpc::CallbackServerContext* context,
                                            const v1::RegisterVersionRequest* request,
                                            v1::Version* response) override;
  grpc::ServerUnaryReactor* GetVersion(grpc::CallbackServerContext* context,
                                       const v1::GetVersionRequest* request,
                                       v1::Version* response) override;
  grpc::ServerUnaryReactor* ListVersions(grpc::CallbackServerContext* context,
                                         const v1::ListVersionsRequest* request,
                                         v1::ListVersionsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateVersion(grpc::CallbackServerContext* context,
                                          const v1::UpdateVersionRequest* request,
                                          v1::Version* response) override;
  grpc::ServerUnaryReactor* SetAlias(grpc::CallbackServerContext* context,
                                     const v1::SetAliasRequest* request,
                                     v1::Alias* response) override;
  grpc::ServerUnaryReactor* DeleteAlias(grpc::CallbackServerContext* context,
                                        const v1::DeleteAliasRequest* request,
                                        v1::Alias* response) override;
  grpc::ServerUnaryReactor* ListAliases(grpc::CallbackServerContext* context,
                                        const v1::ListAliasesRequest* request,
                                        v1::ListAliasesResponse* response) override;
  grpc::ServerUnaryReactor* ListAliasHistory(grpc::CallbackServerContext* context,
                                             const v1::ListAliasHistoryRequest* request,
                                             v1::ListAliasHistoryResponse* response) override;
  grpc::ServerUnaryReactor* SetTags(grpc::CallbackServerContext* context,
                                    const v1::SetTagsRequest* request,
                                    v1::SetTagsResponse* response) override;
  grpc::ServerUnaryReactor* AttachDatasetIdentity(grpc::CallbackServerContext* context,
                                                  const v1::AttachDatasetIdentityRequest* request,
                                                  v1::DatasetIdentity* response) override;
  grpc::ServerUnaryReactor* DetachDatasetIdentity(grpc::CallbackServerContext* context,
                                                  const v1::DetachDatasetIdentityRequest* request,
                                                  v1::DatasetIdentity* response) override;
  grpc::ServerUnaryReactor* ResolveDatasetIdentity(grpc::CallbackServerContext* context,
                                                   const v1::ResolveDatasetIdentityRequest* request,
                                                   v1::DatasetIdentity* response) override;
  grpc::ServerUnaryReactor* ListDatasetIdentities(
      grpc::CallbackServerContext* context, const v1::ListDatasetIdentitiesRequest* request,
      v1::ListDatasetIdentitiesResponse* response) override;
  grpc::ServerUnaryReactor* Search(grpc::CallbackServerContext* context,
                                   const v1::SearchRequest* request,
                                   v1::SearchResponse* response) override;

 private:
  service::Corridor* const corridor_;
  Replies* const replies_;
};

}  // namespace whence::rpc
