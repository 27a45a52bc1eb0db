// whence why.

#include <memory>
#include <string_view>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/graph_flags.h"
#include "cli/commands/shared.h"
#include "cli/files.h"
#include "cli/graph/picture.h"
#include "cli/graph/prov.h"
#include "cli/graph/why_report.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct WhyFlags {
  std::string reference;
  GraphBounds bounds;
  std::string grain;
  bool full = false;
  std::string certificate;  // a file
};

// A certificate is one document, of one form: what would change the report does nothing to it.
absl::Status RefuseIgnored(const App& app, const WhyFlags& flags) {
  const std::pair<bool, std::string_view> given[] = {{!flags.grain.empty(), "--grain"},
                                                     {flags.bounds.max_nodes != 0, "--max-nodes"},
                                                     {flags.full, "--full"},
                                                     {!app.flags().output.empty(), "--output"}};
  for (const auto& [is_given, flag] : given) {
    if (!is_given) continue;
    return UsageError(StrCat("--certificate and ", flag, " exclude each other"),
                      "a certificate has all of the explanation, columns too, in one form; "
                      "--depth and --as-of bound it");
  }
  return absl::OkStatus();
}

// The same as a file that others can check without the server.
absl::Status WriteCertificate(App& app, const WhyFlags& flags) {
  WHENCE_RETURN_IF_ERROR(RefuseIgnored(app, flags));
  v1::CertifyRequest request;
  request.set_reference(flags.reference);
  // Of the bounds of an explanation a certificate has time and depth.
  v1::ExplainRequest bounds;
  WHENCE_RETURN_IF_ERROR(flags.bounds.Apply(bounds));
  if (bounds.has_as_of()) *request.mutable_as_of() = bounds.as_of();
  request.set_max_depth(bounds.depth());
  WHENCE_ASSIGN_OR_RETURN(const v1::Certificate certificate, app.Call(kCertify, request));
  WHENCE_RETURN_IF_ERROR(
      WriteFileAtomically(flags.certificate, StrCat(certificate.envelope(), "\n")));
  app.Say(StrCat("wrote a certificate of ", flags.reference, " as of position ",
                 HumanCount(certificate.position()), " with the proofs of ",
                 CountOf(certificate.entry_count(), "entry", "entries"), " to ",
                 flags.certificate));
  return absl::OkStatus();
}

absl::Status Why(App& app, const WhyFlags& flags) {
  if (!flags.certificate.empty()) return WriteCertificate(app, flags);
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
      .Example("whence why prediction:p-1 --certificate p-1.dsse.json")
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
  command.Flag(flags->certificate, "--certificate", "FILE",
               "Write it there as a statement that the ledger's key has signed; 'whence audit "
               "verify FILE' checks it without the server",
               Complete::kFile);
  command.Does([flags](App& app) { return Why(app, *flags); });
}

}  // namespace whence::cli
