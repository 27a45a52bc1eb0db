// The calls of CatalogService and ServerService.
#include "src/convert.h"
#include "src/grpc_connection.h"

namespace whence::client_internal {
namespace {

using CatalogStub = v1::CatalogService::StubInterface;
using ServerStub = v1::ServerService::StubInterface;

template <typename Struct, typename Response, typename Items>
absl::StatusOr<Page<Struct>> ConvertedPage(const absl::StatusOr<Response>& response,
                                           const Items& (Response::*items)() const) {
  if (!response.ok()) return response.status();
  return Page<Struct>{.items = FromRepeated<Struct>(((*response).*items)()),
                      .next_page_token = response->next_page_token()};
}

template <typename Request>
Request NamedRequest(const std::string& name, const AsOf& as_of) {
  Request request;
  request.set_name(name);
  SetAsOf(as_of, &request);
  return request;
}

template <typename Request>
Request PageRequest(const ListRequest& list) {
  Request request;
  request.set_page_size(list.page_size);
  request.set_page_token(list.page_token);
  SetAsOf(list.as_of, &request);
  return request;
}

template <typename Request>
Request FilteredRequest(const ListRequest& list) {
  Request request = PageRequest<Request>(list);
  request.set_filter(list.filter);
  request.set_show_deleted(list.show_deleted);
  return request;
}

}  // namespace

absl::StatusOr<ServerInfo> GrpcConnection::GetServerInfo(const CallOptions& options) {
  return Converted<ServerInfo>(Invoke("GetServerInfo", *server_, &ServerStub::GetServerInfo,
                                      v1::GetServerInfoRequest(), options));
}

absl::StatusOr<Catalog> GrpcConnection::CreateCatalog(const Catalog& catalog,
                                                      const CallOptions& options) {
  v1::CreateCatalogRequest request;
  ToProto(catalog, request.mutable_catalog());
  request.set_request_id(RequestIdOf(options));
  return Converted<Catalog>(
      Invoke("CreateCatalog", *catalog_, &CatalogStub::CreateCatalog, request, options));
}

absl::StatusOr<Catalog> GrpcConnection::GetCatalog(const std::string& name, const AsOf& as_of,
                                                   const CallOptions& options) {
  return Converted<Catalog>(Invoke("GetCatalog", *catalog_, &CatalogStub::GetCatalog,
                                   NamedRequest<v1::GetCatalogRequest>(name, as_of), options));
}

absl::StatusOr<Page<Catalog>> GrpcConnection::ListCatalogs(const ListRequest& request,
                                                           const CallOptions& options) {
  return ConvertedPage<Catalog>(Invoke("ListCatalogs", *catalog_, &CatalogStub::ListCatalogs,
                                       FilteredRequest<v1::ListCatalogsRequest>(request), options),
                                &v1::ListCatalogsResponse::catalogs);
}

absl::StatusOr<Schema> GrpcConnection::CreateSchema(const Schema& schema,
                                                    const CallOptions& options) {
  v1::CreateSchemaRequest request;
  ToProto(schema, request.mutable_schema());
  request.set_request_id(RequestIdOf(options));
  return Converted<Schema>(
      Invoke("CreateSchema", *catalog_, &CatalogStub::CreateSchema, request, options));
}

absl::StatusOr<Schema> GrpcConnection::GetSchema(const std::string& name, const AsOf& as_of,
                                                 const CallOptions& options) {
  return Converted<Schema>(Invoke("GetSchema", *catalog_, &CatalogStub::GetSchema,
                                  NamedRequest<v1::GetSchemaRequest>(name, as_of), options));
}

absl::StatusOr<Page<Schema>> GrpcConnection::ListSchemas(const ListRequest& request,
                                                         const CallOptions& options) {
  auto schemas = FilteredRequest<v1::ListSchemasRequest>(request);
  schemas.set_parent(request.parent);
  return ConvertedPage<Schema>(
      Invoke("ListSchemas", *catalog_, &CatalogStub::ListSchemas, schemas, options),
      &v1::ListSchemasResponse::schemas);
}

absl::StatusOr<Asset> GrpcConnection::CreateAsset(const Asset& asset, const CallOptions& options) {
  v1::CreateAssetRequest request;
  ToProto(asset, request.mutable_asset());
  request.set_request_id(RequestIdOf(options));
  return Converted<Asset>(
      Invoke("CreateAsset", *catalog_, &CatalogStub::CreateAsset, request, options));
}

absl::StatusOr<Asset> GrpcConnection::GetAsset(const std::string& name, const AsOf& as_of,
                                               const CallOptions& options) {
  return Converted<Asset>(Invoke("GetAsset", *catalog_, &CatalogStub::GetAsset,
                                 NamedRequest<v1::GetAssetRequest>(name, as_of), options));
}

absl::StatusOr<Page<Asset>> GrpcConnection::ListAssets(const ListRequest& request,
                                                       const CallOptions& options) {
  auto assets = FilteredRequest<v1::ListAssetsRequest>(request);
  assets.set_parent(request.parent);
  return ConvertedPage<Asset>(
      Invoke("ListAssets", *catalog_, &CatalogStub::ListAssets, assets, options),
      &v1::ListAssetsResponse::assets);
}

absl::StatusOr<Version> GrpcConnection::RegisterVersion(const std::string& asset,
                                                        const NewVersion& version,
                                                        const CallOptions& options) {
  v1::RegisterVersionRequest request;
  request.set_asset(asset);
  ToProto(version, request.mutable_version());
  request.set_request_id(RequestIdOf(options));
  return Converted<Version>(
      Invoke("RegisterVersion", *catalog_, &CatalogStub::RegisterVersion, request, options));
}

absl::StatusOr<Version> GrpcConnection::GetVersion(const std::string& reference, const AsOf& as_of,
                                                   const CallOptions& options) {
  return Converted<Version>(Invoke("GetVersion", *catalog_, &CatalogStub::GetVersion,
                                   NamedRequest<v1::GetVersionRequest>(reference, as_of), options));
}

absl::StatusOr<Page<Version>> GrpcConnection::ListVersions(const ListRequest& request,
                                                           const CallOptions& options) {
  auto versions = PageRequest<v1::ListVersionsRequest>(request);
  versions.set_asset(request.parent);
  return ConvertedPage<Version>(
      Invoke("ListVersions", *catalog_, &CatalogStub::ListVersions, versions, options),
      &v1::ListVersionsResponse::versions);
}

absl::StatusOr<Alias> GrpcConnection::SetAlias(const std::string& asset, const std::string& alias,
                                               int64_t version, const CallOptions& options) {
  v1::SetAliasRequest request;
  request.set_asset(asset);
  request.set_alias(alias);
  request.set_version(version);
  request.set_request_id(RequestIdOf(options));
  return Converted<Alias>(Invoke("SetAlias", *catalog_, &CatalogStub::SetAlias, request, options));
}

absl::StatusOr<std::vector<Tag>> GrpcConnection::SetTags(const std::string& reference,
                                                         const std::vector<Tag>& set,
                                                         const std::vector<std::string>& remove,
                                                         const CallOptions& options) {
  v1::SetTagsRequest request;
  request.set_reference(reference);
  for (const Tag& tag : set) {
    v1::Tag* target = request.add_set();
    target->set_key(tag.key);
    target->set_value(tag.value);
  }
  for (const std::string& key : remove) request.add_remove(key);
  request.set_request_id(RequestIdOf(options));
  const auto response = Invoke("SetTags", *catalog_, &CatalogStub::SetTags, request, options);
  if (!response.ok()) return response.status();
  return FromRepeated<Tag>(response->tags());
}

absl::StatusOr<Page<SearchHit>> GrpcConnection::Search(const SearchRequest& search,
                                                       const CallOptions& options) {
  v1::SearchRequest request;
  request.set_query(search.query);
  for (const Kind kind : search.kinds) request.add_kinds(static_cast<v1::Kind>(kind));
  request.set_tag(search.tag);
  request.set_owner(search.owner);
  request.set_catalog(search.catalog);
  request.set_page_size(search.page_size);
  request.set_page_token(search.page_token);
  return ConvertedPage<SearchHit>(
      Invoke("Search", *catalog_, &CatalogStub::Search, request, options),
      &v1::SearchResponse::hits);
}

}  // namespace whence::client_internal
