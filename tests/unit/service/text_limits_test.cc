// Every text of a request: as long as it may be, and one byte more.
#include <catch2/catch.hpp>

#include "ask.h"
#include "base/limits.h"
#include "lineage_house.h"
#include "service/asset_write.h"
#include "service/checks.h"
#include "service/detail_check.h"
#include "service/identity_ops.h"
#include "service/run_check.h"
#include "service/tag_ops.h"

namespace whence::service {
namespace {

using test::FieldOf;
using test::Parse;
using whence::test::ReasonOf;
using whence::test::RunOf;

// A text in a request, named by the field that its error names.
struct Bounded {
  std::string field;
  size_t bound;
  std::function<absl::Status(const std::string&)> check;
};

void CheckBothSides(const std::vector<Bounded>& texts) {
  for (const Bounded& text : texts) {
    CAPTURE(text.field, text.bound);
    CHECK(ReasonOf(text.check(std::string(text.bound, 'x'))) == "OK");
    const absl::Status refusal = text.check(std::string(text.bound + 1, 'x'));
    CHECK(ReasonOf(refusal) == "TEXT_TOO_LONG");
    CHECK(absl::IsInvalidArgument(refusal));
    CHECK(FieldOf(refusal) == text.field);
    CHECK(refusal.message().find(absl::StrCat(text.bound)) != std::string::npos);
  }
}

PropertyMap OneProperty(const std::string& key, const std::string& value) {
  PropertyMap properties;
  properties[key] = value;
  return properties;
}

TEST_CASE("texts of everything in the catalog") {
  CheckBothSides({
      {"comment", kMaxCommentBytes, [](const auto& x) { return CheckComment(x, "comment"); }},
      {"owner", kMaxPrincipalBytes, [](const auto& x) { return CheckOwner(x, "owner"); }},
      {"p", kMaxPropertyKeyBytes,
       [](const auto& x) { return CheckProperties(OneProperty(x, "v"), "p"); }},
      {"p[\"k\"]", kMaxPropertyValueBytes,
       [](const auto& x) { return CheckProperties(OneProperty("k", x), "p"); }},
      {"key", kMaxTagKeyBytes, [](const auto& x) { return CheckTagKey(x, "key"); }},
      {"set[0].value", kMaxTagValueBytes,
       [](const auto& x) {
         return ValidateSetTags(
             Parse<v1::SetTagsRequest>("reference: 'a' set { key: 'k' value: '" + x + "' }"));
       }},
      {"remove[0]", kMaxTagKeyBytes,
       [](const auto& x) {
         return ValidateSetTags(Parse<v1::SetTagsRequest>("reference: 'a' remove: '" + x + "'"));
       }},
      {"version.location", kMaxUriBytes,
       [](const auto& x) {
         return ValidateNewVersion(Parse<v1::Version>("location: '" + x + "'"), "version");
       }},
      {"version.comment", kMaxCommentBytes,
       [](const auto& x) {
         return ValidateNewVersion(Parse<v1::Version>("comment: '" + x + "'"), "version");
       }},
      {"identity.namespace", kMaxDatasetIdentityBytes,
       [](const auto& x) {
         return ValidateAttachDatasetIdentity(Parse<v1::AttachDatasetIdentityRequest>(
             "identity { namespace: '" + x + "' name: 'n' asset: 'a.b.c' }"));
       }},
      {"identity.name", kMaxDatasetIdentityBytes,
       [](const auto& x) {
         return ValidateAttachDatasetIdentity(Parse<v1::AttachDatasetIdentityRequest>(
             "identity { namespace: 'n' name: '" + x + "' asset: 'a.b.c' }"));
       }},
  });
}

// A text in a detail; `around` has a `$` where it stands.
Bounded InDetail(const std::string& field, size_t bound, const std::string& around) {
  return {"detail." + field, bound, [around](const std::string& text) {
            std::string detail = around;
            detail.replace(detail.find('$'), 1, text);
            return CheckDetail(Parse<v1::Detail>(detail), "detail");
          }};
}

TEST_CASE("texts of what only one kind has") {
  CheckBothSides({
      InDetail("table.columns[0].type", kMaxColumnTypeBytes,
               "table { columns { name: 'c' type: '$' } }"),
      InDetail("table.columns[0].comment", kMaxCommentBytes,
               "table { columns { name: 'c' comment: '$' } }"),
      InDetail("table.format", kMaxWordBytes, "table { format: '$' }"),
      InDetail("table.view_definition", kMaxBodyBytes, "table { view_definition: '$' }"),
      InDetail("volume.file_name", kMaxUriBytes, "volume { file_name: '$' }"),
      InDetail("function.return_type", kMaxColumnTypeBytes, "function { return_type: '$' }"),
      InDetail("function.language", kMaxWordBytes, "function { language: '$' }"),
      InDetail("function.body", kMaxBodyBytes, "function { body: '$' }"),
      InDetail("model.framework", kMaxWordBytes, "model { framework: '$' }"),
      InDetail("model.base_model", kMaxUriBytes, "model { base_model: '$' }"),
      InDetail("model.metrics", kMaxPropertyKeyBytes, "model { metrics { key: '$' value: 1 } }"),
      InDetail("prompt.template", kMaxTemplateBytes, "prompt { template: '$' }"),
      InDetail("index.embedding_model", kMaxUriBytes, "index { embedding_model: '$' }"),
      InDetail("endpoint.url", kMaxUriBytes, "endpoint { url: '$' }"),
      InDetail("job.code.repository", kMaxUriBytes, "job { code { repository: '$' } }"),
      InDetail("job.code.commit", kMaxWordBytes, "job { code { commit: '$' } }"),
      InDetail("job.code.path", kMaxUriBytes, "job { code { path: '$' } }"),
      InDetail("job.job_type", kMaxWordBytes, "job { job_type: '$' }"),
      InDetail("dashboard.url", kMaxUriBytes, "dashboard { url: '$' }"),
  });
}

// A text in a run, set by `set`.
Bounded InRun(const std::string& field, size_t bound,
              const std::function<void(v1::Run&, const std::string&)>& set) {
  return {"run." + field, bound, [set](const std::string& text) {
            v1::Run run = RunOf(1, {}, {});
            set(run, text);
            return CheckRun(run, "run");
          }};
}

TEST_CASE("texts of runs and of declared edges") {
  CheckBothSides({
      InRun("host", kMaxWordBytes, [](auto& run, const auto& x) { run.set_host(x); }),
      InRun("user", kMaxWordBytes, [](auto& run, const auto& x) { run.set_user(x); }),
      InRun("error_message", kMaxErrorMessageBytes,
            [](auto& run, const auto& x) { run.set_error_message(x); }),
      InRun("code.commit", kMaxWordBytes,
            [](auto& run, const auto& x) { run.mutable_code()->set_commit(x); }),
      InRun("parameters", kMaxParameterKeyBytes,
            [](auto& run, const auto& x) { (*run.mutable_parameters())[x] = "v"; }),
      InRun("parameters[\"k\"]", kMaxParameterValueBytes,
            [](auto& run, const auto& x) { (*run.mutable_parameters())["k"] = x; }),
      InRun("column_mappings[0].sources[0].description", kMaxTransformationBytes,
            [](auto& run, const auto& x) {
              whence::test::MapColumn(run, "a.b.c#x", "a.b.d#y")->set_description(x);
            }),
      {"error_message", kMaxErrorMessageBytes,
       [](const auto& x) {
         return ValidateFinishRun(Parse<v1::FinishRunRequest>("id: '" + whence::test::Uuid(1) +
                                                              "' state: RUN_STATE_FAILED "
                                                              "error_message: '" +
                                                              x + "'"));
       }},
      {"comment", kMaxCommentBytes,
       [](const auto& x) {
         return ValidateRecordEdges(Parse<v1::RecordEdgesRequest>(
             "edges { source: 'a.b.c' target: 'a.b.d' } comment: '" + x + "'"));
       }},
  });
}

TEST_CASE("texts of questions") {
  test::Asked house;
  house.Asset("a.b.c", v1::KIND_TABLE);
  const auto search = [&house](const std::string& more) {
    return house.Run(kSearch, Parse<v1::SearchRequest>("query: 'c' " + more)).status();
  };
  CheckBothSides({
      {"tag", kMaxTagKeyBytes + 1 + kMaxTagValueBytes,
       [&](const auto& x) { return search("tag: '" + x + "'"); }},
      {"owner", kMaxPrincipalBytes, [&](const auto& x) { return search("owner: '" + x + "'"); }},
  });
}

}  // namespace
}  // namespace whence::service
