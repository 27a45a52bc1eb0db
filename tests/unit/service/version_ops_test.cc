#include "service/version_ops.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "ask.h"
#include "base/digest.h"

namespace whence::service {
namespace {

using test::Asked;
using test::HintOf;
using test::Parse;
using test::ReasonOf;

struct Models : Asked {
  Models() {
    Asset("prod.ml.m", v1::KIND_MODEL);   // 1 to 3
    Asset("prod.ml.p", v1::KIND_PROMPT);  // 4
  }
};

TEST_CASE("a version is registered whole and found by number, alias and name") {
  Models house;
  const v1::Version version = house.Ask(kRegisterVersion, R"(
      asset: "prod.ml.m"
      version {
        digest: "opaque:one" location: "s3://x" comment: "c"
        properties { key: "k" value: "v" }
        detail { model { framework: "onnx" metrics { key: "auc" value: 0.91 } } }
        number: 77 name: "ignored" creator: "user:mallory"
      })");
  CHECK(version.name() == "prod.ml.m@1");
  CHECK(version.asset() == "prod.ml.m");
  CHECK(version.number() == 1);
  CHECK(version.digest() == "opaque:one");
  CHECK(version.location() == "s3://x");
  CHECK(version.properties().at("k") == "v");
  CHECK(version.detail().model().metrics().at("auc") == 0.91);
  CHECK(version.creator() == "user:ana");
  CHECK(version.kind() == v1::KIND_MODEL);
  CHECK(version.position() == 5);
  house.Alias("prod.ml.m", "champion", 1);
  for (const char* name : {"prod.ml.m@1", "prod.ml.m@champion", "prod.ml.m@latest", "prod.ml.m"}) {
    const v1::Version found = house.Ask(kGetVersion, absl::StrCat("name: '", name, "'"));
    CHECK(found.name() == "prod.ml.m@1");
    REQUIRE(found.aliases_size() == 1);
    CHECK(found.aliases(0) == "champion");
  }
  // The asset has the newest detail, and says which version is newest.
  const v1::Asset asset = house.Ask(kGetAsset, R"(name: "prod.ml.m")");
  CHECK(asset.detail().model().framework() == "onnx");
  CHECK(asset.current_version() == 1);
  CHECK(asset.position() == 5);
  REQUIRE(asset.aliases_size() == 1);
  CHECK(asset.aliases(0).version() == 1);
  // The graph knows the version.
  const lineage::Graph& graph = house.house().graph();
  CHECK(graph.type(5) == lineage::NodeType::kVersion);
  CHECK(graph.asset(5) == 3);
  CHECK(graph.number(5) == 1);
}

TEST_CASE("the same digest is the same version, and takes no position") {
  Models house;
  house.Version("prod.ml.m");
  const v1::Version first =
      house.Ask(kRegisterVersion, "asset: 'prod.ml.m' version { digest: 'opaque:a' comment: '1' }");
  const Position position = house.position();
  const v1::Version again =
      house.Ask(kRegisterVersion, R"(asset: 'prod.ml.m' version { digest: 'opaque:a' comment: '2'
                           detail { model { framework: "other" } } })");
  CHECK(again.SerializeAsString() == first.SerializeAsString());
  CHECK(house.position() == position);
  CHECK_FALSE(house.Ask(kGetAsset, "name: 'prod.ml.m'").has_detail());
}

TEST_CASE("a prompt's digest is that of its template, which is kept exactly") {
  Models house;
  const std::string text = "Answer: {{ question }}\r\n\tfrom {\"json\": 1}\n  ";
  v1::RegisterVersionRequest request;
  request.set_asset("prod.ml.p");
  request.mutable_version()->mutable_detail()->mutable_prompt()->set_template_(text);
  const v1::Version version = house.Run(kRegisterVersion, request).value();
  CHECK(version.digest() == Sha256Digest(text));
  CHECK(version.detail().prompt().template_() == text);
  REQUIRE(version.detail().prompt().variables_size() == 1);
  CHECK(version.detail().prompt().variables(0) == "question");
  CHECK(house.Run(kRegisterVersion, request).value().number() == 1);
  request.mutable_version()->mutable_detail()->mutable_prompt()->set_template_(text + " ");
  CHECK(house.Run(kRegisterVersion, request).value().number() == 2);
  // Without a detail of its own: the asset's, which is the newest version's.
  CHECK(house.Ask(kRegisterVersion, "asset: 'prod.ml.p'").number() == 2);
  CHECK(house.Ask(kGetVersion, "name: 'prod.ml.p@1'").detail().prompt().template_() == text);
}

TEST_CASE("versions are refused by name") {
  Models house;
  CHECK(house.WhyAt(kRegisterVersion, "asset: 'prod.ml.m'") == "DIGEST_REQUIRED at version.digest");
  CHECK(house.WhyAt(kRegisterVersion, "asset: 'prod.ml.p'") == "DIGEST_REQUIRED at version.digest");
  CHECK(house.WhyAt(kRegisterVersion, "asset: 'prod.ml.m' version { digest: 'sha256:xyz' }") ==
        "DIGEST_MALFORMED at version.digest");
  CHECK(house.WhyAt(kRegisterVersion,
                    "asset: 'prod.ml.m' version { digest: 'opaque:1' detail { job { } } }") ==
        "DETAIL_KIND_MISMATCH at version.detail");
  CHECK(house.WhyAt(kRegisterVersion, R"(asset: 'prod.ml.p' version { detail { prompt {
            template: "{{ a }} {{ b }}" variables: "a" } } })") ==
        "PROMPT_VARIABLE_UNDECLARED at version.detail.prompt.variables");
  CHECK(house.WhyAt(kRegisterVersion, "asset: 'prod.ml.m@1'") == "NAME_MALFORMED at asset");
  CHECK(house.Why(kRegisterVersion, "asset: 'prod.ml.x' version { digest: 'opaque:1' }") ==
        "ASSET_NOT_FOUND");
  CHECK(house.Why(kGetVersion, "name: 'prod.ml.m'") == "VERSION_NOT_FOUND");
  CHECK(house.Why(kGetVersion, "name: 'prod.ml.m@latest'") == "VERSION_NOT_FOUND");
  CHECK(house.Why(kGetVersion, "name: 'prod.ml.m@3'") == "VERSION_NOT_FOUND");
  CHECK(house.Why(kGetVersion, "name: 'prod.ml.m@x'") == "ALIAS_NOT_FOUND");
  CHECK(house.WhyAt(kGetVersion, "name: 'prod.ml'") == "REFERENCE_NOT_AN_ASSET at name");
  CHECK(house.WhyAt(kGetVersion, "name: 'prod.ml.m#c'") == "REFERENCE_NOT_AN_ASSET at name");
  CHECK(house.WhyAt(kGetVersion, "name: 'prediction:p'") == "REFERENCE_NOT_AN_ASSET at name");
  CHECK(house.position() == 4);
}

