// RecordPrediction and GetPrediction.
#include <catch2/catch.hpp>

#include "base/digest.h"
#include "support/prediction_fixture.h"

namespace whence::service {
namespace {

using test::PredictionFixture;
using test::ReasonOf;

TEST_CASE("references are answered as what they meant") {
  PredictionFixture fixture;
  v1::Prediction given = PredictionFixture::Prediction("p-1", "m.s.model");
  given.set_endpoint("m.s.endpoint");
  given.add_prompts("m.s.prompt@latest");
  given.add_inputs("m.s.table");
  given.add_inputs("m.s.`model`@1");
  v1::RetrievedItem* item = given.add_retrieved();
  item->set_index("m.s.index");
  item->set_item_id("doc-1");
  item->set_score(0.5);
  item->set_source("m.s.table");
  item->set_source_location("row 7");
  item->set_excerpt("Once\nupon");
  const v1::Prediction answered = fixture.Record(given).value();
  CHECK(answered.model() == "m.s.model@2");
  CHECK(answered.endpoint() == "m.s.endpoint");
  REQUIRE(answered.prompts_size() == 1);
  CHECK(answered.prompts(0) == "m.s.prompt@1");
  REQUIRE(answered.inputs_size() == 2);
  CHECK(answered.inputs(0) == "m.s.table");
  CHECK(answered.inputs(1) == "m.s.model@1");
  REQUIRE(answered.retrieved_size() == 1);
  item->set_index("m.s.index@1");
  CHECK(answered.retrieved(0).DebugString() == item->DebugString());
  CHECK(fixture.Get("p-1")->DebugString() == answered.DebugString());
  CHECK(fixture.Get("prediction:p-1")->DebugString() == answered.DebugString());
}

TEST_CASE("an alias is pinned to the version that it meant at the moment of recording") {
  PredictionFixture fixture;
  fixture.Alias("m.s.model", "champion", 1);
  const v1::Prediction first = PredictionFixture::Prediction("p-1", "m.s.model@champion");
  CHECK(fixture.Record(first)->model() == "m.s.model@1");
  fixture.Alias("m.s.model", "champion", 2);
  CHECK(fixture.Record(PredictionFixture::Prediction("p-2", "m.s.model@champion"))->model() ==
        "m.s.model@2");
  CHECK(fixture.Get("p-1")->model() == "m.s.model@1");
  // Said again, it is the same prediction, although the alias moved on.
  CHECK(fixture.Record(first)->model() == "m.s.model@1");
}

TEST_CASE("what is recorded is recorded, whatever became of its references") {
  PredictionFixture fixture;
  fixture.Alias("m.s.model", "champion", 1);
  const v1::Prediction prediction = PredictionFixture::Prediction("p-1", "m.s.model@champion");
  REQUIRE(fixture.Record(prediction).ok());
  v1::DeleteAliasRequest unset;
  unset.set_asset("m.s.model");
  unset.set_alias("champion");
  REQUIRE(fixture.Run(kDeleteAlias, unset).ok());
  const Position position = fixture.position();
  CHECK(fixture.Record(prediction)->model() == "m.s.model@1");
  CHECK(fixture.Batch({prediction})->accepted_count() == 1);
  CHECK(fixture.position() == position);
  CHECK(ReasonOf(
            fixture.Record(PredictionFixture::Prediction("p-2", "m.s.model@champion")).status()) ==
        "ALIAS_NOT_FOUND");
}

TEST_CASE("the same id with other content is refused") {
  PredictionFixture fixture;
  v1::Prediction prediction = PredictionFixture::Prediction("p-1");
  const v1::Prediction first = fixture.Record(prediction).value();
  const Position position = fixture.position();
  CHECK(fixture.Record(prediction)->DebugString() == first.DebugString());
  prediction.set_recorder("ignored");  // output only
  prediction.set_position(1);
  CHECK(fixture.Record(prediction).ok());
  prediction.set_latency_us(1);
  const auto refused = fixture.Record(prediction);
  CHECK(ReasonOf(refused.status()) == "PREDICTION_ALREADY_EXISTS");
  CHECK(refused.status().code() == absl::StatusCode::kAlreadyExists);
  CHECK(fixture.position() == position);
}

TEST_CASE("the server fills in what was not said") {
  PredictionFixture fixture;
  const absl::Time now = fixture.clock.Now();
  const v1::Prediction answered = fixture.Record(PredictionFixture::Prediction("")).value();
  CHECK(IsUuid(answered.id()));
  CHECK(answered.status() == v1::PREDICTION_STATUS_OK);
  CHECK(answered.currency() == "USD");
  CHECK(TimeFromProto(answered.start_time(), "").value() == now);
  CHECK(TimeFromProto(answered.create_time(), "").value() == now);
  CHECK(answered.recorder() == "user:ana");
  CHECK(answered.position() == fixture.position());
  CHECK(answered.input_digest().empty());
  // Another without an id is another prediction.
  CHECK(fixture.Record(PredictionFixture::Prediction(""))->id() != answered.id());
}

TEST_CASE("digests are taken from the texts when they are not given") {
  PredictionFixture fixture;
  v1::Prediction prediction = PredictionFixture::Prediction("p-1");
  prediction.set_input_text("question");
  prediction.set_output_text("answer");
  prediction.set_output_digest("opaque:mine");
  const v1::Prediction answered = fixture.Record(prediction).value();
  CHECK(answered.input_digest() == Sha256Digest("question"));
  CHECK(answered.output_digest() == "opaque:mine");
  CHECK(answered.input_text() == "question");
}

TEST_CASE("names are answered as they are now, or were then") {
  PredictionFixture fixture;
  REQUIRE(fixture.Record(PredictionFixture::Prediction("p-1")).ok());
  const Position then = fixture.position();
  v1::RenameAssetRequest rename;
  rename.set_name("m.s.model");
  rename.set_new_name("m.s.better");
  REQUIRE(fixture.Run(kRenameAsset, rename).ok());
  CHECK(fixture.Get("p-1")->model() == "m.s.better@1");
  v1::GetPredictionRequest request;
  request.set_id("p-1");
  request.mutable_as_of()->set_position(then);
  CHECK(fixture.Run(kGetPrediction, request)->model() == "m.s.model@1");
  request.mutable_as_of()->set_position(then - 1);
  CHECK(ReasonOf(fixture.Run(kGetPrediction, request).status()) == "PREDICTION_NOT_FOUND");
  v1::DeleteAssetRequest remove;
  remove.set_name("m.s.better");
  const int64_t id = fixture.Run(kDeleteAsset, remove).value().id();
  CHECK(fixture.Get("p-1")->model() == StrCat("id:", id, "@1"));
}

TEST_CASE("a reference that finds nothing is named with its field") {
  PredictionFixture fixture;
  const auto error = [&fixture](const v1::Prediction& prediction) {
    const absl::Status status = fixture.Record(prediction).status();
    return StrCat(ReasonOf(status), " ", GetErrorDetail(status).field);
  };
  CHECK(error(PredictionFixture::Prediction("p", "m.s.nothing")) ==
        "ASSET_NOT_FOUND prediction.model");
  CHECK(error(PredictionFixture::Prediction("p", "m.s.model@9")) ==
        "VERSION_NOT_FOUND prediction.model");
  CHECK(error(PredictionFixture::Prediction("p", "m.s")) ==
        "REFERENCE_NOT_AN_ASSET prediction.model");
  v1::Prediction prediction = PredictionFixture::Prediction("p");
  prediction.add_prompts("m.s.prompt");
  prediction.add_prompts("m.s.prompt@champion");
  CHECK(error(prediction) == "ALIAS_NOT_FOUND prediction.prompts[1]");
  prediction.clear_prompts();
  prediction.add_retrieved()->set_index("m.s.index");
  prediction.mutable_retrieved(0)->set_source("nowhere.s.table");
  CHECK(error(prediction) == "CATALOG_NOT_FOUND prediction.retrieved[0].source");
  prediction.mutable_retrieved(0)->set_source("a..b");
  CHECK(error(prediction).ends_with(" prediction.retrieved[0].source"));
  CHECK(fixture.Get("p").status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("an endpoint without a model will do, nothing at all will not") {
  PredictionFixture fixture;
  v1::Prediction prediction;
  prediction.set_endpoint("m.s.endpoint");
  CHECK(fixture.Record(prediction)->model().empty());
  prediction.clear_endpoint();
  prediction.add_prompts("m.s.prompt");
  CHECK(ReasonOf(fixture.Record(prediction).status()) == "PREDICTION_WITHOUT_PARENT");
}

}  // namespace
}  // namespace whence::service
