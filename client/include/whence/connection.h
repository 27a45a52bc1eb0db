#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "whence/explanation.h"
#include "whence/options.h"
#include "whence/prediction.h"
#include "whence/run_record.h"
#include "whence/types.h"
#include "whence/versions.h"

namespace whence {

// One page of a list, as a connection is asked for it. What is empty does not restrict.
struct ListRequest {
  std::string parent{};  // "catalog", "catalog.schema"; for versions the asset
  std::string filter{};
  AsOf as_of{};
  bool show_deleted = false;
  int32_t page_size = 0;  // 0: the server's default
  std::string page_token{};
};

struct SearchRequest {
  std::string query{};
  std::vector<Kind> kinds{};
  std::string tag{};  // "key" or "key=value"
  std::string owner{};
  std::string catalog{};
  int32_t page_size = 0;
  std::string page_token{};
};

// A stream of batches to the server. Made by Connection::OpenPredictionStream; its owner destroys
// it to end it. Send and Cancel may be called from any thread, but not after destruction began.
class PredictionStream {
 public:
  // What happens on the stream, told from a thread of the connection's, one event at a time.
  struct Events {
    std::function<void(PredictionAck)> on_ack{};
    // The last event: the stream is broken or was ended; what was not acknowledged is unknown.
    std::function<void(absl::Status)> on_closed{};
  };

  PredictionStream() = default;
  PredictionStream(const PredictionStream&) = delete;
  PredictionStream& operator=(const PredictionStream&) = delete;
  // Ends the stream without waiting for acknowledgements. Returns when no event is under way and
  // none will come. Must not be called from an event.
  virtual ~PredictionStream() = default;

  // Puts a batch on its way; never blocks. Batches go in the order given. Events may come from
  // inside of this call.
  virtual void Send(const PredictionBatch& batch) = 0;
  // Breaks the stream: on_closed follows. No effect on a closed one.
  virtual void Cancel() = 0;
};

// What a Client speaks through: one virtual function per call. The library's own connection talks
// gRPC, repeats calls, keeps deadlines and makes request ids; tests put a mock in its place (see
// testing/mock_connection.h). Functions that are not overridden give UNIMPLEMENTED, so that new
// ones can be added here without breaking anybody's mock.
//
// Ownership: shared by all clients, runs and recorders that were made with it; the last one closes
// it. Thread-safety: implementations must be safe from any thread.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  virtual absl::StatusOr<ServerInfo> GetServerInfo(const CallOptions& options);

  virtual absl::StatusOr<Catalog> CreateCatalog(const Catalog& catalog, const CallOptions& options);
  virtual absl::StatusOr<Catalog> GetCatalog(const std::string& name, const AsOf& as_of,
                                             const CallOptions& options);
  virtual absl::StatusOr<Page<Catalog>> ListCatalogs(const ListRequest& request,
                                                     const CallOptions& options);
  virtual absl::StatusOr<Schema> CreateSchema(const Schema& schema, const CallOptions& options);
  virtual absl::StatusOr<Schema> GetSchema(const std::string& name, const AsOf& as_of,
                                           const CallOptions& options);
  virtual absl::StatusOr<Page<Schema>> ListSchemas(const ListRequest& request,
                                                   const CallOptions& options);
  virtual absl::StatusOr<Asset> CreateAsset(const Asset& asset, const CallOptions& options);
  virtual absl::StatusOr<Asset> GetAsset(const std::string& name, const AsOf& as_of,
                                         const CallOptions& options);
  virtual absl::StatusOr<Page<Asset>> ListAssets(const ListRequest& request,
                                                 const CallOptions& options);

  // `version.file` has been read already: digest and location are filled in.
  virtual absl::StatusOr<Version> RegisterVersion(const std::string& asset,
                                                  const NewVersion& version,
                                                  const CallOptions& options);
  virtual absl::StatusOr<Version> GetVersion(const std::string& reference, const AsOf& as_of,
                                             const CallOptions& options);
  virtual absl::StatusOr<Page<Version>> ListVersions(const ListRequest& request,
                                                     const CallOptions& options);
  virtual absl::StatusOr<Alias> SetAlias(const std::string& asset, const std::string& alias,
                                         int64_t version, const CallOptions& options);
  // All tags of the target afterwards.
  virtual absl::StatusOr<std::vector<Tag>> SetTags(const std::string& reference,
                                                   const std::vector<Tag>& set,
                                                   const std::vector<std::string>& remove,
                                                   const CallOptions& options);
  virtual absl::StatusOr<Page<SearchHit>> Search(const SearchRequest& request,
                                                 const CallOptions& options);

  virtual absl::StatusOr<RunRecord> StartRun(const RunRecord& run, const CallOptions& options);
  virtual absl::StatusOr<RunRecord> UpdateRun(const RunRecord& additions,
                                              const CallOptions& options);
  virtual absl::StatusOr<RunRecord> FinishRun(const RunOutcome& outcome,
                                              const CallOptions& options);
  virtual absl::StatusOr<RunRecord> RecordRun(const RunRecord& run, const CallOptions& options);
  virtual absl::StatusOr<RunRecord> GetRun(const std::string& id, const AsOf& as_of,
                                           const CallOptions& options);
  virtual absl::StatusOr<Explanation> Explain(const std::string& reference,
                                              const ExplainOptions& explain,
                                              const CallOptions& options);

  virtual absl::StatusOr<Prediction> RecordPrediction(const Prediction& prediction,
                                                      const CallOptions& options);
  virtual absl::StatusOr<Prediction> GetPrediction(const std::string& id, const AsOf& as_of,
                                                   const CallOptions& options);
  virtual absl::StatusOr<Page<Prediction>> ListPredictions(const PredictionQuery& query,
                                                           const CallOptions& options);
  // Opens a stream; never blocks and never gives null. A server that cannot be reached shows as
  // on_closed. `events` are called until the stream is destroyed. Not overridden: a stream that
  // closes at once with UNIMPLEMENTED.
  virtual std::unique_ptr<PredictionStream> OpenPredictionStream(PredictionStream::Events events);
};

// A connection to a server over gRPC; what Client::Connect makes. `options` must be resolved (see
// ResolveClientOptions). Does not wait for the server. INVALID_ARGUMENT (SERVER_NAME_MALFORMED,
// TLS_FILE_UNREADABLE) when the options cannot work.
absl::StatusOr<std::shared_ptr<Connection>> MakeGrpcConnection(const ClientOptions& options);

}  // namespace whence
