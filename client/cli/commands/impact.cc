// whence impact.

#include <memory>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/graph_flags.h"
#include "cli/commands/shared.h"
#include "cli/commands/subject_impact.h"
#include "cli/graph/footer.h"
#include "cli/graph/prov.h"
#include "cli/text/display_width.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// "9 tables", "4 model versions", "1 index".
std::string KindCount(const v1::ImpactByKind& count) {
  const std::string kind = Lower(KindName(count.kind()));
  const std::string plural = kind == "index" ? "indexes" : StrCat(kind, "s");
  std::string assets = CountOf(count.asset_count(), kind, plural);
  const bool versioned = count.kind() == v1::KIND_MODEL || count.kind() == v1::KIND_PROMPT;
  if (!versioned || count.version_count() <= count.asset_count()) return assets;
  return StrCat(assets, " (", CountOf(count.version_count(), "version"), ")");
}

std::string KindCounts(const google::protobuf::RepeatedPtrField<v1::ImpactByKind>& kinds) {
  return absl::StrJoin(kinds, ", ", [](std::string* out, const v1::ImpactByKind& count) {
    out->append(KindCount(count));
  });
}

// "37 columns in 9 tables, 4 models and 18,204 predictions derive from ...".
std::string Headline(const v1::ImpactResponse& impact) {
  std::vector<std::string> parts;
  const std::string kinds = KindCounts(impact.kinds());
  if (impact.column_count() > 0) {
    parts.push_back(StrCat(CountOf(impact.column_count(), "column"), " in ", kinds));
  } else if (!kinds.empty()) {
    parts.push_back(kinds);
  }
  if (impact.prediction_count() > 0) {
    parts.push_back(CountOf(impact.prediction_count(), "prediction"));
  }
  if (parts.empty()) return "nothing derives from ";
  const bool one = parts.size() == 1 && parts.front().starts_with("1 ") &&
                   parts.front().find(',') == std::string::npos &&
                   parts.front().find(" in ") == std::string::npos;
  return StrCat(absl::StrJoin(parts, ", "), one ? " derives from " : " derive from ");
}

void PrintTags(App& app, const v1::ImpactResponse& impact) {
  for (const v1::ImpactByTag& by_tag : impact.column_tags()) {
    StyledLine line;
    line.Add("  ").Add("tagged ", Tone::kDim).Add(OneLine(TagText(by_tag.tag())), Tone::kYellow);
    line.Add(StrCat("   ", CountOf(by_tag.column_count(), "column")));
    if (by_tag.masked_count() > 0) {
      line.Add(StrCat(" (", HumanCount(by_tag.masked_count()), " masked on the way)"), Tone::kDim);
    }
    app.out() << line.Render(app.out_styler(), app.display().width) << '\n';
  }
}

void PrintOwners(App& app, const v1::ImpactResponse& impact) {
  if (impact.owners().empty()) return;
  StyledLine line;
  line.Add("  ").Add("owners to tell   ", Tone::kDim);
  bool first = true;
  for (const v1::ImpactByOwner& owner : impact.owners()) {
    line.Add(first ? "" : ", ").Add(OneLine(owner.owner()), Tone::kBold);
    line.Add(StrCat(" (", KindCounts(owner.kinds()), ")"));
    first = false;
  }
  app.out() << line.Render(app.out_styler(), app.display().width) << '\n';
}

std::string VersionList(const v1::AffectedAsset& asset) {
  return absl::StrJoin(asset.versions(), ", ", [](std::string* out, int64_t version) {
    absl::StrAppend(out, version == 0 ? "-" : absl::StrCat("@", version));
  });
}

void PrintAssets(App& app, const v1::ImpactResponse& impact) {
  if (impact.assets().empty()) return;
  app.out() << '\n';
  TableWriter table(app.out(), app.out_styler(), app.display().width,
                    {{"DEPTH", true}, {"KIND"}, {"NAME"}, {"VERSIONS"}, {"COLUMNS"}, {"OWNER"}});
  for (const v1::AffectedAsset& asset : impact.assets()) {
    table.Add({{StrCat(asset.depth()), Tone::kDim},
               {Lower(KindName(asset.asset().kind()))},
               {asset.asset().asset(), Tone::kBold},
               {VersionList(asset)},
               {absl::StrJoin(asset.columns(), ", ")},
               {asset.asset().owner()}});
  }
  table.Flush();
  for (const v1::AffectedAsset& asset : impact.assets()) {
    if (asset.path().empty()) continue;
    StyledLine line;
    line.Add("  ").Add("path  ", Tone::kDim).Add(absl::StrJoin(asset.path(), " → "));
    app.out() << line.Render(app.out_styler(), app.display().width) << '\n';
  }
}

