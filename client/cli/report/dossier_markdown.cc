// A dossier for people: sections named after the points of Annex IV, in its order. Where the
// catalog knows nothing, the section says so.

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "cli/records/access.h"
#include "cli/records/detail_card.h"
#include "cli/records/policy.h"
#include "cli/records/securables.h"
#include "cli/report/access_report.h"
#include "cli/report/dossier.h"
#include "cli/report/markdown.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

std::string Codes(const std::vector<std::string>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) {
    out->append(MarkdownCode(name));
  });
}

std::string StatusText(const std::map<v1::PredictionStatus, int64_t>& by_status) {
  std::vector<std::string> parts;
  for (const auto& [status, count] : by_status) {
    parts.push_back(StrCat(HumanCount(count), " ", PredictionStatusName(status)));
  }
  return absl::StrJoin(parts, ", ");
}

std::string CodeOf(const v1::Run& run) { return MarkdownText(StrCat(CodeText(run.code()))); }

std::string ColumnsText(const google::protobuf::RepeatedPtrField<v1::Column>& columns) {
  return absl::StrJoin(columns, ", ", [](std::string* out, const v1::Column& column) {
    out->append(MarkdownCode(column.type().empty() ? column.name()
                                                   : StrCat(column.name(), ": ", column.type())));
  });
}

template <class Map>
auto Sorted(const Map& map) {
  std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>> entries(map.begin(),
                                                                                    map.end());
  std::sort(entries.begin(), entries.end());
  return entries;
}

// Purpose: writes one dossier. Ownership: borrows both. Thread-safety: none.
class DossierWriter {
 public:
  DossierWriter(std::ostream& out, const Dossier& dossier) : out_(out), dossier_(dossier) {}

  void Write() {
    out_ << "# Technical dossier of " << MarkdownCode(dossier_.reference) << "\n\n"
         << "What the catalog knows of this model, by the points of Annex IV of Regulation (EU) "
            "2024/1689, as of position "
         << HumanCount(dossier_.position);
    if (!dossier_.as_of.empty()) out_ << " (asked for: " << MarkdownText(dossier_.as_of) << ")";
    out_ << ". What it does not know is said so, and listed at the end.\n";
    General();
    Development();
    Monitoring();
    Rest(4, "Appropriateness of the performance metrics");
    Rest(5, "Risk management system");
    Changes();
    Rest(7, "Harmonised standards and other specifications");
    Rest(8, "EU declaration of conformity");
    PostMarket();
    Gaps();
  }

 private:
  void Point(int point, std::string_view title) {
    out_ << "\n## " << point << ". " << title << "\n\n";
    const std::string recorded = RecordedFor(dossier_, point);
    if (!recorded.empty()) out_ << MarkdownText(recorded) << "\n\n";
  }
  void Part(std::string_view title) { out_ << "\n### " << title << "\n\n"; }
  void Fact(std::string_view label, const std::string& value) {
    if (!value.empty()) out_ << "- " << label << ": " << value << '\n';
  }
  void None(std::string_view what) { out_ << what << ": none recorded.\n"; }
  // A point that only people can fill.
  void Rest(int point, std::string_view title) {
    const std::string recorded = RecordedFor(dossier_, point);
    out_ << "\n## " << point << ". " << title << "\n\n"
         << (recorded.empty() ? "None recorded." : MarkdownText(recorded)) << '\n';
  }

  void General() {
    const v1::Asset& asset = dossier_.asset;
    Point(1, "General description of the AI system");
    Fact("model", MarkdownCode(asset.name()));
    Fact("intended purpose",
         asset.comment().empty() ? "none recorded" : MarkdownText(asset.comment()));
    Fact("owner", MarkdownCode(asset.owner()));
    Fact("registered",
         StrCat(HumanTime(asset.create_time()), " by ", MarkdownCode(asset.creator())));
    Fact("tags", MarkdownText(TagList(asset.tags())));
    for (const auto& [key, value] : Sorted(asset.properties())) {
      if (!key.starts_with("annex_iv.")) Fact(MarkdownCode(key), MarkdownText(value));
    }
    Part("Versions");
    MarkdownTable table(out_, {"version", "aliases", "digest", "registered", "by", "comment"});
    for (const v1::Version& version : dossier_.versions) {
      table.Add({StrCat(version.number()), MarkdownText(absl::StrJoin(version.aliases(), ", ")),
                 MarkdownCode(version.digest()), HumanTime(version.create_time()),
                 MarkdownCode(version.creator()), MarkdownText(version.comment())});
    }
    if (table.empty()) None("Versions");
  }

