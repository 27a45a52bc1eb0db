#include "story.h"

#include <set>
#include <utility>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "google/protobuf/text_format.h"
#include "migrations/embedded.h"
#include "service/access_operations.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "service/tag_operations.h"
#include "views.h"

namespace whence::fault {
namespace {

using namespace service;

// Purpose: writes a story down; each Batch() begins a batch.
class Writing {
 public:
  explicit Writing(Story* story) : story_(story) {}

  void Batch() { story_->batches.emplace_back(); }
  int batches() const { return static_cast<int>(story_->batches.size()); }
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

// Who there is, in which groups, with which tokens and grants.
void AddPrincipals(Writing& story) {
  story.Batch();
  story.Add(kCreatePrincipal,
            "principal { name: 'user:bo' display_name: 'Bo' emails: 'bo@example.org' "
            "max_calls_per_second: 5 max_request_bytes_per_second: 6000 }");
  story.Add(kCreatePrincipal, "principal { name: 'svc:trainer' external_id: 'x-1' }");
  story.Add(kCreatePrincipal, "principal { name: 'group:readers' }");
  story.Add(kCreatePrincipal, "principal { name: 'group:all' }");
  story.Add(kCreateSchema, "schema { name: 'c.u' }");
  story.Batch();
  story.Add(kCreateAsset, "asset { name: 'c.u.raw' kind: KIND_TABLE }");
  story.Add(kCreateAsset, StrCat("asset { name: 'c.u.clean' kind: KIND_TABLE comment: '",
                                 std::string(5000, 'x'), "' }"));
  story.Add(kCreateAsset, "asset { name: 'c.s.moved' kind: KIND_TABLE owner: 'user:bo' }");
  story.Add(kAddMember, "group: 'group:all' member: 'group:readers'");
  story.Add(kAddMember, "group: 'group:readers' member: 'user:bo'");
  story.Add(kAddMember, "group: 'group:all' member: 'user:ana'");
  story.Add(kCreateToken,
            "token { principal: 'svc:trainer' comment: 'nightly' read_only: true "
            "scope { name: 'c.u' } }");
  story.Add(kCreateToken, "token { principal: 'user:bo' }");
  story.Add(kChangeGrants,
            "securable { name: 'c' } principal: 'group:all' add: 'USE CATALOG' add: 'USE SCHEMA'");
  story.Add(kChangeGrants,
            "securable { name: 'c.u' } principal: 'group:readers' add: 'SELECT' add: 'BROWSE'");
}

// A tag that flows, from one column to another and on; policies that go by it, and others.
void AddPolicies(Writing& story) {
  story.Batch();
  story.Add(kCreateTagDefinition,
            "definition { key: 'secret' propagates: true assigners: 'group:all' }");
  story.Add(kRecordEdges,
            "edges { source: 'c.u.raw#x' target: 'c.u.clean#y' } "
            "edges { source: 'c.u.clean#y' target: 'c.s.moved#z' }");
  story.Add(kAttachDatasetIdentity,
            "identity { namespace: 's3://lake' name: 'raw' asset: 'c.u.raw' }");
  story.Batch();
  story.Add(kSetTags, "reference: 'c.u.raw#x' set { key: 'secret' value: 'name' }");
  story.Add(kCreatePolicy,
            "policy { name: 'hide' securable { name: 'c' } kind: POLICY_KIND_MASK "
            "mask { type: 'redact' } column_tags { any: 'secret' } except: 'user:ana' }");
  story.Add(kCreatePolicy,
            "policy { name: 'keep out' securable { name: 'c.u' } kind: POLICY_KIND_DENY "
            "to: 'user:bo' privileges: 'SELECT' }");
  story.Add(kCreatePolicy,
            "policy { name: 'own rows' securable { name: 'c.u.raw' } kind: POLICY_KIND_FILTER "
            "filter { conditions: \"region = 'EU'\" } }");
}

// All of that changes, and some of it ends.
void AddChangesOfAccess(Writing& story) {
  story.Batch();
  story.Add(
      kUpdatePolicy,
      "policy { name: 'keep out' state: POLICY_STATE_DRY_RUN } update_mask { paths: 'state' }");
  story.Add(kDeclassify, "reference: 'c.u.clean#y' key: 'secret' comment: 'initials only'");
  story.Add(kChangeGrants,
            "securable { name: 'c.u' } principal: 'group:readers' add: 'MODIFY' remove: 'BROWSE'");
  story.Add(kRevokeToken, "id: 3");
  story.Add(kTransferMetastore, "owner: 'group:all'");
  story.Add(kRenameAsset, "name: 'c.s.moved' new_name: 'c.u.moved'");
  story.Batch();
  story.Add(kDeletePolicy, "name: 'own rows'");
  story.Add(kUpdateTagDefinition,
            "definition { key: 'secret' values: 'name' } update_mask { paths: 'values' }");
  story.Add(kRemoveMember, "group: 'group:readers' member: 'user:bo'");
  story.Add(kUpdatePrincipal,
            "principal { name: 'user:bo' active: false } update_mask { paths: 'active' }");
  story.Add(kDeletePrincipal, "name: 'svc:trainer'");
  story.Add(kReclassify, "reference: 'c.u.clean#y' key: 'secret'");
}

void AddAccess(Writing& story) {
  AddPrincipals(story);
  AddPolicies(story);
  AddChangesOfAccess(story);
}

int AddEverythingElse(Writing& story) {
  AddAssets(story);
  AddRuns(story);
  story.Batch();
  story.Add(kRecordPredictions, PredictionsText("c.s.a@1", 1, 10, 20));
  story.Add(kRecordPrediction, "prediction { id: 'single' model: 'c.s.n' input_text: 'why?' }");
  const int backup_after = story.batches() - 1;
  story.Batch();
  story.Add(kRenameAsset, "name: 'c.s.a' new_name: 'c.s.z'");
  story.Add(kUpdateAsset,
            "asset { name: 'c.s.b' comment: 'cleaned answers' } update_mask { paths: 'comment' }");
  story.Add(kDeleteAsset, "name: 'c.s.n'");
  story.Batch();
  story.Add(kRecordPredictions, PredictionsText("c.s.z@1", 20, 12, 3000));
  story.Add(kCreateSchema, "schema { name: 'c.t' }");
  return backup_after;
}

}  // namespace

Story Story::Long() {
  Story made;
  Writing story(&made);
  made.backup_after = AddEverythingElse(story);
  return made;
}

Story Story::Access() {
  Story made;
  Writing story(&made);
  AddAssets(story);
  AddAccess(story);
  made.backup_after = static_cast<int>(made.batches.size()) - 2;
  return made;
}

Story Story::Everything() {
  Story made;
  Writing story(&made);
  made.backup_after = AddEverythingElse(story);
  AddAccess(story);
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

absl::Status Server::Read(service::CallInfo caller) {
  v1::GetCatalogRequest request;
  request.set_name("c");
  const absl::Status status = Ask(kGetCatalog, request, std::move(caller)).status();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

std::string Server::ViewsDifference() { return DifferenceOfViews(*house_); }

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
