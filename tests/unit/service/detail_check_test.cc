#include "service/detail_check.h"

#include <catch2/catch.hpp>

#include <limits>

#include "absl/strings/str_cat.h"
#include "ask.h"
#include "service/detail_columns.h"

namespace whence::service {
namespace {

using catalog::Kind;
using test::FieldOf;
using test::Parse;
using test::ReasonOf;

// "REASON at field", or "OK".
std::string Check(const v1::Detail& detail) {
  const absl::Status status = CheckDetail(detail, "asset.detail");
  if (status.ok()) return "OK";
  CHECK(absl::IsInvalidArgument(status));
  CHECK(status.message().find(FieldOf(status)) != std::string::npos);
  return ReasonOf(status) + " at " + FieldOf(status);
}
std::string Check(const std::string& text) { return Check(Parse<v1::Detail>(text)); }

TEST_CASE("details in order are accepted") {
  for (const char* text : {
           "",
           "table { }",
           "table { columns { name: 'a' type: 'int' } columns { name: 'A' } format: 'delta' }",
           "volume { file_count: 3 byte_count: 9 file_name: '*.csv' }",
           "function { parameters { name: 'x' } return_type: 'int' language: 'sql' body: 'a\\nb' }",
           "model { framework: 'onnx' inputs { name: 'a' } outputs { name: 'a' }"
           " metrics { key: 'auc' value: 0.5 } }",
           "prompt { template: 'no variables' }",
           "prompt { template: '{{ a }}\\001' variables: 'a' }",
           "index { dimension: 3 metric: DISTANCE_METRIC_COSINE item_count: 7 }",
           "endpoint { url: 'https://x' serves: 'a.b.c' serves: 'a.b.c@1' serves: 'a.b.c@x' }",
           "job { code { repository: 'r' commit: 'c' path: 'p' dirty: true } job_type: 'agent' }",
           "dashboard { url: 'https://x' }",
       }) {
    INFO(text);
    CHECK(Check(std::string(text)) == "OK");
  }
}

TEST_CASE("columns are named, unique and so many") {
  CHECK(Check("table { columns { name: 'a' } columns { name: '' } }") ==
        "NAME_PART_EMPTY at asset.detail.table.columns[1].name");
  CHECK(Check("table { columns { name: 'a' } columns { name: 'b' } columns { name: 'a' } }") ==
        "COLUMN_DUPLICATE at asset.detail.table.columns[2].name");
  CHECK(Check("table { columns { name: 'a\\nb' } }") ==
        "NAME_HAS_CONTROL_CHARACTER at asset.detail.table.columns[0].name");
  CHECK(Check("function { parameters { name: 'a' } parameters { name: 'a' } }") ==
        "COLUMN_DUPLICATE at asset.detail.function.parameters[1].name");
  CHECK(Check("model { outputs { name: 'a' comment: '\\001' } }") ==
        "TEXT_HAS_CONTROL_CHARACTER at asset.detail.model.outputs[0].comment");
  v1::Detail wide;
  for (int i = 0; i < 10'000; ++i) {
    wide.mutable_table()->add_columns()->set_name(absl::StrCat("c", i));
  }
  CHECK(Check(wide) == "OK");
  wide.mutable_table()->add_columns()->set_name("one more");
  CHECK(Check(wide) == "TOO_MANY_COLUMNS at asset.detail.table.columns");
  v1::Detail function;
  for (int i = 0; i < 1001; ++i) {
    function.mutable_function()->add_parameters()->set_name(absl::StrCat("p", i));
  }
  CHECK(Check(function) == "TOO_MANY_PARAMETERS at asset.detail.function.parameters");
}

TEST_CASE("numbers are finite and not negative") {
  CHECK(Check("table { row_count: -1 }") == "NUMBER_NEGATIVE at asset.detail.table.row_count");
  CHECK(Check("volume { byte_count: -1 }") == "NUMBER_NEGATIVE at asset.detail.volume.byte_count");
  CHECK(Check("index { dimension: -1 }") == "NUMBER_NEGATIVE at asset.detail.index.dimension");
  CHECK(Check("index { metric: 99 }") == "ENUM_VALUE_UNKNOWN at asset.detail.index.metric");
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    v1::Detail model;
    (*model.mutable_model()->mutable_metrics())["auc"] = bad;
    CHECK(Check(model) == "METRIC_NOT_FINITE at asset.detail.model.metrics[\"auc\"]");
  }
  CHECK(Check("model { metrics { key: '' value: 1 } }") ==
        "METRIC_NAME_EMPTY at asset.detail.model.metrics");
  v1::Detail many;
  for (int i = 0; i < 1001; ++i) (*many.mutable_model()->mutable_metrics())[absl::StrCat(i)] = 1;
  CHECK(Check(many) == "TOO_MANY_METRICS at asset.detail.model.metrics");
}

TEST_CASE("a prompt's variables are those of its template") {
  CHECK(Check("prompt { }") == "PROMPT_TEMPLATE_EMPTY at asset.detail.prompt.template");
  CHECK(Check("prompt { template: '{{ a' }") ==
        "PROMPT_TEMPLATE_MALFORMED at asset.detail.prompt.template");
  CHECK(Check("prompt { template: '{{ a }}' variables: 'a' variables: 'b' }") ==
        "PROMPT_VARIABLE_UNUSED at asset.detail.prompt.variables");
  CHECK(Check("prompt { template: '{{ a }}{{ b }}' variables: 'a' }") ==
        "PROMPT_VARIABLE_UNDECLARED at asset.detail.prompt.variables");
  v1::Detail large;
  large.mutable_prompt()->set_template_(std::string(1 << 20, 'x'));
  CHECK(Check(large) == "OK");
  large.mutable_prompt()->mutable_template_()->push_back('x');
  CHECK(Check(large) == "TEXT_TOO_LONG at asset.detail.prompt.template");
}

TEST_CASE("texts and references are checked") {
  CHECK(Check("job { code { commit: 'a\\nb' } }") ==
        "TEXT_HAS_CONTROL_CHARACTER at asset.detail.job.code.commit");
  CHECK(Check("dashboard { url: '" + std::string(4097, 'x') + "' }") ==
        "TEXT_TOO_LONG at asset.detail.dashboard.url");
  CHECK(Check("endpoint { serves: 'a.b.c' serves: 'a.b' }") ==
        "REFERENCE_NOT_AN_ASSET at asset.detail.endpoint.serves[1]");
  CHECK(Check("endpoint { serves: 'a.b.c@' }") ==
        "REFERENCE_MALFORMED at asset.detail.endpoint.serves[0]");
  v1::Detail router;
  for (int i = 0; i < 101; ++i) router.mutable_endpoint()->add_serves("a.b.c");
  CHECK(Check(router) == "TOO_MANY_SERVED at asset.detail.endpoint.serves");
}

TEST_CASE("each detail suits its kinds and no other") {
  const std::vector<std::pair<std::string, std::vector<Kind>>> suits = {
      {"", {}},
      {"table { }", {Kind::kTable, Kind::kView}},
      {"table { view_definition: 'SELECT' }", {Kind::kView}},
      {"volume { }", {Kind::kVolume}},
      {"function { }", {Kind::kFunction}},
      {"model { }", {Kind::kModel}},
      {"prompt { }", {Kind::kPrompt}},
      {"index { }", {Kind::kIndex}},
      {"endpoint { }", {Kind::kEndpoint}},
      {"job { }", {Kind::kJob}},
      {"dashboard { }", {Kind::kDashboard}},
  };
  for (const auto& [text, kinds] : suits) {
    for (int number = 1; number <= 10; ++number) {
      const Kind kind = static_cast<Kind>(number);
      const bool expected =
          text.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
      INFO(text << " " << KindName(kind));
      CHECK(ReasonOf(CheckDetailSuits(Parse<v1::Detail>(text), kind, "detail")) ==
            (expected ? "OK" : "DETAIL_KIND_MISMATCH"));
    }
  }
}

TEST_CASE("what is stored has variables and no tags") {
  const v1::Detail prompt =
      StoredDetail(Parse<v1::Detail>("prompt { template: '{{ b }} {{ a }} {{ b }}' }"));
  CHECK(prompt.prompt().variables_size() == 2);
  CHECK(prompt.prompt().variables(0) == "b");
  for (const char* text : {"table { columns { name: 'a' tags { key: 'k' } } }",
                           "function { parameters { name: 'a' tags { key: 'k' } } }",
                           "model { inputs { name: 'a' tags { key: 'k' } } outputs { name: 'b' "
                           "tags { key: 'k' } } }"}) {
    const v1::Detail stored = StoredDetail(Parse<v1::Detail>(text));
    int columns = 0;
    ForEachColumn(stored, [&](const v1::Column& column) {
      ++columns;
      CHECK(column.tags().empty());
      CHECK_FALSE(column.name().empty());
    });
    CHECK(columns > 0);
  }
}

TEST_CASE("tags find their columns") {
  v1::Detail detail = Parse<v1::Detail>(
      "model { inputs { name: 'b' } inputs { name: 'a' } outputs { name: 'b' } }");
  CHECK(ColumnNames(detail) == std::vector<std::string>{"b", "a"});
  PutColumnTags({{"a", {"k", "1"}}, {"b", {"k", "2"}}, {"b", {"l", ""}}, {"gone", {"k", ""}}},
                detail);
  CHECK(detail.model().inputs(0).tags_size() == 2);
  CHECK(detail.model().inputs(1).tags(0).value() == "1");
  CHECK(detail.model().outputs(0).tags(1).key() == "l");
  CHECK(ColumnNames(Parse<v1::Detail>("job { }")).empty());
}

}  // namespace
}  // namespace whence::service
