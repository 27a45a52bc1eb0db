#include <catch2/catch.hpp>

#include <yaml-cpp/yaml.h>

#include "base/strings.h"
#include "cli/output/json.h"
#include "cli/text/human.h"
#include "cli/text/parse.h"
#include "whence/v1/catalog.pb.h"
#include "whence/v1/prediction.pb.h"

namespace whence::cli {
namespace {

std::string Round(std::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text);
  return json.ok() ? WriteJson(*json, /*pretty=*/false) : std::string(json.status().message());
}

TEST_CASE("JSON is read and written with its order kept") {
  CHECK(Round(R"( {"b": [1, -2.5e+3, true, false, null, "x"], "a": {}, "c": []} )") ==
        R"({"b":[1,-2.5e+3,true,false,null,"x"],"a":{},"c":[]})");
  CHECK(Round(R"("\u00e9\ud83d\ude00\n\"\\\/")") == "\"é😀\\n\\\"\\\\/\"");
  CHECK(Round("0") == "0");
}

TEST_CASE("what is not JSON is refused, with its place") {
  CHECK(Round("") == "not JSON: it ends too early at 1:1");
  CHECK(Round("{\"a\": 1,\n x}") == "not JSON: a key in double quotes is missing at 2:2");
  CHECK(Round("[1 2]") == "not JSON: a ',' or ']' is missing at 1:4");
  CHECK(Round("{} x") == "not JSON: something follows the value at 1:4");
  CHECK(Round("\"\\ud800\"").starts_with("not JSON: half of a surrogate pair"));
  CHECK(Round("\"a\nb\"").starts_with("not JSON: a control character"));
  CHECK(Round("\"\xFF\"").starts_with("not JSON: bytes are not UTF-8"));
  CHECK(Round("{\"a\":1,\"a\":2}").starts_with("not JSON: the key \"a\" comes twice"));
  for (const char* text :
       {"01", "-", "1.", "1e", "nul", "tru", "\"", "[", "{", "{\"a\"", "+1", ".5"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseJson(text).ok());
  }
  CHECK(Round(std::string(5000, '[')).starts_with("not JSON: nested too deeply"));
}

TEST_CASE("pretty JSON is indented by two") {
  CHECK(WriteJson(*ParseJson(R"({"a":[1,{"b":2}],"c":{},"d":[]})"), /*pretty=*/true) ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

TEST_CASE("messages become JSON with the contract's names, sorted maps and no defaults") {
  v1::Asset asset;
  asset.set_name("prod.fraud.scores");
  asset.set_id(42);
  asset.set_kind(v1::KIND_TABLE);
  for (const char* key : {"z", "a", "m"}) (*asset.mutable_properties())[key] = "<v>";
  *asset.mutable_create_time() = ToTimestamp(*ParseTime("2026-03-03T10:14:07Z"));
  CHECK(WriteJson(ToJson(asset), /*pretty=*/false) ==
        R"({"name":"prod.fraud.scores","id":"42","properties":{"a":"<v>","m":"<v>","z":"<v>"},)"
        R"("create_time":"2026-03-03T10:14:07Z","kind":"KIND_TABLE"})");
  CHECK(WriteJson(ToJson(v1::Asset()), /*pretty=*/true) == "{}");
}

TEST_CASE("JSON becomes a message again, or says what is wrong") {
  v1::Prediction prediction;
  CHECK(FromJson(R"({"id":"p","latency_us":"12","retrieved":[{"index":"a.b.c","score":0.5}]})",
                 &prediction)
            .ok());
  CHECK(prediction.latency_us() == 12);
  CHECK(FromJson(R"({"latencyUs":"13"})", &prediction).ok());
  const absl::Status status = FromJson(R"({"latency":"12"})", &prediction);
  CHECK(ToStd(status.message()).find("latency") != std::string_view::npos);
}

// What a YAML reader makes of our YAML, as JSON.
std::string Reread(const Json& json) {
  const std::string yaml = WriteYaml(json);
  CAPTURE(yaml);
  const YAML::Node node = YAML::Load(yaml);
  struct Convert {
    Json operator()(const YAML::Node& from) const {
      if (from.IsNull()) return Json();
      if (from.IsSequence()) {
        Json list = Json::Array();
        for (const YAML::Node& item : from) list.items.push_back((*this)(item));
        return list;
      }
      if (from.IsMap()) {
        Json map = Json::Object();
        for (const auto& pair : from)
          map.members.emplace_back(pair.first.Scalar(), (*this)(pair.second));
        return map;
      }
      return Json::String(from.Scalar());
    }
  };
  return WriteJson(Convert()(node), /*pretty=*/false);
}

TEST_CASE("YAML says the same as JSON") {
  CHECK(WriteYaml(*ParseJson(R"({"name":"prod.x","tags":[{"key":"pii"},{"key":"a","value":"1"}],)"
                             R"("empty":[],"rows":12,"flag":true,"list":["a","b c"]})")) ==
        "name: prod.x\ntags:\n  - key: pii\n  - key: a\n    value: \"1\"\nempty: []\nrows: 12\n"
        "flag: true\nlist:\n  - a\n  - b c\n");
  CHECK(WriteYaml(Json::Object()) == "{}\n");
}

TEST_CASE("YAML quotes what YAML would take for something else") {
  for (const char* text : {"",
                           " ",
                           "yes",
                           "No",
                           "null",
                           "~",
                           "1",
                           "1.5",
                           "-",
                           "- a",
                           "a: b",
                           "a #b",
                           "#a",
                           "@a",
                           "`a`",
                           "*a",
                           "&a",
                           "!a",
                           "%a",
                           "{a}",
                           "[a]",
                           "a,b",
                           "\"q\"",
                           "'q'",
                           "tab\there",
                           "end ",
                           "end:",
                           "sha256:abc",
                           "2026-03-03T10:14:07Z",
                           "é",
                           "日本",
                           "a\\b",
                           "0x1f",
                           ".nan",
                           "true",
                           "?",
                           "|",
                           ">",
                           "two\nlines",
                           "two\nlines\n",
                           "two\n\nlines\n\n",
                           "\nfirst",
                           " lead\nx",
                           "a\n  b\n",
                           "cr\r\nlf",
                           "bell\x07",
                           "a\n\n",
                           "\n"}) {
    CAPTURE(text);
    Json json = Json::Object();
    json.members.emplace_back("k", Json::String(text));
    Json expected = json;
    CHECK(Reread(json) == WriteJson(expected, /*pretty=*/false));
    Json list = Json::Array();
    list.items.push_back(json);
    list.items.push_back(Json::String(text));
    CHECK(Reread(list) == WriteJson(list, /*pretty=*/false));
  }
}

TEST_CASE("templates of several lines are literal blocks in YAML") {
  Json json = Json::Object();
  json.members.emplace_back("template", Json::String("Answer:\n  {{ question }}\n"));
  CHECK(WriteYaml(json) == "template: |\n  Answer:\n    {{ question }}\n");
}

}  // namespace
}  // namespace whence::cli
