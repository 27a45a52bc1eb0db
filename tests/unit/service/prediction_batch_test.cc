// RecordPredictions: each accepted or refused by itself, in one durable step.
#include <catch2/catch.hpp>

#include "base/limits.h"
#include "service/prediction_convert.h"
#include "service/prediction_ops.h"
#include "support/prediction_fixture.h"

namespace whence::service {
namespace {

using test::PredictionFixture;
using test::ReasonOf;

// "accepted 2, refused 1 p-2 NOT_FOUND"
std::string Outcome(const absl::StatusOr<v1::RecordPredictionsResponse>& response) {
  if (!response.ok()) return ReasonOf(response.status());
  std::string text = StrCat("accepted ", response->accepted_count());
  for (const v1::RefusedPrediction& refused : response->refused()) {
    StrAppend(&text, ", refused ", refused.index(), " ", refused.id(), " ", refused.reason());
  }
  return text;
}

constexpr sql::Query kCounts{
    "SELECT (SELECT count(*) FROM prediction), (SELECT count(*) FROM origin), "
    "(SELECT count(*) FROM ledger_entry)"};

// "3 predictions, 1 origins, 12 entries" as they are stored.
std::string Stored(PredictionFixture& fixture) {
  sql::Lease lease = fixture.house().readers().Acquire().value();
  sql::Rows rows = lease->Run(kCounts);
  REQUIRE(rows.Next());
  return StrCat(rows.Int64(0), " predictions, ", rows.Int64(1), " origins, ", rows.Int64(2),
                " entries");
}

TEST_CASE("a batch is one ledger entry") {
  PredictionFixture fixture;
  const Position before = fixture.position();
  std::vector<v1::Prediction> predictions;
  for (int i = 0; i < 500; ++i) {
    predictions.push_back(
        PredictionFixture::Prediction(StrCat("p-", i), i % 2 == 0 ? "m.s.model@1" : "m.s.model"));
  }
  const v1::RecordPredictionsResponse response = fixture.Batch(predictions).value();
  CHECK(response.accepted_count() == 500);
  CHECK(response.position() == before + 1);
  CHECK(fixture.position() == before + 1);
  CHECK(Stored(fixture) == StrCat("500 predictions, 2 origins, ", before + 1, " entries"));
  CHECK(fixture.Get("p-499")->position() == before + 1);
  CHECK(fixture.Get("p-499")->model() == "m.s.model@2");

  sql::Lease lease = fixture.house().readers().Acquire().value();
  const ledger::Entry entry = fixture.house().ledger().GetEntry(*lease, fixture.position()).value();
  CHECK(entry.action == "RecordPredictions");
  CHECK(entry.resource == "prediction:p-0");
}

TEST_CASE("of a refused prediction nothing is written") {
  PredictionFixture fixture;
  REQUIRE(fixture.Record(PredictionFixture::Prediction("taken")).ok());
  v1::Prediction other = PredictionFixture::Prediction("taken", "m.s.model@2");
  v1::Prediction wrong = PredictionFixture::Prediction("wrong");
  wrong.set_latency_us(-1);
  v1::Prediction late = PredictionFixture::Prediction("late", "m.s.model@2");
  late.add_prompts("m.s.nothing");
  const auto response = fixture.Batch(
      {PredictionFixture::Prediction("a"), other, wrong, late, PredictionFixture::Prediction("b")});
  CHECK(Outcome(response) ==
        "accepted 2, refused 1 taken PREDICTION_ALREADY_EXISTS, refused 2 wrong NUMBER_NEGATIVE, "
        "refused 3 late ASSET_NOT_FOUND");
  CHECK(response->refused(2).code() == static_cast<int>(absl::StatusCode::kNotFound));
  CHECK_THAT(response->refused(2).message(), Catch::StartsWith("prompts[0]: "));
  CHECK(Stored(fixture) == StrCat("3 predictions, 1 origins, ", fixture.position(), " entries"));
  CHECK(fixture.Get("taken")->model() == "m.s.model@1");
  CHECK(ReasonOf(fixture.Get("late").status()) == "PREDICTION_NOT_FOUND");
}

TEST_CASE("one id twice in a batch is one prediction, or a conflict") {
  PredictionFixture fixture;
  const v1::Prediction p = PredictionFixture::Prediction("p");
  CHECK(Outcome(fixture.Batch({p, p, p})) == "accepted 3");
  CHECK(fixture.List() == "p");
  CHECK(Outcome(fixture.Batch({PredictionFixture::Prediction("q"),
                               PredictionFixture::Prediction("q", "m.s.model@2")})) ==
        "accepted 1, refused 1 q PREDICTION_ALREADY_EXISTS");
  CHECK(fixture.Get("q")->model() == "m.s.model@1");
}

TEST_CASE("a batch that brings nothing new leaves no entry") {
  PredictionFixture fixture;
  const std::vector<v1::Prediction> batch = {PredictionFixture::Prediction("p"),
                                             PredictionFixture::Prediction("q")};
  const Position first = fixture.Batch(batch)->position();
  CHECK(first == fixture.position());
  const v1::RecordPredictionsResponse again = fixture.Batch(batch).value();
  CHECK(again.accepted_count() == 2);
  CHECK(again.position() == 0);
  CHECK(Outcome(fixture.Batch({PredictionFixture::Prediction("p", "m.s.model@2")})) ==
        "accepted 0, refused 0 p PREDICTION_ALREADY_EXISTS");
  CHECK(fixture.position() == first);
  // One new one among old ones is enough for an entry.
  CHECK(fixture.Batch({batch[0], PredictionFixture::Prediction("r")})->position() == first + 1);
}

TEST_CASE("how many a batch holds") {
  PredictionFixture fixture;
  CHECK(Outcome(fixture.Batch({})) == "BATCH_EMPTY");
  std::vector<v1::Prediction> many(kMaxPredictionBatch + 1);
  CHECK(Outcome(fixture.Batch(many)) == "BATCH_TOO_LARGE");
  many.pop_back();  // each is refused, but the batch is not
  const auto refused = fixture.Batch(many);
  CHECK(refused->accepted_count() == 0);
  CHECK(refused->refused_size() == static_cast<int>(kMaxPredictionBatch));
  CHECK(refused->position() == 0);
}

// Predictions with `count` references together, none of them with too many by itself.
v1::RecordPredictionsRequest WithParents(size_t count) {
  v1::RecordPredictionsRequest request;
  while (count > 0) {
    v1::Prediction* p = request.add_predictions();
    p->set_model("m.s.model");
    --count;
    for (; count > 1 && p->retrieved_size() < 500; count -= 2) {
      v1::RetrievedItem* item = p->add_retrieved();
      item->set_index("m.s.index");
      item->set_source("m.s.table");
    }
    for (; count > 0 && p->inputs_size() < 100; --count) p->add_inputs("m.s.table");
  }
  return request;
}

TEST_CASE("how many parents the predictions of a batch have together") {
  CHECK(ValidateRecordPredictions(WithParents(kMaxBatchParents)).ok());
  const absl::Status refusal = ValidateRecordPredictions(WithParents(kMaxBatchParents + 1));
  CHECK(absl::IsInvalidArgument(refusal));
  CHECK(ReasonOf(refusal) == "BATCH_TOO_LARGE");
}

TEST_CASE("a name that leads nowhere is looked up once in a batch") {
  PredictionFixture fixture;
  const CallInfo caller = fixture.Admitted();
  const absl::Status status = fixture.house().writer().RunAndWait([&](sql::WriteContext& context) {
    Call call(caller, fixture.house(), context);
    PredictionBuilder builder(call, catalog::Hints::kBrief);
    std::vector<inference::Parent> parents;
    const auto reason = [&](std::string_view model) {
      return ReasonOf(builder.Build(PredictionFixture::Prediction("p", model), &parents).status());
    };
    for (size_t i = 0; i < kMaxPredictionBatch; ++i) {
      CHECK(reason(i % 2 == 0 ? "m.s.modle" : "m.s.model@7") ==
            (i % 2 == 0 ? "ASSET_NOT_FOUND" : "VERSION_NOT_FOUND"));
    }
    CHECK(builder.lookups() == 2);
    CHECK(reason("m.s.model") == "OK");
    CHECK(reason("m.s.modle2") == "ASSET_NOT_FOUND");
    CHECK(builder.lookups() == 4);
    return absl::OkStatus();
  });
  CHECK(status.ok());
}

TEST_CASE("predictions without ids in a batch are each their own") {
  PredictionFixture fixture;
  const v1::Prediction p = PredictionFixture::Prediction("");
  CHECK(Outcome(fixture.Batch({p, p})) == "accepted 2");
  CHECK(Stored(fixture) == StrCat("2 predictions, 1 origins, ", fixture.position(), " entries"));
}

}  // namespace
}  // namespace whence::service
