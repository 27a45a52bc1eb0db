// What operations need of their callers: nobody may do anything that was not granted, exactly the
// grants that docs/privileges.md names are enough, and what may not be seen is not given away.
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "ask.h"
#include "service/access_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "service/server_operations.h"
#include "service/tag_operations.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {
namespace {

using test::Asked;
using test::ReasonOf;

// A metastore of user:ana's: the table prod.fraud.scores comes from secret.vault.keys by a run of
// the job prod.fraud.train, and a prediction was made with prod.fraud.model.
class World : public Asked {
 public:
  World() {
    Asset("secret.vault.keys", v1::KIND_TABLE);
    Asset("prod.fraud.scores", v1::KIND_TABLE);
    Asset("prod.fraud.model", v1::KIND_MODEL);
    Asset("prod.fraud.files", v1::KIND_VOLUME);
    for (const char* asset : {"secret.vault.keys", "prod.fraud.scores", "prod.fraud.model"}) {
      Version(asset);
    }
    Alias("prod.fraud.model", "champion", 1);
    Ask(kAttachDatasetIdentity,
        "identity { asset: 'prod.fraud.scores' namespace: 'pg' name: 'scores' }");
    Ask(kRecordRun, StrCat("run { id: '", kRun,
                           "' job: 'prod.fraud.train' reads { reference: 'secret.vault.keys' }"
                           " writes { reference: 'prod.fraud.scores' }"
                           " writes { reference: 'prod.fraud.model' } }"));
    Ask(kRecordPrediction, "prediction { id: 'p' model: 'prod.fraud.model@1' input_text: 'x' }");
    Ask(kCreateTagDefinition, "definition { key: 'pii' propagates: true }");
    Ask(kDeclassify, "reference: 'prod.fraud.scores#hidden' key: 'pii' comment: 'x'");
  }

  static constexpr char kRun[] = "00000000-0000-7000-8000-000000000001";

  // Somebody new, with these grants: "SELECT on prod.fraud, BROWSE on metastore".
  CallInfo Somebody(std::string_view grants, const std::string& token = "") {
    const std::string name = StrCat("user:p", ++people_);
    Ask(kCreatePrincipal, StrCat("principal { name: '", name, "' }"));
    for (const absl::string_view grant : absl::StrSplit(ToAbsl(grants), ", ", absl::SkipEmpty())) {
      const std::vector<std::string> parts = absl::StrSplit(grant, " on ");
      REQUIRE(parts.size() == 2);
      const std::string on = parts[1] == "metastore" ? "type: SECURABLE_TYPE_METASTORE"
                                                     : StrCat("name: '", parts[1], "'");
      Ask(kChangeGrants,
          StrCat("securable { ", on, " } principal: '", name, "' add: '", parts[0], "'"));
    }
    const auto made = Ask(kCreateToken, StrCat("token { principal: '", name, "' ", token, " }"));
    return CallInfo{.bearer = made.secret(), .via = "test"};
  }

 private:
  int people_ = 0;
};

// How an operation ends for a caller: "OK", "nothing" (OK, and the answer lists nothing), or the
// reason of its error.
struct Question {
  std::string operation;
  std::function<std::string(World&, const CallInfo&)> ask;
  std::string of_a_stranger = "PERMISSION_DENIED";
};

template <class Response>
std::string Content(const absl::StatusOr<Response>& answer) {
  if (!answer.ok()) return ReasonOf(answer.status());
  const google::protobuf::Descriptor& type = *answer->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    if (!field->is_repeated() || type.FindFieldByName("next_page_token") == nullptr) continue;
    return answer->GetReflection()->FieldSize(*answer, field) == 0 ? "nothing" : "OK";
  }
  return "OK";
}

template <class Request, class Response, template <class, class> class Operation>
Question Ask(const Operation<Request, Response>& operation, const std::string& text,
             const std::string& of_a_stranger = "PERMISSION_DENIED") {
  return {std::string(operation.name),
          [&operation, request = test::Parse<Request>(text)](World& world, const CallInfo& who) {
            return Content(world.RunAs(who, operation, request));
          },
          of_a_stranger};
}

constexpr char kAnaRun[] = "run { id: '00000000-0000-7000-8000-000000000001' }";

