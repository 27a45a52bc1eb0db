// Gathers what a dossier tells, by the calls that there are.

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/error.h"
#include "cli/report/dossier.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// Sources whose classification is looked up, one call each; of more, what their nodes say is told.
constexpr size_t kMaxClassified = 500;
// "point 2".
constexpr size_t kPointBytes = 7;

template <class Request>
void PinTo(int64_t position, Request& request) {
  request.mutable_as_of()->set_position(position);
}

// All pages of a list, or up to `most` items (0: all). `items` gives the list in a reply.
template <class Request, class Response, class Items, class Take>
absl::Status EachOf(App& app, const Method<Request, Response>& method, Request request,
                    const Items& items, const Take& take, int64_t most = 0, bool* whole = nullptr) {
  int64_t taken = 0;
  for (;;) {
    const int64_t left = most == 0 ? kMaxPageSize : most - taken;
    request.set_page_size(static_cast<int32_t>(std::min<int64_t>(kMaxPageSize, left)));
    WHENCE_ASSIGN_OR_RETURN(const Response page, app.Call(method, request));
    for (const auto& item : std::invoke(items, page)) {
      take(item);
      ++taken;
    }
    request.set_page_token(page.next_page_token());
    if (request.page_token().empty()) return absl::OkStatus();
    if (most > 0 && taken >= most) {
      if (whole != nullptr) *whole = false;
      return absl::OkStatus();
    }
  }
}

// Purpose: reads one dossier. Ownership: borrows the app. Thread-safety: none.
class DossierReader {
 public:
  DossierReader(App& app, const DossierRequest& request) : app_(app), request_(request) {}

  absl::StatusOr<Dossier> Read() {
    dossier_.reference = request_.reference;
    dossier_.as_of = request_.as_of;
    WHENCE_RETURN_IF_ERROR(ReadOrigin());
    WHENCE_RETURN_IF_ERROR(ReadModel());
    SortOrigin();
    WHENCE_RETURN_IF_ERROR(ReadClassification());
    WHENCE_RETURN_IF_ERROR(ReadAliases());
    WHENCE_RETURN_IF_ERROR(Known(ReadUsage(), "3", "predictions"));
    WHENCE_RETURN_IF_ERROR(ReadImpact());
    WHENCE_RETURN_IF_ERROR(Known(ReadAccess(), "3", "who may use and change the model"));
    WHENCE_RETURN_IF_ERROR(Known(ReadPolicies(), "3", "policies"));
    WHENCE_RETURN_IF_ERROR(ReadDecisions());
    NoteGaps();
    return std::move(dossier_);
  }

 private:
  void Gap(std::string_view point, std::string_view text) {
    dossier_.gaps.push_back(StrCat("point ", point, ": ", text));
  }
  // What the caller may not see is a gap; other errors are errors.
  absl::Status Known(const absl::Status& status, std::string_view point, std::string_view what) {
    if (!absl::IsPermissionDenied(status)) return status;
    Gap(point, StrCat(what, ": not shown to who asked for this dossier"));
    return absl::OkStatus();
  }

