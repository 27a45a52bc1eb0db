// Explain: where something came from.
#include <catch2/catch.hpp>

#include "lineage_house.h"

namespace whence::service {
namespace {

using test::Edges;
using test::LineageHouse;
using test::Nodes;
using test::RunOf;

// What examples/handbook_qa does: source > passages > index and model; a prompt; an endpoint.
class Handbook : public LineageHouse {
 public:
  Handbook() {
    Asset("demo.h.source", v1::KIND_VOLUME);
    Version("demo.h.source");
    Asset("demo.h.passages", v1::KIND_TABLE);
    Asset("demo.h.tfidf", v1::KIND_INDEX);
    Asset("demo.h.answerer", v1::KIND_MODEL);
    Asset("demo.h.extractive", v1::KIND_PROMPT);
    Version("demo.h.extractive");
    Asset("demo.h.qa", v1::KIND_ENDPOINT);
    v1::Run cut = RunOf(1, {"demo.h.source"}, {"demo.h.passages"}, "demo.h.cut-passages");
    v1::Version* passages = cut.mutable_writes(0)->mutable_version();
    passages->set_digest("opaque:passages");
    v1::Column* column = passages->mutable_detail()->mutable_table()->add_columns();
    column->set_name("text");
    column->set_type("string");
    cut.mutable_code()->set_commit("4be1c7d");
    (*cut.mutable_parameters())["size"] = "200";
    test::MapColumn(cut, "demo.h.source#line", "demo.h.passages#text");
    Record(cut);
    v1::Run index = RunOf(2, {"demo.h.passages"}, {"demo.h.tfidf"});
    index.mutable_writes(0)->mutable_version()->set_digest("opaque:index");
    Record(index);
    v1::Run train = RunOf(3, {"demo.h.passages"}, {"demo.h.answerer"});
    train.mutable_writes(0)->mutable_version()->set_digest("opaque:model");
    Record(train);
    Alias("demo.h.answerer", "champion", 1);
  }

