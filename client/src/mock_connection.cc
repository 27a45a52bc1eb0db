#include "whence/testing/mock_connection.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "src/digest.h"
#include "src/error_info.h"
#include "src/mock_world.h"
#include "src/uuid.h"

namespace whence::testing {

MockConnection::MockConnection() : world_(std::make_unique<World>()) {}
MockConnection::~MockConnection() = default;

absl::Status MockConnection::Enter(std::string_view call) {
  if (before_call != nullptr) {
    if (absl::Status status = before_call(call); !status.ok()) return status;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  world_->calls.emplace_back(call);
  const auto failures = world_->failures.find(std::string(call));
  if (failures == world_->failures.end() || failures->second.empty()) return absl::OkStatus();
  absl::Status status = failures->second.front();
  failures->second.pop_front();
  return status;
}

void MockConnection::FailNext(const std::string& call, const absl::Status& status, int times) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (int i = 0; i < times; ++i) world_->failures[call].push_back(status);
}

VersionRef MockConnection::AddVersion(const std::string& asset, NewVersion version) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t first = asset.find('.');
  const size_t second = asset.find('.', first + 1);
  world_->catalogs[asset.substr(0, first)].name = asset.substr(0, first);
  world_->schemas[asset.substr(0, second)].name = asset.substr(0, second);
  version.ReadFile().IgnoreError();  // a file that is not there leaves the digest empty
  Asset& entry = world_->assets[asset].asset;
  entry.name = asset;
  if (entry.kind == Kind::kUnspecified) entry.kind = version.kind;
  return ParseVersionRef(world_->Register(asset, version)->name);
}

std::vector<std::string> MockConnection::calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return world_->calls;
}

std::vector<RunRecord> MockConnection::runs() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return world_->runs;
}

std::vector<Prediction> MockConnection::predictions() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return world_->predictions;
}

// Every call: leave by a failure that was asked for, else do it under the lock.
#define WHENCE_MOCK_CALL(name)                                           \
  if (absl::Status status_ = Enter(name); !status_.ok()) return status_; \
  const std::lock_guard<std::mutex> lock_(mutex_)

absl::StatusOr<ServerInfo> MockConnection::GetServerInfo(const CallOptions&) {
  WHENCE_MOCK_CALL("GetServerInfo");
  return ServerInfo{.version = "mock"};
}

absl::StatusOr<Catalog> MockConnection::CreateCatalog(const Catalog& catalog, const CallOptions&) {
  WHENCE_MOCK_CALL("CreateCatalog");
  return world_->Create(world_->catalogs, catalog, "catalog");
}

absl::StatusOr<Catalog> MockConnection::GetCatalog(const std::string& name, const AsOf&,
                                                   const CallOptions&) {
  WHENCE_MOCK_CALL("GetCatalog");
  return World::Get(world_->catalogs, name, "catalog");
}

absl::StatusOr<Page<Catalog>> MockConnection::ListCatalogs(const ListRequest&, const CallOptions&) {
  WHENCE_MOCK_CALL("ListCatalogs");
  return World::List(world_->catalogs, "");
}

absl::StatusOr<Schema> MockConnection::CreateSchema(const Schema& schema, const CallOptions&) {
  WHENCE_MOCK_CALL("CreateSchema");
  const std::string catalog = World::ParentOf(schema.name);
  if (!world_->catalogs.contains(catalog)) return World::NotFound("catalog", catalog);
  return world_->Create(world_->schemas, schema, "schema");
}

absl::StatusOr<Schema> MockConnection::GetSchema(const std::string& name, const AsOf&,
                                                 const CallOptions&) {
  WHENCE_MOCK_CALL("GetSchema");
  return World::Get(world_->schemas, name, "schema");
}

absl::StatusOr<Page<Schema>> MockConnection::ListSchemas(const ListRequest& request,
                                                         const CallOptions&) {
  WHENCE_MOCK_CALL("ListSchemas");
  return World::List(world_->schemas, request.parent);
}

absl::StatusOr<Asset> MockConnection::CreateAsset(const Asset& asset, const CallOptions&) {
  WHENCE_MOCK_CALL("CreateAsset");
  if (world_->assets.contains(asset.name)) return World::AlreadyExists("asset", asset.name);
  return world_->EnsureAsset(asset.name, asset.kind, asset);
}

