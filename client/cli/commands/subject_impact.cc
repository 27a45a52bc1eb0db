#include "cli/commands/subject_impact.h"

#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct Derived {
  v1::Asset asset;
  v1::ImpactResponse impact;
};

struct SubjectImpact {
  std::vector<v1::Prediction> predictions;  // without texts
  std::vector<Derived> assets;
};

std::string Quoted(std::string_view text) {
  return StrCat("\"", absl::StrReplaceAll(ToAbsl(text), {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

absl::Status FindPredictions(App& app, const KeyValue& subject, SubjectImpact* found) {
  v1::ListPredictionsRequest request;
  request.set_filter(StrCat("properties.", Quoted(subject.key), " = ", Quoted(subject.value)));
  request.set_page_size(kMaxPageSize);
  do {
    WHENCE_ASSIGN_OR_RETURN(v1::ListPredictionsResponse page, app.Call(kListPredictions, request));
    for (v1::Prediction& prediction : *page.mutable_predictions()) {
      prediction.clear_input_text();
      prediction.clear_output_text();
      found->predictions.push_back(std::move(prediction));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status FindAssets(App& app, const KeyValue& subject, SubjectImpact* found) {
  v1::ListAssetsRequest request;
  request.set_filter(StrCat("tags.", Quoted(subject.key), " = ", Quoted(subject.value)));
  request.set_page_size(kMaxPageSize);
  do {
    WHENCE_ASSIGN_OR_RETURN(v1::ListAssetsResponse page, app.Call(kListAssets, request));
    for (v1::Asset& asset : *page.mutable_assets()) {
      v1::ImpactRequest impact;
      impact.set_reference(asset.name());
      Derived derived{.asset = std::move(asset), .impact = {}};
      WHENCE_ASSIGN_OR_RETURN(derived.impact, app.Call(kImpact, impact));
      found->assets.push_back(std::move(derived));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

// The versions that a prediction was made with.
std::vector<std::string> MadeWith(const v1::Prediction& prediction) {
  std::vector<std::string> references;
  if (!prediction.endpoint().empty()) references.push_back(prediction.endpoint());
  if (!prediction.model().empty()) references.push_back(prediction.model());
  references.insert(references.end(), prediction.prompts().begin(), prediction.prompts().end());
  return references;
}

std::string VersionsOf(const v1::AffectedAsset& asset) {
  std::vector<std::string> references;
  for (const int64_t version : asset.versions()) {
    references.push_back(version == 0 ? asset.asset().asset()
                                      : StrCat(asset.asset().asset(), "@", version));
  }
  return absl::StrJoin(references, ", ");
}

void PrintTable(App& app, const std::string& subject, const SubjectImpact& found) {
  int64_t erased = 0;
  for (const v1::Prediction& prediction : found.predictions) erased += prediction.erased() ? 1 : 0;
  app.out() << CountOf(std::ssize(found.predictions), "prediction") << " (" << HumanCount(erased)
            << " erased) and " << CountOf(std::ssize(found.assets), "asset") << " are about "
            << subject << '\n';
  TableWriter predictions(app.out(), app.out_styler(), app.display().width,
                          {{"PREDICTION"}, {"TIME"}, {"TEXTS"}, {"MADE WITH"}});
  for (const v1::Prediction& prediction : found.predictions) {
    predictions.Add({{prediction.id(), Tone::kBold},
                     {HumanTime(prediction.start_time())},
                     {prediction.erased() ? "erased" : "kept"},
                     {absl::StrJoin(MadeWith(prediction), ", ")}});
  }
  if (!found.predictions.empty()) predictions.Flush();
  for (const Derived& derived : found.assets) {
    app.out() << '\n'
              << derived.asset.name() << ": "
              << CountOf(derived.impact.prediction_count(), "prediction")
              << " and these versions derive from it\n";
    for (const v1::AffectedAsset& asset : derived.impact.assets()) {
      app.out() << "  " << VersionsOf(asset) << '\n';
    }
    if (derived.impact.assets_truncated() || !derived.impact.truncations().empty()) {
      app.Note(StrCat("the list is cut; see 'whence impact ", derived.asset.name(), "'"));
    }
  }
}

void PrintJson(App& app, const std::string& subject, const SubjectImpact& found) {
  Json json = Json::Object();
  json.members.emplace_back("subject", Json::String(subject));
  Json predictions = Json::Array();
  for (const v1::Prediction& prediction : found.predictions) {
    predictions.items.push_back(ToJson(prediction));
  }
  json.members.emplace_back("predictions", std::move(predictions));
  Json assets = Json::Array();
  for (const Derived& derived : found.assets) {
    Json item = Json::Object();
    item.members.emplace_back("asset", Json::String(derived.asset.name()));
    item.members.emplace_back("impact", ToJson(derived.impact));
    assets.items.push_back(std::move(item));
  }
  json.members.emplace_back("assets", std::move(assets));
  app.out() << (app.format() == Format::kYaml ? WriteYaml(json)
                                              : WriteJson(json, /*pretty=*/true) + "\n");
}

}  // namespace

absl::Status ShowSubjectImpact(App& app, const std::string& subject) {
  const absl::StatusOr<KeyValue> parsed = ParseKeyValue(subject);
  if (!parsed.ok()) return UsageOf(parsed.status(), "--subject");
  SubjectImpact found;
  WHENCE_RETURN_IF_ERROR(FindPredictions(app, *parsed, &found));
  WHENCE_RETURN_IF_ERROR(FindAssets(app, *parsed, &found));
  if (app.format() == Format::kTable) {
    PrintTable(app, subject, found);
  } else if (app.format() == Format::kJson || app.format() == Format::kYaml) {
    PrintJson(app, subject, found);
  } else {
    return UsageError("--subject is shown as table, json or yaml", "leave -o out");
  }
  return absl::OkStatus();
}

}  // namespace whence::cli
