#include "inference/prediction.h"

#include <catch2/catch.hpp>

#include "inference/inference_fixture.h"

namespace whence::inference {
namespace {

using test::At;
using test::InferenceFixture;
using test::ReasonOf;

TEST_CASE("a prediction comes back as it was recorded") {
  InferenceFixture fixture;
  const int64_t origin = fixture.Intern({{Role::kModel, 1}});
  Prediction prediction{.row_id = 99,  // not taken
                        .id = "p-1",
                        .origin_id = origin,
                        .run_uuid = "0190a5c2-0000-7000-8000-000000000000",
                        .status = 2,
                        .start_time = At(5) + absl::Microseconds(7),
                        .latency_us = 1,
                        .input_tokens = 2,
                        .output_tokens = 3,
                        .cost_micros = 4,
                        .currency = "EUR",
                        .error_message = "too\nlate",
                        .input_digest = "opaque:in",
                        .output_digest = "opaque:out",
                        .input_text = "\xC3\xA4",
                        .output_text = {},
                        .attributes = std::string("\0\xFF", 2),
                        .content_digest = std::string(32, '\0'),
                        .recorder = "nobody"};
  REQUIRE(fixture.Insert({prediction}).ok());

  prediction.row_id = 1;
  prediction.recorder = "user:ana";
  prediction.create_time = fixture.database.clock.Now();
  prediction.position = fixture.now;
  CHECK(GetPrediction(fixture.reader(), fixture.now, "p-1").value() == prediction);
  CHECK(CountPredictions(fixture.reader()).value() == 1);
}

TEST_CASE("an empty text is told from none") {
  InferenceFixture fixture;
  Prediction prediction = fixture.Make("p-1", fixture.Intern({}), At(0));
  prediction.input_text = "";
  REQUIRE(fixture.Insert({prediction}).ok());
  const Prediction stored = GetPrediction(fixture.reader(), fixture.now, "p-1").value();
  CHECK(stored.input_text == "");
  CHECK(stored.output_text == std::nullopt);
}

TEST_CASE("an id says the same for ever") {
  InferenceFixture fixture;
  const std::string digest(32, 'a');
  Prediction prediction = fixture.Make("p-1", fixture.Intern({}), At(0));
  prediction.content_digest = digest;
  CHECK(FindPrediction(fixture.reader(), "p-1", digest).value() == Known::kNo);
  REQUIRE(fixture.Insert({prediction}).ok());
  CHECK(FindPrediction(fixture.reader(), "p-1", digest).value() == Known::kSame);
  CHECK(FindPrediction(fixture.reader(), "p-1", std::string(32, 'b')).value() == Known::kAnother);
  CHECK(FindPrediction(fixture.reader(), "P-1", digest).value() == Known::kNo);
  CHECK(ReasonOf(fixture.Insert({prediction})) == "SQL_CONSTRAINT");
  const absl::Status conflict = PredictionAlreadyExists("p-1");
  CHECK(conflict.code() == absl::StatusCode::kAlreadyExists);
  CHECK(ReasonOf(conflict) == "PREDICTION_ALREADY_EXISTS");
}

TEST_CASE("a prediction is not there before its position") {
  InferenceFixture fixture;
  const int64_t origin = fixture.Intern({});
  REQUIRE(fixture.Insert("p-1", origin, At(0)).ok());
  CHECK(GetPrediction(fixture.reader(), fixture.now, "p-1").ok());
  const auto before = GetPrediction(fixture.reader(), fixture.now - 1, "p-1");
  CHECK(ReasonOf(before.status()) == "PREDICTION_NOT_FOUND");
  CHECK(before.status().code() == absl::StatusCode::kNotFound);
  CHECK(ReasonOf(GetPrediction(fixture.reader(), fixture.now, "p-2").status()) ==
        "PREDICTION_NOT_FOUND");
}

TEST_CASE("what derives from nodes is counted once, as of a position") {
  InferenceFixture fixture;
  const int64_t a = fixture.Intern({{Role::kModel, 1}, {Role::kPrompt, 2}});
  const int64_t b = fixture.Intern({{Role::kModel, 1}, {Role::kInput, 1}});
  const int64_t c = fixture.Intern({{Role::kModel, 3}});
  REQUIRE(fixture
              .Insert({fixture.Make("a1", a, At(1)), fixture.Make("a2", a, At(2)),
                       fixture.Make("b1", b, At(3))})
              .ok());
  const Position then = fixture.now;
  REQUIRE(fixture.Insert({fixture.Make("b2", b, At(0)), fixture.Make("c1", c, At(0))}).ok());

  const auto count = [&](std::vector<int64_t> nodes, Position as_of) {
    return CountDerived(fixture.reader(), as_of, nodes).value();
  };
  CHECK(count({1}, fixture.now) == 4);
  CHECK(count({1, 2, 1}, fixture.now) == 4);  // by several parents of one origin: still once
  CHECK(count({2}, fixture.now) == 2);
  CHECK(count({1, 3}, fixture.now) == 5);
  CHECK(count({1, 3}, then) == 3);
  CHECK(count({1}, then - 1) == 0);
  CHECK(count({99}, fixture.now) == 0);
  CHECK(count({}, fixture.now) == 0);
  CHECK(CountPredictions(fixture.reader()).value() == 5);
}

}  // namespace
}  // namespace whence::inference