  void Development() {
    Point(2, "Elements of the AI system and process of its development");
    out_ << "### Model\n\n";
    Models();
    Part("Training runs");
    Runs(dossier_.training);
    Part("Training data and everything else that it came from");
    Sources();
    if (!dossier_.preparation.empty()) {
      Part("Runs that prepared it");
      Runs(dossier_.preparation);
    }
    Part("Validation and testing");
    Metrics();
    out_ << "\nEvaluations: none recorded.\n";
  }

  void Models() {
    MarkdownTable table(out_,
                        {"version", "framework", "made from", "inputs", "outputs", "location"});
    for (const v1::Version& version : dossier_.versions) {
      const v1::ModelDetail& model = version.detail().model();
      table.Add({StrCat(version.number()), MarkdownText(model.framework()),
                 MarkdownText(model.base_model()), ColumnsText(model.inputs()),
                 ColumnsText(model.outputs()), MarkdownCode(version.location())});
    }
    if (table.empty()) None("Versions");
  }

  void Runs(const std::vector<v1::Run>& runs) {
    MarkdownTable table(
        out_, {"run", "job", "state", "started", "ended", "code", "parameters", "recorded by"});
    for (const v1::Run& run : runs) {
      if (run.id().empty()) {
        table.Add({"not shown", "", "", "", "", "", "", ""});
        continue;
      }
      std::vector<std::string> parameters;
      for (const auto& [key, value] : Sorted(run.parameters())) {
        parameters.push_back(StrCat(key, "=", value));
      }
      table.Add({MarkdownCode(run.id()), MarkdownCode(run.job()), RunStateName(run.state()),
                 HumanTime(run.start_time()), HumanTime(run.end_time()), CodeOf(run),
                 Codes(parameters), MarkdownCode(run.recorder())});
    }
    if (table.empty()) None("Training runs");
  }

  void Sources() {
    MarkdownTable table(out_,
                        {"what", "kind", "read by", "owner", "digest", "size", "classification"});
    for (const DossierSource& source : dossier_.sources) {
      const v1::DatasetNode& dataset = source.node.dataset();
      table.Add({MarkdownCode(source.node.reference()), Lower(KindName(dataset.kind())),
                 source.direct ? "training" : "preparation", MarkdownCode(dataset.owner()),
                 MarkdownCode(dataset.digest()), MarkdownText(DetailSummary(dataset.detail())),
                 MarkdownText(absl::StrJoin(source.classification, ", "))});
    }
    if (table.empty()) None("Training data");
  }

  void Metrics() {
    MarkdownTable table(out_, {"version", "metric", "value"});
    for (const v1::Version& version : dossier_.versions) {
      for (const auto& [name, value] : Sorted(version.detail().model().metrics())) {
        table.Add({StrCat(version.number()), MarkdownText(name), HumanNumber(value)});
      }
    }
    if (table.empty()) None("Metrics");
  }

  void Monitoring() {
    Point(3, "Monitoring, functioning and control");
    out_ << "### Use\n\n";
    Use();
    Part("Who may use it and who may change it");
    MarkdownTable access(out_, {"principal", "uses", "changes", "may", "how", "limits"});
    for (const v1::AssetAccess& item : dossier_.access) {
      std::vector<std::string> may;
      for (const v1::EffectivePrivilege& one : item.privileges()) may.push_back(one.privilege());
      access.Add({MarkdownCode(item.principal()), item.reads() ? "yes" : "no",
                  item.changes() ? "yes" : "no", absl::StrJoin(may, ", "),
                  MarkdownText(absl::StrJoin(WaysText(item), "; ")),
                  MarkdownText(absl::StrJoin(LimitsText(item), "; "))});
    }
    if (access.empty()) out_ << "Not shown to who asked.\n";
    Part("Policies");
    MarkdownTable policies(out_, {"policy", "on", "does", "comment"});
    for (const v1::Policy& policy : dossier_.policies) {
      policies.Add({MarkdownCode(policy.name()), MarkdownText(SecurableText(policy.securable())),
                    MarkdownText(PolicyText(policy)), MarkdownText(policy.comment())});
    }
    if (policies.empty()) out_ << "None on it or above it.\n";
    Part("Decisions");
    MarkdownTable decisions(out_, {"decided", "how often", "last"});
    for (const auto& [outcome, decided] : dossier_.decisions) {
      decisions.Add({Lower(outcome), HumanCount(decided.count), HumanTime(decided.last)});
    }
    if (decisions.empty()) out_ << "None on the record.\n";
  }