void PrintImpact(App& app, const v1::ImpactResponse& impact) {
  StyledLine headline;
  headline.Add(Headline(impact)).Add(OneLine(impact.root()), Tone::kBold);
  app.out() << headline.Render(app.out_styler(), 0) << '\n';
  PrintTags(app, impact);
  PrintOwners(app, impact);
  PrintAssets(app, impact);
  StyledLine footer;
  footer.Add(StrCat("as of position ", HumanCount(impact.position()), " · "), Tone::kDim);
  const std::string cut = TruncationText(impact.truncations());
  if (!cut.empty()) {
    footer.Add(StrCat(cut, "; the counts are lower bounds"), Tone::kYellow);
  } else if (impact.assets_truncated()) {
    footer.Add(StrCat("the counts are whole; the list has the first ",
                      CountOf(impact.assets_size(), "asset"), " (more with --max-assets)"),
               Tone::kYellow);
  } else {
    footer.Add("complete: nothing cut", Tone::kGreen);
  }
  app.out() << '\n' << footer.Render(app.out_styler(), app.display().width) << '\n';
}

std::vector<ListColumn<v1::AffectedAsset>> AffectedColumns() {
  using Item = const v1::AffectedAsset&;
  return {
      {"depth", [](Item item) { return StrCat(item.depth()); }},
      {"kind", [](Item item) { return KindName(item.asset().kind()); }},
      {"name", [](Item item) { return item.asset().asset(); }},
      {"versions", [](Item item) { return absl::StrJoin(item.versions(), " "); }},
      {"columns", [](Item item) { return absl::StrJoin(item.columns(), " "); }},
      {"owner", [](Item item) { return item.asset().owner(); }},
      {"path", [](Item item) { return absl::StrJoin(item.path(), " "); }},
  };
}

struct ImpactFlags {
  std::string reference;
  std::string subject;
  bool paths = false;
  int64_t max_assets = 0;
  GraphBounds bounds;
};

absl::Status ShowImpact(App& app, const ImpactFlags& flags) {
  if (flags.reference.empty() == flags.subject.empty()) {
    return UsageError("say of what: REFERENCE, or --subject KEY=VALUE",
                      "write: whence impact prod.raw.users#email");
  }
  if (!flags.subject.empty()) return ShowSubjectImpact(app, flags.subject);
  v1::ImpactRequest request;
  request.set_reference(flags.reference);
  request.set_show_paths(flags.paths);
  request.set_max_assets(static_cast<int32_t>(flags.max_assets));
  WHENCE_RETURN_IF_ERROR(flags.bounds.Apply(request));
  const absl::StatusOr<v1::ImpactResponse> reply = app.Call(kImpact, request);
  if (!reply.ok()) return WithWhyHint(reply.status(), flags.reference);
  const v1::ImpactResponse& impact = *reply;
  if (app.format() == Format::kTable) {
    PrintImpact(app, impact);
    return absl::OkStatus();
  }
  if (app.format() == Format::kCsv || app.format() == Format::kJsonl) {
    ListPrinter<v1::AffectedAsset> printer(app, "assets", AffectedColumns());
    for (const v1::AffectedAsset& asset : impact.assets()) printer.Add(asset);
    printer.End("");
  } else if (app.format() == Format::kProvJson) {
    app.out() << WriteProv(impact);
  } else {
    PrintMessage(app, impact);
  }
  TellTruncations(app, impact.truncations());
  if (impact.assets_truncated()) {
    app.Note(StrCat("the list has the first ", CountOf(impact.assets_size(), "asset"),
                    "; more with --max-assets"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddImpactCommand(CommandTree& tree) {
  Command& command =
      tree.Verb(nullptr, "impact", "Everything that depends on something, and whom to tell");
  auto flags = std::make_shared<ImpactFlags>();
  command.Formats(kImpactFormats)
      .Example("whence impact prod.raw.users#email --as-of 2026-03-01")
      .Example("whence impact prod.raw.users@3 --paths")
      .Example("whence impact --subject customer=4711",
               "predictions with that property, what derives from assets with that tag")
      .OptionalArgument(flags->reference, "reference",
                        "asset, asset@NUMBER, asset@ALIAS, asset#COLUMN or run:ID",
                        Complete::kReference);
  command.Flag(flags->subject, "--subject", "KEY=VALUE",
               "In place of a reference: what is about a person, erased or not");
  command.Switch(flags->paths, "--paths", "A shortest path to each affected asset");
  command
      .Flag(flags->max_assets, "--max-assets", "N",
            "List at most so many assets; 1,000 without it, up to 10,000; counts are always whole")
      .Between(1, 10'000);
  flags->bounds.AddTo(command, "1,000,000");
  command.Does([flags](App& app) { return ShowImpact(app, *flags); });
}

}  // namespace whence::cli
