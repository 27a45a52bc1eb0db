// ListPredictions.
#include <algorithm>
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "service/lineage_operations.h"
#include "support/prediction_fixture.h"

namespace whence::service {
namespace {

using test::PredictionFixture;
using test::ReasonOf;

v1::ListPredictionsRequest Filter(std::string_view filter) {
  v1::ListPredictionsRequest request;
  request.set_filter(std::string(filter));
  return request;
}

TEST_CASE("predictions are listed by endpoint, model and prompt") {
  PredictionFixture fixture;
  fixture.Alias("m.s.model", "champion", 2);
  v1::Prediction a = PredictionFixture::At("a", 1, "m.s.model@1");
  v1::Prediction b = PredictionFixture::At("b", 2, "m.s.model@2");
  b.set_endpoint("m.s.endpoint");
  v1::Prediction c = PredictionFixture::At("c", 3, "m.s.model@1");
  c.add_prompts("m.s.prompt");
  v1::Prediction d = PredictionFixture::At("d", 4, "m.s.model@2");
  d.add_prompts("m.s.prompt");
  d.set_endpoint("m.s.endpoint");
  REQUIRE(fixture.Batch({a, b, c, d})->accepted_count() == 4);

  const auto list = [&](const char* endpoint, const char* model, const char* prompt) {
    v1::ListPredictionsRequest request;
    request.set_endpoint(endpoint);
    request.set_model(model);
    request.set_prompt(prompt);
    return fixture.Pages(request);
  };
  CHECK(list("", "", "") == "d c b a");
  CHECK(list("", "m.s.model", "") == "d c b a");
  CHECK(list("", "m.s.model@1", "") == "c a");
  CHECK(list("", "m.s.model@champion", "") == "d b");
  CHECK(list("", "", "m.s.prompt@1") == "d c");
  CHECK(list("m.s.endpoint", "", "") == "d b");
  CHECK(list("m.s.endpoint", "", "m.s.prompt") == "d");
  CHECK(list("m.s.endpoint", "m.s.model@1", "m.s.prompt") == "");
  CHECK(list("m.s.model", "", "") == "");  // a model is no endpoint of any
  CHECK(list("", "m.s.nothing", "") == "ASSET_NOT_FOUND");
  CHECK(list("", "", "m.s.prompt@9") == "VERSION_NOT_FOUND");
}

TEST_CASE("predictions are listed by time and status") {
  PredictionFixture fixture;
  std::vector<v1::Prediction> batch;
  for (int i = 1; i <= 4; ++i) batch.push_back(PredictionFixture::At(StrCat(i), i));
  batch[1].set_status(v1::PREDICTION_STATUS_ERROR);
  batch[2].set_status(v1::PREDICTION_STATUS_BLOCKED);
  REQUIRE(fixture.Batch(batch).ok());

  v1::ListPredictionsRequest request;
  *request.mutable_start_time() = PredictionFixture::Seconds(2);
  CHECK(fixture.Pages(request) == "4 3 2");
  *request.mutable_end_time() = PredictionFixture::Seconds(4);
  CHECK(fixture.Pages(request) == "3 2");
  request.set_status(v1::PREDICTION_STATUS_ERROR);
  CHECK(fixture.Pages(request) == "2");
  request.Clear();
  request.set_status(v1::PREDICTION_STATUS_OK);
  CHECK(fixture.Pages(request) == "4 1");
  request.set_status(static_cast<v1::PredictionStatus>(9));
  CHECK(fixture.Pages(request) == "STATUS_UNKNOWN");
  request.Clear();
  request.mutable_end_time()->set_nanos(-1);
  CHECK(fixture.Pages(request) == "TIME_OUT_OF_RANGE");
}

TEST_CASE("predictions are filtered by their fields") {
  PredictionFixture fixture;
  v1::Prediction a = PredictionFixture::At("a", 1);
  a.set_latency_us(10);
  a.set_cost_micros(5);
  (*a.mutable_properties())["team"] = "fraud";
  v1::Prediction b = PredictionFixture::At("b", 2);
  b.set_latency_us(20);
  b.set_input_tokens(7);
  b.set_status(v1::PREDICTION_STATUS_ERROR);
  b.set_error_message("out of memory");
  b.set_run_id("0190a5c2-0000-7000-8000-000000000000");
  REQUIRE(fixture.Batch({a, b}).ok());
  fixture.caller = fixture.Colleague("user:bob");
  REQUIRE(fixture.Record(PredictionFixture::At("c", 3)).ok());

  const auto list = [&](const char* filter) { return fixture.Pages(Filter(filter)); };
  CHECK(list("id = b") == "b");
  CHECK(list("status = ERROR") == "b");
  CHECK(list("NOT status = OK") == "b");
  CHECK(list("latency_us >= 10 AND latency_us < 20") == "a");
  CHECK(list("input_tokens = 7 OR cost_micros = 5") == "b a");
  CHECK(list("output_tokens > 0") == "");
  CHECK(list("start_time > 2001-09-09T01:46:41Z") == "c b");
  CHECK(list("create_time >= 2030-01-01") == "c b a");
  CHECK(list("recorder = \"user:bob\"") == "c");
  CHECK(list("run_id = \"0190a5c2-0000-7000-8000-000000000000\"") == "b");
  CHECK(list("error_message:memory") == "b");
  CHECK(list("properties:team") == "a");
  CHECK(list("properties.team = fraud") == "a");
  CHECK(list("properties.team != fraud") == "c b");
  CHECK(list("status = FINE").find("FILTER") == 0);
  CHECK(list("colour = red").find("FILTER") == 0);
}

TEST_CASE("pages are those of the first one's position, whatever is recorded meanwhile") {
  PredictionFixture fixture;
  std::vector<v1::Prediction> batch;
  for (int i = 1; i <= 7; ++i) batch.push_back(PredictionFixture::At(StrCat(i), 10 * i));
  REQUIRE(fixture.Batch(batch).ok());

  v1::ListPredictionsRequest request;
  request.set_page_size(3);
  std::string ids;
  for (int page = 0; page < 5; ++page) {
    const v1::ListPredictionsResponse response = fixture.Run(kListPredictions, request).value();
    for (const v1::Prediction& prediction : response.predictions()) ids += prediction.id() + " ";
    request.set_page_token(response.next_page_token());
    if (response.next_page_token().empty()) break;
    ids += "| ";
    // Newer, older, between, at the very moment of another.
    for (const int second : {1000, 1, 35, 20, 10}) {
      REQUIRE(
          fixture.Record(PredictionFixture::At(StrCat("new-", page, "-", second), second)).ok());
    }
  }
  CHECK(ids == "7 6 5 | 4 3 2 | 1 ");
}

TEST_CASE("pages stay whole while others write") {
  PredictionFixture fixture;
  std::vector<v1::Prediction> batch;
  for (int i = 0; i < 60; ++i) batch.push_back(PredictionFixture::At(StrCat("p", i), i % 7));
  REQUIRE(fixture.Batch(batch).ok());
  std::atomic<bool> stop = false;
  std::thread recorder([&] {
    for (int i = 0; !stop; ++i) {
      const auto recorded = fixture.Record(PredictionFixture::At(StrCat("n", i), i % 9));
      if (!recorded.ok()) break;
    }
  });
  v1::ListPredictionsRequest request;
  request.mutable_as_of()->set_position(fixture.position());
  for (int round = 0; round < 5; ++round) {
    request.set_page_size(1000);
    const std::string whole = fixture.Pages(request);
    request.set_page_size(7);
    std::string paged = fixture.Pages(request);
    std::replace(paged.begin(), paged.end(), '|', ' ');
    CHECK(paged == whole);
  }
  stop = true;
  recorder.join();
}

TEST_CASE("a page token belongs to its list") {
  PredictionFixture fixture;
  REQUIRE(fixture.Batch({PredictionFixture::At("a", 1), PredictionFixture::At("b", 2)}).ok());
  v1::ListPredictionsRequest request;
  request.set_page_size(1);
  const std::string token = fixture.Run(kListPredictions, request)->next_page_token();
  REQUIRE_FALSE(token.empty());

  request.set_page_token(token);
  request.set_page_size(5);  // may change
  CHECK(fixture.Run(kListPredictions, request)->predictions(0).id() == "a");
  request.set_model("m.s.model");
  CHECK(fixture.Pages(request) == "PAGE_TOKEN_OTHER_REQUEST");
  request.clear_model();
  request.mutable_as_of()->set_position(1);
  CHECK(fixture.Pages(request) == "PAGE_TOKEN_OTHER_REQUEST");
  request.clear_as_of();
  request.set_page_token("x" + token);
  CHECK(fixture.Pages(request) == "PAGE_TOKEN_INVALID");
  request.clear_page_token();
  request.set_page_size(-1);
  CHECK(fixture.Pages(request) == "PAGE_SIZE_NEGATIVE");
}

TEST_CASE("a list as of a position shows what was recorded then") {
  PredictionFixture fixture;
  REQUIRE(fixture.Record(PredictionFixture::At("a", 1)).ok());
  v1::ListPredictionsRequest request;
  request.mutable_as_of()->set_position(fixture.position());
  REQUIRE(fixture.Record(PredictionFixture::At("b", 0)).ok());
  CHECK(fixture.Pages(request) == "a");
  CHECK(fixture.List() == "a b");
}

// A kill loop met this: a recorder's prediction begins when the answer was given, and is recorded
// later.
TEST_CASE("what is recorded later shows nowhere in a page as of before, not in its token either") {
  PredictionFixture fixture;
  for (const int second : {9, 8, 5, 4}) {
    REQUIRE(fixture.Record(PredictionFixture::At(StrCat("at-", second), second)).ok());
  }
  v1::ListPredictionsRequest request;
  request.set_page_size(2);
  request.mutable_as_of()->set_position(fixture.position());
  const std::string by_model = GENERATE("", "m.s.model");
  request.set_model(by_model);
  const std::string before = fixture.Run(kListPredictions, request)->SerializeAsString();
  for (const int second : {9, 7, 6, 1}) {
    REQUIRE(fixture.Record(PredictionFixture::At(StrCat("late-", second), second)).ok());
    CHECK(fixture.Run(kListPredictions, request)->SerializeAsString() == before);
  }
}

TEST_CASE("a page of large predictions comes back short, with a token to go on") {
  PredictionFixture fixture;
  std::vector<v1::Prediction> batch;
  for (int i = 0; i < 20; ++i) {
    batch.push_back(PredictionFixture::At(StrCat(i), i));
    batch.back().set_input_text(std::string(kMaxPredictionTextBytes, 'x'));
    batch.back().set_output_text(std::string(kMaxPredictionTextBytes, 'y'));
  }
  REQUIRE(fixture.Batch(batch)->accepted_count() == 20);
  v1::ListPredictionsRequest request;
  const v1::ListPredictionsResponse page = fixture.Run(kListPredictions, request).value();
  CHECK(page.ByteSizeLong() >= kMaxPageBytes);
  CHECK(page.ByteSizeLong() < kMaxPageBytes + 3 * kMaxPredictionTextBytes);
  CHECK_FALSE(page.next_page_token().empty());
  const std::string all = fixture.Pages(request);
  CHECK(std::count(all.begin(), all.end(), '|') == 2);
}

TEST_CASE("a filter that matches next to nothing looks at so many a page, and says there is more") {
  PredictionFixture fixture;
  std::vector<v1::Prediction> batch;
  for (int64_t i = 0; i < kMaxScanPerPage; ++i) {
    batch.push_back(PredictionFixture::At(StrCat(i), i));
  }
  REQUIRE(fixture.Batch({PredictionFixture::At("oldest", -1)}).ok());
  REQUIRE(fixture.Batch(batch)->accepted_count() == kMaxScanPerPage);
  CHECK(fixture.Pages(Filter("id = oldest")) == "|oldest");
  CHECK(fixture.Pages(Filter("id = nothing")) == "|");
}

TEST_CASE("a prediction never shows a name that is another's by now") {
  PredictionFixture fixture;
  v1::Prediction prediction = PredictionFixture::At("a", 1, "m.s.model@2");
  prediction.set_endpoint("m.s.endpoint");
  prediction.add_prompts("m.s.prompt");
  prediction.add_inputs("m.s.table");
  prediction.add_retrieved()->set_index("m.s.index");
  prediction.mutable_retrieved(0)->set_source("m.s.table");
  REQUIRE(fixture.Record(prediction).ok());
  const Position recorded = fixture.position();
  const auto id_of = [&fixture](const char* name) {
    v1::GetAssetRequest request;
    request.set_name(name);
    return StrCat("id:", fixture.Run(kGetAsset, request)->id());
  };
  const auto shown = [](const v1::Prediction& p) {
    return StrCat(p.endpoint(), " ", p.model(), " ", p.prompts(0), " ", p.inputs(0), " ",
                  p.retrieved(0).index(), " ", p.retrieved(0).source());
  };
  const std::string names = "m.s.endpoint m.s.model@2 m.s.prompt@1 m.s.table m.s.index@1 m.s.table";
  const std::string ids =
      StrCat(id_of("m.s.endpoint"), " ", id_of("m.s.model"), "@2 ", id_of("m.s.prompt"), "@1 ",
             id_of("m.s.table"), " ", id_of("m.s.index"), "@1 ", id_of("m.s.table"));
  CHECK(shown(fixture.Get("a").value()) == names);
  // Two go by themselves, the others with their schema; their names come to others.
  for (const char* name : {"m.s.model", "m.s.index"}) {
    v1::DeleteAssetRequest request;
    request.set_name(name);
    REQUIRE(fixture.Run(kDeleteAsset, request).ok());
  }
  v1::DeleteSchemaRequest schema;
  schema.set_name("m.s");
  schema.set_force(true);
  REQUIRE(fixture.Run(kDeleteSchema, schema).ok());
  v1::CreateSchemaRequest create;
  create.mutable_schema()->set_name("m.s");
  REQUIRE(fixture.Run(kCreateSchema, create).ok());
  fixture.Asset("m.s.model", v1::KIND_MODEL);
  fixture.Version("m.s.model");

  CHECK(shown(fixture.Get("a").value()) == ids);
  v1::ListPredictionsRequest list;
  CHECK(shown(fixture.Run(kListPredictions, list)->predictions(0)) == ids);
  list.mutable_as_of()->set_position(recorded);
  CHECK(shown(fixture.Run(kListPredictions, list)->predictions(0)) == names);
  v1::GetPredictionRequest then;
  then.set_id("a");
  then.mutable_as_of()->set_position(recorded);
  CHECK(shown(fixture.Run(kGetPrediction, then).value()) == names);
  // An explanation shows the same in the prediction and in its graph.
  v1::ExplainRequest explain;
  explain.set_reference("prediction:a");
  const v1::Explanation why = fixture.Run(kExplain, explain).value();
  CHECK(shown(why.graph().nodes(0).prediction()) == ids);
}

}  // namespace
}  // namespace whence::service
