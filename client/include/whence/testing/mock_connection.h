#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "whence/connection.h"

namespace whence::testing {

// A small catalog in memory, in the place of a server, for tests of code that uses Client. It
// behaves like the server where pipelines can tell (versions are numbered, the same digest is the
// same version, reads are pinned, aliases move, errors have the server's reasons), keeps what was
// recorded for a test to look at, and fails on demand. Needs no mocking framework.
//
//   auto mock = std::make_shared<whence::testing::MockConnection>();
//   mock->AddVersion("prod.churn.features", whence::TableVersion{.digest = "sha256:aa"});
//   TrainModel(whence::Client(mock));
//   REQUIRE(mock->runs().size() == 1);
//   REQUIRE(mock->runs()[0].reads[0].reference == "prod.churn.features@1");
//
// It has no history (an AsOf is ignored), one page per list, no filters, and only knows names that
// need no quotes. Calls may be overridden one by one in a derived class.
// Thread-safety: safe from any thread, but set the public functions before others use it.
class MockConnection : public Connection {
 public:
  MockConnection();
  ~MockConnection() override;

  // ---- For the test ----

  // Asked before each call with its name ("StartRun", "OpenPredictionStream", "Send"); an error
  // becomes the call's answer.
  std::function<absl::Status(std::string_view call)> before_call;
  // Answers Explain; unset: UNIMPLEMENTED.
  std::function<absl::StatusOr<Explanation>(const std::string& reference)> on_explain;

  // Lets the next `times` calls of that name fail.
  void FailNext(const std::string& call, const absl::Status& status, int times = 1);
  // Registers a version, creating catalog, schema and asset where they are missing.
  VersionRef AddVersion(const std::string& asset, NewVersion version);

  // Names of the calls so far, in order.
  std::vector<std::string> calls() const;
  // Runs in order of their start, with all they read and wrote, pinned.
  std::vector<RunRecord> runs() const;
  // Predictions in the order they were recorded.
  std::vector<Prediction> predictions() const;

  // ---- Connection ----

  absl::StatusOr<ServerInfo> GetServerInfo(const CallOptions& options) override;
  absl::StatusOr<Catalog> CreateCatalog(const Catalog& catalog,
                                        const CallOptions& options) override;
  absl::StatusOr<Catalog> GetCatalog(const std::string& name, const AsOf& as_of,
                                     const CallOptions& options) override;
  absl::StatusOr<Page<Catalog>> ListCatalogs(const ListRequest& request,
                                             const CallOptions& options) override;
  absl::StatusOr<Schema> CreateSchema(const Schema& schema, const CallOptions& options) override;
  absl::StatusOr<Schema> GetSchema(const std::string& name, const AsOf& as_of,
                                   const CallOptions& options) override;
  absl::StatusOr<Page<Schema>> ListSchemas(const ListRequest& request,
                                           const CallOptions& options) override;
  absl::StatusOr<Asset> CreateAsset(const Asset& asset, const CallOptions& options) override;
  absl::StatusOr<Asset> GetAsset(const std::string& name, const AsOf& as_of,
                                 const CallOptions& options) override;
  absl::StatusOr<Page<Asset>> ListAssets(const ListRequest& request,
                                         const CallOptions& options) override;
  absl::StatusOr<Version> RegisterVersion(const std::string& asset, const NewVersion& version,
                                          const CallOptions& options) override;
  absl::StatusOr<Version> GetVersion(const std::string& reference, const AsOf& as_of,
                                     const CallOptions& options) override;
  absl::StatusOr<Page<Version>> ListVersions(const ListRequest& request,
                                             const CallOptions& options) override;
  absl::StatusOr<Alias> SetAlias(const std::string& asset, const std::string& alias,
                                 int64_t version, const CallOptions& options) override;
  absl::StatusOr<std::vector<Tag>> SetTags(const std::string& reference,
                                           const std::vector<Tag>& set,
                                           const std::vector<std::string>& remove,
                                           const CallOptions& options) override;
  absl::StatusOr<Page<SearchHit>> Search(const SearchRequest& request,
                                         const CallOptions& options) override;
  absl::StatusOr<RunRecord> StartRun(const RunRecord& run, const CallOptions& options) override;
  absl::StatusOr<RunRecord> UpdateRun(const RunRecord& additions,
                                      const CallOptions& options) override;
  absl::StatusOr<RunRecord> FinishRun(const RunOutcome& outcome,
                                      const CallOptions& options) override;
  absl::StatusOr<RunRecord> RecordRun(const RunRecord& run, const CallOptions& options) override;
  absl::StatusOr<RunRecord> GetRun(const std::string& id, const AsOf& as_of,
                                   const CallOptions& options) override;
  absl::StatusOr<Explanation> Explain(const std::string& reference, const ExplainOptions& explain,
                                      const CallOptions& options) override;
  absl::StatusOr<Prediction> RecordPrediction(const Prediction& prediction,
                                              const CallOptions& options) override;
  absl::StatusOr<Prediction> GetPrediction(const std::string& id, const AsOf& as_of,
                                           const CallOptions& options) override;
  absl::StatusOr<Page<Prediction>> ListPredictions(const PredictionQuery& query,
                                                   const CallOptions& options) override;
  std::unique_ptr<PredictionStream> OpenPredictionStream(PredictionStream::Events events) override;

 private:
  class Stream;
  struct World;

  absl::Status Enter(std::string_view call);

  mutable std::mutex mutex_;  // guards world_
  std::unique_ptr<World> world_;
};

}  // namespace whence::testing
