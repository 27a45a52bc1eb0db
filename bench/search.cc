// Search over a million assets, through the corridor, against the query of SQLite's full-text index
// alone: the same words, ranked, the ids of the first fifty. Words from one that most assets have
// to one that hardly any has; medians over the words.
#include <cstdio>
#include <string>
#include <vector>

#include "service/catalog_operations.h"
#include "support/asset_data.h"
#include "support/corridor_call.h"
#include "support/figure.h"
#include "support/local_server.h"
#include "support/options.h"
#include "support/raw_sqlite.h"
#include "support/timing.h"

namespace whence::bench {
namespace {

constexpr double kReach = 2;
constexpr int kHits = 50;

void Bench(const Options& options) {
  const std::string folder = AssetData(options);
  const LocalServer server(folder);
  const RawDatabase database(folder + "/whence.db", RawDatabase::Mode::kRead);
  RawStatement query(database,
                     "SELECT rowid FROM search_text WHERE search_text MATCH ?1 "
                     "ORDER BY rank LIMIT ?2");
  std::vector<double> values;
  std::vector<double> floors;
  for (const std::string& word : WordsToSearch(options.brief ? 5 : 31)) {
    v1::SearchRequest request;
    request.set_query(word);
    request.set_page_size(kHits);
    // The first time is not counted: both read the index into their caches.
    for (int round = 0; round < 2; ++round) {
      size_t found = 0;
      const std::string expression = "\"" + word + "\"*";  // the last word may be a beginning
      const double floor = SecondsOf([&] {
        query.Bind(1, expression);
        query.Bind(2, int64_t{kHits});
        while (query.Step()) ++found;
        query.Reset();
      });
      const double value = SecondsOf([&] {
        const v1::SearchResponse reply = Ask(server, service::kSearch, request);
        Expect(static_cast<size_t>(reply.hits_size()) == found, "other hits than SQLite's");
      });
      if (round == 0) continue;
      floors.push_back(floor * 1e3);
      values.push_back(value * 1e3);
    }
  }
  std::fprintf(stderr, "  p99: %.3g ms, SQLite alone %.3g ms\n", Quantile(values, 0.99),
               Quantile(floors, 0.99));
  Report({.name = "search_p50",
          .unit = "ms",
          .value = Median(values),
          .floor = Median(floors),
          .ratio = Median(values) / Median(floors),
          .reach = kReach,
          .better = "lower"});
}

}  // namespace
}  // namespace whence::bench

int main(int argc, char** argv) { whence::bench::Bench(whence::bench::ParseOptions(argc, argv)); }
