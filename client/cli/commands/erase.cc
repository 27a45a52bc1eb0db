// whence admin erase.

#include <algorithm>
#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct EraseFlags {
  std::string what;
  std::string subject;
  bool dry_run = false;
  bool yes = false;
};

absl::Status SetSubject(const EraseFlags& flags, v1::EraseRequest& request) {
  constexpr std::string_view kPrediction = "prediction:";
  if (flags.what.empty() == flags.subject.empty()) {
    return UsageError("say what to erase: WHAT, or --subject KEY=VALUE",
                      "write: whence admin erase prediction:p-1");
  }
  if (!flags.subject.empty()) {
    const absl::StatusOr<KeyValue> subject = ParseKeyValue(flags.subject);
    if (!subject.ok()) return UsageOf(subject.status(), "--subject");
    request.mutable_subject()->set_key(subject->key);
    request.mutable_subject()->set_value(subject->value);
  } else if (flags.what.starts_with(kPrediction)) {
    request.set_prediction(flags.what.substr(kPrediction.size()));
  } else {
    request.set_principal(flags.what);
  }
  return absl::OkStatus();
}

std::string WhatText(const v1::EraseRequest& request) {
  if (request.has_subject()) {
    return StrCat("the texts of all predictions with ", request.subject().key(), "=",
                  request.subject().value());
  }
  if (!request.prediction().empty()) {
    return StrCat("the texts of prediction ", request.prediction());
  }
  return StrCat("what is known of ", request.principal(), ", and who did what in its entries");
}

// Part by part, each a step of its own.
absl::StatusOr<v1::Erasure> EraseAll(App& app, v1::EraseRequest request) {
  v1::Erasure total;
  do {
    if (!request.dry_run()) request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Erasure part, app.Call(kErase, request));
    total.set_predictions(total.predictions() + part.predictions());
    total.set_entries(total.entries() + part.entries());
    total.set_states(std::max(total.states(), part.states()));
    if (part.position() != 0) total.set_position(part.position());
    request.set_after(part.next());
  } while (request.after() != 0);
  return total;
}

std::string ErasedText(const v1::Erasure& erasure, bool dry_run) {
  std::string text = dry_run ? "would erase" : "erased";
  StrAppend(&text, " the texts of ", CountOf(erasure.predictions(), "prediction"),
            ", who did what in ", CountOf(erasure.entries(), "entry", "entries"),
            ", names and addresses in ", CountOf(erasure.states(), "state"));
  return text;
}

}  // namespace

void AddEraseCommand(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "erase", "Erase what is about a person, for good");
  auto flags = std::make_shared<EraseFlags>();
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .About(
          "WHAT is prediction:ID (its input and output) or a principal (name, addresses, and who "
          "did what in the ledger). Hashes stay, so that everything can still be checked, and the "
          "erasure itself is on the record. Backups that were made before hold what they hold.")
      .Example("whence admin erase prediction:p-1")
      .Example("whence admin erase --subject customer=4711 --dry-run",
               "predictions with the property customer=4711")
      .Example("whence admin erase user:ana --yes")
      .OptionalArgument(flags->what, "what", "prediction:ID or a principal", Complete::kPrediction);
  command.Flag(flags->subject, "--subject", "KEY=VALUE",
               "All predictions with this property: whom they are about");
  command.Switch(flags->dry_run, "--dry-run", "Only say what would be erased");
  AddYes(command, flags->yes);
  command.Does([flags](App& app) -> absl::Status {
    v1::EraseRequest request;
    WHENCE_RETURN_IF_ERROR(SetSubject(*flags, request));
    request.set_dry_run(flags->dry_run);
    if (!flags->dry_run) {
      WHENCE_RETURN_IF_ERROR(
          Confirm(app, flags->yes, StrCat("erase ", WhatText(request), " for good?")));
    }
    WHENCE_ASSIGN_OR_RETURN(const v1::Erasure erasure, EraseAll(app, request));
    if (app.format() != Format::kTable) {
      PrintMessage(app, erasure);
    } else if (erasure.position() != 0) {
      app.Say(Sentence(ErasedText(erasure, false), erasure.position()));
    } else {
      app.Say(flags->dry_run ? ErasedText(erasure, true) : "there was nothing to erase");
    }
    return absl::OkStatus();
  });
}

}  // namespace whence::cli
