#include "kill_writes.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <utility>

#include "kill_access.h"
#include "kill_kind.h"
#include "whence/v1/catalog.grpc.pb.h"
#include "whence/v1/lineage.grpc.pb.h"
#include "whence/v1/policy.grpc.pb.h"
#include "whence/v1/prediction.grpc.pb.h"
#include "whence/v1/tag.grpc.pb.h"

namespace whence::test {
namespace {

// Of one RecordPredictions and of one RecordRuns.
constexpr int kPredictions = 5;
constexpr int kRuns = 3;

// A UUID that follows from an id.
std::string UuidOf(const std::string& id) {
  const size_t hash = std::hash<std::string>()(id);
  char text[37];
  std::snprintf(text, sizeof(text), "%08x-%04x-7000-8000-%012llx",
                static_cast<unsigned>(hash >> 32U), static_cast<unsigned>(hash >> 16U) & 0xFFFFU,
                static_cast<unsigned long long>(hash) & 0xFFFFFFFFFFFFULL);
  return text;
}

class Assets final : public Named {
 public:
  explicit Assets(std::string name) : Named(std::move(name)) {}
  void Connect(const std::shared_ptr<grpc::Channel>& channel) override {
    stub_ = Service::NewStub(channel);
  }
  std::optional<std::string> Send(int number) override {
    v1::CreateAssetRequest request;
    request.set_request_id("asset-" + IdOf(number));
    request.mutable_asset()->set_name("kill.test.asset-" + IdOf(number));
    request.mutable_asset()->set_kind(v1::KIND_TABLE);
    return Text(Call(*stub_, &Service::Stub::CreateAsset, request));
  }
  int Wholeness(int number) override {
    v1::GetAssetRequest request;
    request.set_name("kill.test.asset-" + IdOf(number));
    return Call(*stub_, &Service::Stub::GetAsset, request).has_value() ? 1 : 0;
  }
  KillTotals TotalsOf(int /*number*/) const override { return {.entries = {{"CreateAsset", 1}}}; }

 private:
  using Service = v1::CatalogService;
  std::unique_ptr<Service::Stub> stub_;
};

// Runs that write a new version: catalog and lineage in one mutation.
class Runs : public Named {
 public:
  Runs(std::string name, int round) : Named(std::move(name)), round_(std::to_string(round)) {}
  void Connect(const std::shared_ptr<grpc::Channel>& channel) override {
    stub_ = Service::NewStub(channel);
  }
  std::optional<std::string> Send(int number) override {
    v1::RecordRunRequest request;
    request.set_request_id("run-" + IdOf(number));
    *request.mutable_run() = RunOf(IdOf(number));
    return Text(Call(*stub_, &Service::Stub::RecordRun, request));
  }
  int Wholeness(int number) override { return WholenessOf(IdOf(number)); }
  KillTotals TotalsOf(int /*number*/) const override {
    return {.runs = 1, .entries = {{"RecordRun", 1}}};
  }

 protected:
  using Service = v1::LineageService;

  v1::Run RunOf(const std::string& id) const {
    v1::Run run;
    run.set_id(UuidOf(id));
    run.set_job("kill.test.job");
    (*run.mutable_parameters())["id"] = id;
    run.add_reads()->set_reference("kill.test.input-" + round_);
    v1::RunWrite* write = run.add_writes();
    write->set_reference("kill.test.output-" + round_);
    write->mutable_version()->set_digest("opaque:" + id);
    return run;
  }
  int WholenessOf(const std::string& id) {
    v1::GetRunRequest request;
    request.set_id(UuidOf(id));
    grpc::Status status;
    const std::optional<v1::Run> run = Call(*stub_, &Service::Stub::GetRun, request, &status);
    if (status.error_code() == grpc::StatusCode::NOT_FOUND) return 0;
    const bool whole = run && run->reads_size() == 1 && run->writes_size() == 1 &&
                       run->state() == v1::RUN_STATE_COMPLETE && run->parameters_size() == 1;
    return whole ? 1 : -1;
  }
  Service::Stub& stub() { return *stub_; }

