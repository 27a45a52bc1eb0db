// whence why.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/graph_flags.h"
#include "cli/commands/shared.h"
#include "cli/graph/picture.h"
#include "cli/graph/prov.h"
#include "cli/graph/why_report.h"

namespace whence::cli {
namespace {

struct WhyFlags {
  std::string reference;
  GraphBounds bounds;
  std::string grain;
  bool full = false;
};

absl::Status Why(App& app, const WhyFlags& flags) {
  v1::ExplainRequest request;
  request.set_reference(flags.reference);
  WHENCE_RETURN_IF_ERROR(flags.bounds.Apply(request));
  v1::Grain grain = v1::GRAIN_VERSION;
  if (!flags.grain.empty()) {
    const absl::StatusOr<v1::Grain> parsed = ParseGrain(flags.grain);
    if (!parsed.ok()) return UsageOf(parsed.status(), "--grain");
    if (*parsed == v1::GRAIN_ASSET) {
      return UsageError("'whence why' explains versions and columns, not whole assets",
                        "see 'whence lineage REF --up --grain asset'");
    }
    grain = *parsed;
  }
  const bool columns = grain == v1::GRAIN_COLUMN;
  const Format format = app.format();
  const bool chosen =
      format == Format::kDot || format == Format::kMermaid || format == Format::kProvJson;
  request.set_omit_columns(chosen && !columns);
  WHENCE_ASSIGN_OR_RETURN(const v1::Explanation answer, app.Call(kExplain, request));
  std::vector<const v1::LineageGraph*> graphs = {&answer.graph()};
  if (columns) graphs.push_back(&answer.columns());
  switch (app.format()) {
    case Format::kDot:
      app.out() << WriteDot(graphs);
      break;
    case Format::kMermaid:
      app.out() << WriteMermaid(graphs);
      break;
    case Format::kProvJson:
      app.out() << WriteProv(graphs);
      break;
    case Format::kTree:
      PrintWhy(app.out(), answer, {app.out_styler(), app.display().width, flags.full, columns});
      return absl::OkStatus();
    default:
      PrintMessage(app, answer);
      break;
  }
  TellTruncations(app, answer.graph().truncations());
  return absl::OkStatus();
}

}  // namespace

void AddWhyCommand(CommandTree& tree) {
  Command& command =
      tree.Verb(nullptr, "why", "Where did this come from? The whole origin of anything");
  auto flags = std::make_shared<WhyFlags>();
  command.Formats(kWhyFormats)
      .About(
          "Takes a prediction, a version, an asset, a run or a column and prints everything it "
          "was made from: models, prompts, retrieved passages, the runs that made them with "
          "their code, the data they read, down to the sources.")
      .Example("whence why prediction:handbook-0007")
      .Example("whence why prod.fraud.model@champion --as-of 2026-02-01", "as it stood then")
      .Example("whence why prod.mart.contacts#email --depth 3")
      .Example("whence why prediction:p-1 -o mermaid > origin.mmd")
      .Example("whence why prediction:p-1 -o prov-json > origin.json", "as W3C PROV")
      .Argument(flags->reference, "reference",
                "prediction:ID, asset, asset@NUMBER, asset@ALIAS, asset#COLUMN or run:ID",
                Complete::kReference);
  flags->bounds.AddTo(command, /*default_nodes=*/"10,000");
  command.Flag(flags->grain, "--grain", "GRAIN", "version, or column: the origin of columns too",
               Complete::kGrain);
  command.Switch(flags->full, "--full",
                 "Whole ids and digests, who and when of everything, all branches");
  command.Does([flags](App& app) { return Why(app, *flags); });
}

}  // namespace whence::cli
