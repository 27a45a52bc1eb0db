#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "whence/connection.h"
#include "whence/explanation.h"
#include "whence/options.h"
#include "whence/page_range.h"
#include "whence/prediction.h"
#include "whence/run.h"
#include "whence/run_record.h"
#include "whence/types.h"
#include "whence/versions.h"

namespace whence {

// What a catalog, schema or asset gets when Ensure creates it; what exists is left as it is.
struct EnsureOptions {
  std::string comment{};
  std::string owner{};
  Properties properties{};
  Detail detail{};  // assets only
};

struct ListOptions {
  std::string filter{};  // see docs/filters.md
  AsOf as_of{};
  bool show_deleted = false;
  int32_t page_size = 0;  // 0: the server's default
};

struct SearchOptions {
  std::vector<Kind> kinds{};  // empty: all
  std::string tag{};          // "key" or "key=value"
  std::string owner{};
  std::string catalog{};
  int32_t page_size = 0;
};

// A server's catalog. All a program needs begins here:
//
//   auto client = whence::Client::Connect();
//   if (!client.ok()) return whence::Exit(client.status());
//
// Calls repeat themselves while the server cannot be reached, up to the deadline; mutations carry a
// request id, so that a repetition has no second effect. Errors carry a reason and a hint: see
// status.h. Names are full names, `catalog.schema.asset`; parts that are not [A-Za-z0-9_-]+ stand
// in backticks.
//
// Ownership: a Client is a thin handle; copies share one connection, which lives as long as any of
// them, or of the runs, ranges and recorders made with them. Thread-safety: all functions are safe
// from any thread.
class Client {
 public:
  // Finds the server (see ClientOptions) and asks it for its version. UNAVAILABLE
  // (SERVER_UNREACHABLE) when it does not answer in `connect_timeout`; errors of
  // ResolveClientOptions and MakeGrpcConnection.
  static absl::StatusOr<Client> Connect(ClientOptions options = {});

  // A client of any connection, for example of a mock.
  explicit Client(std::shared_ptr<Connection> connection);

  // A client of the same connection whose calls may take so long.
  Client WithDeadline(absl::Duration deadline) const;

  const std::shared_ptr<Connection>& connection() const { return connection_; }

  absl::StatusOr<ServerInfo> GetServerInfo() const;

  // ---- Catalogs, schemas, assets ----

  // Gets it, or creates it when it is missing. Its parent must exist (CATALOG_NOT_FOUND,
  // SCHEMA_NOT_FOUND). An asset of another kind is FAILED_PRECONDITION (ASSET_KIND_MISMATCH).
  absl::StatusOr<Catalog> EnsureCatalog(std::string_view name,
                                        const EnsureOptions& options = {}) const;
  absl::StatusOr<Schema> EnsureSchema(std::string_view name,
                                      const EnsureOptions& options = {}) const;
  absl::StatusOr<Asset> EnsureAsset(std::string_view name, Kind kind,
                                    const EnsureOptions& options = {}) const;

  // NOT_FOUND (ASSET_NOT_FOUND) when there is none.
  absl::StatusOr<Asset> GetAsset(std::string_view name, const AsOf& as_of = {}) const;

  // By name. An empty parent lists all schemas or assets there are; a catalog lists all assets of
  // its schemas.
  PageRange<Catalog> ListCatalogs(const ListOptions& options = {}) const;
  PageRange<Schema> ListSchemas(std::string_view catalog = {},
                                const ListOptions& options = {}) const;
  PageRange<Asset> ListAssets(std::string_view parent = {}, const ListOptions& options = {}) const;

  // Assets that have all the words; best first.
  PageRange<SearchHit> Search(std::string_view query, SearchOptions options = {}) const;

  // ---- Versions, aliases, tags ----

  // Registers a version of an existing asset, outside of any run. In a run, use Run::Writes.
  absl::StatusOr<Version> RegisterVersion(std::string_view asset, NewVersion version) const;
  // "a.b.c@3", "a.b.c@champion"; the bare asset means its newest version.
  absl::StatusOr<Version> GetVersion(std::string_view reference, const AsOf& as_of = {}) const;
  // Newest first.
  PageRange<Version> ListVersions(std::string_view asset, const ListOptions& options = {}) const;

  // Lets an alias mean a version; moves it when it exists.
  absl::StatusOr<Alias> SetAlias(const VersionRef& version, std::string_view alias) const;

  // Sets tags on a catalog, schema, asset, "a.b.c@3" or "a.b.c#column", and removes those with the
  // given keys. Returns all its tags.
  absl::StatusOr<std::vector<Tag>> SetTags(std::string_view reference, const std::vector<Tag>& set,
                                           const std::vector<std::string>& remove = {}) const;

  // ---- Runs and lineage ----

  // Starts recording a run of a job. The job's asset is created when its schema exists.
  absl::StatusOr<Run> StartRun(std::string_view job, RunOptions options = {}) const;
  // Records a run that is over, in one call. Files of its writes are read.
  absl::StatusOr<RunRecord> RecordRun(RunRecord run) const;
  absl::StatusOr<RunRecord> GetRun(std::string_view id, const AsOf& as_of = {}) const;
  // The whole origin of a prediction, version, asset, run or column.
  absl::StatusOr<Explanation> Explain(std::string_view reference,
                                      const ExplainOptions& options = {}) const;

  // ---- Predictions ----

  // Records one and waits until it is durable. Code that serves answers uses a PredictionRecorder.
  absl::StatusOr<Prediction> RecordPrediction(Prediction prediction) const;
  // NOT_FOUND (PREDICTION_NOT_FOUND) when there is none.
  absl::StatusOr<Prediction> GetPrediction(std::string_view id, const AsOf& as_of = {}) const;
  PageRange<Prediction> ListPredictions(PredictionQuery query = {}) const;

 private:
  std::shared_ptr<Connection> connection_;
  CallOptions call_;
};

}  // namespace whence
