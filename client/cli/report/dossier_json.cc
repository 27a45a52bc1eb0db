// A dossier for programs: one member for each point of Annex IV, in its order.

#include <initializer_list>
#include <utility>

#include "absl/time/time.h"
#include "base/strings.h"
#include "cli/report/dossier.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

Json NumberOf(int64_t value) {
  Json json;
  json.type = Json::Type::kNumber;
  json.text = StrCat(value);
  return json;
}

Json BoolOf(bool value) {
  Json json;
  json.type = value ? Json::Type::kTrue : Json::Type::kFalse;
  return json;
}

void Put(Json& object, std::string_view name, Json value) {
  object.members.emplace_back(name, std::move(value));
}

template <class Messages>
Json ListOf(const Messages& messages) {
  Json list = Json::Array();
  for (const auto& message : messages) list.items.push_back(ToJson(message));
  return list;
}

template <class Texts>
Json TextsOf(const Texts& texts) {
  Json list = Json::Array();
  for (const std::string& text : texts) list.items.push_back(Json::String(text));
  return list;
}

// A point with what the owner recorded for it.
Json PointOf(const Dossier& dossier, int point) {
  Json json = Json::Object();
  Put(json, "annex_iv", NumberOf(point));
  const std::string recorded = RecordedFor(dossier, point);
  if (!recorded.empty()) Put(json, "recorded", Json::String(recorded));
  return json;
}

Json SourcesOf(const Dossier& dossier) {
  Json list = Json::Array();
  for (const DossierSource& source : dossier.sources) {
    Json json = Json::Object();
    Put(json, "reference", Json::String(source.node.reference()));
    Put(json, "direct", BoolOf(source.direct));
    Put(json, "classification", TextsOf(source.classification));
    Put(json, "dataset", ToJson(source.node.dataset()));
    list.items.push_back(std::move(json));
  }
  return list;
}

Json StatusesOf(const std::map<v1::PredictionStatus, int64_t>& by_status) {
  Json json = Json::Object();
  for (const auto& [status, count] : by_status) {
    Put(json, PredictionStatusName(status), NumberOf(count));
  }
  return json;
}

Json UsageOf(const Dossier& dossier) {
  const Usage& usage = dossier.usage;
  Json json = Json::Object();
  Put(json, "predictions", NumberOf(usage.predictions()));
  Put(json, "whole", BoolOf(dossier.usage_whole));
  Put(json, "deriving_predictions", NumberOf(dossier.impact.prediction_count()));
  if (usage.predictions() == 0) return json;
  Put(json, "first_start_time", Json::String(MachineTime(ToTimestamp(usage.first()))));
  Put(json, "last_start_time", Json::String(MachineTime(ToTimestamp(usage.last()))));
  Put(json, "by_status", StatusesOf(usage.by_status()));
  Json endpoints = Json::Array();
  for (const auto& [endpoint, counts] : usage.endpoints()) {
    Json one = Json::Object();
    if (!endpoint.empty()) Put(one, "endpoint", Json::String(endpoint));
    Put(one, "predictions", NumberOf(counts.predictions));
    Put(one, "by_status", StatusesOf(counts.by_status));
    endpoints.items.push_back(std::move(one));
  }
  Put(json, "by_endpoint", std::move(endpoints));
  Json latency = Json::Object();
  Put(latency, "predictions", NumberOf(usage.timed()));
  for (const int percent : {50, 95, 100}) {
    Put(latency, StrCat("p", percent), NumberOf(usage.LatencyMicros(percent)));
  }
  Put(json, "latency_us", std::move(latency));
  Put(json, "input_tokens", NumberOf(usage.input_tokens()));
  Put(json, "output_tokens", NumberOf(usage.output_tokens()));
  Json cost = Json::Object();
  for (const auto& [currency, micros] : usage.cost_micros()) Put(cost, currency, NumberOf(micros));
  Put(json, "cost_micros", std::move(cost));
  Put(json, "prompts", TextsOf(usage.prompts()));
  Put(json, "indexes", TextsOf(usage.indexes()));
  Put(json, "inputs", TextsOf(usage.inputs()));
  return json;
}

}  // namespace

Json DossierJson(const Dossier& dossier) {
  Json json = Json::Object();
  Put(json, "report", Json::String("dossier"));
  Put(json, "model", Json::String(dossier.reference));
  if (!dossier.as_of.empty()) Put(json, "as_of", Json::String(dossier.as_of));
  Put(json, "position", Json::String(StrCat(dossier.position)));
  Json general = PointOf(dossier, 1);
  Put(general, "asset", ToJson(dossier.asset));
  Put(json, "general_description", std::move(general));
  Json development = PointOf(dossier, 2);
  Put(development, "versions", ListOf(dossier.versions));
  Put(development, "training_runs", ListOf(dossier.training));
  Put(development, "preparation_runs", ListOf(dossier.preparation));
  Put(development, "sources", SourcesOf(dossier));
  Put(development, "evaluations", Json::Array());
  Put(json, "development", std::move(development));
  Json monitoring = PointOf(dossier, 3);
  Put(monitoring, "use", UsageOf(dossier));
  Put(monitoring, "access", ListOf(dossier.access));
  Put(monitoring, "policies", ListOf(dossier.policies));
  Json decisions = Json::Object();
  for (const auto& [outcome, decided] : dossier.decisions) {
    Put(decisions, outcome, NumberOf(decided.count));
  }
  Put(monitoring, "decisions", std::move(decisions));
  Put(json, "monitoring", std::move(monitoring));
  Put(json, "performance_metrics", PointOf(dossier, 4));
  Put(json, "risk_management", PointOf(dossier, 5));
  Json changes = PointOf(dossier, 6);
  Put(changes, "aliases", ListOf(dossier.aliases));
  Put(json, "changes", std::move(changes));
  Put(json, "standards", PointOf(dossier, 7));
  Put(json, "declaration_of_conformity", PointOf(dossier, 8));
  Json post_market = PointOf(dossier, 9);
  Put(post_market, "impact", ToJson(dossier.impact));
  Put(json, "post_market", std::move(post_market));
  Put(json, "gaps", TextsOf(dossier.gaps));
  return json;
}

}  // namespace whence::cli
