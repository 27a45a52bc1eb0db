// whence access: explain effective whoami.

#include <memory>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/output/table.h"
#include "cli/records/access.h"
#include "cli/text/access_question.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

const FormatSet kAnswerFormats = {Format::kTable, Format::kJson, Format::kYaml};

// --- explain ---

struct ExplainFlags {
  std::vector<std::string> words;
  std::string as_of;
};

constexpr char kExplainHint[] = "write: whence access explain user:ana SELECT prod.fraud.scores";

void AddExplain(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "explain", "Whether somebody may do something, and why or why not");
  auto flags = std::make_shared<ExplainFlags>();
  command.Formats(kAnswerFormats)
      .About(
          "PRINCIPAL PRIVILEGE [on] [TYPE] NAME. Ends with 0 when it may, with 2 when it may not; "
          "then the smallest grants that would let it are named.")
      .Example("whence access explain user:ana SELECT prod.fraud.scores")
      .Example("whence access explain user:ana USE CATALOG on catalog prod")
      .Example("whence access explain user:ana SELECT prod.fraud.scores --as-of 2026-02-01",
               "who could read it on that date")
      .Arguments(flags->words, "sentence", "PRINCIPAL PRIVILEGE [on] [TYPE] NAME",
                 Complete::kQuestion);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::ExplainAccessRequest request;
    request.set_principal(flags->words.front());
    const absl::StatusOr<AccessQuestion> question =
        ParseAccessQuestion({flags->words.begin() + 1, flags->words.end()});
    if (!question.ok()) return UsageError(ToStd(question.status().message()), kExplainHint);
    request.set_privilege(question->privilege);
    *request.mutable_securable() = question->securable;
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::ExplainAccessResponse answer,
                            app.Call(kExplainAccess, request));
    if (app.format() == Format::kTable) {
      PrintExplanation(app, answer);
    } else {
      PrintMessage(app, answer);
    }
    if (!answer.allowed()) app.ConditionNotMet();
    return absl::OkStatus();
  });
}

// --- effective ---

void PrintEffective(App& app, const v1::GetEffectivePrivilegesResponse& answer) {
  TableWriter table(app.out(), app.out_styler(), app.display().width,
                    {{"privilege"}, {"from"}, {"through"}});
  for (const v1::EffectivePrivilege& effective : answer.privileges()) {
    bool first = true;
    for (const v1::AccessReason& reason : effective.reasons()) {
      table.Add({{first ? effective.privilege() : "", Tone::kBold},
                 {ReasonText(reason)},
                 {ThroughText(reason), Tone::kCyan}});
      first = false;
    }
  }
  table.Flush();
  if (answer.privileges().empty()) {
    app.Note(StrCat(answer.principal(), " has nothing on ", SecurableText(answer.securable())));
  }
  if (!answer.active()) {
    app.Note(StrCat(answer.principal(), " is not active and may do nothing of this"));
  }
}

void AddEffective(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "effective",
                               "Everything that somebody has on something, and how it came to it");
  struct Flags {
    std::string principal;
    std::vector<std::string> words;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kAnswerFormats)
      .Example("whence access effective user:ana on schema prod.fraud")
      .Example("whence access effective group:analysts prod.fraud.scores --as-of 2026-02-01")
      .Argument(flags->principal, "principal", "Whose", Complete::kPrincipal);
  command.Arguments(flags->words, "securable", "[on] [TYPE] NAME", Complete::kSecurable);
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    std::vector<std::string> words = flags->words;
    if (Lower(words.front()) == "on") words.erase(words.begin());
    const absl::StatusOr<v1::Securable> securable = ParseSecurableWords(words);
    if (!securable.ok()) {
      return UsageError(ToStd(securable.status().message()),
                        "write: whence access effective user:ana on schema prod.fraud");
    }
    v1::GetEffectivePrivilegesRequest request;
    request.set_principal(flags->principal);
    *request.mutable_securable() = *securable;
    ToAssetOf(*request.mutable_securable());
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::GetEffectivePrivilegesResponse answer,
                            app.Call(kGetEffectivePrivileges, request));
    if (app.format() == Format::kTable) {
      PrintEffective(app, answer);
    } else {
      PrintMessage(app, answer);
    }
    return absl::OkStatus();
  });
}

// --- whoami ---

void AddWhoAmI(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "whoami", "Who you are to the server");
  command.Formats(kAnswerFormats).Example("whence access whoami");
  command.Does([](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const v1::WhoAmIResponse answer,
                            app.Call(kWhoAmI, v1::WhoAmIRequest()));
    if (app.format() == Format::kTable) {
      WhoAmICard(answer).Print(app.out(), app.out_styler(), app.display().width);
    } else {
      PrintMessage(app, answer);
    }
    return absl::OkStatus();
  });
}

}  // namespace

void AddAccessCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("access", "Who may do what, and why");
  AddExplain(tree, group);
  AddEffective(tree, group);
  AddWhoAmI(tree, group);
}

}  // namespace whence::cli
