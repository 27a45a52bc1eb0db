// What operations need of their callers: exactly the grants that docs/privileges.md names are
// enough, and what may not be seen is not given away.
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "support/questions.h"

namespace whence::service {
namespace {

using test::kAnaRun;
using test::ReasonOf;
using test::World;

// An operation of the corridor, and how it ends for a caller.
struct Question {
  std::string operation;
  std::function<std::string(World&, const CallInfo&)> ask;
};

template <class Request, class Response, template <class, class> class Operation>
Question Ask(const Operation<Request, Response>& operation, const std::string& text) {
  return {std::string(operation.name),
          [&operation, request = test::Parse<Request>(text)](World& world, const CallInfo& who) {
            const auto answer = world.RunAs(who, operation, request);
            return answer.ok() ? test::ContentOf(*answer) : ReasonOf(answer.status());
          }};
}

// That everybody else is refused is asked through the doors: grpc/route_sweep_test and
// http/route_sweep_test, with the questions of support/questions.h.
TEST_CASE("docs/privileges.md says of every operation that there is what it needs") {
  const char* const root = std::getenv("WHENCE_SOURCE_DIR");
  REQUIRE(root != nullptr);  // set by ctest
  std::set<std::string> described;
  std::ifstream page(StrCat(root, "/docs/privileges.md"));
  std::string line;
  while (std::getline(page, line) && line != "## Operations") {
  }
  while (std::getline(page, line)) {
    if (!line.starts_with("| ") || line.starts_with("| operation ")) continue;
    const std::string cell = line.substr(2, line.find(" |", 2) - 2);
    for (const std::string& name : std::vector<std::string>(absl::StrSplit(cell, ", "))) {
      INFO(name);
      CHECK(described.insert(name).second);
    }
  }
  std::set<std::string> served;
  for (const test::Question& question : test::AllQuestions()) served.insert(question.operation);
  CHECK(described == served);
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
      {"MANAGE on metastore", Ask(kListEntries, "actor: 'user:ana'")},
      {"MANAGE on metastore", Ask(kGetEntry, "position: 1")},
      {"MANAGE on metastore", Ask(kGetProof, "position: 1")},
      {gates + ", SELECT on prod.fraud.model", Ask(kGetProof, "prediction: 'p'")},
      {"MANAGE on metastore", Ask(kGetTile, "path: 'tile/entries/000.p/1'")},
      {"BROWSE on prod.fraud", Ask(kCertify, "reference: 'prod.fraud.scores'")},
      {"MANAGE on metastore", Ask(kErase, "prediction: 'p'")},
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
