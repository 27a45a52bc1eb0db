// The HTTP door: its emptiest request against the gRPC health check of the same server, and
// GetAsset through REST and Trino's masks of a table with 100 columns against the emptiest request.
#include <string>
#include <vector>

#include "service/access_operations.h"
#include "service/catalog_operations.h"
#include "service/policy_operations.h"
#include "support/calls.h"
#include "support/catalog.h"
#include "support/corridor_call.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/http_load.h"
#include "support/local_server.h"
#include "support/options.h"

namespace whence::bench {
namespace {

constexpr int kCallers = 64;
constexpr double kHealthReach = 0.8;
constexpr double kGetReach = 0.3;
constexpr double kMaskReach = 0.6;
constexpr int kColumns = 100;
constexpr int kMasked = 5;

std::string Get(const std::string& token, const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nhost: whence\r\nauthorization: Bearer " + token + "\r\n\r\n";
}

// What Trino asks before it reads a table: the masks of all its columns.
std::string AskMasks(const std::string& token) {
  std::string body =
      R"({"input":{"context":{"identity":{"user":"reader","groups":[]},"queryId":)"
      R"("20260101_000000_00001_abcde","softwareStack":{"trinoVersion":"476"}},"action":)"
      R"({"operation":"GetColumnMask","filterResources":[)";
  for (int i = 0; i < kColumns; ++i) {
    body += i == 0 ? "" : ",";
    body +=
        R"({"column":{"catalogName":"bench","schemaName":"s","tableName":"wide","columnName":"c)" +
        std::to_string(i) + R"(","columnType":"varchar"}})";
  }
  body += "]}}}";
  return "POST /v1/trino/batch-column-masking HTTP/1.1\r\nhost: whence\r\ncontent-type: "
         "application/json\r\nauthorization: Bearer " +
         token + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A table of that many columns, of which some are masked, and somebody who reads it.
void MakeWideTable(const LocalServer& server, CatalogMaker& maker) {
  maker.Asset("bench.s.wide", v1::KIND_TABLE);
  v1::UpdateAssetRequest update;
  update.mutable_asset()->set_name("bench.s.wide");
  for (int i = 0; i < kColumns; ++i) {
    auto* column = update.mutable_asset()->mutable_detail()->mutable_table()->add_columns();
    column->set_name("c" + std::to_string(i));
    column->set_type("varchar");
  }
  Change(server, service::kUpdateAsset, update);
  v1::CreatePrincipalRequest reader;
  reader.mutable_principal()->set_name("user:reader");
  Change(server, service::kCreatePrincipal, reader);
  v1::ChangeGrantsRequest grant;
  grant.mutable_securable()->set_name("bench");
  grant.set_principal("user:reader");
  for (const char* privilege : {"USE CATALOG", "USE SCHEMA", "SELECT"}) grant.add_add(privilege);
  Change(server, service::kChangeGrants, grant);
  v1::CreatePolicyRequest mask;
  mask.mutable_policy()->set_name("hide");
  mask.mutable_policy()->mutable_securable()->set_name("bench.s");
  mask.mutable_policy()->set_kind(v1::POLICY_KIND_MASK);
  mask.mutable_policy()->mutable_mask()->set_type("last4");
  for (int i = 0; i < kMasked; ++i) mask.mutable_policy()->add_columns("c" + std::to_string(i * 7));
  Change(server, service::kCreatePolicy, mask);
}

void ReportLoop(const std::string& name, std::vector<double> values, std::vector<double> floors,
                double reach) {
  const double value = Median(std::move(values));
  const double floor = Median(std::move(floors));
  Report({.name = name,
          .unit = "calls/s",
          .value = value,
          .floor = floor,
          .ratio = value / floor,
          .reach = reach});
}

void Bench(const Options& options) {
  const TemporaryFolder folder;
  LocalServer server(folder.path());
  const std::string address = server.OpenHttp();
  const auto channel = server.Connect();
  CatalogMaker maker(channel);
  maker.Catalog("bench");
  maker.Schema("bench.s");
  maker.AssetWithVersion("bench.s.table", v1::KIND_TABLE);
  MakeWideTable(server, maker);
  grpc::GenericStub stub(channel);
  const BeginCall health = [&](int, Answered answered) { BeginHealth(stub, std::move(answered)); };
  std::vector<double> checks;
  std::vector<double> pings;
  std::vector<double> gets;
  std::vector<double> masks;
  for (int round = 0; round < options.rounds(); ++round) {
    checks.push_back(RunClosedLoop(kCallers, options.round(), health).calls_per_second);
    pings.push_back(RunHttpLoop(address, Get(server.token(), "/healthz"), kCallers, options.round())
                        .calls_per_second);
    gets.push_back(RunHttpLoop(address, Get(server.token(), "/v1/assets/bench.s.table"), kCallers,
                               options.round())
                       .calls_per_second);
    masks.push_back(
        RunHttpLoop(address, AskMasks(server.token()), kCallers, options.round()).calls_per_second);
  }
  ReportLoop("healthz_64_connections", pings, checks, kHealthReach);
  ReportLoop("rest_get_asset_64_connections", gets, pings, kGetReach);
  ReportLoop("trino_masks_100_columns", masks, pings, kMaskReach);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
