// The HTTP door: its emptiest request against the gRPC health check of the same server, and
// GetAsset through REST against the emptiest request.
#include <string>
#include <vector>

#include "support/calls.h"
#include "support/catalog.h"
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

std::string Get(const std::string& token, const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nhost: whence\r\nauthorization: Bearer " + token + "\r\n\r\n";
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
  grpc::GenericStub stub(channel);
  const BeginCall health = [&](int, Answered answered) { BeginHealth(stub, std::move(answered)); };
  std::vector<double> checks;
  std::vector<double> pings;
  std::vector<double> gets;
  for (int round = 0; round < options.rounds(); ++round) {
    checks.push_back(RunClosedLoop(kCallers, options.round(), health).calls_per_second);
    pings.push_back(RunHttpLoop(address, Get(server.token(), "/healthz"), kCallers, options.round())
                        .calls_per_second);
    gets.push_back(RunHttpLoop(address, Get(server.token(), "/v1/assets/bench.s.table"), kCallers,
                               options.round())
                       .calls_per_second);
  }
  ReportLoop("healthz_64_connections", pings, checks, kHealthReach);
  ReportLoop("rest_get_asset_64_connections", gets, pings, kGetReach);
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