 private:
  const std::string round_;
  std::unique_ptr<Service::Stub> stub_;
};

class RunBatches final : public Runs {
 public:
  using Runs::Runs;
  std::optional<std::string> Send(int number) override {
    v1::RecordRunsRequest request;
    request.set_request_id("runs-" + IdOf(number));
    for (int i = 0; i < kRuns; ++i) *request.add_runs() = RunOf(Member(number, i));
    return Text(Call(stub(), &Service::Stub::RecordRuns, request));
  }
  int Wholeness(int number) override {
    const int first = WholenessOf(Member(number, 0));
    for (int i = 1; i < kRuns; ++i) {
      if (WholenessOf(Member(number, i)) != first) return -1;
    }
    return first;
  }
  KillTotals TotalsOf(int /*number*/) const override {
    return {.runs = kRuns, .entries = {{"RecordRuns", 1}}};
  }

 private:
  std::string Member(int number, int i) const { return IdOf(number) + "-" + std::to_string(i); }
};

// Predictions have no request ids but their own.
class PredictionBatches final : public Named {
 public:
  explicit PredictionBatches(std::string name) : Named(std::move(name)) {}
  void Connect(const std::shared_ptr<grpc::Channel>& channel) override {
    stub_ = Service::NewStub(channel);
  }
  std::optional<std::string> Send(int number) override {
    v1::RecordPredictionsRequest request;
    for (int i = 0; i < kPredictions; ++i) {
      v1::Prediction* prediction = request.add_predictions();
      prediction->set_id(Member(number, i));
      prediction->set_model("kill.test.model@1");
      prediction->set_output_text("answer " + IdOf(number));
    }
    const auto reply = Call(*stub_, &Service::Stub::RecordPredictions, request);
    if (!reply) return std::nullopt;
    return std::to_string(reply->accepted_count()) + " accepted";
  }
  // The position is that of what was new, so answers are not the same each time.
  std::string Answer() const override { return std::to_string(kPredictions) + " accepted"; }
  int Wholeness(int number) override {
    int found = 0;
    for (int i = 0; i < kPredictions; ++i) {
      v1::GetPredictionRequest request;
      request.set_id(Member(number, i));
      if (Call(*stub_, &Service::Stub::GetPrediction, request)) ++found;
    }
    return found == kPredictions ? 1 : found == 0 ? 0 : -1;
  }
  KillTotals TotalsOf(int /*number*/) const override {
    return {.predictions = kPredictions, .entries = {}};
  }

 private:
  using Service = v1::PredictionService;
  std::string Member(int number, int i) const { return IdOf(number) + "-" + std::to_string(i); }
  std::unique_ptr<Service::Stub> stub_;
};

// One asset after the other is made, tagged, deleted, undeleted and renamed.
class Lives final : public Named {
 public:
  explicit Lives(std::string name) : Named(std::move(name)) {}
  void Connect(const std::shared_ptr<grpc::Channel>& channel) override {
    stub_ = Service::NewStub(channel);
  }
  std::optional<std::string> Send(int number) override {
    sent_ = std::max(sent_, number);
    const std::string name = NameOf(number);
    const std::string request_id = "life-" + IdOf(number);
    switch (number % kSteps) {
      case 0: {
        v1::CreateAssetRequest request;
        request.set_request_id(request_id);
        request.mutable_asset()->set_name(name);
        request.mutable_asset()->set_kind(v1::KIND_TABLE);
        return Text(Call(*stub_, &Service::Stub::CreateAsset, request));
      }
      case 1: {
        v1::SetTagsRequest request;
        request.set_request_id(request_id);
        request.set_reference(name);
        for (const char* key : {"pii", "team"}) request.add_set()->set_key(key);
        return Text(Call(*stub_, &Service::Stub::SetTags, request));
      }
      case 2: {
        v1::DeleteAssetRequest request;
        request.set_request_id(request_id);
        request.set_name(name);
        return Text(Call(*stub_, &Service::Stub::DeleteAsset, request));
      }
      case 3: {
        v1::UndeleteAssetRequest request;
        request.set_request_id(request_id);
        request.set_name(name);
        return Text(Call(*stub_, &Service::Stub::UndeleteAsset, request));
      }
      default: {
        v1::RenameAssetRequest request;
        request.set_request_id(request_id);
        request.set_name(name);
        request.set_new_name(RenamedOf(number));
        return Text(Call(*stub_, &Service::Stub::RenameAsset, request));
      }
    }
  }
  // It is whole as well when a later step shows that was sent: none is before this one.
  int Wholeness(int number) override {
    const std::string state = StateOf(number);
    const int last = std::min(sent_, number - number % kSteps + kSteps - 1);
    for (int step = number; step <= last; ++step) {
      if (state == kStates[static_cast<size_t>(step % kSteps)]) return 1;
    }
    const int before = number % kSteps - 1;
    return state == (before < 0 ? kNothing : kStates[static_cast<size_t>(before)]) ? 0 : -1;
  }
  KillTotals TotalsOf(int number) const override {
    static constexpr std::array<const char*, kSteps> kActions = {
        "CreateAsset", "SetTags", "DeleteAsset", "UndeleteAsset", "RenameAsset"};
    return {.entries = {{kActions[static_cast<size_t>(number % kSteps)], 1}}};
  }