  v1::Prediction Predict(std::string_view id, std::string_view run_id = "") {
    v1::RecordPredictionRequest request;
    v1::Prediction* prediction = request.mutable_prediction();
    prediction->set_id(std::string(id));
    prediction->set_endpoint("demo.h.qa");
    prediction->set_model("demo.h.answerer@champion");
    prediction->add_prompts("demo.h.extractive@1");
    for (const char* item : {"117", "118"}) {
      v1::RetrievedItem* retrieved = prediction->add_retrieved();
      retrieved->set_index("demo.h.tfidf");
      retrieved->set_item_id(item);
      retrieved->set_source("demo.h.passages");
    }
    prediction->set_run_id(std::string(run_id));
    return Must(kRecordPrediction, request);
  }
};

TEST_CASE("a prediction is explained down to its sources in one call") {
  Handbook house;
  house.Predict("p-1");
  const v1::Explanation why = house.Explain("prediction:p-1");
  CHECK(why.graph().root() == "prediction:p-1");
  CHECK(Nodes(why.graph()) ==
        "prediction:p-1/0 demo.h.qa/1s demo.h.answerer@1/1 demo.h.extractive@1/1s demo.h.tfidf@1/1 "
        "demo.h.passages@1/1 run 3/1 run 2/1 run 1/1 demo.h.source@1/2s");
  CHECK(Edges(why.graph()) ==
        "run 3>demo.h.answerer@1 WRITE, run 2>demo.h.tfidf@1 WRITE, run 1>demo.h.passages@1 WRITE, "
        "demo.h.passages@1>run 3 READ, demo.h.passages@1>run 2 READ, demo.h.source@1>run 1 READ, "
        "demo.h.qa>prediction:p-1 ENDPOINT, demo.h.answerer@1>prediction:p-1 MODEL, "
        "demo.h.extractive@1>prediction:p-1 PROMPT, demo.h.tfidf@1>prediction:p-1 INDEX, "
        "demo.h.passages@1>prediction:p-1 RETRIEVED_SOURCE");
  CHECK(why.run_count() == 3);
  CHECK(why.source_count() == 3);
  CHECK(why.graph().truncations().empty());
  CHECK(why.graph().position() == house.position());

  const v1::Prediction& prediction = why.graph().nodes(0).prediction();
  CHECK(prediction.model() == "demo.h.answerer@1");
  REQUIRE(prediction.retrieved_size() == 2);
  CHECK(prediction.retrieved(0).source() == "demo.h.passages@1");
  CHECK(prediction.retrieved(0).index() == "demo.h.tfidf@1");
  const v1::DatasetNode& passages = why.graph().nodes(5).dataset();
  CHECK(passages.column_count() == 1);
  CHECK(passages.detail().table().columns(0).name() == "text");
  CHECK(why.graph().nodes(2).dataset().aliases(0) == "champion");
  const v1::Run& cut = why.graph().nodes(8).run();
  CHECK(cut.code().commit() == "4be1c7d");
  CHECK(cut.parameters().at("size") == "200");
  CHECK(cut.job() == "demo.h.cut-passages");

  CHECK(Nodes(why.columns()) == "demo.h.passages#text/1 demo.h.source#line/2s");
  CHECK(Edges(why.columns()) == "demo.h.source#line>demo.h.passages#text COLUMN by run 1");
  CHECK(why.columns().nodes(0).column().type() == "string");
}

TEST_CASE("a prediction's run is part of its origin") {
  Handbook house;
  house.Asset("demo.h.questions", v1::KIND_TABLE);
  house.Start(RunOf(7, {"demo.h.questions"}, {}));
  house.Predict("p-1", test::Uuid(7));
  const v1::Explanation why = house.Explain("prediction:p-1");
  CHECK(Edges(why.graph()).find("run 7>prediction:p-1 RUN") != std::string::npos);
  CHECK(Edges(why.graph()).find("demo.h.questions>run 7 READ") != std::string::npos);
  CHECK(why.run_count() == 4);
  // A run that nobody knows is left out.
  house.Predict("p-2", test::Uuid(99));
  CHECK(Edges(house.Explain("prediction:p-2").graph()).find("RUN") == std::string::npos);
}

TEST_CASE("an explanation is of its time") {
  Handbook house;
  house.Predict("p-1");
  const Position then = house.position();
  const std::string before = house.Explain("prediction:p-1").DebugString();
  house.Asset("demo.h.more", v1::KIND_TABLE);
  house.Record(RunOf(1, {"demo.h.more"}, {}));  // a late read of an early run
  house.Rename("demo.h.passages", "demo.h.sections");
  house.Version("demo.h.answerer");
  house.Alias("demo.h.answerer", "champion", 2);
  house.Delete("demo.h.tfidf");
  CHECK(house.Explain("prediction:p-1", then).DebugString() == before);
  const v1::Explanation now = house.Explain("prediction:p-1");
  CHECK(now.graph().nodes_size() == 11);
  CHECK(now.graph().nodes(5).reference() == "demo.h.sections@1");
  CHECK(now.graph().nodes(2).dataset().aliases().empty());
  CHECK(now.graph().nodes(4).dataset().deleted());
  v1::ExplainRequest early;
  early.set_reference("prediction:p-1");
  early.mutable_as_of()->set_position(then - 1);
  CHECK(house.Reason(kExplain, early) == "PREDICTION_NOT_FOUND");
}

TEST_CASE("an explanation's bounds are said") {
  Handbook house;
  house.Predict("p-1");
  v1::ExplainRequest request;
  request.set_reference("prediction:p-1");
  request.set_depth(1);
  v1::Explanation why = house.Must(kExplain, request);
  CHECK(Nodes(why.graph()) ==
        "prediction:p-1/0 demo.h.qa/1s demo.h.answerer@1/1c demo.h.extractive@1/1s "
        "demo.h.tfidf@1/1c demo.h.passages@1/1c");
  REQUIRE(why.graph().truncations_size() == 1);
  CHECK(why.graph().truncations(0) == v1::TRUNCATION_DEPTH);
  request.set_depth(0);
  for (int bound = 1; bound <= 10; ++bound) {
    request.set_max_nodes(bound);
    why = house.Must(kExplain, request);
    INFO(bound);
    CHECK(why.graph().nodes_size() == bound);
    CHECK(why.graph().truncations_size() == (bound < 10 ? 1 : 0));
    CHECK(why.graph().nodes(0).cut() == (bound < 6));
    CHECK(why.columns().nodes_size() <= bound);
  }
  request.set_max_nodes(0);
  request.set_omit_columns(true);
  CHECK_FALSE(house.Must(kExplain, request).has_columns());
}

TEST_CASE("versions, assets, runs, columns and declarations are explained") {
  Handbook house;
  CHECK(Nodes(house.Explain("demo.h.tfidf@1").graph()) ==
        "demo.h.tfidf@1/0 run 2/0 demo.h.passages@1/1 run 1/1 demo.h.source@1/2s");
  const v1::Explanation asset = house.Explain("demo.h.tfidf");
  CHECK(asset.graph().root() == "demo.h.tfidf");
  CHECK(Nodes(asset.graph()) == Nodes(house.Explain("demo.h.tfidf@1").graph()));
  CHECK(Nodes(asset.columns()) == "demo.h.passages#text/1 demo.h.source#line/2s");
  const v1::Explanation run = house.Explain("run:" + test::Uuid(2));
  CHECK(Nodes(run.graph()) == "run 2/0 demo.h.passages@1/1 run 1/1 demo.h.source@1/2s");
  const v1::Explanation column = house.Explain("demo.h.passages#text");
  CHECK(Nodes(column.graph()) == "demo.h.passages#text/0 demo.h.source#line/1s");
  CHECK(column.run_count() == 1);
  CHECK(column.source_count() == 1);
  CHECK(column.columns().nodes().empty());
  const v1::Declaration declared = house.Declare({{"demo.h.source", "demo.h.qa"}});
  const std::string number = absl::StrCat("declaration:", declared.id());
  const v1::Explanation endpoint = house.Explain("demo.h.qa");
  CHECK(Nodes(endpoint.graph()) == absl::StrCat("demo.h.qa/0 ", number, "/0 demo.h.source@1/1s"));
  CHECK(endpoint.graph().nodes(1).declaration().creator() == "user:ana");
  CHECK(Nodes(house.Explain(number).graph()) == absl::StrCat(number, "/0 demo.h.source@1/1s"));
  v1::ExplainRequest request;
  request.set_reference("prediction:none");
  CHECK(house.Reason(kExplain, request) == "PREDICTION_NOT_FOUND");
}

TEST_CASE("columns are explained by the runs of the origin alone") {
  LineageHouse house;
  house.Asset("prod.raw.a", v1::KIND_TABLE);
  house.Asset("prod.raw.b", v1::KIND_TABLE);
  for (int number : {1, 2}) {
    v1::Run run = RunOf(number, {"prod.raw.a"}, {"prod.raw.b"});
    run.mutable_writes(0)->mutable_version()->set_digest(absl::StrCat("opaque:b", number));
    test::MapColumn(run, number == 1 ? "prod.raw.a#x" : "prod.raw.a#y", "prod.raw.b#z");
    house.Record(run);
  }
  // Version 1 was written from x, version 2 from y.
  CHECK(Edges(house.Explain("prod.raw.b@1").columns()) ==
        "prod.raw.a#x>prod.raw.b#z COLUMN by run 1");
  CHECK(Edges(house.Explain("prod.raw.b@2").columns()) ==
        "prod.raw.a#y>prod.raw.b#z COLUMN by run 2");
}

}  // namespace
}  // namespace whence::service
