#include "rpc/world.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/assert.h"
#include "base/limits.h"
#include "base/strings.h"
#include "rpc/call.h"
#include "rpc/operations.h"
#include "sql/connection.h"
#include "whence/v1/access.pb.h"
#include "whence/v1/policy.pb.h"

namespace whence::fuzz {
namespace {

constexpr const char* kHistory[] = {
    R"(RegisterVersion: asset: "prod.raw.users" version { digest: "opaque:1" detail { table {
       columns { name: "id" type: "BIGINT" } columns { name: "email" type: "STRING" } } } })",
    R"(RegisterVersion: asset: "prod.ml.model" version { digest: "opaque:1" detail { model {
       framework: "xgboost" metrics { key: "auc" value: 0.9 } } } })",
    R"(RegisterVersion: asset: "prod.ml.prompt" version { detail { prompt {
       template: "Answer {{ question }}" variables: "question" } } })",
    R"(RegisterVersion: asset: "prod.ml.index" version { digest: "opaque:1" })",
    R"(SetAlias: asset: "prod.ml.model" alias: "champion" version: 1)",
    R"(SetTags: reference: "prod.raw.users#email" set { key: "pii" value: "email" })",
    R"(AttachDatasetIdentity: identity { namespace: "s3://lake" name: "raw/users"
       asset: "prod.raw.users" })",
    R"(RecordRun: run { id: "0192f3a4-5b6c-7d8e-9f00-112233445566" job: "prod.ml.job"
       reads { reference: "prod.raw.users@1" } writes { reference: "prod.raw.clean"
       version { digest: "opaque:2" } } column_mappings { column: "prod.raw.clean#email" sources {
       column: "prod.raw.users#email" transformation: TRANSFORMATION_TYPE_IDENTITY
       masking: true } } })",
    R"(RecordRun: run { job: "prod.ml.job" reads { reference: "prod.raw.clean@1" }
       writes { reference: "prod.ml.model" version { digest: "opaque:2" } } })",
    R"(RecordEdges: edges { source: "prod.raw.clean" target: "prod.raw.report" })",
    R"(RecordPredictions: predictions { id: "p-1" model: "prod.ml.model@2"
       prompts: "prod.ml.prompt@1" retrieved { index: "prod.ml.index@1" item_id: "7"
       source: "prod.raw.users@1" } } predictions { id: "p-2" endpoint: "prod.ml.endpoint"
       model: "prod.ml.model@champion" run_id: "0192f3a4-5b6c-7d8e-9f00-112233445566" })",
    R"(CreatePrincipal: principal { name: "user:bob" display_name: "Bob" emails: "bob@x.org" })",
    R"(CreatePrincipal: principal { name: "svc:loader" external_id: "42" })",
    R"(CreatePrincipal: principal { name: "group:team" })",
    R"(AddMember: group: "group:team" member: "user:bob")",
    R"(CreateToken: token { principal: "svc:loader" read_only: true scope { name: "prod" } })",
    R"(ChangeGrants: securable { name: "prod" } principal: "group:team" add: "USE CATALOG"
       add: "USE SCHEMA" add: "SELECT")",
    R"(ChangeGrants: securable { name: "prod.ml.model" } principal: "svc:loader" add: "EXECUTE")",
    R"(CreateTagDefinition: definition { key: "class" values: "secret" values: "open"
       propagates: true })",
    R"(SetTags: reference: "prod.raw.users#id" set { key: "class" value: "secret" })",
    R"(Declassify: reference: "prod.raw.clean#email" key: "class" comment: "hashed")",
    R"(CreatePolicy: policy { name: "mask-email" securable { name: "prod" }
       kind: POLICY_KIND_MASK to: "group:team" column_tags { all: "pii=email" }
       mask { type: "hash" salt: "pepper" } priority: 1 })",
    R"(CreatePolicy: policy { name: "rows" securable { name: "prod.raw.users" }
       kind: POLICY_KIND_FILTER except: "svc:loader" filter { conditions: "id = 1" } })",
    R"(CreatePolicy: policy { name: "no-predicting" securable { name: "prod.ml.model" }
       kind: POLICY_KIND_DENY to: "user:bob" privileges: "EXECUTE" })"};

constexpr const char* kQuestions[] = {
    "ListCatalogs: page_size: 1000 show_deleted: true",
    "ListSchemas: page_size: 1000 show_deleted: true",
    "ListAssets: page_size: 1000 show_deleted: true", "ListRuns: page_size: 1000",
    "ListDeclarations: page_size: 1000", "ListPredictions: page_size: 1000",
    "GetLineage: reference: \"prod.raw.users\" direction: DIRECTION_BOTH",
    "GetLineage: reference: \"prod.raw.users\" direction: DIRECTION_BOTH grain: GRAIN_ASSET",
    "GetLineage: reference: \"prod.raw.users#email\" direction: DIRECTION_DOWNSTREAM",
    "GetLineage: reference: \"prod.ml.model@1\" direction: DIRECTION_UPSTREAM",
    "Explain: reference: \"prediction:p-1\"",
    "Impact: reference: \"prod.raw.users\" show_paths: true", "Search: query: \"prod\"",
    "Search: query: \"users\"", "ListPrincipals: page_size: 1000",
    "ListGrants: principal: \"group:team\" page_size: 1000",
    "GetMetastore:", "ListPolicies: page_size: 1000", "ListTagDefinitions: page_size: 1000",
    "ListDeclassifications: page_size: 1000",
    "GetEffectiveTags: reference: \"prod.raw.clean\" columns: true",
    "GetEffectivePrivileges: principal: \"user:bob\" securable { name: \"prod.ml.model\" }",
    // Not Decide: that it denies would be an entry.
    "ExplainAccess: principal: \"user:bob\" privilege: \"SELECT\""
    " securable { name: \"prod.raw.users\" }",
    "CompileView: principal: \"user:bob\" dialect: SQL_DIALECT_DUCKDB"
    " securable { name: \"prod.raw.users\" }"};

