#include "cli/commands/shared.h"

#include <istream>

#include "base/strings.h"
#include "cli/text/human.h"

namespace whence::cli {

absl::Status UsageOf(const absl::Status& status, std::string_view flag) {
  if (status.ok()) return status;
  const absl::string_view message = status.message();
  return UsageError(StrCat(flag, ": ", message));
}

void AddAsOf(Command& command, std::string& text) {
  command.Flag(text, "--as-of", "WHEN",
               "As it stood then: a time (2026-02-01, 2026-02-01T10:14:05Z) or a ledger position");
}

absl::Status SetMap(const std::vector<std::string>& texts, std::string_view flag,
                    google::protobuf::Map<std::string, std::string>* map) {
  for (const std::string& text : texts) {
    absl::StatusOr<KeyValue> pair = ParseKeyValue(text);
    if (!pair.ok()) return UsageOf(pair.status(), flag);
    (*map)[pair->key] = pair->value;
  }
  return absl::OkStatus();
}

void AddLimit(Command& command, int64_t& limit) {
  command.Flag(limit, "--limit", "N", "At most so many; all without it")
      .Between(1, 1'000'000'000'000);
}

std::string Sentence(std::string_view what, int64_t position) {
  return StrCat(what, " (position ", HumanCount(position), ")");
}

void AddYes(Command& command, bool& yes) { command.Switch(yes, "--yes", "Without being asked"); }

absl::Status Confirm(App& app, bool yes, std::string_view question) {
  if (yes) return absl::OkStatus();
  if (!app.environment().in_is_terminal || !app.environment().err_is_terminal) {
    return UsageError(StrCat(question, " There is no terminal to answer on"),
                      "give --yes to go on without being asked");
  }
  app.err() << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(app.in(), answer);
  const std::string word = Lower(answer);
  if (word == "y" || word == "yes") return absl::OkStatus();
  return LocalError("not confirmed; nothing was changed");
}

void AddAllCommands(CommandTree& tree) {
  AddCatalogCommands(tree);
  AddVersionCommands(tree);
  AddAliasCommands(tree);
  AddTagCommands(tree);
  AddIdentityCommands(tree);
  AddPromptCommands(tree);
  AddRunCommands(tree);
  AddPredictionCommands(tree);
  AddEdgeCommands(tree);
  AddSearchCommand(tree);
  AddLineageCommands(tree);
  AddImpactCommand(tree);
  AddWhyCommand(tree);
  AddGrantCommands(tree);
  AddPrincipalCommands(tree);
  AddTokenCommands(tree);
  AddPolicyCommands(tree);
  AddAccessCommands(tree);
  AddAuditCommands(tree);
  AddReportCommands(tree);
  AddBulkCommands(tree);
  AddAdminCommands(tree);
  AddContextCommands(tree);
  AddCompletionCommand(tree);
  AddHelpCommand(tree);
}

}  // namespace whence::cli
