// whence report: access changes dossier.

#include <memory>

#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/output/json.h"
#include "cli/report/access_report.h"
#include "cli/report/changes_report.h"
#include "cli/report/dossier.h"
#include "cli/text/access_question.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// --- access ---

const FormatSet kAccessReportFormats = {Format::kTable, Format::kMarkdown, Format::kJson,
                                        Format::kJsonl, Format::kCsv};

struct AccessFlags {
  std::vector<std::string> words;
  std::string principal;
  std::string as_of;
};

struct ChangesFlags {
  std::string from;
  std::string to;
  std::string actor;
  std::string resource;
};

constexpr char kAccessHint[] = "write: whence report access schema prod.fraud";

absl::Status ReportAccess(App& app, const AccessFlags& flags) {
  v1::ListAssetAccessRequest request;
  AccessReportScope scope{
      .securable = "metastore", .principal = flags.principal, .as_of = flags.as_of};
  std::vector<std::string> words = flags.words;
  if (!words.empty() && Lower(words.front()) == "on") words.erase(words.begin());
  if (!words.empty()) {
    const absl::StatusOr<v1::Securable> securable = ParseSecurableWords(words);
    if (!securable.ok()) return UsageError(ToStd(securable.status().message()), kAccessHint);
    *request.mutable_securable() = *securable;
    ToAssetOf(*request.mutable_securable());
    scope.securable = SecurableText(*securable);
  }
  request.set_principal(flags.principal);
  WHENCE_RETURN_IF_ERROR(SetAsOf(flags.as_of, request));
  const std::unique_ptr<AccessReport> report = MakeAccessReport(app, scope);
  do {
    request.set_page_size(kMaxPageSize);
    WHENCE_ASSIGN_OR_RETURN(const v1::ListAssetAccessResponse page,
                            app.Call(kListAssetAccess, request));
    report->Add(page);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  report->End();
  return absl::OkStatus();
}

void AddAccessReport(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "access", "Who may do what with each asset, and how it came to that");
  auto flags = std::make_shared<AccessFlags>();
  command.Formats(kAccessReportFormats)
      .About(
          "For each asset, or each under what is named, the users and services that may do "
          "something with it: their privileges, the grants, groups and ownership that give them, "
          "and the policies that deny, mask and filter. Needs BROWSE on the metastore, or MANAGE "
          "on what is named; about oneself nothing.")
      .Example("whence report access schema prod.fraud -o markdown > review.md")
      .Example("whence report access --as-of 2026-02-01", "as it was on that date")
      .Example("whence report access prod.fraud.scores -o json")
      .Example("whence report access --principal user:ana", "what one may do, everywhere")
      .OptionalArguments(flags->words, "securable", "[on] [TYPE] NAME; the metastore without it",
                         Complete::kSecurable);
  command.Flag(flags->principal, "--principal", "PRINCIPAL",
               "Only this user or service; or what this group gives", Complete::kPrincipal);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) { return ReportAccess(app, *flags); });
}

// --- changes ---

void AddChangesReport(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "changes", "What was changed in a time, by whom, and who was refused");
  auto flags = std::make_shared<ChangesFlags>();
  command.Formats({Format::kMarkdown, Format::kJson})
      .About(
          "From the ledger, under a signed head that the report names. Who may manage the "
          "metastore has all of it, everybody else what they did.")
      .Example("whence report changes --from 2026-02-01 --to 2026-03-01 > february.md")
      .Example("whence report changes --resource prod.fraud.model -o json");
  command.Flag(flags->from, "--from", "TIME", "At this time or later");
  command.Flag(flags->to, "--to", "TIME", "Before this time");
  command.Flag(flags->actor, "--actor", "PRINCIPAL", "Only of this principal",
               Complete::kPrincipal);
  command.Flag(flags->resource, "--resource", "REFERENCE", "Only of this, as it is recorded",
               Complete::kReference);
  command.Does([flags](App& app) -> absl::Status {
    ChangesRequest request{.entries = {}, .from = flags->from, .to = flags->to};
    request.entries.set_actor(flags->actor);
    request.entries.set_resource(flags->resource);
    if (!flags->from.empty()) {
      const absl::StatusOr<absl::Time> from = ParseTime(flags->from);
      if (!from.ok()) return UsageOf(from.status(), "--from");
      *request.entries.mutable_start_time() = ToTimestamp(*from);
    }
    if (!flags->to.empty()) {
      const absl::StatusOr<absl::Time> to = ParseTime(flags->to);
      if (!to.ok()) return UsageOf(to.status(), "--to");
      *request.entries.mutable_end_time() = ToTimestamp(*to);
    }
    return ReportChanges(app, request);
  });
}

// --- dossier ---

// Predictions that are looked at unless told otherwise: some seconds' work.
constexpr int64_t kDossierPredictions = 10'000;

void AddDossier(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(
      group, "dossier", "What is known of a model, by the points of the EU AI Act's Annex IV");
  auto request = std::make_shared<DossierRequest>();
  request->predictions = kDossierPredictions;
  command.Formats({Format::kMarkdown, Format::kJson, Format::kYaml})
      .About(
          "Versions with digests and metrics, training runs with code and parameters, the data "
          "behind them with owners and classification, prompts and indexes used with it, its use, "
          "who may use and change it, approvals, and plainly what is not known. What no catalog "
          "knows by itself can be recorded in the model's properties annex_iv.1 to annex_iv.9, and "
          "stands under its point then.")
      .Example("whence report dossier prod.fraud.model > dossier.md")
      .Example("whence report dossier prod.fraud.model@champion --as-of 2026-02-01",
               "one version, as it stood on that date")
      .Example("whence report dossier prod.fraud.model -o json")
      .Argument(request->reference, "model", "model, model@NUMBER or model@ALIAS",
                Complete::kModel);
  command
      .Flag(request->predictions, "--predictions", "N",
            "Look at the newest so many predictions; 10,000 without it")
      .Between(1, 1'000'000'000);
  AddAsOf(command, request->as_of);
  command.Does([request](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const Dossier dossier, ReadDossier(app, *request));
    if (app.format() == Format::kMarkdown) {
      WriteDossierMarkdown(app.out(), dossier);
    } else if (app.format() == Format::kYaml) {
      app.out() << WriteYaml(DossierJson(dossier));
    } else {
      app.out() << WriteJson(DossierJson(dossier), /*pretty=*/true) << '\n';
    }
    return absl::OkStatus();
  });
}

}  // namespace

void AddReportCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("report", "Documents for reviews and audits");
  AddAccessReport(tree, group);
  AddChangesReport(tree, group);
  AddDossier(tree, group);
}

}  // namespace whence::cli