absl::StatusOr<Asset> MockConnection::GetAsset(const std::string& name, const AsOf&,
                                               const CallOptions&) {
  WHENCE_MOCK_CALL("GetAsset");
  const auto found = world_->assets.find(name);
  if (found == world_->assets.end()) return World::NotFound("asset", name);
  return found->second.asset;
}

absl::StatusOr<Page<Asset>> MockConnection::ListAssets(const ListRequest& request,
                                                       const CallOptions&) {
  WHENCE_MOCK_CALL("ListAssets");
  Page<Asset> page;
  for (const auto& [name, entry] : world_->assets) {
    if (World::IsUnder(name, request.parent)) page.items.push_back(entry.asset);
  }
  return page;
}

absl::StatusOr<Version> MockConnection::RegisterVersion(const std::string& asset,
                                                        const NewVersion& version,
                                                        const CallOptions&) {
  WHENCE_MOCK_CALL("RegisterVersion");
  return world_->Register(asset, version);
}

absl::StatusOr<Version> MockConnection::GetVersion(const std::string& reference, const AsOf&,
                                                   const CallOptions&) {
  WHENCE_MOCK_CALL("GetVersion");
  const absl::StatusOr<VersionRef> pinned = world_->Pin(reference);
  if (!pinned.ok()) return pinned.status();
  if (pinned->number == 0) return World::NotFound("version", reference);
  return world_->assets[pinned->asset].versions[static_cast<size_t>(pinned->number - 1)];
}

absl::StatusOr<Page<Version>> MockConnection::ListVersions(const ListRequest& request,
                                                           const CallOptions&) {
  WHENCE_MOCK_CALL("ListVersions");
  const auto found = world_->assets.find(request.parent);
  if (found == world_->assets.end()) return World::NotFound("asset", request.parent);
  return Page<Version>{.items = {found->second.versions.rbegin(), found->second.versions.rend()}};
}

absl::StatusOr<Alias> MockConnection::SetAlias(const std::string& asset, const std::string& alias,
                                               int64_t version, const CallOptions&) {
  WHENCE_MOCK_CALL("SetAlias");
  const absl::StatusOr<VersionRef> pinned = world_->Pin(asset + "@" + std::to_string(version));
  if (!pinned.ok()) return pinned.status();
  std::vector<Alias>& aliases = world_->assets[asset].asset.aliases;
  const auto found = std::find_if(aliases.begin(), aliases.end(),
                                  [&](const Alias& each) { return each.alias == alias; });
  if (found != aliases.end()) aliases.erase(found);
  aliases.push_back({.asset = asset, .alias = alias, .version = version});
  return aliases.back();
}

absl::StatusOr<std::vector<Tag>> MockConnection::SetTags(const std::string& reference,
                                                         const std::vector<Tag>& set,
                                                         const std::vector<std::string>& remove,
                                                         const CallOptions&) {
  WHENCE_MOCK_CALL("SetTags");
  std::map<std::string, std::string>& tags = world_->tags[reference];
  for (const Tag& tag : set) tags[tag.key] = tag.value;
  for (const std::string& key : remove) tags.erase(key);
  std::vector<Tag> all;
  all.reserve(tags.size());
  for (const auto& [key, value] : tags) all.push_back({.key = key, .value = value});
  return all;
}

absl::StatusOr<Page<SearchHit>> MockConnection::Search(const SearchRequest& request,
                                                       const CallOptions&) {
  WHENCE_MOCK_CALL("Search");
  Page<SearchHit> page;
  for (const auto& [name, entry] : world_->assets) {
    if (name.find(request.query) != std::string::npos) {
      page.items.push_back({.asset = entry.asset, .snippet = name, .score = 1});
    }
  }
  return page;
}

absl::StatusOr<RunRecord> MockConnection::StartRun(const RunRecord& run, const CallOptions&) {
  WHENCE_MOCK_CALL("StartRun");
  RunRecord started = run;
  started.state = RunState::kRunning;
  return world_->AddToRun(started);
}