TEST_CASE("only comment and properties of a version change") {
  Models house;
  house.Ask(kRegisterVersion, R"(asset: 'prod.ml.m' version { digest: 'opaque:a' location: 'l'
                                 detail { model { framework: "onnx" } } })");  // 5
  const v1::Version updated =
      house.Ask(kUpdateVersion, "version { name: 'prod.ml.m@1' comment: 'c' }");
  CHECK(updated.comment() == "c");
  CHECK(updated.position() == 6);
  house.Ask(kUpdateVersion, "version { name: 'prod.ml.m@1' comment: 'c' }");
  CHECK(house.position() == 6);
  // What was read may be sent back whole.
  v1::UpdateVersionRequest request;
  *request.mutable_version() = updated;
  (*request.mutable_version()->mutable_properties())["k"] = "v";
  CHECK(house.Run(kUpdateVersion, request).value().position() == 7);
  CHECK(ReasonOf(house.Run(kUpdateVersion, request).status()) == "ETAG_MISMATCH");
  const auto immutable = [&](const std::string& fields, const std::string& mask = "") {
    return house.WhyAt(kUpdateVersion, "version { name: 'prod.ml.m@1' " + fields + " }" + mask);
  };
  CHECK(immutable("digest: 'opaque:b'") == "VERSION_IMMUTABLE at version.digest");
  CHECK(immutable("location: 'm'") == "VERSION_IMMUTABLE at version.location");
  CHECK(immutable("detail { model { framework: 'x' } }") == "VERSION_IMMUTABLE at version.detail");
  CHECK(immutable("", "update_mask { paths: 'digest' }") == "VERSION_IMMUTABLE at update_mask");
  CHECK(immutable("", "update_mask { paths: 'colour' }") ==
        "UPDATE_MASK_INVALID at update_mask.paths[0]");
  CHECK(house.WhyAt(kUpdateVersion, "version { name: 'prod.ml.m' comment: 'x' }") ==
        "VERSION_REFERENCE_REQUIRED at version.name");
  CHECK(house.Why(kUpdateVersion, "version { name: 'prod.ml.m@9' comment: 'x' }") ==
        "VERSION_NOT_FOUND");
  // As of the past: as it was.
  CHECK(house.Ask(kGetVersion, "name: 'prod.ml.m@1' as_of { position: 5 }").comment().empty());
  house.Ask(kUpdateVersion, "version { name: 'prod.ml.m@1' } update_mask { paths: '*' }");
  CHECK(house.Ask(kGetVersion, "name: 'prod.ml.m@1'").comment().empty());
  CHECK(house.Ask(kGetVersion, "name: 'prod.ml.m@1' as_of { position: 7 }").comment() == "c");
}

TEST_CASE("versions are listed newest first, in pages that stay") {
  Models house;
  for (int i = 0; i < 5; ++i) house.Version("prod.ml.m");
  v1::ListVersionsRequest request =
      Parse<v1::ListVersionsRequest>("asset: 'prod.ml.m' page_size: 2");
  std::string numbers;
  for (;;) {
    const auto page = house.Run(kListVersions, request).value();
    for (const v1::Version& version : page.versions()) absl::StrAppend(&numbers, version.number());
    request.set_page_token(page.next_page_token());
    if (page.next_page_token().empty()) break;
    house.Version("prod.ml.m");
  }
  CHECK(numbers == "54321");
  CHECK(house.Ask(kListVersions, "asset: 'prod.ml.m'").versions(0).number() == 7);
  CHECK(house.Ask(kListVersions, "asset: 'prod.ml.m' as_of { position: 6 }").versions_size() == 2);
  CHECK(house.Why(kListVersions, "asset: 'prod.ml.x'") == "ASSET_NOT_FOUND");
  CHECK(house.Ask(kListVersions, "asset: 'prod.ml.p'").versions_size() == 0);
}

}  // namespace
}  // namespace whence::service
