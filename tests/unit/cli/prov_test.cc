// Lineage as PROV-JSON: tests/acceptance/prov_json shows whole documents.
#include "cli/graph/prov.h"

#include "catch2/catch.hpp"
#include "cli/graph/prov_document.h"
#include "cli/graph/prov_names.h"
#include "cli/graph/prov_writer.h"
#include "cli/output/json.h"
#include "google/protobuf/text_format.h"

namespace whence::cli {
namespace {

template <class T>
T Parse(const std::string& text) {
  T message;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

// A part of a document, on one line; empty when it is not there.
std::string At(const std::string& document, std::initializer_list<std::string_view> path) {
  const absl::StatusOr<Json> json = ParseJson(document);
  REQUIRE(json.ok());
  const Json* at = &*json;
  for (const std::string_view key : path) {
    at = at->Find(key);
    if (at == nullptr) return "";
  }
  return WriteJson(*at, /*pretty=*/false);
}

std::string Write(const std::string& graph) {
  const auto parsed = Parse<v1::LineageGraph>(graph);
  return WriteProv({&parsed});
}

TEST_CASE("prov: names that PROV-N does not take as they are") {
  ProvDocument document;
  const auto name = [&document](std::string_view reference) {
    return ProvName(document, reference);
  };
  CHECK(name("prod.fraud.model@7") == "data:prod.fraud.model@7");
  CHECK(name("prod.raw.users#email") == "data:prod.raw.users#email");
  CHECK(name("run:8f41") == "run:8f41");
  CHECK(name("prediction:a:b c") == "prediction:a%3Ab%20c");
  CHECK(name("id:17@1") == "id:17@1");
  CHECK(name("redacted:0a") == "redacted:0a");
  CHECK(name("`s3://x`.default.`é%`") == "data:%60s3%3A//x%60.default.%60%C3%A9%25%60");
  // A dot or hyphen does not begin a local part, nor does a dot end it.
  CHECK(name("prediction:-.a.") == "prediction:%2D.a%2E");
  CHECK(name("prediction:.") == "prediction:%2E");
  // A prefix alone says what is behind it.
  CHECK(name("runs.a.b") == "data:runs.a.b");
}

TEST_CASE("prov: principals are agents, and each is described once") {
  ProvDocument document;
  CHECK(ProvAgent(document, "") == "");
  CHECK(ProvAgent(document, "user:ana") == "user:ana");
  CHECK(ProvAgent(document, "user:ana") == "user:ana");
  CHECK(ProvAgent(document, "svc:a b") == "svc:a%20b");
  CHECK(ProvAgent(document, "group:all") == "group:all");
  CHECK(ProvAgent(document, "Ana of old") == "agent:Ana%20of%20old");
  const std::string text = document.Write();
  CHECK(At(text, {"agent", "user:ana", "prov:type", "$"}) == "\"prov:Person\"");
  CHECK(At(text, {"agent", "svc:a%20b", "prov:type", "$"}) == "\"prov:SoftwareAgent\"");
  CHECK(At(text, {"agent", "group:all", "prov:type", "$"}) == "\"prov:Organization\"");
  CHECK(At(text, {"agent", "agent:Ana%20of%20old"}) == R"({"prov:label":"Ana of old"})");
}

TEST_CASE("prov: values of attributes") {
  ProvRecord record;
  record.Text("a:text", "").Number("a:number", 0).Flag("a:flag", false).Name("a:name", "");
  record.Time("a:time", {}).PlainTime("a:plain", {});
  CHECK(WriteJson(record.json(), false) == "{}");
  record.Number("n:exact", (int64_t{1} << 53) - 1).Number("n:large", int64_t{1} << 53);
  record.Number("n:least", -(int64_t{1} << 53)).Real("n:real", 0.1).Real("n:tiny", 1e-300);
  CHECK(WriteJson(record.json(), false) ==
        R"({"n:exact":9007199254740991,"n:large":{"$":"9007199254740992","type":"xsd:long"},)"
        R"("n:least":{"$":"-9007199254740992","type":"xsd:long"},)"
        R"("n:real":{"$":"0.1","type":"xsd:double"},"n:tiny":{"$":"1e-300","type":"xsd:double"}})");
  ProvRecord several;
  several.Text("a:x", "1").Text("a:x", "2").Text("a:x", "3");
  CHECK(WriteJson(several.json(), false) == R"({"a:x":["1","2","3"]})");
}

TEST_CASE("prov: who wrote first made it, in whatever order the edges come") {
  const std::string document = Write(R"(
      root: "a.b.c" position: 9
      nodes { reference: "a.b.c" dataset { asset: "a.b.c" kind: KIND_TABLE } }
      nodes { reference: "run:2" run { id: "2" end_time { seconds: 200 } } }
      nodes { reference: "run:1" run { id: "1" end_time { seconds: 100 } } }
      edges { source: 1 target: 0 role: EDGE_ROLE_WRITE position: 8 }
      edges { source: 2 target: 0 role: EDGE_ROLE_WRITE position: 5 }
      edges { source: 2 target: 0 role: EDGE_ROLE_WRITE position: 7 })");
  CHECK(At(document, {"wasGeneratedBy"}) ==
        R"({"_:wGB1":{"prov:entity":"data:a.b.c","prov:activity":"run:1",)"
        R"("prov:time":"1970-01-01T00:01:40Z"}})");
  CHECK(At(document, {"wasInfluencedBy", "_:wIB1", "prov:influencer"}) == "\"run:2\"");
  CHECK(At(document, {"wasInfluencedBy", "_:wIB2"}) == "");
}

TEST_CASE("prov: an asset that is a node too is told in full, wherever it stands") {
  const std::string document = Write(R"(
      root: "a.b.c"
      nodes { reference: "a.b.c@1" dataset { asset: "a.b.c" version: 1 owner: "user:ana" } }
      nodes { reference: "a.b.c"
              dataset { asset: "a.b.c" kind: KIND_TABLE owner: "user:ana" digest: "x:1" } })");
  CHECK(At(document, {"entity", "data:a.b.c", "whence:digest"}) == "\"x:1\"");
  CHECK(At(document, {"entity", "data:a.b.c", "prov:type", "$"}) == "\"whence:Table\"");
  CHECK(At(document, {"specializationOf", "_:sO1"}) ==
        R"({"prov:specificEntity":"data:a.b.c@1","prov:generalEntity":"data:a.b.c"})");
  // Owned once, though both say so.
  CHECK(At(document, {"wasAttributedTo", "_:wAT1", "prov:agent"}) == "\"user:ana\"");
  CHECK(At(document, {"wasAttributedTo", "_:wAT2"}) == "");
}

TEST_CASE("prov: a declaration is derivations, from each source to each target") {
  const std::string document = Write(R"(
      root: "a.b.t"
      nodes { reference: "a.b.t" dataset { asset: "a.b.t" } }
      nodes { reference: "declaration:4" declaration { id: 4 creator: "svc:x" comment: "so" } }
      nodes { reference: "a.b.s" dataset { asset: "a.b.s" } }
      nodes { reference: "a.b.r" dataset { asset: "a.b.r" } }
      edges { source: 2 target: 1 role: EDGE_ROLE_READ }
      edges { source: 3 target: 1 role: EDGE_ROLE_READ }
      edges { source: 1 target: 0 role: EDGE_ROLE_WRITE })");
  CHECK(At(document, {"wasDerivedFrom", "_:wDF1"}) ==
        R"({"prov:generatedEntity":"data:a.b.t","prov:usedEntity":"data:a.b.s",)"
        R"("prov:type":{"$":"whence:Declared","type":"prov:QUALIFIED_NAME"},)"
        R"("whence:via":"declaration:4",)"
        R"("whence:declaredBy":{"$":"svc:x","type":"prov:QUALIFIED_NAME"},)"
        R"("whence:comment":"so"})");
  CHECK(At(document, {"wasDerivedFrom", "_:wDF2", "prov:usedEntity"}) == "\"data:a.b.r\"");
  CHECK(At(document, {"activity"}) == "");
  CHECK(At(document, {"used"}) == "");
}

TEST_CASE("prov: redacted nodes keep their placeholder and say no more than their kind") {
  const std::string document = Write(R"(
      root: "a.b.t" redacted_count: 3
      nodes { reference: "a.b.t" dataset { asset: "a.b.t" } }
      nodes { reference: "redacted:01" run { } }
      nodes { reference: "redacted:02" dataset { kind: KIND_MODEL } }
      nodes { reference: "redacted:03" column { kind: KIND_TABLE } }
      edges { source: 1 target: 0 role: EDGE_ROLE_WRITE }
      edges { source: 2 target: 1 role: EDGE_ROLE_READ })");
  CHECK(At(document, {"entity", "whence:answer", "whence:redactedCount"}) == "3");
  CHECK(At(document, {"activity", "redacted:01", "whence:redacted"}) == "true");
  CHECK(At(document, {"activity", "redacted:01", "prov:label"}) == "\"[redacted]\"");
  CHECK(
      At(document, {"entity", "redacted:02"}) ==
      R"({"prov:label":"[redacted]","prov:type":{"$":"whence:Model","type":"prov:QUALIFIED_NAME"},)"
      R"("whence:redacted":true})");
  CHECK(At(document, {"entity", "redacted:03", "whence:redacted"}) == "true");
  CHECK(At(document, {"used", "_:u1"}) ==
        R"({"prov:activity":"redacted:01","prov:entity":"redacted:02"})");
  CHECK(At(document, {"specializationOf"}) == "");
  CHECK(At(document, {"hadMember"}) == "");
  CHECK(At(document, {"wasAssociatedWith"}) == "");
}

TEST_CASE("prov: edges that point outside the nodes are left out") {
  const std::string document = Write(R"(
      root: "a.b.t"
      nodes { reference: "a.b.t" dataset { asset: "a.b.t" } }
      edges { source: 0 target: 1 role: EDGE_ROLE_DERIVES }
      edges { source: -1 target: 0 role: EDGE_ROLE_DERIVES })");
  CHECK(At(document, {"wasDerivedFrom"}) == "");
}

TEST_CASE("prov: the table of a column") {
  CHECK(TableOfColumn("a.b.c#x") == "a.b.c");
  CHECK(TableOfColumn("a.`b#c`.d#`x#y`") == "a.`b#c`.d");
  CHECK(TableOfColumn("id:4#x") == "id:4");
  CHECK(TableOfColumn("a.b.c@1") == "");
}

TEST_CASE("prov: an impact through a run, a declaration and a column") {
  const auto impact = Parse<v1::ImpactResponse>(R"(
      root: "a.b.s#x" prediction_count: 5 assets_truncated: true truncations: TRUNCATION_NODES
      assets { asset { asset: "a.b.t" kind: KIND_TABLE owner: "user:ana" } versions: [0, 2]
               columns: "y z" path: ["a.b.s#x", "a.b.t#`y z`", "a.b.t@2"] }
      assets { asset { asset: "a.b.m" kind: KIND_MODEL asset_id: 9 deleted: true } versions: 1
               path: ["a.b.t@2", "declaration:1", "a.b.u", "run:7", "id:9@1"] })");
  const std::string document = WriteProv(impact);
  CHECK(At(document, {"entity", "whence:answer", "whence:truncation"}) == "\"NODES\"");
  CHECK(At(document, {"entity", "whence:answer", "whence:assetsTruncated"}) == "true");
  CHECK(At(document, {"hadMember", "_:hM1"}) ==
        R"({"prov:collection":"data:a.b.t@2","prov:entity":"data:a.b.t#%60y%20z%60"})");
  CHECK(At(document, {"wasGeneratedBy", "_:wGB1"}) ==
        R"({"prov:entity":"id:9@1","prov:activity":"run:7"})");
  CHECK(At(document, {"used", "_:u1"}) ==
        R"({"prov:activity":"run:7","prov:entity":"data:a.b.u"})");
  // To each asset, version and column; and along the paths.
  CHECK(At(document, {"wasDerivedFrom", "_:wDF4"}) ==
        R"({"prov:generatedEntity":"data:a.b.t#%60y%20z%60","prov:usedEntity":"data:a.b.s#x"})");
  CHECK(At(document, {"wasDerivedFrom", "_:wDF6", "prov:type", "$"}) == "\"whence:Declared\"");
  CHECK(At(document, {"wasDerivedFrom", "_:wDF7"}) == "");
}

TEST_CASE("prov: an answer without nodes is a document too") {
  const std::string document = Write(R"(root: "a.b.t" position: 3)");
  CHECK(At(document, {"entity", "whence:answer", "whence:position"}) == "3");
  CHECK(At(document, {"activity"}) == "");
}

}  // namespace
}  // namespace whence::cli
