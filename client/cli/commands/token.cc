// whence token: create list revoke.

#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/commands/shared.h"
#include "cli/records/access.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

struct TokenFlags {
  std::string principal;
  std::string comment;
  std::vector<std::string> scope;
  std::string expires;
  bool read_only = false;
};

// "90d", "12h" from now; or a time.
absl::StatusOr<absl::Time> ParseExpiry(const std::string& text) {
  int64_t days = 0;
  if (text.ends_with('d') && absl::SimpleAtoi(text.substr(0, text.size() - 1), &days) && days > 0 &&
      days <= 36'500) {
    return absl::Now() + absl::Hours(24 * days);
  }
  if (const absl::StatusOr<absl::Duration> duration = ParseDuration(text); duration.ok()) {
    return absl::Now() + *duration;
  }
  if (const absl::StatusOr<absl::Time> time = ParseTime(text); time.ok()) return *time;
  return absl::InvalidArgumentError(
      StrCat("not a time to come: ", QuoteForMessage(text), "; write 90d, 12h or 2026-12-31"));
}

absl::Status Apply(const TokenFlags& flags, v1::Token& token) {
  token.set_principal(flags.principal);
  token.set_comment(flags.comment);
  token.set_read_only(flags.read_only);
  for (const std::string& text : flags.scope) {
    const std::vector<std::string> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
    absl::StatusOr<v1::Securable> securable = ParseSecurableWords(words);
    if (!securable.ok()) return UsageOf(securable.status(), "--scope");
    *token.add_scope() = *std::move(securable);
  }
  if (flags.expires.empty()) return absl::OkStatus();
  const absl::StatusOr<absl::Time> expires = ParseExpiry(flags.expires);
  if (!expires.ok()) return UsageOf(expires.status(), "--expires");
  *token.mutable_expire_time() = ToTimestamp(*expires);
  return absl::OkStatus();
}

void AddCreate(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "create", "Make a token; it is shown this once and never again");
  auto flags = std::make_shared<TokenFlags>();
  command.Formats({Format::kTable, Format::kJson, Format::kYaml})
      .About(
          "Who shows the token is the principal. It goes to standard output alone, so that it can "
          "be put where it belongs.")
      .Example("whence token create svc:trainer --comment \"training cluster\" --expires 90d")
      .Example("whence token create --read-only --scope \"schema prod.fraud\" > token")
      .OptionalArgument(flags->principal, "principal", "Whose it shall be; yours without it",
                        Complete::kUserOrService);
  command.Flag(flags->comment, "--comment", "TEXT", "What it is for");
  command.Flag(flags->expires, "--expires", "WHEN", "When it ends: 90d, 12h, 2026-12-31");
  command.Flag(flags->scope, "--scope", "SECURABLE",
               "Only for this and what is in it: NAME, or \"TYPE NAME\"", Complete::kAsset);
  command.Switch(flags->read_only, "--read-only", "Only for reading");
  command.Does([flags](App& app) -> absl::Status {
    v1::CreateTokenRequest request;
    WHENCE_RETURN_IF_ERROR(Apply(*flags, *request.mutable_token()));
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::CreateTokenResponse reply, app.Call(kCreateToken, request));
    if (app.format() != Format::kTable) {
      PrintMessage(app, reply);
      return absl::OkStatus();
    }
    app.out() << reply.secret() << std::endl;
    const v1::Token& token = reply.token();
    app.Say(
        Sentence(StrCat("made token ", token.id(), " for ", token.principal()), token.position()));
    app.Note(token.has_expire_time()
                 ? StrCat("it ends at ", HumanTime(token.expire_time()), "; it is not shown again")
                 : "it never ends; it is not shown again");
    return absl::OkStatus();
  });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List tokens, without their secrets");
  struct Flags {
    std::string principal;
    bool all = false;
    bool ended = false;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence token list", "your own")
      .Example("whence token list svc:trainer --ended")
      .Example("whence token list --all -o csv")
      .OptionalArgument(flags->principal, "principal", "Whose; yours without it",
                        Complete::kUserOrService);
  command.Switch(flags->all, "--all", "Those of everybody");
  command.Switch(flags->ended, "--ended", "Also those that were revoked or have ended");
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListTokensRequest request;
    request.set_principal(flags->principal);
    request.set_all_principals(flags->all);
    request.set_show_ended(flags->ended);
    ListPrinter<v1::Token> printer(app, "tokens", TokenColumns());
    return PrintList(
        app, kListTokens, request,
        [](const v1::ListTokensResponse& page) -> const auto& { return page.tokens(); },
        {flags->limit, "tokens"}, printer);
  });
}

void AddRevoke(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "revoke", "Make a token worthless, at once and for good");
  struct Flags {
    int64_t id = 0;
    std::string text;
    bool yes = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence token revoke 17 --yes")
      .Argument(flags->text, "id", "Its number, as 'whence token list' shows it");
  AddYes(command, flags->yes);
  command.Does([flags](App& app) -> absl::Status {
    v1::RevokeTokenRequest request;
    int64_t id = 0;
    if (!absl::SimpleAtoi(flags->text, &id)) {
      return UsageError(StrCat("ID: ", QuoteForMessage(flags->text), " is no number"),
                        "see 'whence token list'");
    }
    WHENCE_RETURN_IF_ERROR(
        Confirm(app, flags->yes, StrCat("Revoke token ", id, "? Who uses it is locked out.")));
    request.set_id(id);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Token token, app.Call(kRevokeToken, request));
    return PrintChange(
        app, token,
        StrCat("revoked token ", token.id(), " of ", token.principal(), " (", token.hint(), ")"),
        "", TokenCard(token), TokenColumns());
  });
}

}  // namespace

void AddTokenCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("token", "Tokens: what principals show to say who they are");
  AddCreate(tree, group);
  AddList(tree, group);
  AddRevoke(tree, group);
}

}  // namespace whence::cli