std::vector<Question> CatalogQuestions() {
  return {
      Ask(kCreateCatalog, "catalog { name: 'mine' }"),
      Ask(kGetCatalog, "name: 'prod'"),
      Ask(kListCatalogs, "", "nothing"),
      Ask(kUpdateCatalog, "catalog { name: 'prod' comment: 'x' }"),
      Ask(kRenameCatalog, "name: 'prod' new_name: 'mine'"),
      Ask(kDeleteCatalog, "name: 'prod' force: true"),
      Ask(kUndeleteCatalog, "name: 'prod'"),
      Ask(kCreateSchema, "schema { name: 'prod.mine' }"),
      Ask(kGetSchema, "name: 'prod.fraud'"),
      Ask(kListSchemas, "", "nothing"),
      Ask(kListSchemas, "parent: 'prod'"),
      Ask(kUpdateSchema, "schema { name: 'prod.fraud' comment: 'x' }"),
      Ask(kRenameSchema, "name: 'prod.fraud' new_name: 'prod.mine'"),
      Ask(kDeleteSchema, "name: 'prod.fraud' force: true"),
      Ask(kUndeleteSchema, "name: 'prod.fraud'"),
      Ask(kCreateAsset, "asset { name: 'prod.fraud.mine' kind: KIND_TABLE }"),
      Ask(kGetAsset, "name: 'prod.fraud.scores'"),
      Ask(kGetAsset, "name: 'id:6'"),
      Ask(kListAssets, "", "nothing"),
      Ask(kListAssets, "parent: 'prod.fraud'"),
      Ask(kUpdateAsset, "asset { name: 'prod.fraud.scores' comment: 'x' }"),
      Ask(kRenameAsset, "name: 'prod.fraud.scores' new_name: 'prod.fraud.mine'"),
      Ask(kDeleteAsset, "name: 'prod.fraud.scores'"),
      Ask(kUndeleteAsset, "name: 'prod.fraud.scores'"),
      Ask(kRegisterVersion, "asset: 'prod.fraud.scores' version { digest: 'opaque:mine' }"),
      Ask(kGetVersion, "name: 'prod.fraud.scores@1'"),
      Ask(kListVersions, "asset: 'prod.fraud.scores'"),
      Ask(kUpdateVersion, "version { name: 'prod.fraud.scores@1' comment: 'x' }"),
      Ask(kSetAlias, "asset: 'prod.fraud.model' alias: 'mine' version: 1"),
      Ask(kDeleteAlias, "asset: 'prod.fraud.model' alias: 'champion'"),
      Ask(kListAliases, "asset: 'prod.fraud.model'"),
      Ask(kListAliasHistory, "asset: 'prod.fraud.model' alias: 'champion'"),
      Ask(kSetTags, "reference: 'prod.fraud.scores' set { key: 'mine' }"),
      Ask(kAttachDatasetIdentity,
          "identity { asset: 'prod.fraud.scores' namespace: 'pg' name: 'mine' }"),
      Ask(kDetachDatasetIdentity, "namespace: 'pg' name: 'scores'"),
      Ask(kResolveDatasetIdentity, "namespace: 'pg' name: 'scores'"),
      Ask(kListDatasetIdentities, "asset: 'prod.fraud.scores'"),
      Ask(kSearch, "query: 'scores'", "nothing"),
  };
}

