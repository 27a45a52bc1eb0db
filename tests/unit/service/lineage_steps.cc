#include "lineage_steps.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_replace.h"

namespace whence::test {
namespace {

using namespace service;

constexpr v1::Kind kKinds[] = {v1::KIND_TABLE, v1::KIND_MODEL, v1::KIND_VIEW};

NaiveReference ReferenceOf(const std::string& name, int form) {
  switch (form % 5) {
    case 1:
      return {.name = name, .version = 1};
    case 2:
      return {.name = name, .version = 2};
    case 3:
      return {.name = name, .alias = "x"};
    default:
      return {.name = name};
  }
}

NaiveWrite WriteOf(const std::string& name, int form) {
  NaiveWrite write{.reference = {.name = name}};
  switch (form % 6) {
    case 1:
      write.reference.version = 1;
      break;
    case 2:
    case 3:
      write.digest = absl::StrCat("opaque:d", form % 4);
      break;
    case 4:
      write.digest = "opaque:new";
      write.create = v1::KIND_TABLE;
      break;
    case 5:
      write.create = v1::KIND_MODEL;
      break;
    default:
      break;
  }
  return write;
}

// The event that a step stands for.
NaiveEvent EventOf(const Step& step) {
  const auto& n = step.n;
  NaiveEvent event{.run = 1 + n[0] % 4, .start = step.act == Act::kStart};
  if (step.act == Act::kStart) event.state = v1::RUN_STATE_RUNNING;
  if (step.act == Act::kFinish) {
    event.state = n[7] % 5 == 0 ? v1::RUN_STATE_FAILED : v1::RUN_STATE_COMPLETE;
  }
  if (step.act == Act::kRecord || step.act == Act::kRecordTwo) {
    event.state = v1::RUN_STATE_COMPLETE;
  }
  if (n[1] % 4 != 0) event.reads.push_back(ReferenceOf(NameOf(n[1]), n[2]));
  if (n[3] % 4 == 1) event.reads.push_back(ReferenceOf(NameOf(n[3] / 4), 0));
  if (n[4] % 4 != 0) event.writes.push_back(WriteOf(NameOf(n[4]), n[5]));
  if (n[6] % 3 == 0) {
    event.links.push_back({.source = NameOf(n[1]),
                           .source_column = ColumnOf(n[2]),
                           .target = NameOf(n[4]),
                           .target_column = ColumnOf(n[6]),
                           .transformation = n[7] % 2,
                           .masking = n[7] % 3 == 0});
  }
  if (n[7] % 5 == 1) event.job = n[6] % 4 == 0 ? NameOf(n[6]) : "job";
  if (n[7] % 5 == 2) event.parent = Uuid(7);
  if (n[7] % 5 == 3) {
    event.parameter = "p";
    event.value = std::to_string(n[6]);
  }
  return event;
}

// The second event of a pair: the same numbers, turned.
Step Turned(const Step& step) {
  Step turned = step;
  std::rotate(turned.n.begin(), turned.n.begin() + 3, turned.n.end());
  return turned;
}

}  // namespace

std::string NameOf(int number) { return absl::StrCat("t", number % kNames); }
std::string ColumnOf(int number) { return number % 2 == 0 ? "a" : "b c"; }

std::vector<Step> RandomSteps(uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  // Most steps are about runs; a few assets stand at the beginning.
  std::discrete_distribution<int> acts({4, 3, 2, 2, 4, 3, 3, 4, 3, 8, 3, 2});
  std::vector<Step> steps;
  for (int i = 0; i < kNames - 1; ++i) {
    steps.push_back({.act = Act::kCreate, .n = {i, static_cast<int>(random() % 12)}});
  }
  while (steps.size() < count) {
    Step step{.act = static_cast<Act>(acts(random))};
    for (int& number : step.n) number = static_cast<int>(random() % 12);
    steps.push_back(step);
  }
  return steps;
}

std::vector<Step> Simpler(const Step& step) {
  std::vector<Step> simpler;
  for (size_t i = 0; i < step.n.size(); ++i) {
    for (const int number : {0, 1}) {
      if (step.n[i] <= number) continue;
      simpler.push_back(step);
      simpler.back().n[i] = number;
    }
  }
  return simpler;
}

std::string ToText(const Step& step) {
  static const char* const kActs[] = {"create",   "rename", "delete",     "undelete",
                                      "register", "alias",  "start",      "update",
                                      "finish",   "record", "record two", "declare"};
  std::string text =
      absl::StrCat(kActs[static_cast<size_t>(step.act)], " {", absl::StrJoin(step.n, ","), "}");
  if (step.act < Act::kStart || step.act == Act::kDeclare) return text;
  const NaiveEvent event = EventOf(step);
  absl::StrAppend(&text, " run ", event.run);
  for (const NaiveReference& read : event.reads) {
    absl::StrAppend(&text, " reads ", read.name, "@", read.version, read.alias);
  }
  for (const NaiveWrite& write : event.writes) {
    absl::StrAppend(&text, " writes ", write.reference.name, "@", write.reference.version, " ",
                    write.digest, write.create != 0 ? " create" : "");
  }
  for (const NaiveLink& link : event.links) {
    absl::StrAppend(&text, " ", link.source, "#", link.source_column, ">", link.target, "#",
                    link.target_column, link.masking ? " masked" : "");
  }
  return text;
}

LineageCase::LineageCase(LineageHouse& house, int number)
    : house_(house), number_(number), schema_(absl::StrCat("c.s", number)) {
  if (number == 1) {
    v1::CreateCatalogRequest request;
    request.mutable_catalog()->set_name("c");
    house.Must(kCreateCatalog, request);
  }
  v1::CreateSchemaRequest request;
  request.mutable_schema()->set_name(schema_);
  house.Must(kCreateSchema, request);
}

std::string LineageCase::Plain(std::string text) const {
  text = absl::StrReplaceAll(text, {{schema_ + ".", ""}});
  for (int run = 1; run <= 4; ++run) {
    text = absl::StrReplaceAll(text, {{"run:" + Uuid(run), absl::StrCat("run ", run)}});
  }
  return text;
}

std::string LineageCase::DoCatalog(const Step& step, std::string* naive) {
  const std::string name = NameOf(step.n[0]);
  const std::string other = NameOf(step.n[1]);
  if (step.act == Act::kCreate) {
    v1::CreateAssetRequest request;
    request.mutable_asset()->set_name(FullName(name));
    request.mutable_asset()->set_kind(kKinds[step.n[1] % 3]);
    *naive = world.Create(name, kKinds[step.n[1] % 3]);
    return house_.Reason(kCreateAsset, request);
  }
  if (step.act == Act::kRename) {
    v1::RenameAssetRequest request;
    request.set_name(FullName(name));
    request.set_new_name(FullName(other));
    *naive = world.Rename(name, other);
    return house_.Reason(kRenameAsset, request);
  }
  if (step.act == Act::kDelete) {
    v1::DeleteAssetRequest request;
    request.set_name(FullName(name));
    *naive = world.Delete(name);
    return house_.Reason(kDeleteAsset, request);
  }
  if (step.act == Act::kUndelete) {
    v1::UndeleteAssetRequest request;
    request.set_name(FullName(name));
    *naive = world.Undelete(name);
    return house_.Reason(kUndeleteAsset, request);
  }
  if (step.act == Act::kRegister) {
    v1::RegisterVersionRequest request;
    request.set_asset(FullName(name));
    const std::string digest = absl::StrCat("opaque:d", step.n[1] % 4);
    request.mutable_version()->set_digest(digest);
    *naive = world.Register(name, digest);
    return house_.Reason(kRegisterVersion, request);
  }
  v1::SetAliasRequest request;
  request.set_asset(FullName(name));
  request.set_alias("x");
  request.set_version(1 + step.n[1] % 2);
  *naive = world.Alias(name, "x", 1 + step.n[1] % 2);
  return house_.Reason(kSetAlias, request);
}

v1::Run LineageCase::ToRun(const NaiveEvent& event) const {
  v1::Run run;
  run.set_id(Uuid(event.run));
  if (!event.job.empty()) run.set_job(FullName(event.job));
  run.set_parent_run_id(event.parent);
  if (!event.parameter.empty()) (*run.mutable_parameters())[event.parameter] = event.value;
  const auto text = [this](const NaiveReference& reference) {
    std::string out = FullName(reference.name);
    if (reference.version != 0) absl::StrAppend(&out, "@", reference.version);
    if (!reference.alias.empty()) absl::StrAppend(&out, "@", reference.alias);
    return out;
  };
  for (const NaiveReference& read : event.reads) run.add_reads()->set_reference(text(read));
  for (const NaiveWrite& write : event.writes) {
    v1::RunWrite* wire = run.add_writes();
    wire->set_reference(text(write.reference));
    wire->set_create_kind(write.create);
    if (!write.digest.empty()) wire->mutable_version()->set_digest(write.digest);
  }
  for (const NaiveLink& link : event.links) {
    v1::ColumnSource* source =
        MapColumn(run, absl::StrCat(FullName(link.source), "#`", link.source_column, "`"),
                  absl::StrCat(FullName(link.target), "#`", link.target_column, "`"), link.masking);
    source->set_transformation(static_cast<v1::TransformationType>(link.transformation));
  }
  return run;
}

std::string LineageCase::Send(Act act, const NaiveEvent& event) {
  if (act == Act::kStart) {
    v1::StartRunRequest request;
    *request.mutable_run() = ToRun(event);
    return house_.Reason(kStartRun, request);
  }
  if (act == Act::kUpdate) {
    v1::UpdateRunRequest request;
    *request.mutable_run() = ToRun(event);
    return house_.Reason(kUpdateRun, request);
  }
  if (act == Act::kFinish) {
    v1::FinishRunRequest request;
    request.set_id(Uuid(event.run));
    request.set_state(event.state);
    *request.mutable_additions() = ToRun(event);
    return house_.Reason(kFinishRun, request);
  }
  v1::RecordRunRequest request;
  *request.mutable_run() = ToRun(event);
  return house_.Reason(kRecordRun, request);
}

std::string LineageCase::DoRuns(const Step& step, std::string* naive) {
  const NaiveEvent event = EventOf(step);
  if (step.act != Act::kRecordTwo) {
    *naive = world.Apply(event);
    return Send(step.act, event);
  }
  const NaiveEvent second = EventOf(Turned(step));
  v1::RecordRunsRequest request;
  *request.add_runs() = ToRun(event);
  *request.add_runs() = ToRun(second);
  NaiveWorld after = world;
  *naive = after.Apply(event);
  const bool changed = after.changed;
  if (*naive == "OK") *naive = after.Apply(second);
  after.changed = after.changed || changed;
  if (*naive == "OK") {
    world = std::move(after);
  } else {
    world.changed = false;
  }
  return house_.Reason(kRecordRuns, request);
}

std::string LineageCase::DoDeclare(const Step& step, std::string* naive) {
  std::vector<NaiveLink> edges;
  for (size_t i = 0; i < 3; ++i) {
    NaiveLink edge{.source = NameOf(step.n[2 * i]), .target = NameOf(step.n[2 * i + 1])};
    if (step.n[6] % 3 == static_cast<int>(i)) {
      edge.source_column = ColumnOf(step.n[6]);
      edge.target_column = ColumnOf(step.n[7]);
      edge.masking = step.n[7] % 3 == 0;
      edge.transformation = step.n[7] % 2;
    }
    edges.push_back(edge);
  }
  v1::RecordEdgesRequest request;
  for (const NaiveLink& edge : edges) {
    v1::DeclaredEdge* wire = request.add_edges();
    const auto column = [](const std::string& name) {
      return name.empty() ? std::string() : absl::StrCat("#`", name, "`");
    };
    wire->set_source(FullName(edge.source) + column(edge.source_column));
    wire->set_target(FullName(edge.target) + column(edge.target_column));
    wire->set_transformation(static_cast<v1::TransformationType>(edge.transformation));
    wire->set_masking(edge.masking);
  }
  const auto declared = house_.Run(kRecordEdges, request);
  *naive = world.Declare(declared.ok() ? static_cast<int>(declared->id()) : 0, edges);
  return ReasonOf(declared.status());
}

// Assets that were made on the way are known to the naive world by name only.
void LineageCase::LearnIds() {
  for (NaiveAsset& asset : world.assets) {
    if (asset.id != 0) continue;
    v1::GetAssetRequest request;
    request.set_name(FullName(asset.name));
    asset.id = house_.Must(kGetAsset, request).id();
  }
}

std::string LineageCase::Do(const Step& step) {
  house_.clock.Advance(absl::Seconds(1));  // so that a time tells positions apart
  const Position before = house_.position();
  std::string naive;
  const std::string real = step.act < Act::kStart      ? DoCatalog(step, &naive)
                           : step.act == Act::kDeclare ? DoDeclare(step, &naive)
                                                       : DoRuns(step, &naive);
  if (real != naive) return absl::StrCat(ToText(step), ": server ", real, ", naive ", naive);
  const Position taken = house_.position() - before;
  if (taken != (world.changed ? 1 : 0)) {
    return absl::StrCat(ToText(step), ": took ", taken, " positions, naive changed ",
                        world.changed);
  }
  LearnIds();
  return "";
}

}  // namespace whence::test
