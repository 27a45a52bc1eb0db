#pragma once

// What many commands share: flags and how they become fields.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/error.h"
#include "cli/output/printer.h"
#include "cli/text/parse.h"
#include "google/protobuf/map.h"

namespace whence::cli {

// The status of a parser as a usage error that names the flag or argument; OK stays OK.
absl::Status UsageOf(const absl::Status& status, std::string_view flag);

// `--as-of`.
void AddAsOf(Command& command, std::string& text);
template <class Request>
absl::Status SetAsOf(const std::string& text, Request& request) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<v1::AsOf> as_of = ParseAsOf(text);
  if (!as_of.ok()) return UsageOf(as_of.status(), "--as-of");
  *request.mutable_as_of() = *std::move(as_of);
  return absl::OkStatus();
}

// "key=value" texts into a map; a usage error names `flag`.
absl::Status SetMap(const std::vector<std::string>& texts, std::string_view flag,
                    google::protobuf::Map<std::string, std::string>* map);

// `--limit`.
void AddLimit(Command& command, int64_t& limit);

// The result of a change: in a table's place a sentence on stderr, and `reference` on stdout where
// the server chose it; else the message as -o says.
template <class T>
absl::Status PrintChange(App& app, const T& item, std::string_view sentence,
                         std::string_view reference, const Card& card,
                         const std::vector<ListColumn<T>>& columns) {
  if (app.format() != Format::kTable) return PrintRecord(app, item, card, columns);
  if (!reference.empty()) app.out() << reference << std::endl;
  app.Say(sentence);
  return absl::OkStatus();
}

// "created catalog prod (position 5,101)".
std::string Sentence(std::string_view what, int64_t position);

// `--yes`, for what cannot be taken back.
void AddYes(Command& command, bool& yes);
// Asks `question` on the terminal; OK when it is answered with yes, or --yes was given. Without a
// terminal a usage error that names the flag; a LocalError when the answer is no.
absl::Status Confirm(App& app, bool yes, std::string_view question);

// Groups of commands; each adds its own to the tree.
void AddCatalogCommands(CommandTree& tree);
void AddVersionCommands(CommandTree& tree);
void AddAliasCommands(CommandTree& tree);
void AddTagCommands(CommandTree& tree);
// Definitions, effective tags, declassification: verbs of `group`.
void AddTagRuleCommands(CommandTree& tree, CLI::App* group);
void AddIdentityCommands(CommandTree& tree);
void AddPromptCommands(CommandTree& tree);
void AddRunCommands(CommandTree& tree);
void AddPredictionCommands(CommandTree& tree);
void AddEdgeCommands(CommandTree& tree);
void AddSearchCommand(CommandTree& tree);
void AddLineageCommands(CommandTree& tree);
void AddImpactCommand(CommandTree& tree);
void AddWhyCommand(CommandTree& tree);
void AddGrantCommands(CommandTree& tree);
void AddPrincipalCommands(CommandTree& tree);
void AddTokenCommands(CommandTree& tree);
void AddPolicyCommands(CommandTree& tree);
void AddAccessCommands(CommandTree& tree);
void AddAuditCommands(CommandTree& tree);
// `audit verify`.
void AddVerifyCommand(CommandTree& tree, CLI::App* group);
// `admin erase`.
void AddEraseCommand(CommandTree& tree, CLI::App* group);
void AddReportCommands(CommandTree& tree);
void AddBulkCommands(CommandTree& tree);
void AddAdminCommands(CommandTree& tree);
void AddContextCommands(CommandTree& tree);
void AddCompletionCommand(CommandTree& tree);
void AddHelpCommand(CommandTree& tree);

}  // namespace whence::cli