std::vector<Question> OtherQuestions() {
  const std::string reads = "reads { reference: 'prod.fraud.scores' }";
  return {
      Ask(kStartRun, kAnaRun),
      Ask(kStartRun, StrCat("run { ", reads, " }")),
      Ask(kUpdateRun, kAnaRun),
      Ask(kFinishRun, StrCat("id: '", World::kRun, "' state: RUN_STATE_FAILED")),
      Ask(kRecordRun, "run { job: 'prod.fraud.mine' }"),
      Ask(kRecordRuns, "runs { writes { reference: 'prod.fraud.scores' } }"),
      Ask(kRecordEdges, "edges { source: 'prod.fraud.scores' target: 'prod.fraud.model' }"),
      Ask(kGetRun, StrCat("id: '", World::kRun, "'")),
      Ask(kListRuns, "", "nothing"),
      Ask(kListDeclarations, "", "nothing"),
      Ask(kGetLineage, "reference: 'prod.fraud.scores' direction: DIRECTION_UPSTREAM"),
      Ask(kExplain, "reference: 'prod.fraud.scores'"),
      Ask(kExplain, "reference: 'prediction:p'"),
      Ask(kExplain, StrCat("reference: 'run:", World::kRun, "'")),
      Ask(kImpact, "reference: 'secret.vault.keys'"),
      Ask(kFindPath, "source: 'secret.vault.keys' target: 'prod.fraud.scores'"),
      Ask(kRecordPrediction, "prediction { id: 'mine' model: 'prod.fraud.model@1' }"),
      // Of a batch each is refused by itself.
      Ask(kRecordPredictions, "predictions { id: 'mine' model: 'prod.fraud.model@1' }", "OK"),
      Ask(kGetPrediction, "id: 'p'"),
      Ask(kListPredictions, "", "nothing"),
      Ask(kGetServerInfo, "", "OK"),
      Ask(kCreatePrincipal, "principal { name: 'user:mine' }"),
      Ask(kGetPrincipal, "name: 'user:ana'"),
      Ask(kListPrincipals, ""),
      Ask(kUpdatePrincipal, "principal { name: 'user:ana' display_name: 'x' }"),
      Ask(kDeletePrincipal, "name: 'user:ana'"),
      Ask(kAddMember, "group: 'group:g' member: 'user:p1'"),
      Ask(kRemoveMember, "group: 'group:g' member: 'user:p1'"),
      Ask(kListMembers, "group: 'group:g'"),
      Ask(kListGroups, "principal: 'user:ana'"),
      Ask(kCreateToken, "token { principal: 'user:ana' }"),
      Ask(kListTokens, "principal: 'user:ana'"),
      Ask(kListTokens, "all_principals: true"),
      Ask(kRevokeToken, "id: 1"),
      Ask(kWhoAmI, "", "OK"),
      Ask(kChangeGrants, "securable { name: 'prod' } principal: 'user:p1' add: 'MANAGE'"),
      Ask(kChangeGrants,
          "securable { type: SECURABLE_TYPE_METASTORE } principal: 'user:p1' add: 'MANAGE'"),
      Ask(kListGrants, "securable { name: 'prod' }"),
      Ask(kListGrants, "principal: 'user:ana'"),
      Ask(kGetMetastore, "", "OK"),
      Ask(kTransferMetastore, "owner: 'user:p1'"),
      Ask(kGetEffectivePrivileges, "principal: 'user:ana' securable { name: 'prod' }"),
      Ask(kExplainAccess, "principal: 'user:ana' privilege: 'SELECT' securable { name: 'prod' }"),
  };
}

std::vector<Question> TagQuestions() {
  return {
      Ask(kCreateTagDefinition, "definition { key: 'mine' }"),
      // What tags there may be is no secret.
      Ask(kGetTagDefinition, "key: 'pii'", "OK"),
      Ask(kListTagDefinitions, "", "OK"),
      Ask(kUpdateTagDefinition, "definition { key: 'pii' comment: 'x' }"),
      Ask(kDeleteTagDefinition, "key: 'pii'"),
      Ask(kGetEffectiveTags, "reference: 'prod.fraud.scores'"),
      Ask(kGetEffectiveTags, "reference: 'prod'"),
      Ask(kDeclassify, "reference: 'prod.fraud.scores#x' key: 'pii' comment: 'x'"),
      Ask(kReclassify, "reference: 'prod.fraud.scores#x' key: 'pii'"),
      Ask(kListDeclassifications, "", "nothing"),
      Ask(kListDeclassifications, "asset: 'prod.fraud.scores'"),
  };
}

constexpr char kDenyOnProd[] =
    "policy { name: 'mine' securable { name: 'prod' } kind: POLICY_KIND_DENY }";

std::vector<Question> PolicyQuestions() {
  return {
      Ask(kCreatePolicy, kDenyOnProd),
      Ask(kCreatePolicy,
          "policy { name: 'mine' securable { type: SECURABLE_TYPE_METASTORE } kind: "
          "POLICY_KIND_DENY }"),
      Ask(kGetPolicy, "name: 'none'"),
      Ask(kListPolicies, "", "nothing"),
      Ask(kListPolicies, "securable { name: 'prod' }"),
      Ask(kUpdatePolicy, "policy { name: 'none' comment: 'x' }"),
      Ask(kDeletePolicy, "name: 'none'"),
      Ask(kPreviewPolicy, kDenyOnProd),
      Ask(kDecide, "principal: 'user:ana' privilege: 'SELECT' securable { name: 'prod' }"),
      Ask(kDecide, "privilege: 'SELECT' securable { name: 'prod.fraud.scores' }"),
      // Of a batch each is refused by itself.
      Ask(kDecideBatch, "questions { privilege: 'SELECT' securable { name: 'prod' } }", "OK"),
      Ask(kCompileView,
          "principal: 'user:ana' dialect: SQL_DIALECT_TRINO securable { name: "
          "'prod.fraud.scores' }"),
  };
}