 private:
  using Service = v1::CatalogService;
  static constexpr int kSteps = 5;
  static constexpr const char* kNothing = "nothing";
  // What the asset looks like after each step.
  static constexpr std::array<const char*, kSteps> kStates = {
      "old name, 0 tags", "old name, 2 tags", kNothing, "old name, 2 tags", "new name, 2 tags"};

  std::string NameOf(int number) const { return "kill.test.life-" + IdOf(number / kSteps); }
  std::string RenamedOf(int number) const { return "kill.test.renamed-" + IdOf(number / kSteps); }
  std::string StateOf(int number) {
    for (const auto& [word, name] :
         {std::pair("old", NameOf(number)), std::pair("new", RenamedOf(number))}) {
      v1::GetAssetRequest request;
      request.set_name(name);
      if (const auto asset = Call(*stub_, &Service::Stub::GetAsset, request)) {
        return std::string(word) + " name, " + std::to_string(asset->tags_size()) + " tags";
      }
    }
    return kNothing;
  }

  int sent_ = -1;  // the last
  std::unique_ptr<Service::Stub> stub_;
};

// Masks on the round's table, each on a column of its own and on one that all share, where the
// newest is put on. What decides is in memory: the decision must say what the database does.
class Policies final : public Named {
 public:
  Policies(std::string name, int round)
      : Named(std::move(name)), table_("kill.test.input-" + std::to_string(round)) {}
  void Connect(const std::shared_ptr<grpc::Channel>& channel) override {
    stub_ = Service::NewStub(channel);
  }
  std::optional<std::string> Send(int number) override {
    v1::CreatePolicyRequest request;
    request.set_request_id("policy-" + IdOf(number));
    v1::Policy& policy = *request.mutable_policy();
    policy.set_name(IdOf(number));
    policy.mutable_securable()->set_name(table_);
    policy.set_kind(v1::POLICY_KIND_MASK);
    policy.mutable_mask()->set_type("redact");
    policy.add_columns(IdOf(number));
    policy.add_columns("shared");
    policy.set_priority(number);
    return Text(Call(*stub_, &Service::Stub::CreatePolicy, request));
  }
  int Wholeness(int number) override {
    v1::GetPolicyRequest get;
    get.set_name(IdOf(number));
    const bool stored = Call(*stub_, &Service::Stub::GetPolicy, get).has_value();
    v1::DecideRequest decide;
    decide.set_privilege("SELECT");
    decide.mutable_securable()->set_name(table_);
    decide.add_columns(IdOf(number));
    const std::optional<v1::Decision> decision = Call(*stub_, &Service::Stub::Decide, decide);
    if (!decision || !decision->allowed()) return -1;
    const bool masked = decision->masks_size() == 1 && decision->masks(0).policy() == IdOf(number);
    if (stored != masked) return -1;
    return stored ? 1 : 0;
  }
  KillTotals TotalsOf(int /*number*/) const override { return {.entries = {{"CreatePolicy", 1}}}; }