  // The first call: all others read as of its position.
  absl::Status ReadOrigin() {
    v1::ExplainRequest request;
    request.set_reference(request_.reference);
    request.set_omit_columns(true);
    WHENCE_RETURN_IF_ERROR(SetAsOf(request_.as_of, request));
    WHENCE_ASSIGN_OR_RETURN(v1::Explanation origin, app_.Call(kExplain, request));
    graph_ = std::move(*origin.mutable_graph());
    dossier_.position = graph_.position();
    if (!graph_.truncations().empty()) {
      Gap("2", "the origin is larger than what is looked at; 'whence lineage' shows all of it");
    }
    if (graph_.redacted_count() > 0) {
      Gap("2", StrCat(CountOf(graph_.redacted_count(), "node"),
                      " of the origin not shown to who asked for this dossier"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadModel() {
    const absl::StatusOr<Reference> reference = ParseReference(request_.reference, "reference");
    if (!reference.ok() || reference->name.size() != 3 || !reference->column.empty())
      return NoModel();
    Reference asset = *reference;
    asset.kind = Reference::Kind::kSecurable;
    asset.version = 0;
    asset.alias.clear();
    v1::GetAssetRequest get;
    get.set_name(FormatReference(asset));
    PinTo(dossier_.position, get);
    WHENCE_ASSIGN_OR_RETURN(dossier_.asset, app_.Call(kGetAsset, get));
    if (dossier_.asset.kind() != v1::KIND_MODEL) return NoModel();
    if (reference->kind != Reference::Kind::kSecurable) {
      v1::GetVersionRequest version;
      version.set_name(request_.reference);
      PinTo(dossier_.position, version);
      WHENCE_ASSIGN_OR_RETURN(v1::Version one, app_.Call(kGetVersion, version));
      dossier_.versions.push_back(std::move(one));
      return absl::OkStatus();
    }
    v1::ListVersionsRequest list;
    list.set_asset(dossier_.asset.name());
    PinTo(dossier_.position, list);
    return EachOf(
        app_, kListVersions, list,
        [](const v1::ListVersionsResponse& page) -> const auto& { return page.versions(); },
        [this](const v1::Version& version) { dossier_.versions.push_back(version); });
  }

  absl::Status NoModel() const {
    const std::string kind = Lower(KindName(dossier_.asset.kind()));
    return UsageError(kind.empty() ? StrCat(request_.reference, " is no model")
                                   : StrCat(request_.reference, " is a ", kind, ", no model"),
                      "'whence asset list --kind model' shows the models");
  }

  // Which runs made the model, what these read, and what is above.
  void SortOrigin() {
    const auto is_own = [this](const v1::LineageNode& node) {
      return node.has_dataset() && node.dataset().asset_id() == dossier_.asset.id() &&
             !node.dataset().asset().empty();
    };
    std::set<int> makers;
    for (const v1::LineageEdge& edge : graph_.edges()) {
      const int target = edge.target();
      if (target < 0 || target >= graph_.nodes_size()) continue;
      if (is_own(graph_.nodes(target))) makers.insert(edge.source());
    }
    std::set<int> read;
    for (const v1::LineageEdge& edge : graph_.edges()) {
      if (makers.count(edge.target()) > 0) read.insert(edge.source());
    }
    for (int i = 0; i < graph_.nodes_size(); ++i) {
      const v1::LineageNode& node = graph_.nodes(i);
      if (node.has_run()) {
        (makers.count(i) > 0 ? dossier_.training : dossier_.preparation).push_back(node.run());
      } else if (node.has_dataset() && !is_own(node)) {
        // Without a run in between, what a model was derived from was read too.
        const bool direct = read.count(i) > 0 || makers.count(i) > 0;
        dossier_.sources.push_back({.node = node, .direct = direct, .classification = {}});
      }
    }
    const auto newest = [](const v1::Run& a, const v1::Run& b) {
      return std::pair(ToTime(a.start_time()), a.id()) > std::pair(ToTime(b.start_time()), b.id());
    };
    std::sort(dossier_.training.begin(), dossier_.training.end(), newest);
    std::sort(dossier_.preparation.begin(), dossier_.preparation.end(), newest);
    std::stable_sort(
        dossier_.sources.begin(), dossier_.sources.end(),
        [](const DossierSource& a, const DossierSource& b) { return a.direct && !b.direct; });
  }

  absl::Status ReadClassification() {
    std::map<std::string, std::vector<std::string>> known;  // by asset
    for (DossierSource& source : dossier_.sources) {
      const v1::DatasetNode& dataset = source.node.dataset();
      if (dataset.asset().empty()) continue;
      if (dataset.deleted()) {
        for (const v1::Tag& tag : dataset.tags()) source.classification.push_back(TagText(tag));
        continue;
      }
      const auto found = known.find(dataset.asset());
      if (found != known.end()) {
        source.classification = found->second;
        continue;
      }
      if (known.size() >= kMaxClassified) {
        Gap("2", StrCat("classification of more than ", kMaxClassified, " sources: not looked up"));
        return absl::OkStatus();
      }
      WHENCE_ASSIGN_OR_RETURN(source.classification, ClassificationOf(dataset.asset()));
      known.emplace(dataset.asset(), source.classification);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> ClassificationOf(const std::string& asset) {
    v1::GetEffectiveTagsRequest request;
    request.set_reference(asset);
    request.set_columns(true);
    PinTo(dossier_.position, request);
    WHENCE_ASSIGN_OR_RETURN(const v1::GetEffectiveTagsResponse answer,
                            app_.Call(kGetEffectiveTags, request));
    std::vector<std::string> texts;
    const auto text = [](const v1::EffectiveTag& tag) {
      return tag.value().empty() ? tag.key() : StrCat(tag.key(), ":", tag.value());
    };
    for (const v1::EffectiveTag& tag : answer.tags()) texts.push_back(text(tag));
    for (const v1::ColumnTags& column : answer.columns()) {
      for (const v1::EffectiveTag& tag : column.tags()) {
        texts.push_back(StrCat(column.column(), " ", text(tag)));
      }
    }
    if (!answer.truncated().empty()) {
      Gap("2", StrCat("classification of ", asset, ": ", answer.truncated()));
    }
    return texts;
  }

  absl::Status ReadAliases() {
    for (const v1::Alias& alias : dossier_.asset.aliases()) {
      v1::ListAliasHistoryRequest request;
      request.set_asset(dossier_.asset.name());
      request.set_alias(alias.alias());
      PinTo(dossier_.position, request);
      WHENCE_RETURN_IF_ERROR(EachOf(
          app_, kListAliasHistory, request,
          [](const v1::ListAliasHistoryResponse& page) -> const auto& { return page.entries(); },
          [this](const v1::Alias& entry) { dossier_.aliases.push_back(entry); }));
    }
    // One history of all of them.
    std::stable_sort(
        dossier_.aliases.begin(), dossier_.aliases.end(),
        [](const v1::Alias& a, const v1::Alias& b) { return a.position() > b.position(); });
    return absl::OkStatus();
  }

  absl::Status ReadUsage() {
    v1::ListPredictionsRequest request;
    request.set_model(request_.reference);
    PinTo(dossier_.position, request);
    return EachOf(
        app_, kListPredictions, request,
        [](const v1::ListPredictionsResponse& page) -> const auto& { return page.predictions(); },
        [this](const v1::Prediction& prediction) { dossier_.usage.Add(prediction); },
        request_.predictions, &dossier_.usage_whole);
  }

  absl::Status ReadImpact() {
    v1::ImpactRequest request;
    request.set_reference(request_.reference);
    PinTo(dossier_.position, request);
    WHENCE_ASSIGN_OR_RETURN(dossier_.impact, app_.Call(kImpact, request));
    return absl::OkStatus();
  }

  absl::Status ReadAccess() {
    v1::ListAssetAccessRequest request;
    request.mutable_securable()->set_name(dossier_.asset.name());
    PinTo(dossier_.position, request);
    return EachOf(
        app_, kListAssetAccess, request,
        [](const v1::ListAssetAccessResponse& page) -> const auto& { return page.items(); },
        [this](const v1::AssetAccess& item) { dossier_.access.push_back(item); });
  }

  absl::Status ReadPolicies() {
    v1::ListPoliciesRequest request;
    request.mutable_securable()->set_name(dossier_.asset.name());
    request.set_inherited(true);
    PinTo(dossier_.position, request);
    return EachOf(
        app_, kListPolicies, request,
        [](const v1::ListPoliciesResponse& page) -> const auto& { return page.policies(); },
        [this](const v1::Policy& policy) { dossier_.policies.push_back(policy); });
  }

  // Those that engines and gateways asked for about the model alone; a sampled one stands for so
  // many.
  absl::Status ReadDecisions() {
    v1::ListEntriesRequest request;
    request.set_kind(v1::ENTRY_KIND_DECISION);
    request.set_resource(dossier_.asset.name());
    PinTo(dossier_.position, request);
    bool own_only = false;
    WHENCE_RETURN_IF_ERROR(EachOf(
        app_, kListEntries, request,
        [&own_only](const v1::ListEntriesResponse& page) -> const auto& {
          own_only = page.own_only();
          return page.entries();
        },
        [this](const v1::LedgerEntry& entry) {
          DossierDecisions& decisions = dossier_.decisions[entry.outcome()];
          if (decisions.count == 0) decisions.last = entry.time();
          decisions.count += std::max<int64_t>(entry.rate(), 1);
        }));
    if (own_only) Gap("3", "decisions: of others not shown to who asked for this dossier");
    return absl::OkStatus();
  }

  void GapUnlessRecorded(int point, std::string_view text) {
    if (RecordedFor(dossier_, point).empty()) Gap(StrCat(point), text);
  }

  void NoteGaps() {
    if (dossier_.asset.comment().empty()) {
      GapUnlessRecorded(1, "intended purpose: none recorded (the model has no comment)");
    }
    GapUnlessRecorded(1, "provider, hardware, user interface, instructions for use: none recorded");
    if (dossier_.versions.empty()) Gap("2", "versions: none registered");
    if (dossier_.training.empty()) Gap("2", "training runs: none recorded");
    NoteDevelopmentGaps();
    GapUnlessRecorded(2,
                      "design choices, labelling, cleaning, assumptions, cybersecurity: none "
                      "recorded");
    Gap("2", "evaluations: none recorded");
    if (dossier_.usage.predictions() == 0 && dossier_.usage_whole) {
      Gap("3", "predictions: none recorded");
    }
    GapUnlessRecorded(3, "capabilities, limitations, human oversight measures: none recorded");
    GapUnlessRecorded(4, "appropriateness of the metrics: none recorded");
    GapUnlessRecorded(5, "risk management system: none recorded");
    if (dossier_.aliases.empty()) Gap("6", "approvals: no alias was ever set");
    Gap("6", "aliases that were deleted: not listed");
    GapUnlessRecorded(7, "harmonised standards: none recorded");
    GapUnlessRecorded(8, "EU declaration of conformity: none recorded");
    GapUnlessRecorded(9, "post-market monitoring plan: none recorded");
    // They begin with the point, of one digit.
    std::stable_sort(dossier_.gaps.begin(), dossier_.gaps.end(),
                     [](const std::string& a, const std::string& b) {
                       return a.substr(0, kPointBytes) < b.substr(0, kPointBytes);
                     });
  }

  void NoteDevelopmentGaps() {
    int64_t without_code = 0;
    for (const v1::Run& run : dossier_.training)
      without_code += run.code().commit().empty() ? 1 : 0;
    if (without_code > 0) {
      Gap("2", StrCat("code: ", CountOf(without_code, "training run"), " without a commit"));
    }
    int64_t without_metrics = 0;
    for (const v1::Version& version : dossier_.versions) {
      without_metrics += version.detail().model().metrics().empty() ? 1 : 0;
    }
    if (without_metrics > 0) {
      Gap("2", StrCat("metrics: ", CountOf(without_metrics, "version"), " without any"));
    }
    if (dossier_.sources.empty()) Gap("2", "training data: none recorded");
  }

  App& app_;
  const DossierRequest& request_;
  v1::LineageGraph graph_;
  Dossier dossier_;
};

}  // namespace

std::string RecordedFor(const Dossier& dossier, int point) {
  const auto& properties = dossier.asset.properties();
  const auto found = properties.find(StrCat("annex_iv.", point));
  return found == properties.end() ? "" : found->second;
}

absl::StatusOr<Dossier> ReadDossier(App& app, const DossierRequest& request) {
  return DossierReader(app, request).Read();
}

}  // namespace whence::cli