std::vector<Question> AllQuestions() {
  std::vector<Question> all = CatalogQuestions();
  for (Question& question : OtherQuestions()) all.push_back(std::move(question));
  for (Question& question : TagQuestions()) all.push_back(std::move(question));
  for (Question& question : PolicyQuestions()) all.push_back(std::move(question));
  return all;
}

TEST_CASE("nobody may do anything that was not granted: every operation there is") {
  World world;
  const CallInfo stranger = world.Somebody("");
  const Position before = world.position();
  std::set<std::string> asked;
  for (const Question& question : AllQuestions()) {
    INFO(question.operation);
    asked.insert(question.operation);
    CHECK(question.ask(world, stranger) == question.of_a_stranger);
  }
  CHECK(world.position() == before);

  // Operations that come later have to be asked as well.
  std::set<std::string> served;
  for (const auto* file :
       {v1::Asset::descriptor()->file(), v1::Run::descriptor()->file(),
        v1::Prediction::descriptor()->file(), v1::ServerInfo::descriptor()->file(),
        v1::Token::descriptor()->file(), v1::Policy::descriptor()->file(),
        v1::TagDefinition::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int k = 0; k < file->service(i)->method_count(); ++k) {
        const auto* method = file->service(i)->method(k);
        if (!method->client_streaming() && !method->server_streaming()) {
          served.insert(std::string(method->name()));
        }
      }
    }
  }
  CHECK(asked == served);
}

TEST_CASE("docs/privileges.md names every operation that there is") {
  const char* root = std::getenv("WHENCE_SOURCE_DIR");
  if (root == nullptr) return;
  std::stringstream page;
  page << std::ifstream(StrCat(root, "/docs/privileges.md")).rdbuf();
  for (const Question& question : AllQuestions()) {
    INFO(question.operation);
    CHECK(absl::StrContains(page.str(), question.operation));
  }
}