 private:
  using Service = v1::PolicyService;
  const std::string table_;
  std::unique_ptr<Service::Stub> stub_;
};

// What columns are: a key is defined, tags are set on a column of the round's input, lineage leads
// from it to one of its output, there a tag is declassified, the key flows no more, the tag flows
// again, and the definition goes. Derived tags and the mask that stands on one of them (see
// MakeKillWorld) are in memory: after each step they must be what the database says.
class Classes final : public Named {
 public:
  Classes(std::string name, int round)
      : Named(std::move(name)),
        input_("kill.test.input-" + std::to_string(round)),
        output_("kill.test.output-" + std::to_string(round)) {}
  void Connect(const std::shared_ptr<grpc::Channel>& channel) override {
    tags_ = v1::TagService::NewStub(channel);
    catalog_ = v1::CatalogService::NewStub(channel);
    lineage_ = v1::LineageService::NewStub(channel);
    policies_ = v1::PolicyService::NewStub(channel);
  }
  std::optional<std::string> Send(int number) override {
    sent_ = std::max(sent_, number);
    const std::string request_id = "class-" + IdOf(number);
    switch (number % kSteps) {
      case 0:
      case 4:
        return SendDefinition(number, request_id);
      case 1: {
        v1::SetTagsRequest request;
        request.set_request_id(request_id);
        request.set_reference(SourceOf(number));
        for (const std::string& key : {KeyOf(number), std::string("pii")}) {
          v1::Tag* const tag = request.add_set();
          tag->set_key(key);
          tag->set_value("v");
        }
        return Text(Call(*catalog_, &v1::CatalogService::Stub::SetTags, request));
      }
      case 2: {
        v1::RecordEdgesRequest request;
        request.set_request_id(request_id);
        v1::DeclaredEdge* const edge = request.add_edges();
        edge->set_source(SourceOf(number));
        edge->set_target(TargetOf(number));
        return Text(Call(*lineage_, &v1::LineageService::Stub::RecordEdges, request));
      }
      case 3: {
        v1::DeclassifyRequest request;
        request.set_request_id(request_id);
        request.set_reference(TargetOf(number));
        request.set_key("pii");
        request.set_comment("none of it is in there");
        return Text(Call(*tags_, &v1::TagService::Stub::Declassify, request));
      }
      case 5: {
        v1::ReclassifyRequest request;
        request.set_request_id(request_id);
        request.set_reference(TargetOf(number));
        request.set_key("pii");
        return Text(Call(*tags_, &v1::TagService::Stub::Reclassify, request));
      }
      default: {
        v1::DeleteTagDefinitionRequest request;
        request.set_request_id(request_id);
        request.set_key(KeyOf(number));
        return Text(Call(*tags_, &v1::TagService::Stub::DeleteTagDefinition, request));
      }
    }
  }
  // It is whole as well when a later step shows that was sent: none is before this one.
  int Wholeness(int number) override {
    const std::string state = StateOf(number);
    const int last = std::min(sent_, number - number % kSteps + kSteps - 1);
    for (int step = number; step <= last; ++step) {
      if (state == kStates[static_cast<size_t>(step % kSteps)]) return 1;
    }
    const int before = number % kSteps - 1;
    return state == (before < 0 ? kNothing : kStates[static_cast<size_t>(before)]) ? 0 : -1;
  }
  KillTotals TotalsOf(int number) const override {
    static constexpr std::array<const char*, kSteps> kActions = {
        "CreateTagDefinition", "SetTags",    "RecordEdges",        "Declassify",
        "UpdateTagDefinition", "Reclassify", "DeleteTagDefinition"};
    const auto step = static_cast<size_t>(number % kSteps);
    return {.declarations = step == 2 ? 1 : 0, .entries = {{kActions[step], 1}}};
  }

