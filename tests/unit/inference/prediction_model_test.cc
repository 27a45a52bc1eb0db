// Lists against a naive model, with random data.
#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "inference/inference_fixture.h"

namespace whence::inference {
namespace {

using test::At;
using test::InferenceFixture;

// What the model knows of a prediction.
struct Row {
  std::string id;
  int64_t row_id = 0;
  int64_t origin = 0;
  int64_t second = 0;
  Position position = 0;
};

// Purpose: random predictions, and the lists that they ought to give. Thread-safety: one thread.
class World {
 public:
  // More origins than a merge takes, so that both ways of listing are met.
  static constexpr int kOrigins = 1100;

  explicit World(uint32_t seed) : random_(seed) {
    for (int i = 0; i < kOrigins; ++i) parents_.push_back({{Role::kModel, i + 1}});
    CHECK(fixture
              .Do([this](sql::WriteContext& context, const ledger::Change& change) {
                for (const std::vector<Parent>& parents : parents_) {
                  origins_.push_back(InternOrigin(context, change, parents).value());
                }
                return absl::OkStatus();
              })
              .ok());
  }

  int64_t Any(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }

  // Few moments and mostly few origins: many ties.
  void RecordSome() {
    std::vector<Prediction> batch;
    const int64_t count = Any(1, 12);
    for (int64_t i = 0; i < count; ++i) {
      Row row{.id = StrCat("p", rows_.size()),
              .row_id = static_cast<int64_t>(rows_.size()) + 1,
              .origin = AnyOrigin(),
              .second = Any(0, 20),
              .position = fixture.now + 1};
      batch.push_back(InferenceFixture::Make(row.id, row.origin, At(row.second)));
      rows_.push_back(std::move(row));
    }
    REQUIRE(fixture.Insert(batch).ok());
  }

  int64_t AnyOrigin() {
    const int64_t last = Any(0, 9) == 0 ? kOrigins - 1 : 5;
    return origins_[static_cast<size_t>(Any(0, last))];
  }

  std::vector<int64_t> AnyOrigins() {
    if (Any(0, 2) == 0) return origins_;
    std::vector<int64_t> chosen;
    for (int64_t i = Any(0, 80); i > 0; --i) chosen.push_back(AnyOrigin());
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    return chosen;
  }

  // Ids of the list, as the model has it.
  std::string Expected(const ListQuery& query) const {
    std::vector<const Row*> shown;
    for (const Row& row : rows_) {
      const bool wanted =
          !query.origins.has_value() ||
          std::binary_search(query.origins->begin(), query.origins->end(), row.origin);
      const absl::Time start = At(row.second);
      if (wanted && row.position <= query.as_of && start >= query.start_time &&
          start < query.end_time) {
        shown.push_back(&row);
      }
    }
    std::sort(shown.begin(), shown.end(), [](const Row* a, const Row* b) {
      return std::pair(a->second, a->row_id) > std::pair(b->second, b->row_id);
    });
    std::string ids;
    for (const Row* row : shown) StrAppend(&ids, ids.empty() ? "" : " ", row->id);
    return ids;
  }

  InferenceFixture fixture;

 private:
  std::mt19937 random_;
  std::vector<std::vector<Parent>> parents_;
  std::vector<int64_t> origins_;  // ascending
  std::vector<Row> rows_;
};

TEST_CASE("random lists are what a naive model says, whole and in pages") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  World world(seed);
  for (int step = 0; step < 40; ++step) {
    world.RecordSome();
    ListQuery query{.as_of = world.Any(0, world.fixture.now)};
    const std::vector<int64_t> origins = world.AnyOrigins();
    if (world.Any(0, 3) != 0) query.origins = origins;
    if (world.Any(0, 1) == 0) query.start_time = At(world.Any(0, 12));
    if (world.Any(0, 1) == 0) query.end_time = At(world.Any(6, 22));
    CAPTURE(step, query.as_of, origins.size());
    const std::string expected = world.Expected(query);
    REQUIRE(world.fixture.List(query) == expected);
    std::string paged = world.fixture.Pages(query, static_cast<int>(world.Any(1, 9)));
    std::replace(paged.begin(), paged.end(), '|', ' ');
    REQUIRE(paged == expected);
  }
}

}  // namespace
}  // namespace whence::inference