void CheckSound(const std::string& folder) {
  auto connection = sql::Connection::Open(folder + "/whence.db", {.read_only = true});
  WHENCE_ASSERT(connection.ok());
  static constexpr sql::Query kIntegrity{"SELECT integrity_check FROM pragma_integrity_check"};
  static constexpr sql::Query kForeignKeys{"SELECT count(*) FROM pragma_foreign_key_check"};
  sql::Rows integrity = (*connection)->Run(kIntegrity);
  WHENCE_ASSERT(integrity.Next() && integrity.Text(0) == "ok");
  sql::Rows keys = (*connection)->Run(kForeignKeys);
  WHENCE_ASSERT(keys.Next() && keys.Int64(0) == 0);
}

}  // namespace

std::unique_ptr<test::HouseFixture> MakeWorld() {
  // Nothing here has to survive the machine: a sync that writes to disk would only cost time.
  if (std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0) {
    setenv("TMPDIR", "/dev/shm", 0);
  }
  auto house = std::make_unique<test::HouseFixture>();
  const std::pair<const char*, v1::Kind> assets[] = {
      {"prod.raw.users", v1::KIND_TABLE},      {"prod.raw.clean", v1::KIND_TABLE},
      {"prod.raw.report", v1::KIND_VIEW},      {"prod.ml.model", v1::KIND_MODEL},
      {"prod.ml.prompt", v1::KIND_PROMPT},     {"prod.ml.index", v1::KIND_INDEX},
      {"prod.ml.endpoint", v1::KIND_ENDPOINT}, {"prod.ml.job", v1::KIND_JOB},
      {"dev.raw.users", v1::KIND_TABLE}};
  for (const auto& [name, kind] : assets) house->Asset(name, kind);
  for (const char* text : kHistory) {
    const std::optional<RpcCall> call = ParseCall(text);
    WHENCE_ASSERT(call.has_value());
    const Outcome outcome = call->operation->run(*house, *call->request);
    if (!outcome.status.ok()) std::fprintf(stderr, "%s\n", outcome.status.ToString().c_str());
    WHENCE_ASSERT(outcome.status.ok());
  }
  return house;
}

std::string ViewOf(test::HouseFixture& house) {
  std::string view;
  for (const char* text : kQuestions) {
    const std::optional<RpcCall> call = ParseCall(text);
    WHENCE_ASSERT(call.has_value());
    const Outcome outcome = call->operation->run(house, *call->request);
    StrAppend(&view, text, "\n", outcome.status.ToString(), "\n",
              outcome.reply == nullptr ? "" : outcome.reply->DebugString());
  }
  return view;
}

bool IsOpen(test::HouseFixture& house) {
  const auto ask = [&house](const char* text) {
    const std::optional<RpcCall> call = ParseCall(text);
    WHENCE_ASSERT(call.has_value());
    return call->operation->run(house, *call->request);
  };
  const Outcome me = ask("WhoAmI:");
  if (!me.status.ok()) return false;
  const auto& who = static_cast<const v1::WhoAmIResponse&>(*me.reply);
  if (!who.metastore_admin() || who.principal().max_calls_per_second() != 0) return false;
  for (const char* privilege : {"SELECT", "MODIFY", "EXECUTE", "MANAGE", "APPLY TAG"}) {
    const Outcome may = ask(StrCat("Decide: privilege: \"", privilege, "\" securable { name: ",
                                   privilege[0] == 'E' ? "\"prod.ml\"" : "\"prod.raw\"", " }")
                                .c_str());
    // It may have another name by now.
    if (!may.status.ok() && !absl::IsNotFound(may.status)) return false;
    if (may.status.ok() && !static_cast<const v1::Decision&>(*may.reply).allowed()) return false;
  }
  return true;
}

namespace {

// What is counted of refused calls, and waits of decisions, is written: at the end it would be, and
// takes a position.
void Settle(test::HouseFixture& house) {
  house.clock.Advance(kMaxDenialWindow);
  const std::optional<RpcCall> any = ParseCall("WhoAmI:");
  WHENCE_ASSERT(any.has_value());
  any->operation->run(house, *any->request);
  for (int i = 0; i < 2; ++i) {
    const auto nothing = [](sql::WriteContext&) { return absl::OkStatus(); };
    WHENCE_ASSERT(house.house().writer().RunAndWait(nothing).ok());
  }
}

}  // namespace

void CheckReopen(test::HouseFixture& house) {
  bool open = IsOpen(house);  // else what it is told may depend on how often it asked
  Settle(house);
  const Position settled = house.position();
  const std::string before = open ? ViewOf(house) : "";
  Settle(house);
  const Position position = house.position();
  open = open && position == settled;  // nothing of it was refused
  house.Close();
  CheckSound(house.folder());
  house.Open();
  // A caller that is refused everything is counted to the end.
  for (Position more = position + 1; more <= house.position(); ++more) {
    const sql::Lease lease = house.house().readers().Acquire().value();
    const auto entry = house.house().ledger().GetEntry(lease.connection(), more);
    WHENCE_ASSERT(entry.ok() && entry->kind == ledger::EntryKind::kDenied);
  }
  if (!open) return;
  const std::string after = ViewOf(house);
  if (after != before)
    std::fprintf(stderr, "before:\n%s\nafter:\n%s\n", before.c_str(), after.c_str());
  WHENCE_ASSERT(after == before);
}

}  // namespace whence::fuzz