 private:
  static constexpr int kSteps = 7;
  static constexpr const char* kNothing = "no key; ; ; masked:";
  // The definition, the tags of both columns, and which of them are masked, after each step.
  static constexpr std::array<const char*, kSteps> kStates = {
      "flowing key; ; ; masked:",
      "flowing key; key pii; ; masked: source",
      "flowing key; key pii; key pii; masked: source target",
      "flowing key; key pii; key; masked: source",
      "key; key pii; ; masked: source",
      "key; key pii; pii; masked: source target",
      "no key; key pii; pii; masked: source target"};

  std::string KeyOf(int number) const { return "key-" + IdOf(number / kSteps); }
  std::string ColumnOf(int number) const { return "column-" + IdOf(number / kSteps); }
  std::string SourceOf(int number) const { return input_ + "#" + ColumnOf(number); }
  std::string TargetOf(int number) const { return output_ + "#" + ColumnOf(number); }

  std::optional<std::string> SendDefinition(int number, const std::string& request_id) {
    if (number % kSteps == 0) {
      v1::CreateTagDefinitionRequest request;
      request.set_request_id(request_id);
      request.mutable_definition()->set_key(KeyOf(number));
      request.mutable_definition()->set_propagates(true);
      return Text(Call(*tags_, &v1::TagService::Stub::CreateTagDefinition, request));
    }
    v1::UpdateTagDefinitionRequest request;
    request.set_request_id(request_id);
    request.mutable_definition()->set_key(KeyOf(number));
    request.mutable_update_mask()->add_paths("propagates");
    return Text(Call(*tags_, &v1::TagService::Stub::UpdateTagDefinition, request));
  }
  std::string StateOf(int number) {
    v1::GetTagDefinitionRequest get;
    get.set_key(KeyOf(number));
    const auto definition = Call(*tags_, &v1::TagService::Stub::GetTagDefinition, get);
    const std::string key = !definition                ? "no key"
                            : definition->propagates() ? "flowing key"
                                                       : "key";
    return key + "; " + TagsOf(SourceOf(number), number) + "; " + TagsOf(TargetOf(number), number) +
           "; masked:" + (Masks(input_, number) ? " source" : "") +
           (Masks(output_, number) ? " target" : "");
  }
  std::string TagsOf(const std::string& column, int number) {
    v1::GetEffectiveTagsRequest request;
    request.set_reference(column);
    const auto answer = Call(*tags_, &v1::TagService::Stub::GetEffectiveTags, request);
    if (!answer) return "?";
    std::string text;
    for (const v1::EffectiveTag& tag : answer->tags()) {
      if (!text.empty()) text += " ";
      text += tag.key() == KeyOf(number) && tag.value() == "v" ? "key" : tag.key();
    }
    return text;
  }
  bool Masks(const std::string& table, int number) {
    v1::DecideRequest request;
    request.set_privilege("SELECT");
    request.mutable_securable()->set_name(table);
    request.add_columns(ColumnOf(number));
    const auto decision = Call(*policies_, &v1::PolicyService::Stub::Decide, request);
    return decision && decision->allowed() && decision->masks_size() == 1;
  }

  const std::string input_;
  const std::string output_;
  int sent_ = -1;  // the last
  std::unique_ptr<v1::TagService::Stub> tags_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<v1::LineageService::Stub> lineage_;
  std::unique_ptr<v1::PolicyService::Stub> policies_;
};

}  // namespace

void KillTotals::Add(const KillTotals& other) {
  runs += other.runs;
  declarations += other.declarations;
  predictions += other.predictions;
  for (const auto& [action, count] : other.entries) entries[action] += count;
}

std::unique_ptr<KillWrites> KillWrites::Make(int number, const std::string& name, int round) {
  switch (number % kKinds) {
    case 0:
      return std::make_unique<Runs>(name, round);
    case 1:
      return std::make_unique<Assets>(name);
    case 2:
      return std::make_unique<PredictionBatches>(name);
    case 3:
      return std::make_unique<RunBatches>(name, round);
    case 5:
      return std::make_unique<Policies>(name, round);
    case 6:
      return std::make_unique<Classes>(name, round);
    case kAccessKind:
      return MakeAccessWrites(name, round);
    default:
      return std::make_unique<Lives>(name);
  }
}

}  // namespace whence::test
