// GetAsset, of assets at random, against the gRPC health check of the same server. In a catalog of
// a thousand assets, or in a large one.
#include <random>
#include <string>
#include <vector>

#include "support/asset_data.h"
#include "support/calls.h"
#include "support/catalog.h"
#include "support/figure.h"
#include "support/folder.h"
#include "support/local_server.h"
#include "support/options.h"

namespace whence::bench {
namespace {

constexpr int kCallers = 64;
constexpr double kReach = 0.8;

// A catalog of the size asked for, or a small one, which is made in `folder`. Returns its data
// folder and sets the names of its assets.
std::string Prepare(const Options& options, const std::string& folder,
                    std::vector<std::string>* names) {
  if (options.data.has_value()) {
    for (size_t i = 0; i < AssetCount(options); ++i) names->push_back(AssetName(i));
    return AssetData(options);
  }
  const LocalServer server(folder);
  CatalogMaker maker(server.Connect());
  maker.Catalog("bench");
  maker.Schema("bench.tables");
  for (int i = 0; i < (options.brief ? 10 : 1000); ++i) {
    names->push_back("bench.tables.table_" + std::to_string(i));
    maker.AssetWithVersion(names->back(), v1::KIND_TABLE);
  }
  return folder;
}

void Bench(const Options& options) {
  const TemporaryFolder folder;
  std::vector<std::string> names;
  const LocalServer server(Prepare(options, folder.path(), &names));
  const auto channel = server.Connect();
  grpc::GenericStub stub(channel);
  std::vector<std::mt19937> random(kCallers);
  for (int i = 0; i < kCallers; ++i) random[static_cast<size_t>(i)].seed(static_cast<unsigned>(i));
  const BeginCall begin = [&](int caller, Answered answered) {
    v1::GetAssetRequest request;
    request.set_name(names[random[static_cast<size_t>(caller)]() % names.size()]);
    BeginUnary<v1::Asset>(stub, "/whence.v1.CatalogService/GetAsset", request, std::move(answered));
  };
  ReportRate("get_asset_64_callers", CompareWithHealth(channel, options, kCallers, begin), kReach);
  const Compared single = CompareWithHealth(channel, options, 1, begin);
  // The same meaning as above: 1 is as fast as a health check.
  Report({.name = "get_asset_single_caller",
          .unit = "us",
          .value = single.value.p50_us,
          .floor = single.floor.p50_us,
          .ratio = single.value.p50_us / single.floor.p50_us,
          .reach = 1 / kReach,
          .better = "lower"});
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
