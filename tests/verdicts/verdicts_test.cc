// Through every API that can answer, in worlds that grow and change: the verdict is the naive
// evaluator's. What fails prints the world; WHENCE_MODEL_SEED is where to begin again.
#include <cstdlib>
#include <map>
#include <optional>

#include <catch2/catch.hpp>

#include "ask.h"
#include "support/sanitizer.h"
#include "support/soak.h"

namespace whence::verdicts {
namespace {

using whence::test::ModelSeeds;
using whence::test::Sanitized;
using whence::test::SoakTime;

constexpr int kWorlds = 30;
constexpr int kSteps = 25;

struct Asked {
  Tally tally;
  int64_t least;  // verdicts that `make test` hears
};
using Asks = std::map<std::string, Asked>;

void AskEverything(RandomWorld& world, Asks& asks) {
  AskDecide(world, 600, asks.at("decide").tally);
  AskDecideInThePast(world, 100, asks.at("decide").tally);
  AskEffective(world, 20, asks.at("effective").tally);
  AskAssetAccess(world, asks.at("asset access").tally);
  AskLists(world, 6, asks.at("lists").tally);
  AskLineage(world, 4, asks.at("lineage").tally);
  AskAuthzen(world, 200, asks.at("AuthZEN").tally);
  AskTrino(world, 3, asks.at("Trino").tally);
}

TEST_CASE("a million questions: every API gives the verdict of a naive evaluator", "[verdicts]") {
  Asks asks = {{"decide", {{}, 400'000}},     {"effective", {{}, 100'000}},
               {"lists", {{}, 60'000}},       {"lineage", {{}, 40'000}},
               {"AuthZEN", {{}, 100'000}},    {"Trino", {{}, 100'000}},
               {"asset access", {{}, 40'000}}};
  ModelSeeds seeds("verdicts", 1, Sanitized() ? kWorlds / 10 : kWorlds);
  while (const std::optional<uint64_t> seed = seeds.Next()) {
    RandomWorld world(*seed);
    for (int step = 0; step < kSteps; ++step) {
      world.Step();
      AskEverything(world, asks);
    }
  }
  int64_t all = 0;
  for (const auto& [api, asked] : asks) {
    const Tally& tally = asked.tally;
    all += tally.questions();
    WARN(api << ": " << tally.questions() << " questions, " << tally.yes << " yes, " << tally.no
             << " no, " << tally.masked << " masked, " << tally.refused << " refused");
    const bool masks =
        api == "decide" || api == "AuthZEN" || api == "Trino" || api == "asset access";
    CHECK(std::min(tally.yes, tally.no) > 0);
    // In a tenth of the worlds nobody need meet a deny and have no other privilege left.
    CHECK((tally.refused > 0 || Sanitized()));
    CHECK((tally.masked > 0) == masks);
    if (SoakTime::Soaking()) continue;  // as many as there is time for
    CHECK(tally.questions() >= (Sanitized() ? asked.least / 10 : asked.least));
  }
  if (!SoakTime::Soaking()) CHECK(all >= (Sanitized() ? 100'000 : 1'000'000));
}

}  // namespace
}  // namespace whence::verdicts
