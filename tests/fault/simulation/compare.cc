// What the server answers to reads, beside what the model holds.
#include <algorithm>

#include "base/strings.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/policy_operations.h"
#include "service/prediction_operations.h"
#include "simulation.h"

namespace whence::fault {
namespace {

using namespace service;

constexpr std::string_view kDeleted = "deleted";

std::string NodeText(const test::NaiveWorld& world, test::NaiveNode node) {
  const test::NaiveAsset& asset = world.assets[static_cast<size_t>(node.first)];
  const std::string name = asset.deleted ? std::string(kDeleted) : StrCat("c.s.", asset.name);
  return node.second == 0 ? name : StrCat(name, "@", node.second);
}

// The model does not know the ids by which the server calls what is deleted.
std::string WithoutId(const std::string& reference) {
  if (!reference.starts_with("id:")) return reference;
  const size_t at = std::min(reference.find('@'), reference.size());
  return StrCat(kDeleted, reference.substr(at));
}

std::string Joined(const std::multiset<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) StrAppend(&out, line, "; ");
  return out;
}

}  // namespace

void Simulation::CompareAsset(int number) {
  v1::GetAssetRequest request;
  request.set_name(FullNameOf(number));
  const absl::StatusOr<v1::Asset> asset = server_->Ask(kGetAsset, request);
  if (!asset.ok() && IsStorageFailure(asset.status())) return;  // a fault: it has a name
  std::string real = test::ReasonOf(asset.status());
  std::string naive = "ASSET_NOT_FOUND";
  if (asset.ok()) {
    StrAppend(&real, " ", asset->current_version());
    for (const v1::Alias& alias : asset->aliases()) StrAppend(&real, " x=", alias.version());
    for (const v1::Tag& tag : asset->tags()) StrAppend(&real, " ", tag.key(), "=", tag.value());
  }
  if (const std::optional<int> found = model_.world.Find(NameOf(number))) {
    const test::NaiveAsset& known = model_.world.assets[static_cast<size_t>(*found)];
    naive = StrCat("OK ", known.digests.size());
    for (const auto& [alias, version] : known.aliases) StrAppend(&naive, " x=", version);
    for (const auto& [key, value] : model_.tags[*found]) StrAppend(&naive, " ", key, "=", value);
  }
  if (real != naive) Wrong(StrCat(FullNameOf(number), ": ", real, " where ", naive, " is right"));
}

void Simulation::CompareRun(int number) {
  v1::GetRunRequest request;
  request.set_id(RunIdOf(number));
  const absl::StatusOr<v1::Run> run = server_->Ask(kGetRun, request);
  if (!run.ok() && IsStorageFailure(run.status())) return;
  std::string real = test::ReasonOf(run.status());
  std::string naive = "RUN_NOT_FOUND";
  if (run.ok()) {
    std::multiset<std::string> lines;
    for (const v1::RunRead& read : run->reads())
      lines.insert("reads " + WithoutId(read.reference()));
    for (const v1::RunWrite& write : run->writes())
      lines.insert("writes " + WithoutId(write.reference()));
    real = StrCat(v1::RunState_Name(run->state()), " ", Joined(lines));
  }
  if (const auto via = model_.world.vias.find(number); via != model_.world.vias.end()) {
    std::multiset<std::string> lines;
    for (const auto& [node, alias] : via->second.reads) {
      lines.insert("reads " + NodeText(model_.world, node));
    }
    for (const test::NaiveNode& node : via->second.writes) {
      lines.insert("writes " + NodeText(model_.world, node));
    }
    naive = StrCat(v1::RunState_Name(via->second.state), " ", Joined(lines));
  }
  if (real != naive) Wrong(StrCat("run ", number, ": ", real, " where ", naive, " is right"));
}

void Simulation::ComparePrediction(int number) {
  v1::GetPredictionRequest request;
  request.set_id(StrCat("p", number));
  const absl::StatusOr<v1::Prediction> prediction = server_->Ask(kGetPrediction, request);
  if (!prediction.ok() && IsStorageFailure(prediction.status())) return;
  const std::string real =
      prediction.ok() ? prediction->output_text() : test::ReasonOf(prediction.status());
  const auto known = model_.predictions.find(request.id());
  const std::string naive =
      known == model_.predictions.end() ? "PREDICTION_NOT_FOUND" : known->second;
  if (real != naive) Wrong(StrCat(request.id(), ": ", real, " where ", naive, " is right"));
}

void Simulation::CompareDecision(int number) {
  v1::DecideRequest request;
  request.set_principal(UserOf(number));
  request.set_privilege("SELECT");
  request.mutable_securable()->set_name("c.s.fixed");
  const absl::StatusOr<v1::Decision> decision = server_->Ask(kDecide, request);
  if (!decision.ok() && IsStorageFailure(decision.status())) return;
  const bool may = model_.access.MayRead(request.principal());
  if (!decision.ok() || decision->allowed() != may) {
    return Wrong(
        StrCat(request.principal(), " may ", may ? "" : "not ", "read; the answer is ",
               decision.ok() ? decision->ShortDebugString() : decision.status().ToString()));
  }
  ++(may ? counts_.allowed : counts_.denied);
}

}  // namespace whence::fault
