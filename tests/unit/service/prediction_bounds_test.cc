// What a prediction may hold: each bound from both sides.
#include <limits>

#include <catch2/catch.hpp>

#include "absl/functional/function_ref.h"
#include "base/limits.h"
#include "service/prediction_convert.h"
#include "support/prediction_fixture.h"

namespace whence::service {
namespace {

using test::PredictionFixture;
using test::ReasonOf;

using Change = absl::FunctionRef<void(v1::Prediction&)>;

// "OK", or the reason and the field of the refusal.
std::string Check(Change change) {
  v1::Prediction prediction = PredictionFixture::Prediction("p");
  change(prediction);
  const absl::Status status = CheckPrediction(prediction);
  return status.ok() ? "OK" : StrCat(ReasonOf(status), " ", GetErrorDetail(status).field);
}

std::string CheckId(std::string_view id) {
  return Check([id](v1::Prediction& p) { p.set_id(std::string(id)); });
}

TEST_CASE("a prediction's id") {
  CHECK(CheckId("") == "OK");
  CHECK(CheckId("answer-42") == "OK");
  CHECK(CheckId(std::string(kMaxPredictionIdBytes, 'x')) == "OK");
  CHECK(CheckId(std::string(kMaxPredictionIdBytes + 1, 'x')) == "PREDICTION_ID_MALFORMED id");
  CHECK(CheckId("a b") == "PREDICTION_ID_MALFORMED id");
  CHECK(CheckId("a\n") == "PREDICTION_ID_MALFORMED id");
  CHECK(CheckId("prediction:a") == "PREDICTION_ID_MALFORMED id");
  CHECK(CheckId("predictions:a") == "OK");
}

TEST_CASE("a prediction's texts") {
  const auto input = [](size_t bytes) {
    return Check([&](v1::Prediction& p) { p.set_input_text(std::string(bytes, 'x')); });
  };
  CHECK(input(kMaxPredictionTextBytes) == "OK");
  CHECK(input(kMaxPredictionTextBytes + 1) == "TEXT_TOO_LONG input_text");
  const auto output = [](size_t bytes) {
    return Check([&](v1::Prediction& p) { p.set_output_text(std::string(bytes, 'x')); });
  };
  CHECK(output(kMaxPredictionTextBytes) == "OK");
  CHECK(output(kMaxPredictionTextBytes + 1) == "TEXT_TOO_LONG output_text");
  const auto error = [](size_t bytes) {
    return Check([&](v1::Prediction& p) { p.set_error_message(std::string(bytes, 'x')); });
  };
  CHECK(error(kMaxErrorMessageBytes) == "OK");
  CHECK(error(kMaxErrorMessageBytes + 1) == "TEXT_TOO_LONG error_message");
  CHECK(Check([](v1::Prediction& p) { p.set_input_text("two\nlines\tand a tab"); }) == "OK");
  CHECK(Check([](v1::Prediction& p) { p.set_input_text(std::string(1, '\0')); }) ==
        "TEXT_HAS_CONTROL_CHARACTER input_text");
}

TEST_CASE("how many parents a prediction has") {
  const auto prompts = [](size_t count) {
    return Check([&](v1::Prediction& p) {
      for (size_t i = 0; i < count; ++i) p.add_prompts("m.s.prompt");
    });
  };
  CHECK(prompts(kMaxPredictionPrompts) == "OK");
  CHECK(prompts(kMaxPredictionPrompts + 1) == "TOO_MANY_ITEMS prompts");
  const auto inputs = [](size_t count) {
    return Check([&](v1::Prediction& p) {
      for (size_t i = 0; i < count; ++i) p.add_inputs("m.s.table");
    });
  };
  CHECK(inputs(kMaxPredictionInputs) == "OK");
  CHECK(inputs(kMaxPredictionInputs + 1) == "TOO_MANY_ITEMS inputs");
  const auto retrieved = [](size_t count) {
    return Check([&](v1::Prediction& p) {
      for (size_t i = 0; i < count; ++i) p.add_retrieved()->set_index("m.s.index");
    });
  };
  CHECK(retrieved(kMaxRetrievedItems) == "OK");
  CHECK(retrieved(kMaxRetrievedItems + 1) == "TOO_MANY_ITEMS retrieved");
  CHECK(Check([](v1::Prediction& p) { p.clear_model(); }) == "PREDICTION_WITHOUT_PARENT model");
}

// Checks a second retrieved item, after one that is right.
std::string CheckItem(absl::FunctionRef<void(v1::RetrievedItem&)> change) {
  return Check([&](v1::Prediction& p) {
    p.add_retrieved()->set_index("m.s.index");
    v1::RetrievedItem* item = p.add_retrieved();
    item->set_index("m.s.index");
    change(*item);
  });
}

TEST_CASE("a retrieved item") {
  using Item = v1::RetrievedItem;
  CHECK(CheckItem([](Item& i) { i.set_item_id(std::string(kMaxItemIdBytes, 'x')); }) == "OK");
  CHECK(CheckItem([](Item& i) { i.set_item_id(std::string(kMaxItemIdBytes + 1, 'x')); }) ==
        "TEXT_TOO_LONG retrieved[1].item_id");
  CHECK(CheckItem([](Item& i) { i.set_source_location(std::string(kMaxItemIdBytes, 'x')); }) ==
        "OK");
  CHECK(CheckItem([](Item& i) { i.set_source_location(std::string(kMaxItemIdBytes + 1, 'x')); }) ==
        "TEXT_TOO_LONG retrieved[1].source_location");
  CHECK(CheckItem([](Item& i) { i.set_excerpt(std::string(kMaxExcerptBytes, 'x')); }) == "OK");
  CHECK(CheckItem([](Item& i) { i.set_excerpt(std::string(kMaxExcerptBytes + 1, 'x')); }) ==
        "TEXT_TOO_LONG retrieved[1].excerpt");
  CHECK(CheckItem([](Item& i) { i.clear_index(); }) == "REFERENCE_MISSING retrieved[1].index");
  CHECK(CheckItem([](Item& i) { i.set_score(-1e300); }) == "OK");
  CHECK(CheckItem([](Item& i) { i.set_score(std::numeric_limits<double>::infinity()); }) ==
        "NUMBER_NOT_FINITE retrieved[1].score");
  CHECK(CheckItem([](Item& i) { i.set_score(std::numeric_limits<double>::quiet_NaN()); }) ==
        "NUMBER_NOT_FINITE retrieved[1].score");
}

TEST_CASE("a prediction's numbers") {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const auto all = [](int64_t value) {
    return Check([&](v1::Prediction& p) {
      p.set_latency_us(value);
      p.set_input_tokens(value);
      p.set_output_tokens(value);
      p.set_cost_micros(value);
    });
  };
  CHECK(all(0) == "OK");
  CHECK(all(kMost) == "OK");
  CHECK(Check([](v1::Prediction& p) { p.set_latency_us(-1); }) == "NUMBER_NEGATIVE latency_us");
  CHECK(Check([](v1::Prediction& p) { p.set_input_tokens(-1); }) == "NUMBER_NEGATIVE input_tokens");
  CHECK(Check([](v1::Prediction& p) { p.set_output_tokens(-1); }) ==
        "NUMBER_NEGATIVE output_tokens");
  CHECK(Check([](v1::Prediction& p) { p.set_cost_micros(-1); }) == "NUMBER_NEGATIVE cost_micros");
}

TEST_CASE("a prediction's words") {
  const auto currency = [](const char* code) {
    return Check([&](v1::Prediction& p) { p.set_currency(code); });
  };
  CHECK(currency("EUR") == "OK");
  CHECK(currency("") == "OK");
  CHECK(currency("eur") == "CURRENCY_MALFORMED currency");
  CHECK(currency("EURO") == "CURRENCY_MALFORMED currency");
  const auto status = [](int value) {
    return Check(
        [&](v1::Prediction& p) { p.set_status(static_cast<v1::PredictionStatus>(value)); });
  };
  CHECK(status(v1::PREDICTION_STATUS_BLOCKED) == "OK");
  CHECK(status(4) == "STATUS_UNKNOWN status");
  CHECK(status(-1) == "STATUS_UNKNOWN status");
  const auto run = [](const char* id) {
    return Check([&](v1::Prediction& p) { p.set_run_id(id); });
  };
  CHECK(run("0190A5C2-0000-7000-8000-000000000000") == "OK");
  CHECK(run("run-1") == "RUN_ID_MALFORMED run_id");
  const auto digest = [](const char* text) {
    return Check([&](v1::Prediction& p) { p.set_output_digest(text); });
  };
  CHECK(digest("opaque:x") == "OK");
  CHECK(digest("sha256:12") == "DIGEST_MALFORMED output_digest");
  CHECK(Check([](v1::Prediction& p) { p.set_input_digest("x"); }) ==
        "DIGEST_MALFORMED input_digest");
}

TEST_CASE("a prediction's time and properties") {
  CHECK(Check([](v1::Prediction& p) { p.mutable_start_time()->set_seconds(253402300799); }) ==
        "OK");
  CHECK(Check([](v1::Prediction& p) { p.mutable_start_time()->set_seconds(253402300800); }) ==
        "TIME_OUT_OF_RANGE start_time");
  CHECK(Check([](v1::Prediction& p) { p.mutable_start_time()->set_nanos(1'000'000'000); }) ==
        "TIME_OUT_OF_RANGE start_time");
  const auto properties = [](size_t count) {
    return Check([&](v1::Prediction& p) {
      for (size_t i = 0; i < count; ++i) (*p.mutable_properties())[StrCat(i)] = "x";
    });
  };
  CHECK(properties(kMaxProperties) == "OK");
  CHECK(properties(kMaxProperties + 1) == "TOO_MANY_PROPERTIES properties");
}

TEST_CASE("the largest times and numbers come back") {
  PredictionFixture fixture;
  v1::Prediction prediction = PredictionFixture::Prediction("p");
  prediction.mutable_start_time()->set_seconds(-62135596800);  // year 1
  prediction.set_latency_us(std::numeric_limits<int64_t>::max());
  prediction.set_run_id("0190A5C2-0000-7000-8000-000000000000");
  const v1::Prediction answered = fixture.Record(prediction).value();
  CHECK(answered.start_time().seconds() == -62135596800);
  CHECK(answered.latency_us() == std::numeric_limits<int64_t>::max());
  CHECK(answered.run_id() == "0190a5c2-0000-7000-8000-000000000000");
  prediction = PredictionFixture::Prediction("q");
  prediction.mutable_start_time()->set_seconds(253402300799);
  prediction.mutable_start_time()->set_nanos(999'999'999);
  CHECK(fixture.Record(prediction)->start_time().nanos() == 999'999'000);
  CHECK(fixture.List() == "q p");
}

}  // namespace
}  // namespace whence::service
