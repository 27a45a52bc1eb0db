// ListAssets: page 1,000 of a million assets against the first page, a thousand assets each,
// through the corridor. The pages are stable and by name, so the last one is found by its token
// alone. And the whole list of somebody who sees a thousand of the million, here and there, against
// a page of as many of somebody who sees all.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "service/catalog_operations.h"
#include "support/asset_data.h"
#include "support/corridor_call.h"
#include "support/figure.h"
#include "support/local_server.h"
#include "support/options.h"
#include "support/timing.h"

namespace whence::bench {
namespace {

constexpr double kReach = 1.5;
constexpr double kReachVisible = 2;

v1::ListAssetsRequest PageRequest(const Options& options, const std::string& token) {
  v1::ListAssetsRequest request;
  request.set_parent(kAssetSchema);
  request.set_page_size(options.brief ? 100 : 1000);
  request.set_page_token(token);
  return request;
}

// The token of the last full page, behind all others.
std::string LastPage(const LocalServer& server, const Options& options) {
  std::string last;
  std::string next;
  size_t pages = 0;
  size_t assets = 0;
  const double seconds = SecondsOf([&] {
    do {
      last = next;
      const v1::ListAssetsResponse page =
          Ask(server, service::kListAssets, PageRequest(options, last));
      next = page.next_page_token();
      assets += static_cast<size_t>(page.assets_size());
      ++pages;
    } while (!next.empty());
  });
  Expect(assets == AssetCount(options), "assets are missing in the list");
  std::fprintf(stderr, "  %zu assets on %zu pages, all of them in %.2f s\n", assets, pages,
               seconds);
  return last;
}

void BenchVisible(const Options& options, const LocalServer& server, const std::string& reader) {
  v1::ListAssetsRequest request;
  request.set_parent(kAssetSchema);
  request.set_page_size(static_cast<int32_t>(SeenAssetCount(options)));
  std::vector<double> alls;
  std::vector<double> fews;
  for (int i = 0; i < (options.brief ? 3 : 101); ++i) {
    for (auto& [token, times] : {std::pair{server.token(), &alls}, std::pair{reader, &fews}}) {
      times->push_back(1e3 * SecondsOf([&] {
                         const auto page = AskAs(server, token, service::kListAssets, request);
                         Expect(page.assets_size() == request.page_size(), "the page is not full");
                         Expect((token == reader) == page.next_page_token().empty(),
                                "the reader's page is not the only one, or the owner's is");
                       }));
    }
  }
  Report({.name = "list_1000_visible",
          .unit = "ms",
          .value = Median(fews),
          .floor = Median(alls),
          .ratio = Median(fews) / Median(alls),
          .reach = kReachVisible,
          .better = "lower"});
}

void Bench(const Options& options) {
  const std::string folder = AssetData(options);
  const LocalServer server(folder);
  BenchVisible(options, server, ReaderToken(folder));
  const std::string last = LastPage(server, options);
  std::vector<double> firsts;
  std::vector<double> lasts;
  for (int i = 0; i < (options.brief ? 3 : 101); ++i) {
    for (auto& [token, times] : {std::pair{std::string(), &firsts}, std::pair{last, &lasts}}) {
      const v1::ListAssetsRequest request = PageRequest(options, token);
      times->push_back(1e3 * SecondsOf([&] {
                         const auto page = Ask(server, service::kListAssets, request);
                         Expect(page.assets_size() == request.page_size(), "the page is not full");
                       }));
    }
  }
  Report({.name = "list_page_1000",
          .unit = "ms",
          .value = Median(lasts),
          .floor = Median(firsts),
          .ratio = Median(lasts) / Median(firsts),
          .reach = kReach,
          .better = "lower"});
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