TEST_CASE("exactly these grants are enough, and each of them is needed") {
  const std::string gates = "USE CATALOG on prod, USE SCHEMA on prod.fraud";
  const struct {
    std::string grants;
    Question question;
  } rows[] = {
      {"CREATE CATALOG on metastore", Ask(kCreateCatalog, "catalog { name: 'theirs' }")},
      {"USE CATALOG on prod, CREATE SCHEMA on prod",
       Ask(kCreateSchema, "schema { name: 'prod.theirs' }")},
      {gates + ", CREATE TABLE on prod.fraud",
       Ask(kCreateAsset, "asset { name: 'prod.fraud.theirs' kind: KIND_VIEW }")},
      {"BROWSE on prod.fraud.scores", Ask(kGetAsset, "name: 'prod.fraud.scores'")},
      {gates + ", SELECT on prod.fraud.scores", Ask(kGetAsset, "name: 'prod.fraud.scores'")},
      {gates + ", MODIFY on prod.fraud",
       Ask(kRegisterVersion, "asset: 'prod.fraud.scores' version { digest: 'opaque:2' }")},
      {gates + ", WRITE VOLUME on prod.fraud",
       Ask(kRegisterVersion, "asset: 'prod.fraud.files' version { digest: 'opaque:2' }")},
      {gates + ", APPLY TAG on prod", Ask(kSetTags,
                                          "reference: 'prod.fraud.model@1'"
                                          " set { key: 'k' }")},
      {gates +
           ", SELECT on prod.fraud.scores, MODIFY on prod.fraud.model, CREATE JOB on prod.fraud",
       Ask(kRecordRun,
           "run { job: 'prod.fraud.new' reads { reference: 'prod.fraud.scores' }"
           " writes { reference: 'prod.fraud.model' } }")},
      {gates + ", EXECUTE on prod.fraud.train", Ask(kUpdateRun, kAnaRun)},
      {gates + ", EXECUTE on prod.fraud.model",
       Ask(kRecordPrediction, "prediction { model: 'prod.fraud.model@champion' }")},
      {gates + ", SELECT on prod.fraud.model", Ask(kGetPrediction, "id: 'p'")},
      {"BROWSE on prod", Ask(kGetRun, StrCat("id: '", World::kRun, "'"))},
      {"USE CATALOG on prod, MANAGE on prod",
       Ask(kChangeGrants, "securable { name: 'prod' } principal: 'user:ana' add: 'SELECT'")},
      {"MANAGE on metastore", Ask(kCreateTagDefinition, "definition { key: 'theirs' }")},
      {"BROWSE on prod.fraud", Ask(kGetEffectiveTags, "reference: 'prod.fraud.scores#hidden'")},
      {gates + ", MANAGE on prod.fraud.scores",
       Ask(kDeclassify, "reference: 'prod.fraud.scores#y' key: 'pii' comment: 'x'")},
      {gates + ", MANAGE on prod.fraud.scores",
       Ask(kReclassify, "reference: 'prod.fraud.scores#hidden' key: 'pii'")},
      {"BROWSE on prod", Ask(kListDeclassifications, "asset: 'prod.fraud.scores'")},
      {"MANAGE on metastore", Ask(kCreatePrincipal, "principal { name: 'user:theirs' }")},
      {"BROWSE on metastore", Ask(kListPrincipals, "")},
      {"USE CATALOG on prod, MANAGE on prod",
       Ask(kCreatePolicy,
           "policy { name: 'theirs' securable { name: 'prod' } kind: POLICY_KIND_DENY"
           " privileges: 'APPLY TAG' }")},
      {"BROWSE on metastore",
       Ask(kDecide, "principal: 'user:ana' privilege: 'SELECT' securable { name: 'prod' }")},
  };
  for (const auto& [grants, question] : rows) {
    INFO(question.operation << ": " << grants);
    const std::vector<std::string> each = absl::StrSplit(grants, ", ");
    World world;
    for (size_t left_out = 0; left_out < each.size(); ++left_out) {
      std::vector<std::string> others = each;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
      CHECK(question.ask(world, world.Somebody(absl::StrJoin(others, ", "))) ==
            "PERMISSION_DENIED");
    }
    CHECK(question.ask(world, world.Somebody(grants)) == "OK");
  }
}

TEST_CASE("what is hidden and what does not exist are answered alike") {
  World world;
  const CallInfo eve = world.Somebody("USE CATALOG on prod, USE SCHEMA on prod.fraud");
  const auto said = [&](const std::string& name) {
    v1::GetAssetRequest request;
    request.set_name(name);
    const absl::Status status = world.RunAs(eve, kGetAsset, request).status();
    std::string text =
        StrCat(ReasonOf(status), " ", ToStd(status.message()), " ", GetErrorDetail(status).hint);
    while (text.find(name) != std::string::npos) text.replace(text.find(name), name.size(), "X");
    return text;
  };
  CHECK(said("secret.vault.keys") == said("secret.vault.none"));
  CHECK(said("secret.vault.keys") == said("none.vault.keys"));
  CHECK_THAT(said("secret.vault.keys"), Catch::StartsWith("PERMISSION_DENIED"));
  // Below what one sees, what is not there is said to be so; what is nearby is not named.
  CHECK(said("prod.fraud.scors") == "ASSET_NOT_FOUND no asset X ");
}

TEST_CASE("a denial names the smallest grant, to those who see the thing") {
  World world;
  const CallInfo eve = world.Somebody("BROWSE on prod");
  const absl::Status status =
      world
          .RunAs(eve, kRegisterVersion,
                 test::Parse<v1::RegisterVersionRequest>(
                     "asset: 'prod.fraud.scores' version { digest: 'opaque:x' }"))
          .status();
  CHECK(absl::IsPermissionDenied(status));
  CHECK(test::HintOf(status) ==
        "whence grant \"USE CATALOG\" on catalog prod to user:p1; "
        "whence grant \"USE SCHEMA\" on schema prod.fraud to user:p1; "
        "whence grant MODIFY on table prod.fraud.scores to user:p1");
}

