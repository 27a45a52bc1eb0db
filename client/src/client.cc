#include "whence/client.h"

#include <utility>

#include "src/error_info.h"
#include "src/prepare.h"

namespace whence {
namespace {

using client_internal::MakeError;

// The page of a list that goes on from a token.
ListRequest ListRequestOf(std::string_view parent, const ListOptions& options) {
  return {.parent = std::string(parent),
          .filter = options.filter,
          .as_of = options.as_of,
          .show_deleted = options.show_deleted,
          .page_size = options.page_size};
}

// A range over one of a connection's paged lists. The connection stays alive with the range.
template <typename T, typename Request>
PageRange<T> RangeOf(std::shared_ptr<Connection> connection,
                     absl::StatusOr<Page<T>> (Connection::*list)(const Request&,
                                                                 const CallOptions&),
                     Request request, CallOptions call) {
  return PageRange<T>([connection = std::move(connection), list, request = std::move(request),
                       call = std::move(call)](const std::string& page_token) mutable {
    request.page_token = page_token;
    return ((*connection).*list)(request, call);
  });
}

template <typename Resource>
Resource NewResource(std::string_view name, const EnsureOptions& options) {
  Resource resource;
  resource.name = std::string(name);
  resource.comment = options.comment;
  resource.owner = options.owner;
  resource.properties = options.properties;
  return resource;
}

// Gets a resource, or creates it: getting first, for it is there most of the time, and again when
// somebody else created it meanwhile.
template <typename Resource, typename Get, typename Create>
absl::StatusOr<Resource> Ensure(const Get& get, const Create& create) {
  absl::StatusOr<Resource> found = get();
  if (!absl::IsNotFound(found.status())) return found;
  absl::StatusOr<Resource> created = create();
  return absl::IsAlreadyExists(created.status()) ? get() : created;
}

}  // namespace

absl::StatusOr<Client> Client::Connect(ClientOptions options) {
  absl::StatusOr<ClientOptions> resolved = ResolveClientOptions(std::move(options));
  if (!resolved.ok()) return resolved.status();
  absl::StatusOr<std::shared_ptr<Connection>> connection = MakeGrpcConnection(*resolved);
  if (!connection.ok()) return connection.status();
  if (resolved->connect_timeout > absl::ZeroDuration()) {
    const absl::Status there =
        (*connection)->GetServerInfo({.deadline = resolved->connect_timeout}).status();
    if (absl::IsDeadlineExceeded(there)) {
      return MakeError(absl::StatusCode::kUnavailable, std::string(there.message()),
                       "SERVER_UNREACHABLE",
                       "check the server's name and that it runs; or allow a longer "
                       "connect_timeout");
    }
    if (!there.ok()) return there;
  }
  return Client(*std::move(connection));
}

Client::Client(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

Client Client::WithDeadline(absl::Duration deadline) const {
  Client client = *this;
  client.call_.deadline = deadline;
  return client;
}

absl::StatusOr<ServerInfo> Client::GetServerInfo() const {
  return connection_->GetServerInfo(call_);
}

absl::StatusOr<Catalog> Client::EnsureCatalog(std::string_view name,
                                              const EnsureOptions& options) const {
  const auto catalog = NewResource<Catalog>(name, options);
  return Ensure<Catalog>([&] { return connection_->GetCatalog(catalog.name, {}, call_); },
                         [&] { return connection_->CreateCatalog(catalog, call_); });
}

absl::StatusOr<Schema> Client::EnsureSchema(std::string_view name,
                                            const EnsureOptions& options) const {
  const auto schema = NewResource<Schema>(name, options);
  return Ensure<Schema>([&] { return connection_->GetSchema(schema.name, {}, call_); },
                        [&] { return connection_->CreateSchema(schema, call_); });
}

absl::StatusOr<Asset> Client::EnsureAsset(std::string_view name, Kind kind,
                                          const EnsureOptions& options) const {
  auto asset = NewResource<Asset>(name, options);
  asset.kind = kind;
  asset.detail = options.detail;
  absl::StatusOr<Asset> found =
      Ensure<Asset>([&] { return connection_->GetAsset(asset.name, {}, call_); },
                    [&] { return connection_->CreateAsset(asset, call_); });
  if (found.ok() && found->kind != kind) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     asset.name + " is a " + std::string(KindName(found->kind)) + ", not a " +
                         std::string(KindName(kind)),
                     "ASSET_KIND_MISMATCH", "choose another name, or use what is there as it is");
  }
  return found;
}

