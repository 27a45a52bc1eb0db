#include "rpc/world.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/assert.h"
#include "base/strings.h"
#include "rpc/call.h"
#include "rpc/operations.h"
#include "sql/connection.h"

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
       model: "prod.ml.model@champion" run_id: "0192f3a4-5b6c-7d8e-9f00-112233445566" })"};

constexpr const char* kQuestions[] = {
    "ListCatalogs: page_size: 1000 show_deleted: true",
    "ListSchemas: page_size: 1000 show_deleted: true",
    "ListAssets: page_size: 1000 show_deleted: true",
    "ListRuns: page_size: 1000",
    "ListDeclarations: page_size: 1000",
    "ListPredictions: page_size: 1000",
    "GetLineage: reference: \"prod.raw.users\" direction: DIRECTION_BOTH",
    "GetLineage: reference: \"prod.raw.users\" direction: DIRECTION_BOTH grain: GRAIN_ASSET",
    "GetLineage: reference: \"prod.raw.users#email\" direction: DIRECTION_DOWNSTREAM",
    "GetLineage: reference: \"prod.ml.model@1\" direction: DIRECTION_UPSTREAM",
    "Explain: reference: \"prediction:p-1\"",
    "Impact: reference: \"prod.raw.users\" show_paths: true",
    "Search: query: \"prod\"",
    "Search: query: \"users\""};

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

void CheckReopen(test::HouseFixture& house) {
  const std::string before = ViewOf(house);
  const Position position = house.position();
  house.Close();
  CheckSound(house.folder());
  house.Open();
  WHENCE_ASSERT(house.position() == position);
  const std::string after = ViewOf(house);
  if (after != before)
    std::fprintf(stderr, "before:\n%s\nafter:\n%s\n", before.c_str(), after.c_str());
  WHENCE_ASSERT(after == before);
}

}  // namespace whence::fuzz