TEST_CASE("lineage goes on through what the caller may not see, and does not say what it is") {
  World world;
  const CallInfo eve = world.Somebody("BROWSE on prod");
  const auto explain = [&](const CallInfo& who) {
    return world
        .RunAs(who, kExplain, test::Parse<v1::ExplainRequest>("reference: 'prod.fraud.model@1'"))
        .value();
  };
  const v1::Explanation mine = explain(world.caller);
  const v1::Explanation hers = explain(eve);
  REQUIRE(hers.graph().nodes_size() == mine.graph().nodes_size());
  CHECK(mine.graph().redacted_count() == 0);
  CHECK(hers.graph().redacted_count() == 1);
  CHECK(hers.graph().edges_size() == mine.graph().edges_size());
  const v1::LineageNode& hidden = *hers.graph().nodes().rbegin();
  CHECK(mine.graph().nodes().rbegin()->reference() == "secret.vault.keys@1");
  CHECK_THAT(hidden.reference(), Catch::Matches("redacted:[0-9a-f]{16}"));
  CHECK(hidden.dataset().kind() == v1::KIND_TABLE);
  CHECK(hers.DebugString().find("secret") == std::string::npos);
  CHECK(hers.DebugString().find("vault") == std::string::npos);
  // The same thing is the same placeholder, whoever asks.
  const v1::Explanation again = explain(world.Somebody("BROWSE on prod"));
  CHECK(again.graph().nodes().rbegin()->reference() == hidden.reference());
  // A run's own record tells it as little.
  v1::GetRunRequest run;
  run.set_id(World::kRun);
  const v1::Run record = world.RunAs(eve, kGetRun, run).value();
  REQUIRE(record.reads_size() == 1);
  CHECK_THAT(record.reads(0).reference(), Catch::StartsWith("redacted:"));
  CHECK(record.writes_size() == 2);
}

TEST_CASE("lists and search hold what the caller may see") {
  World world;
  const CallInfo eve = world.Somebody("BROWSE on prod.fraud.scores");
  const v1::ListAssetsResponse assets =
      world.RunAs(eve, kListAssets, v1::ListAssetsRequest()).value();
  REQUIRE(assets.assets_size() == 1);
  CHECK(assets.assets(0).name() == "prod.fraud.scores");
  const auto hits = [&](const std::string& query) {
    v1::SearchRequest request;
    request.set_query(query);
    return world.RunAs(eve, kSearch, request).value().hits_size();
  };
  CHECK(hits("scores") == 1);
  CHECK(hits("keys") == 0);
  CHECK(hits("secret.vault.keys") == 0);
}

TEST_CASE("what a token may is less than its principal may, and a grant taken back is gone") {
  World world;
  const std::string grants = "USE CATALOG on prod, USE SCHEMA on prod, MODIFY on prod";
  const Question change =
      Ask(kRegisterVersion, "asset: 'prod.fraud.scores' version { digest: 'opaque:t' }");
  const Question read = Ask(kGetAsset, "name: 'prod.fraud.scores'");
  const CallInfo reader = world.Somebody(grants, "read_only: true");
  CHECK(read.ask(world, reader) == "OK");
  CHECK(change.ask(world, reader) == "PERMISSION_DENIED");
  const CallInfo narrow = world.Somebody(grants, "scope { name: 'prod.fraud.model' }");
  CHECK(read.ask(world, narrow) == "PERMISSION_DENIED");
  CHECK(Ask(kGetAsset, "name: 'prod.fraud.model'").ask(world, narrow) == "OK");
  CHECK(Ask(kCreateToken, "token { }").ask(world, narrow) == "PERMISSION_DENIED");

  const CallInfo writer = world.Somebody(grants);
  CHECK(change.ask(world, writer) == "OK");
  world.Ask(kChangeGrants, "securable { name: 'prod' } principal: 'user:p3' remove: 'MODIFY'");
  CHECK(change.ask(world, writer) == "PERMISSION_DENIED");
  CHECK(read.ask(world, writer) == "PERMISSION_DENIED");
}

TEST_CASE("a secret that is shown once is in no kept answer") {
  World world;
  const auto first = world.Ask(kCreateToken, "request_id: 'r' token { comment: 'c' }");
  const auto second = world.Ask(kCreateToken, "request_id: 'r' token { comment: 'c' }");
  CHECK(first.secret().size() == 43);
  CHECK(second.secret().empty());
  CHECK(second.token().id() == first.token().id());
}

}  // namespace
}  // namespace whence::service
