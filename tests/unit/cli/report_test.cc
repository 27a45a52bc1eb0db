// Reports: tests/acceptance/report_* show whole ones.

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_join.h"
#include "cli/report/access_report.h"
#include "cli/report/dossier.h"
#include "cli/report/markdown.h"
#include "cli/report/usage.h"
#include "google/protobuf/text_format.h"

namespace whence::cli {
namespace {

template <class T>
T Parse(const std::string& text) {
  T message;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

TEST_CASE("report: text and names in Markdown") {
  CHECK(MarkdownText("plain, as it is.") == "plain, as it is.");
  CHECK(MarkdownText("a|b *c* _d_ <e> [f] `g` # \\ ~ &") ==
        "a\\|b \\*c\\* \\_d\\_ \\<e\\> \\[f\\] \\`g\\` \\# \\\\ \\~ \\&");
  CHECK(MarkdownText("two\nlines").find('\n') == std::string::npos);
  CHECK(MarkdownCode("") == "");
  CHECK(MarkdownCode("prod.fraud.scores") == "`prod.fraud.scores`");
  CHECK(MarkdownCode("a|b") == "`a\\|b`");
  CHECK(MarkdownCode("prod.`a b`.c") == "``prod.`a b`.c``");
  CHECK(MarkdownCode("`a``b`") == "``` `a``b` ```");
}

TEST_CASE("report: a table begins with its first row") {
  std::ostringstream out;
  MarkdownTable table(out, {"a", "b"});
  CHECK(table.empty());
  CHECK(out.str().empty());
  table.Add({"1", ""});
  table.Add({"2", "3"});
  CHECK_FALSE(table.empty());
  CHECK(out.str() == "| a | b |\n|---|---|\n| 1 | |\n| 2 | 3 |\n");
}

TEST_CASE("report: ways are told once, limits in words") {
  const auto access = Parse<v1::AssetAccess>(R"(
      privileges {
        privilege: "SELECT"
        reasons { kind: ACCESS_REASON_KIND_GRANT privilege: "ALL PRIVILEGES"
                  securable { type: SECURABLE_TYPE_SCHEMA name: "a.b" }
                  through: "group:x" through: "group:y" } }
      privileges {
        privilege: "MODIFY"
        reasons { kind: ACCESS_REASON_KIND_GRANT privilege: "ALL PRIVILEGES"
                  securable { type: SECURABLE_TYPE_SCHEMA name: "a.b" }
                  through: "group:x" through: "group:y" } }
      gates {
        privilege: "USE CATALOG"
        reasons { kind: ACCESS_REASON_KIND_OWNER
                  securable { type: SECURABLE_TYPE_CATALOG name: "a" } } }
      denied {
        privilege: "SELECT"
        reasons { kind: ACCESS_REASON_KIND_POLICY policy: "p2" }
        reasons { kind: ACCESS_REASON_KIND_POLICY policy: "p1" }
        reasons { kind: ACCESS_REASON_KIND_POLICY policy: "p2" } }
      denied_columns: "ssn" row_filters: "eu" row_filters: "own"
      masks { policy: "m" mask: "hash" columns: "a" columns: "b" })");
  CHECK(absl::StrJoin(WaysText(access), "; ") ==
        "ALL PRIVILEGES on schema a.b through group:x > group:y; owner of catalog a");
  CHECK(absl::StrJoin(LimitsText(access), "; ") ==
        "denied: SELECT by p1, p2; not the columns ssn; some rows, by eu, own; "
        "masks: m (hash) on a, b");
  CHECK(LimitsText(Parse<v1::AssetAccess>(R"(mask_conflict: "two masks")")).front() ==
        "nothing is shown: two masks");
  CHECK(LimitsText({}).empty());
}

TEST_CASE("report: use, added up") {
  Usage usage;
  CHECK(usage.LatencyMicros(50) == 0);
  for (int i = 1; i <= 100; ++i) {
    v1::Prediction prediction;
    prediction.set_endpoint(i % 2 == 0 ? "a.b.e" : "");
    prediction.set_status(i == 100 ? v1::PREDICTION_STATUS_BLOCKED
                          : i > 90 ? v1::PREDICTION_STATUS_OK
                                   : v1::PREDICTION_STATUS_UNSPECIFIED);
    // In no order, and some do not say.
    prediction.set_latency_us(i <= 20 ? ((i * 7) % 20 + 1) * 10 : 0);
    prediction.mutable_start_time()->set_seconds(1000 + i);
    prediction.set_cost_micros(i % 10 == 0 ? 5 : 0);
    prediction.set_currency(i == 10 ? "EUR" : "USD");
    prediction.add_prompts("a.b.p@1");
    prediction.add_retrieved()->set_index("a.b.i@1");
    usage.Add(prediction);
  }
  CHECK(usage.predictions() == 100);
  CHECK(usage.by_status() ==
        std::map<v1::PredictionStatus, int64_t>{{v1::PREDICTION_STATUS_OK, 99},
                                                {v1::PREDICTION_STATUS_BLOCKED, 1}});
  CHECK(usage.endpoints().at("").predictions == 50);
  CHECK(usage.endpoints().at("a.b.e").by_status.at(v1::PREDICTION_STATUS_BLOCKED) == 1);
  CHECK(usage.timed() == 20);
  CHECK(usage.LatencyMicros(1) == 10);
  CHECK(usage.LatencyMicros(50) == 100);
  CHECK(usage.LatencyMicros(95) == 190);
  CHECK(usage.LatencyMicros(96) == 200);
  CHECK(usage.LatencyMicros(100) == 200);
  CHECK(absl::ToUnixSeconds(usage.first()) == 1001);
  CHECK(absl::ToUnixSeconds(usage.last()) == 1100);
  CHECK(usage.cost_micros() == std::map<std::string, int64_t>{{"EUR", 5}, {"USD", 45}});
  CHECK(usage.prompts() == std::set<std::string>{"a.b.p@1"});
  CHECK(usage.indexes() == std::set<std::string>{"a.b.i@1"});
}

TEST_CASE("report: a dossier of which hardly anything is known has all points") {
  Dossier dossier;
  dossier.reference = "a.b.m";
  (*dossier.asset.mutable_properties())["annex_iv.7"] = "ISO/IEC 42001";
  dossier.gaps = {"point 2: evaluations: none recorded"};
  std::ostringstream out;
  WriteDossierMarkdown(out, dossier);
  for (int point = 1; point <= 9; ++point) {
    CHECK(out.str().find("\n## " + std::to_string(point) + ". ") != std::string::npos);
  }
  CHECK(out.str().find("specifications\n\nISO/IEC 42001\n") != std::string::npos);
  CHECK(out.str().find("conformity\n\nNone recorded.\n") != std::string::npos);
  CHECK(out.str().find("- point 2: evaluations: none recorded\n") != std::string::npos);
  const Json json = DossierJson(dossier);
  CHECK(json.Find("standards")->Find("recorded")->text == "ISO/IEC 42001");
  CHECK(json.Find("risk_management")->Find("recorded") == nullptr);
  CHECK(json.Find("gaps")->items.size() == 1);
}

}  // namespace
}  // namespace whence::cli
