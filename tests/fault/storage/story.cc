#include "story.h"

#include <set>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "google/protobuf/text_format.h"
#include "lineage/dump_graph.h"
#include "lineage/load.h"
#include "migrations/embedded.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"

namespace whence::fault {
namespace {

using namespace service;

// Purpose: writes a story down; each Batch() begins a batch.
class Writing {
 public:
  explicit Writing(Story* story) : story_(story) {}

  void Batch() { story_->batches.emplace_back(); }
  template <class Request, class Response>
  void Add(const MutationOperation<Request, Response>& operation, const std::string& text) {
    Request request;
    WHENCE_ASSERT(google::protobuf::TextFormat::ParseFromString(text, &request));
    story_->batches.back().push_back(
        MakeMutation(operation, StrCat("request-", ++count_), std::move(request)));
  }

 private:
  Story* story_;
  int count_ = 0;
};

std::string RunText(int number, std::string_view more) {
  return StrCat("id: '00000000-0000-7000-8000-00000000000", number, "' ", more);
}

void AddAssets(Writing& story) {
  story.Batch();
  story.Add(kCreateCatalog, "catalog { name: 'c' comment: 'everything' }");
  story.Add(kCreateSchema, "schema { name: 'c.s' }");
  story.Add(kCreateAsset, "asset { name: 'c.s.a' kind: KIND_TABLE comment: 'raw answers' }");
  story.Add(kCreateAsset, "asset { name: 'c.s.b' kind: KIND_TABLE owner: 'user:ana' }");
  story.Add(kCreateAsset, "asset { name: 'c.s.m' kind: KIND_MODEL }");
  story.Batch();
  story.Add(kRegisterVersion, "asset: 'c.s.a' version { digest: 'opaque:a1' }");
  story.Add(kRegisterVersion, "asset: 'c.s.m' version { digest: 'opaque:m1' comment: 'first' }");
  story.Add(kSetAlias, "asset: 'c.s.m' alias: 'champion' version: 1");
  story.Add(kSetTags, "reference: 'c.s.a' set { key: 'pii' value: 'yes' }");
}

void AddRuns(Writing& story) {
  story.Batch();
  story.Add(kRecordRun,
            StrCat("run { ",
                   RunText(1,
                           "job: 'c.s.job' reads { reference: 'c.s.a@1' } "
                           "writes { reference: 'c.s.b' version { digest: 'opaque:b1' } } "
                           "column_mappings { column: 'c.s.b#y' sources { column: 'c.s.a#x' "
                           "transformation: TRANSFORMATION_TYPE_IDENTITY } }"),
                   " }"));
  story.Add(kStartRun, StrCat("run { ", RunText(2, "reads { reference: 'c.s.b@1' }"), " }"));
  story.Add(kRecordEdges, "edges { source: 'c.s.a' target: 'c.s.m' } comment: 'by hand'");
  story.Batch();
  story.Add(kFinishRun,
            StrCat(RunText(2, ""),
                   "state: RUN_STATE_COMPLETE additions { writes { reference: 'c.s.n' create_kind: "
                   "KIND_MODEL version { digest: 'opaque:n1' } } }"));
  story.Add(
      kRecordRuns,
      StrCat("runs { ", RunText(3, "reads { reference: 'c.s.b' }"), " } runs { ",
             RunText(4, "writes { reference: 'c.s.m' version { digest: 'opaque:m2' } }"), " }"));
  story.Add(kSetAlias, "asset: 'c.s.m' alias: 'champion' version: 2");
}

std::string PredictionsText(std::string_view input, int from, int count, size_t bytes) {
  std::string text;
  for (int i = from; i < from + count; ++i) {
    StrAppend(&text, "predictions { id: 'p", i, "' model: 'c.s.m@champion' inputs: '", input, "' ",
              "output_text: '", std::string(bytes, 'x'), "' } ");
  }
  return text;
}

}  // namespace

Story Story::Long() {
  Story made;
  Writing story(&made);
  AddAssets(story);
  AddRuns(story);
  story.Batch();
  story.Add(kRecordPredictions, PredictionsText("c.s.a@1", 1, 10, 20));
  story.Add(kRecordPrediction, "prediction { id: 'single' model: 'c.s.n' input_text: 'why?' }");
  made.backup_after = static_cast<int>(made.batches.size()) - 1;
  story.Batch();
  story.Add(kRenameAsset, "name: 'c.s.a' new_name: 'c.s.z'");
  story.Add(kUpdateAsset,
            "asset { name: 'c.s.b' comment: 'cleaned answers' } update_mask { paths: 'comment' }");
  story.Add(kDeleteAsset, "name: 'c.s.n'");
  story.Batch();
  story.Add(kRecordPredictions, PredictionsText("c.s.z@1", 20, 12, 3000));
  story.Add(kCreateSchema, "schema { name: 'c.t' }");
  return made;
}

Story Story::Short() {
  Story made;
  Writing story(&made);
  AddAssets(story);
  return made;
}

Story Story::Many(int count) {
  Story made;
  Writing story(&made);
  AddAssets(story);
  story.Batch();
  for (int i = 1; i <= count / 2; ++i) {
    story.Add(kCreateAsset, StrCat("asset { name: 'c.s.t", i, "' kind: KIND_TABLE }"));
    story.Add(kRecordRun,
              StrCat("run { id: '00000000-0000-7000-8000-", 100'000'000'000 + i,
                     "' reads { reference: 'c.s.a' } writes { reference: 'c.s.t", i, "' } }"));
  }
  return made;
}

Mutation& Story::Find(std::string_view id) const {
  for (const auto& batch : batches) {
    for (const auto& mutation : batch) {
      if (mutation->id() == id) return *mutation;
    }
  }
  WHENCE_ASSERT(false);
}

std::string Story::IdOf(const std::string& digest) const {
  for (const auto& batch : batches) {
    for (const auto& mutation : batch) {
      if (mutation->digest() == digest) return mutation->id();
    }
  }
  return digest;
}

// ---- the server ---------------------------------------------------------------------------------

service::CallInfo AsAna() {
  service::CallInfo info{.via = "test"};
  info.certificate.emails = {"ana@example.org"};
  return info;
}

const access::Trust* TrustOfTests() {
  static FakeClock clock;
  static const std::unique_ptr<access::Trust> trust =
      access::Trust::Open({.issuers = {},
                           .certificates = {{.kind = access::CertificateRule::Kind::kEmail,
                                             .pattern = "*@example.org",
                                             .principal = "user:*"}}},
                          nullptr, &clock, [](const absl::Status&) {})
          .value();
  return trust.get();
}

sql::WriterOptions Server::SmallLimits() {
  sql::WriterOptions options;
  options.checkpoint_pages = 60;
  options.idle_checkpoint_pages = 20;
  options.threaded = false;
  return options;
}

absl::StatusOr<std::unique_ptr<Server>> Server::Open(const std::string& folder,
                                                     const sql::WriterOptions& writer,
                                                     uint64_t ids_seed) {
  std::unique_ptr<Server> server(new Server(ids_seed));
  absl::StatusOr<std::unique_ptr<House>> house = House::Open({.data_folder = folder,
                                                              .migrations = EmbeddedMigrations(),
                                                              .clock = &server->clock_,
                                                              .ids = &server->ids_,
                                                              .admin = "user:ana",
                                                              .trust = TrustOfTests(),
                                                              .writer = writer});
  if (!house.ok()) return house.status();
  server->house_ = *std::move(house);
  server->corridor_ = std::make_unique<Corridor>(server->house_.get(), 0);
  return server;
}

Server::~Server() {
  // What is queued needs the corridor.
  while (house_ != nullptr && house_->writer().RunQueued() != 0) {
  }
  corridor_.reset();
  house_.reset();
}

void Server::SetSecond(int second) {
  clock_.Set(absl::FromUnixSeconds(1893456000) + absl::Seconds(second));
}

std::vector<absl::Status> Server::Do(const std::vector<Mutation*>& mutations) {
  std::vector<absl::Status> statuses(mutations.size(), absl::UnknownError("never answered"));
  std::vector<int> answers(mutations.size());
  for (size_t i = 0; i < mutations.size(); ++i) {
    mutations[i]->Send(*corridor_, [&statuses, &answers, i](absl::Status status) {
      ++answers[i];
      statuses[i] = std::move(status);
    });
  }
  while (house_->writer().RunQueued() != 0) {
  }
  for (const int count : answers) WHENCE_ASSERT(count == 1);
  return statuses;
}

absl::Status Server::Read() {
  v1::GetCatalogRequest request;
  request.set_name("c");
  const absl::Status status = Ask(kGetCatalog, request).status();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

std::string Server::GraphDifference() {
  absl::StatusOr<sql::Lease> lease = house_->readers().Acquire();
  if (!lease.ok()) return lease.status().ToString();
  lineage::Graph loaded;
  const absl::Status status = lineage::LoadGraph(**lease, loaded, house_->ledger().published());
  if (!status.ok()) return status.ToString();
  return lineage::test::Dump(loaded) == lineage::test::Dump(house_->graph())
             ? ""
             : "the graph in memory differs from one that is loaded";
}

// ---- what answers mean --------------------------------------------------------------------------

bool IsStorageFailure(const absl::Status& status) {
  static const std::set<std::string> kReasons = {
      "DISK_FULL",     "IO_ERROR",           "OUT_OF_MEMORY",    "DATABASE_BUSY",
      "WRITER_FAILED", "DATABASE_READ_ONLY", "TRANSACTION_LOST", "DATA_FOLDER_UNUSABLE"};
  return kReasons.contains(GetErrorDetail(status).reason);
}

Outcome OutcomeOf(const absl::Status& status, const Mutation& mutation) {
  if (status.ok()) {
    return {.kind = Outcome::Kind::kAcknowledged, .reason = {}, .answer = mutation.answer()};
  }
  const bool uncertain =
      ToStd(status.message()).find("only a restart will tell") != std::string::npos;
  return {.kind = uncertain ? Outcome::Kind::kUncertain : Outcome::Kind::kFailed,
          .reason = GetErrorDetail(status).reason,
          .answer = {}};
}

}  // namespace whence::fault