absl::StatusOr<RunRecord> MockConnection::UpdateRun(const RunRecord& additions,
                                                    const CallOptions&) {
  WHENCE_MOCK_CALL("UpdateRun");
  return world_->AddToRun(additions);
}

absl::StatusOr<RunRecord> MockConnection::FinishRun(const RunOutcome& outcome, const CallOptions&) {
  WHENCE_MOCK_CALL("FinishRun");
  RunRecord additions = outcome.additions;
  additions.id = outcome.id;
  additions.state = outcome.state;
  additions.end_time = outcome.end_time;
  additions.error_message = outcome.error_message;
  return world_->AddToRun(additions);
}

absl::StatusOr<RunRecord> MockConnection::RecordRun(const RunRecord& run, const CallOptions&) {
  WHENCE_MOCK_CALL("RecordRun");
  RunRecord whole = run;
  if (whole.id.empty()) whole.id = client_internal::NewUuid();
  if (whole.state == RunState::kUnspecified) whole.state = RunState::kComplete;
  return world_->AddToRun(whole);
}

absl::StatusOr<RunRecord> MockConnection::GetRun(const std::string& id, const AsOf&,
                                                 const CallOptions&) {
  WHENCE_MOCK_CALL("GetRun");
  for (const RunRecord& run : world_->runs) {
    if (run.id == id || "run:" + run.id == id) return run;
  }
  return World::NotFound("run", id);
}

absl::StatusOr<Explanation> MockConnection::Explain(const std::string& reference,
                                                    const ExplainOptions& explain,
                                                    const CallOptions& options) {
  if (absl::Status status = Enter("Explain"); !status.ok()) return status;
  if (on_explain != nullptr) return on_explain(reference);
  return Connection::Explain(reference, explain, options);
}

absl::StatusOr<Prediction> MockConnection::RecordPrediction(const Prediction& prediction,
                                                            const CallOptions&) {
  WHENCE_MOCK_CALL("RecordPrediction");
  return world_->AddPrediction(prediction);
}

absl::StatusOr<Prediction> MockConnection::GetPrediction(const std::string& id, const AsOf&,
                                                         const CallOptions&) {
  WHENCE_MOCK_CALL("GetPrediction");
  for (const Prediction& prediction : world_->predictions) {
    if (prediction.id == id || "prediction:" + prediction.id == id) return prediction;
  }
  return World::NotFound("prediction", id);
}

absl::StatusOr<Page<Prediction>> MockConnection::ListPredictions(const PredictionQuery&,
                                                                 const CallOptions&) {
  WHENCE_MOCK_CALL("ListPredictions");
  return Page<Prediction>{.items = {world_->predictions.rbegin(), world_->predictions.rend()}};
}

#undef WHENCE_MOCK_CALL

// Takes each batch at once and acknowledges it from inside of Send. A failure of "Send" breaks the
// stream before the batch is taken.
class MockConnection::Stream final : public PredictionStream {
 public:
  Stream(MockConnection* mock, Events events) : mock_(mock), events_(std::move(events)) {}

  void Send(const PredictionBatch& batch) override {
    if (closed_) return;
    if (absl::Status status = mock_->Enter("Send"); !status.ok()) return Close(status);
    PredictionAck ack{.sequence = batch.sequence};
    {
      const std::lock_guard<std::mutex> lock(mock_->mutex_);
      for (size_t i = 0; i < batch.predictions.size(); ++i) {
        absl::Status status = mock_->world_->AddPrediction(batch.predictions[i]).status();
        if (!status.ok()) ack.refused.push_back({.index = i, .status = std::move(status)});
      }
    }
    events_.on_ack(std::move(ack));
  }

  void Cancel() override { Close(absl::CancelledError("cancelled")); }

  void Close(const absl::Status& status) {
    if (!std::exchange(closed_, true)) events_.on_closed(status);
  }

 private:
  MockConnection* const mock_;
  const Events events_;
  bool closed_ = false;
};

std::unique_ptr<PredictionStream> MockConnection::OpenPredictionStream(
    PredictionStream::Events events) {
  auto stream = std::make_unique<Stream>(this, std::move(events));
  if (absl::Status status = Enter("OpenPredictionStream"); !status.ok()) stream->Close(status);
  return stream;
}

}  // namespace whence::testing
