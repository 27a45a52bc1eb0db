// whence alias: set delete list history.

#include <memory>

#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/records/securables.h"

namespace whence::cli {
namespace {

struct AliasFlags {
  std::string asset;
  std::string alias;
  std::string version;
  std::string as_of;
  int64_t limit = 0;
};

std::shared_ptr<AliasFlags> AddAliasArguments(Command& command, bool with_alias) {
  auto flags = std::make_shared<AliasFlags>();
  command.Argument(flags->asset, "asset", "Full name of the asset", Complete::kAsset);
  if (with_alias) command.Argument(flags->alias, "alias", "The alias, for example champion");
  return flags;
}

void AddSet(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "set", "Let an alias mean a version; moves it when it exists");
  command.Formats(kRecordFormats).Example("whence alias set prod.fraud.model champion 7");
  auto flags = AddAliasArguments(command, /*with_alias=*/true);
  command.Argument(flags->version, "version", "Number of the version");
  command.Does([flags](App& app) -> absl::Status {
    v1::SetAliasRequest request;
    const absl::StatusOr<int64_t> number = ParseVersionNumber(flags->version);
    if (!number.ok()) return UsageOf(number.status(), "VERSION");
    request.set_asset(flags->asset);
    request.set_alias(flags->alias);
    request.set_version(*number);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Alias alias, app.Call(kSetAlias, request));
    return PrintChange(
        app, alias,
        Sentence(StrCat(alias.asset(), "@", alias.alias(), " means version ", alias.version()),
                 alias.position()),
        "", AliasCard(alias), AliasColumns());
  });
}

void AddDelete(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "delete", "Delete an alias; its history stays");
  command.Formats(kRecordFormats).Example("whence alias delete prod.fraud.model challenger");
  auto flags = AddAliasArguments(command, /*with_alias=*/true);
  command.Does([flags](App& app) -> absl::Status {
    v1::DeleteAliasRequest request;
    request.set_asset(flags->asset);
    request.set_alias(flags->alias);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Alias alias, app.Call(kDeleteAlias, request));
    return PrintChange(
        app, alias,
        Sentence(StrCat("deleted alias ", alias.asset(), "@", alias.alias()), alias.position()), "",
        AliasCard(alias), AliasColumns());
  });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List the aliases of an asset");
  command.Formats(kListFormats)
      .Example("whence alias list prod.fraud.model")
      .Example("whence alias list prod.fraud.model --as-of 2026-02-01", "as they stood then");
  auto flags = AddAliasArguments(command, /*with_alias=*/false);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListAliasesRequest request;
    request.set_asset(flags->asset);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Alias> printer(app, "aliases", AliasColumns());
    return PrintList(
        app, kListAliases, request,
        [](const v1::ListAliasesResponse& page) -> const auto& { return page.aliases(); },
        {flags->limit, "aliases"}, printer);
  });
}

void AddHistory(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "history", "What an alias meant and when, newest first");
  command.Formats(kListFormats).Example("whence alias history prod.fraud.model champion");
  auto flags = AddAliasArguments(command, /*with_alias=*/true);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListAliasHistoryRequest request;
    request.set_asset(flags->asset);
    request.set_alias(flags->alias);
    ListPrinter<v1::Alias> printer(app, "entries", AliasHistoryColumns());
    return PrintList(
        app, kListAliasHistory, request,
        [](const v1::ListAliasHistoryResponse& page) -> const auto& { return page.entries(); },
        {flags->limit, "entries"}, printer);
  });
}

}  // namespace

void AddAliasCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("alias", "Aliases, movable names for versions: asset@champion");
  AddSet(tree, group);
  AddDelete(tree, group);
  AddList(tree, group);
  AddHistory(tree, group);
}

}  // namespace whence::cli