absl::StatusOr<Asset> Client::GetAsset(std::string_view name, const AsOf& as_of) const {
  return connection_->GetAsset(std::string(name), as_of, call_);
}

PageRange<Catalog> Client::ListCatalogs(const ListOptions& options) const {
  return RangeOf(connection_, &Connection::ListCatalogs, ListRequestOf({}, options), call_);
}

PageRange<Schema> Client::ListSchemas(std::string_view catalog, const ListOptions& options) const {
  return RangeOf(connection_, &Connection::ListSchemas, ListRequestOf(catalog, options), call_);
}

PageRange<Asset> Client::ListAssets(std::string_view parent, const ListOptions& options) const {
  return RangeOf(connection_, &Connection::ListAssets, ListRequestOf(parent, options), call_);
}

PageRange<SearchHit> Client::Search(std::string_view query, SearchOptions options) const {
  return RangeOf(connection_, &Connection::Search,
                 SearchRequest{.query = std::string(query),
                               .kinds = std::move(options.kinds),
                               .tag = std::move(options.tag),
                               .owner = std::move(options.owner),
                               .catalog = std::move(options.catalog),
                               .page_size = options.page_size},
                 call_);
}

absl::StatusOr<Version> Client::RegisterVersion(std::string_view asset, NewVersion version) const {
  if (absl::Status read = version.ReadFile(); !read.ok()) return read;
  return connection_->RegisterVersion(std::string(asset), version, call_);
}

absl::StatusOr<Version> Client::GetVersion(std::string_view reference, const AsOf& as_of) const {
  return connection_->GetVersion(std::string(reference), as_of, call_);
}

PageRange<Version> Client::ListVersions(std::string_view asset, const ListOptions& options) const {
  return RangeOf(connection_, &Connection::ListVersions, ListRequestOf(asset, options), call_);
}

absl::StatusOr<Alias> Client::SetAlias(const VersionRef& version, std::string_view alias) const {
  return connection_->SetAlias(version.asset, std::string(alias), version.number, call_);
}

absl::StatusOr<std::vector<Tag>> Client::SetTags(std::string_view reference,
                                                 const std::vector<Tag>& set,
                                                 const std::vector<std::string>& remove) const {
  return connection_->SetTags(std::string(reference), set, remove, call_);
}

absl::StatusOr<Run> Client::StartRun(std::string_view job, RunOptions options) const {
  return Run::Start(connection_, call_, job, std::move(options));
}

absl::StatusOr<RunRecord> Client::RecordRun(RunRecord run) const {
  for (RunWrite& write : run.writes) {
    if (!write.version.has_value()) continue;
    if (absl::Status read = write.version->ReadFile(); !read.ok()) return read;
    if (write.create_kind == Kind::kUnspecified) write.create_kind = write.version->kind;
  }
  return connection_->RecordRun(run, call_);
}

absl::StatusOr<RunRecord> Client::GetRun(std::string_view id, const AsOf& as_of) const {
  return connection_->GetRun(std::string(id), as_of, call_);
}

absl::StatusOr<Explanation> Client::Explain(std::string_view reference,
                                            const ExplainOptions& options) const {
  return connection_->Explain(std::string(reference), options, call_);
}

absl::StatusOr<Prediction> Client::RecordPrediction(Prediction prediction) const {
  return connection_->RecordPrediction(client_internal::Prepared(std::move(prediction)), call_);
}

absl::StatusOr<Prediction> Client::GetPrediction(std::string_view id, const AsOf& as_of) const {
  return connection_->GetPrediction(std::string(id), as_of, call_);
}

PageRange<Prediction> Client::ListPredictions(PredictionQuery query) const {
  return RangeOf(connection_, &Connection::ListPredictions, std::move(query), call_);
}

}  // namespace whence
