// Tables, cards, CSV, lists, errors.

#include <catch2/catch.hpp>

#include <sstream>

#include "base/error.h"
#include "base/strings.h"
#include "cli/app.h"
#include "cli/error.h"
#include "cli/exit_code.h"
#include "cli/output/card.h"
#include "cli/output/csv.h"
#include "cli/output/printer.h"
#include "cli/output/table.h"
#include "cli/records/events.h"
#include "cli/records/securables.h"
#include "cli/text/human.h"
#include "cli/text/parse.h"

namespace whence::cli {
namespace {

struct FakeWorld {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Environment environment;

  FakeWorld() {
    environment.variable = [](const std::string&) { return std::nullopt; };
    environment.in = &in;
    environment.out = &out;
    environment.err = &err;
  }
};

TEST_CASE("columns are as wide as their content") {
  std::ostringstream out;
  TableWriter table(out, Styler(false), 0, {{"NAME"}, {"N", true}, {"COMMENT"}});
  table.Add({{"prod.fraud.scores"}, {"7"}, {"two\nlines"}});
  table.Add({{"日本"}, {"1204"}, {""}});
  table.Flush();
  CHECK(out.str() ==
        "NAME                  N  COMMENT\n"
        "prod.fraud.scores     7  two lines\n"
        "日本               1204\n");
}

TEST_CASE("a later page has no second head and may be wider") {
  std::ostringstream out;
  TableWriter table(out, Styler(false), 0, {{"A"}, {"B"}});
  table.Add({{"1"}, {"2"}});
  table.Flush();
  table.Add({{"wide"}, {"2"}});
  table.Flush();
  CHECK(out.str() == "A  B\n1  2\nwide  2\n");
}

TEST_CASE("the widest columns give way to the terminal's width") {
  std::ostringstream out;
  TableWriter table(out, Styler(false), 30, {{"NAME"}, {"KIND"}, {"COMMENT"}});
  table.Add({{"prod.fraud.scores"}, {"TABLE"}, {"what customers see in the morning"}});
  table.Flush();
  CHECK(out.str() ==
        "NAME        KIND   COMMENT\n"
        "prod.frau…  TABLE  what custo…\n");
}

TEST_CASE("an empty table prints nothing") {
  std::ostringstream out;
  TableWriter table(out, Styler(false), 0, {{"NAME"}});
  table.Flush();
  CHECK(out.str().empty());
}

TEST_CASE("CSV quotes as RFC 4180 says") {
  const std::vector<std::string> fields = {"plain", "a,b", "say \"hi\"", "two\nlines", "", " x"};
  CHECK(CsvLine(fields) == "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,\" x\"\n");
  const std::vector<std::string> empty = {""};
  CHECK(CsvLine(empty) == "\"\"\n");
}

TEST_CASE("a card leaves out what is empty") {
  std::ostringstream out;
  Card card;
  card.Line("name", "prod").Line("comment", "").Line("position", "7");
  card.Text("template", "Answer:\n  {{ x }}\n").Text("nothing", "");
  card.Table("properties", {{"KEY"}, {"VALUE"}}, {{{"tier"}, {"gold"}}});
  card.Print(out, Styler(false), 0);
  CHECK(out.str() ==
        "name      prod\nposition  7\n\ntemplate\n  Answer:\n    {{ x }}\n\nproperties\n"
        "  KEY   VALUE\n  tier  gold\n");
}

v1::Asset ScoresAsset() {
  v1::Asset asset;
  asset.set_name("prod.fraud.scores");
  asset.set_kind(v1::KIND_TABLE);
  asset.set_current_version(3);
  asset.set_owner("group:fraud");
  asset.set_id(12);
  asset.set_position(1234);
  asset.set_creator("user:ana");
  *asset.mutable_create_time() = ToTimestamp(*ParseTime("2026-03-03T10:14:07Z"));
  *asset.mutable_update_time() = asset.create_time();
  v1::Tag& tag = *asset.add_tags();
  tag.set_key("pii");
  v1::Alias& alias = *asset.add_aliases();
  alias.set_alias("champion");
  alias.set_version(2);
  v1::Column& column = *asset.mutable_detail()->mutable_table()->add_columns();
  column.set_name("id");
  column.set_type("bigint");
  return asset;
}

std::string PrintAs(Format format, int items, std::string_view next_page_token) {
  FakeWorld world;
  App app(world.environment, GlobalFlags(), format);
  ListPrinter<v1::Asset> printer(app, "assets", AssetColumns());
  for (int i = 0; i < items; ++i) {
    v1::Asset asset;
    asset.set_name(StrCat("a.b.c", i));
    printer.Add(asset);
  }
  printer.EndPage();
  printer.End(next_page_token);
  return world.out.str();
}

TEST_CASE("lists in every form, also empty and cut") {
  CHECK(PrintAs(Format::kJson, 2, "") ==
        "{\n  \"assets\": [\n    {\n      \"name\": \"a.b.c0\"\n    },\n    {\n      \"name\": "
        "\"a.b.c1\"\n    }\n  ]\n}\n");
  CHECK(PrintAs(Format::kJson, 0, "") == "{\n  \"assets\": []\n}\n");
  CHECK(PrintAs(Format::kJson, 1, "t") ==
        "{\n  \"assets\": [\n    {\n      \"name\": \"a.b.c0\"\n    }\n  ],\n  "
        "\"next_page_token\": \"t\"\n}\n");
  CHECK(PrintAs(Format::kJsonl, 2, "t") == "{\"name\":\"a.b.c0\"}\n{\"name\":\"a.b.c1\"}\n");
  CHECK(PrintAs(Format::kYaml, 2, "") == "assets:\n  - name: a.b.c0\n  - name: a.b.c1\n");
  CHECK(PrintAs(Format::kYaml, 0, "") == "assets: []\n");
  CHECK(PrintAs(Format::kCsv, 1, "") ==
        "name,kind,version,aliases,owner,tags,updated,comment,id,state,properties,create_time,"
        "creator,updater,etag,position\na.b.c0,,0,,,,,,0,,,,,,,0\n");
  CHECK(PrintAs(Format::kTable, 0, "").empty());
}

TEST_CASE("an asset as a card and as a row") {
  FakeWorld world;
  App app(world.environment, GlobalFlags(), Format::kTable);
  const v1::Asset asset = ScoresAsset();
  REQUIRE(PrintRecord(app, asset, AssetCard(asset), AssetColumns()).ok());
  CHECK(world.out.str() ==
        "name      prod.fraud.scores\n"
        "kind      TABLE\n"
        "version   3\n"
        "aliases   champion=2\n"
        "owner     group:fraud\n"
        "tags      pii\n"
        "created   2026-03-03 10:14:07Z by user:ana\n"
        "id        12\n"
        "position  1,234\n"
        "\n"
        "columns\n"
        "  NAME  TYPE    NULL\n"
        "  id    bigint  not null\n");
}

TEST_CASE("costs keep every digit") {
  v1::Prediction prediction;
  CHECK(CostText(prediction) == "");
  prediction.set_cost_micros(142);
  CHECK(CostText(prediction) == "0.000142 USD");
  prediction.set_cost_micros(12'000'001);
  prediction.set_currency("EUR");
  CHECK(CostText(prediction) == "12.000001 EUR");
}

TEST_CASE("errors are shown with code, reason and hint") {
  std::ostringstream out;
  PrintError(out, Styler(false),
             NotFound("ASSET_NOT_FOUND", "no asset prod.fraud.scroes", "prod.fraud.scores exists"));
  CHECK(out.str() ==
        "error: no asset prod.fraud.scroes (NOT_FOUND, ASSET_NOT_FOUND)\n"
        "hint: prod.fraud.scores exists\n");
  CHECK(ErrorText(absl::UnavailableError("no answer")) == "no answer (UNAVAILABLE)");
  CHECK(ErrorText(UsageError("unknown flag --x", "see help")) == "unknown flag --x");
  CHECK(ErrorText(LocalError("cannot read x")) == "cannot read x");
  CHECK(HintOf(UsageError("unknown flag --x", "see help")) == "see help");
  CHECK(HintOf(WithHint(LocalError("x"), "do y")) == "do y");
  CHECK(HintOf(WithHint(UsageError("x", "first"), "second")) == "first");
}

TEST_CASE("exit codes") {
  CHECK(ExitCodeFor(absl::OkStatus()) == ExitCode::kOk);
  CHECK(ExitCodeFor(UsageError("x")) == ExitCode::kUsage);
  CHECK(ExitCodeFor(LocalError("x")) == ExitCode::kError);
  CHECK(ExitCodeFor(absl::InvalidArgumentError("x")) == ExitCode::kError);
  CHECK(ExitCodeFor(absl::FailedPreconditionError("x")) == ExitCode::kError);
  CHECK(ExitCodeFor(absl::PermissionDeniedError("x")) == ExitCode::kDenied);
  CHECK(ExitCodeFor(absl::UnauthenticatedError("x")) == ExitCode::kDenied);
  CHECK(ExitCodeFor(absl::NotFoundError("x")) == ExitCode::kNotFound);
  CHECK(ExitCodeFor(absl::AlreadyExistsError("x")) == ExitCode::kConflict);
  CHECK(ExitCodeFor(absl::AbortedError("x")) == ExitCode::kConflict);
  CHECK(ExitCodeFor(absl::UnavailableError("x")) == ExitCode::kUnavailable);
  CHECK(ExitCodeFor(absl::DeadlineExceededError("x")) == ExitCode::kUnavailable);
}

}  // namespace
}  // namespace whence::cli