  void Use() {
    const Usage& usage = dossier_.usage;
    if (usage.predictions() == 0) {
      None("Predictions");
      return;
    }
    Fact("predictions",
         StrCat(dossier_.usage_whole ? "" : "the newest ", HumanCount(usage.predictions()), ": ",
                StatusText(usage.by_status())));
    Fact("between", StrCat(HumanTime(ToTimestamp(usage.first())), " and ",
                           HumanTime(ToTimestamp(usage.last()))));
    if (usage.timed() > 0) {
      Fact("latency", StrCat("half within ", HumanMicros(usage.LatencyMicros(50)), ", 95 % within ",
                             HumanMicros(usage.LatencyMicros(95)), ", the longest ",
                             HumanMicros(usage.LatencyMicros(100)), " (of ",
                             HumanCount(usage.timed()), " that say)"));
    }
    if (usage.input_tokens() > 0 || usage.output_tokens() > 0) {
      Fact("tokens", StrCat(HumanCount(usage.input_tokens()), " read, ",
                            HumanCount(usage.output_tokens()), " written"));
    }
    for (const auto& [currency, micros] : usage.cost_micros()) {
      Fact("cost", absl::StrFormat("%d.%06d %s", micros / 1'000'000, micros % 1'000'000, currency));
    }
    Fact("prompts", Codes({usage.prompts().begin(), usage.prompts().end()}));
    Fact("indexes", Codes({usage.indexes().begin(), usage.indexes().end()}));
    Fact("other inputs", Codes({usage.inputs().begin(), usage.inputs().end()}));
    out_ << '\n';
    MarkdownTable table(out_, {"endpoint", "predictions", "ended"});
    for (const auto& [endpoint, counts] : usage.endpoints()) {
      table.Add({endpoint.empty() ? "none named" : MarkdownCode(endpoint),
                 HumanCount(counts.predictions), StatusText(counts.by_status)});
    }
  }

  void Changes() {
    Point(6, "Changes through the lifecycle");
    out_
        << "Versions are under point 1. An alias says which version was approved for what, by whom "
           "and when.\n\n";
    MarkdownTable table(out_, {"alias", "version", "from", "by", "position", "until position"});
    for (const v1::Alias& alias : dossier_.aliases) {
      table.Add({MarkdownCode(alias.alias()),
                 alias.version() == 0 ? "deleted" : StrCat(alias.version()),
                 HumanTime(alias.update_time()), MarkdownCode(alias.updater()),
                 HumanCount(alias.position()),
                 alias.end_position() == 0 ? "" : HumanCount(alias.end_position())});
    }
    if (table.empty()) None("Approvals");
  }

  void PostMarket() {
    Point(9, "Evaluation of the performance in the post-market phase");
    if (RecordedFor(dossier_, 9).empty()) out_ << "Post-market monitoring plan: none recorded.\n\n";
    Fact("predictions that derive from it", HumanCount(dossier_.impact.prediction_count()));
    out_ << '\n';
    MarkdownTable table(out_, {"what depends on it", "kind", "owner"});
    for (const v1::AffectedAsset& affected : dossier_.impact.assets()) {
      table.Add({MarkdownCode(affected.asset().asset()), Lower(KindName(affected.asset().kind())),
                 MarkdownCode(affected.asset().owner())});
    }
    if (table.empty()) out_ << "No other asset depends on it.\n";
    if (dossier_.impact.assets_truncated()) out_ << "\nThe list is not whole.\n";
  }

  void Gaps() {
    out_ << "\n## What is not known\n\n";
    for (const std::string& gap : dossier_.gaps) out_ << "- " << MarkdownText(gap) << '\n';
  }

  std::ostream& out_;
  const Dossier& dossier_;
};

}  // namespace

void WriteDossierMarkdown(std::ostream& out, const Dossier& dossier) {
  DossierWriter(out, dossier).Write();
}

}  // namespace whence::cli
