// whence policy: create get list update delete preview decide view.

#include <memory>

#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/commands/policy_flags.h"
#include "cli/commands/shared.h"
#include "cli/records/policy.h"
#include "cli/text/access_question.h"
#include "cli/text/grant_words.h"
#include "cli/text/human.h"
#include "cli/text/parse.h"

namespace whence::cli {
namespace {

const FormatSet kAnswerFormats = {Format::kTable, Format::kJson, Format::kYaml};

absl::Status PrintPolicyChange(App& app, const v1::Policy& policy, std::string_view did) {
  return PrintChange(app, policy,
                     Sentence(StrCat(did, " policy ", policy.name(), ": ", PolicyText(policy),
                                     " on ", SecurableText(policy.securable())),
                              policy.position()),
                     "", PolicyCard(policy), PolicyColumns());
}

// --- preview ---

struct PreviewFlags {
  std::string principal;
  std::string window;
  int64_t limit = 0;

  void AddTo(Command& command) {
    command.Flag(principal, "--principal", "PRINCIPAL", "Only for this one", Complete::kPrincipal);
    command.Flag(window, "--window", "DURATION",
                 "How far back reads and decisions count: 12h, or seconds; a week without it");
    AddLimit(command, limit);
  }
};

// All pages of effects, as a table or as one message.
absl::Status Preview(App& app, const PreviewFlags& flags, v1::PreviewPolicyRequest request) {
  request.set_principal(flags.principal);
  if (!flags.window.empty()) {
    const absl::StatusOr<absl::Duration> window = ParseDuration(flags.window);
    if (!window.ok()) return UsageOf(window.status(), "--window");
    request.set_window_seconds(absl::ToInt64Seconds(*window));
  }
  if (app.format() == Format::kCsv) return UsageError("a preview is no CSV", "use -o json");
  const ListBounds bounds{flags.limit, "effects"};
  std::vector<v1::PolicyEffect> effects;
  v1::PreviewPolicyResponse page;
  do {
    request.set_page_size(NextPageSize(bounds, static_cast<int64_t>(effects.size())));
    WHENCE_ASSIGN_OR_RETURN(page, app.Call(kPreviewPolicy, request));
    effects.insert(effects.end(), page.effects().begin(), page.effects().end());
    request.set_page_token(page.next_page_token());
  } while (!page.next_page_token().empty() &&
           (flags.limit == 0 || static_cast<int64_t>(effects.size()) < flags.limit));
  if (app.format() != Format::kTable) {
    *page.mutable_effects() = {effects.begin(), effects.end()};
    PrintMessage(app, page);
    return absl::OkStatus();
  }
  if (effects.empty()) {
    app.Say("it would change nothing for anybody who has access now");
  } else {
    PrintEffects(app, effects);
  }
  if (!page.next_page_token().empty()) app.Note("there are more; raise --limit");
  if (!page.truncated().empty()) app.Note(page.truncated());
  return absl::OkStatus();
}

void AddPreview(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "preview", "What enabling, changing or disabling a policy would change");
  struct Flags {
    std::string name;
    PolicyFlags policy;
    PreviewFlags preview;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kAnswerFormats)
      .About(
          "Nothing is changed. Of a policy in dry run: what enabling it would do. Of a new one: "
          "'whence policy create --dry-run' says it.")
      .Example("whence policy preview mask-email")
      .Example("whence policy preview mask-email --state disabled", "what dropping it would show")
      .Example("whence policy preview mask-email --mask nullify --principal user:ana")
      .Argument(flags->name, "name", "Name of the policy");
  flags->policy.AddTo(command, /*create=*/false);
  flags->preview.AddTo(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::PreviewPolicyRequest request;
    request.mutable_policy()->set_name(flags->name);
    WHENCE_RETURN_IF_ERROR(
        flags->policy.Apply(app, *request.mutable_policy(), request.mutable_update_mask()));
    if (request.update_mask().paths().empty()) {
      request.mutable_policy()->set_state(v1::POLICY_STATE_ENABLED);
      request.mutable_update_mask()->add_paths("state");
    }
    return Preview(app, flags->preview, request);
  });
}

// --- create, get, list, update, delete ---

void AddCreate(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "create", "Make a policy: a mask, a row filter, a deny or an audit");
  struct Flags {
    std::string name;
    PolicyFlags policy;
    PreviewFlags preview;
    bool dry_run = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .About("It is in force with the answer, for everybody, owners and admins included.")
      .Example(
          "whence policy create mask-email --mask email --salt-file salt --any-tag pii=email --on "
          "metastore --except group:fraud")
      .Example(
          "whence policy create eu-only --filter \"region = 'EU'\" --on \"schema prod.sales\" "
          "--to group:analysts-eu")
      .Example(
          "whence policy create hold --deny --privilege MODIFY --asset-all-tag legal-hold "
          "--on metastore --dry-run",
          "what it would change, for whom")
      .Example("whence policy create who-reads-pii --audit --any-tag pii --on metastore")
      .Argument(flags->name, "name", "Its name: what it is for");
  flags->policy.AddTo(command, /*create=*/true);
  command.Switch(flags->dry_run, "--dry-run", "Only say what it would change, and for whom");
  command.Does([flags](App& app) -> absl::Status {
    v1::CreatePolicyRequest request;
    request.mutable_policy()->set_name(flags->name);
    WHENCE_RETURN_IF_ERROR(flags->policy.Apply(app, *request.mutable_policy(), nullptr));
    if (flags->dry_run) {
      v1::PreviewPolicyRequest preview;
      *preview.mutable_policy() = request.policy();
      return Preview(app, flags->preview, preview);
    }
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Policy policy, app.Call(kCreatePolicy, request));
    return PrintPolicyChange(app, policy, "created");
  });
}

void AddGet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "get", "Show one policy; its salt is never shown");
  struct Flags {
    std::string name;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence policy get mask-email")
      .Argument(flags->name, "name", "Name of the policy");
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::GetPolicyRequest request;
    request.set_name(flags->name);
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::Policy policy, app.Call(kGetPolicy, request));
    return PrintRecord(app, policy, PolicyCard(policy), PolicyColumns());
  });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List policies");
  struct Flags {
    std::string on;
    bool inherited = false;
    std::string kind;
    std::string as_of;
    int64_t limit = 0;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kListFormats)
      .Example("whence policy list")
      .Example("whence policy list --on prod.fraud.users --inherited", "all that hold for it")
      .Example("whence policy list --kind deny --as-of 2026-02-01");
  command.Flag(flags->on, "--on", "SECURABLE", "Only those that stand here", Complete::kAsset);
  command.Switch(flags->inherited, "--inherited", "Also those on everything above");
  command.Flag(flags->kind, "--kind", "KIND", "Only mask, filter, deny or audit",
               Complete::kPolicyKind);
  AddAsOf(command, flags->as_of);
  AddLimit(command, flags->limit);
  command.Does([flags](App& app) -> absl::Status {
    v1::ListPoliciesRequest request;
    if (!flags->on.empty()) {
      const std::vector<std::string> words = absl::StrSplit(flags->on, ' ', absl::SkipEmpty());
      absl::StatusOr<v1::Securable> securable = ParseSecurableWords(words);
      if (!securable.ok()) return UsageOf(securable.status(), "--on");
      *request.mutable_securable() = *std::move(securable);
    }
    request.set_inherited(flags->inherited);
    if (!flags->kind.empty()) {
      const absl::StatusOr<v1::PolicyKind> kind = ParsePolicyKind(flags->kind);
      if (!kind.ok()) return UsageOf(kind.status(), "--kind");
      request.set_kind(*kind);
    }
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    ListPrinter<v1::Policy> printer(app, "policies", PolicyColumns());
    return PrintList(
        app, kListPolicies, request,
        [](const v1::ListPoliciesResponse& page) -> const auto& { return page.policies(); },
        {flags->limit, "policies"}, printer);
  });
}

void AddUpdate(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "update", "Change a policy; what it is and where stays");
  struct Flags {
    std::string name;
    PolicyFlags policy;
    PreviewFlags preview;
    std::string etag;
    bool dry_run = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .About("A list that is given takes the place of the old one. A salt that is not stays.")
      .Example("whence policy update mask-email --state dry-run")
      .Example("whence policy update mask-email --except group:fraud --except group:audit")
      .Argument(flags->name, "name", "Name of the policy");
  flags->policy.AddTo(command, /*create=*/false);
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  command.Switch(flags->dry_run, "--dry-run", "Only say what it would change, and for whom");
  command.Does([flags](App& app) -> absl::Status {
    v1::UpdatePolicyRequest request;
    request.mutable_policy()->set_name(flags->name);
    request.mutable_policy()->set_etag(flags->etag);
    WHENCE_RETURN_IF_ERROR(
        flags->policy.Apply(app, *request.mutable_policy(), request.mutable_update_mask()));
    if (request.update_mask().paths().empty()) {
      return UsageError("nothing to change",
                        "give at least one of --state, --to, --except, --mask");
    }
    if (flags->dry_run) {
      v1::PreviewPolicyRequest preview;
      *preview.mutable_policy() = request.policy();
      *preview.mutable_update_mask() = request.update_mask();
      return Preview(app, flags->preview, preview);
    }
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::Policy policy, app.Call(kUpdatePolicy, request));
    return PrintPolicyChange(app, policy, "updated");
  });
}

void AddDelete(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "delete", "Drop a policy: what it hid or denied is open again, at once");
  struct Flags {
    std::string name;
    std::string etag;
    bool yes = false;
    bool dry_run = false;
    PreviewFlags preview;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kAnswerFormats)
      .Example("whence policy delete mask-email --dry-run", "what would be open again, to whom")
      .Example("whence policy delete mask-email --yes")
      .Argument(flags->name, "name", "Name of the policy");
  command.Flag(flags->etag, "--etag", "ETAG", "Only if it is still in this state");
  command.Switch(flags->dry_run, "--dry-run", "Only say what it would change, and for whom");
  AddYes(command, flags->yes);
  command.Does([flags](App& app) -> absl::Status {
    if (flags->dry_run) {
      v1::PreviewPolicyRequest preview;
      preview.mutable_policy()->set_name(flags->name);
      preview.mutable_policy()->set_state(v1::POLICY_STATE_DISABLED);
      return Preview(app, flags->preview, preview);
    }
    WHENCE_RETURN_IF_ERROR(Confirm(
        app, flags->yes,
        StrCat("Drop policy ", flags->name, "? What it hides or denies will be open at once.")));
    v1::DeletePolicyRequest request;
    request.set_name(flags->name);
    request.set_etag(flags->etag);
    request.set_request_id(app.NewRequestId());
    WHENCE_ASSIGN_OR_RETURN(const v1::DeletePolicyResponse reply, app.Call(kDeletePolicy, request));
    if (app.format() == Format::kTable) {
      app.Say(Sentence(StrCat("deleted policy ", flags->name), reply.position()));
    } else {
      PrintMessage(app, reply);
    }
    return absl::OkStatus();
  });
}

// --- decide ---

constexpr char kDecideHint[] = "write: whence policy decide user:ana SELECT prod.fraud.users";

struct DecideFlags {
  std::vector<std::string> words;
  std::vector<std::string> columns;
  std::vector<std::string> groups;
  std::string dialect;
  std::string as_of;
  bool dry_run = false;
};

absl::Status SetDialect(const std::string& text, const auto& set) {
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<v1::SqlDialect> dialect = ParseSqlDialect(text);
  if (!dialect.ok()) return UsageOf(dialect.status(), "--dialect");
  set(*dialect);
  return absl::OkStatus();
}

absl::Status Decide(App& app, const DecideFlags& flags) {
  v1::DecideRequest request;
  request.set_principal(flags.words.front());
  const absl::StatusOr<AccessQuestion> question =
      ParseAccessQuestion({flags.words.begin() + 1, flags.words.end()});
  if (!question.ok()) return UsageError(ToStd(question.status().message()), kDecideHint);
  request.set_privilege(question->privilege);
  *request.mutable_securable() = question->securable;
  *request.mutable_columns() = {flags.columns.begin(), flags.columns.end()};
  *request.mutable_extra_groups() = {flags.groups.begin(), flags.groups.end()};
  request.set_with_dry_run(flags.dry_run);
  WHENCE_RETURN_IF_ERROR(
      SetDialect(flags.dialect, [&](v1::SqlDialect dialect) { request.set_dialect(dialect); }));
  WHENCE_RETURN_IF_ERROR(SetAsOf(flags.as_of, request));
  WHENCE_ASSIGN_OR_RETURN(const v1::Decision decision, app.Call(kDecide, request));
  if (app.format() == Format::kTable) {
    PrintDecision(app, decision);
  } else {
    PrintMessage(app, decision);
  }
  if (!decision.allowed()) app.ConditionNotMet();
  return absl::OkStatus();
}

void AddDecide(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "decide", "The decision that an engine gets: yes or no, rows and masks");
  auto flags = std::make_shared<DecideFlags>();
  command.Formats(kAnswerFormats)
      .About("PRINCIPAL PRIVILEGE [on] [TYPE] NAME. Ends with 0 when it may, with 2 when not.")
      .Example("whence policy decide user:ana SELECT prod.fraud.users")
      .Example(
          "whence policy decide user:ana SELECT prod.fraud.users --column email --dialect trino",
          "as Trino's SQL")
      .Arguments(flags->words, "sentence", "PRINCIPAL PRIVILEGE [on] [TYPE] NAME",
                 Complete::kQuestion);
  command.Flag(flags->columns, "--column", "NAME", "A column that is asked for; all without any");
  command.Flag(flags->dialect, "--dialect", "DIALECT", "Also as this engine's SQL",
               Complete::kDialect);
  command.Flag(flags->groups, "--group", "GROUP", "As if it were in this group too",
               Complete::kGroup);
  command.Switch(flags->dry_run, "--with-dry-run", "Also what policies in dry run would change");
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) { return Decide(app, *flags); });
}

// --- view ---

void AddView(CommandTree& tree, CLI::App* group) {
  Command& command =
      tree.Verb(group, "view", "A table as a principal or group may see it, as an SQL view");
  struct Flags {
    std::string table;
    std::string principal;
    std::string dialect;
    std::vector<std::string> name;
    std::vector<std::string> engine_table;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kAnswerFormats)
      .About("Policies or columns that change call for a new view.")
      .Example("whence policy view prod.fraud.users --for group:analysts --dialect postgresql")
      .Argument(flags->table, "table", "The table", Complete::kAsset);
  command.Flag(flags->principal, "--for", "PRINCIPAL", "Who will read it", Complete::kPrincipal)
      .Required();
  command.Flag(flags->dialect, "--dialect", "DIALECT", "Whose SQL", Complete::kDialect).Required();
  command.Flag(flags->name, "--name", "PART",
               "A part of the view's name, outermost first; NAME_secured without it");
  command.Flag(flags->engine_table, "--table", "PART",
               "A part of the table's name in the engine, outermost first");
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    v1::CompileViewRequest request;
    request.mutable_securable()->set_name(flags->table);
    request.set_principal(flags->principal);
    WHENCE_RETURN_IF_ERROR(
        SetDialect(flags->dialect, [&](v1::SqlDialect dialect) { request.set_dialect(dialect); }));
    *request.mutable_view() = {flags->name.begin(), flags->name.end()};
    *request.mutable_table() = {flags->engine_table.begin(), flags->engine_table.end()};
    WHENCE_RETURN_IF_ERROR(SetAsOf(flags->as_of, request));
    WHENCE_ASSIGN_OR_RETURN(const v1::CompileViewResponse reply, app.Call(kCompileView, request));
    if (app.format() != Format::kTable) {
      PrintMessage(app, reply);
      return absl::OkStatus();
    }
    for (const std::string& statement : reply.statements()) app.out() << statement << ";\n";
    return absl::OkStatus();
  });
}

}  // namespace

void AddPolicyCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("policy", "Masks, row filters and denies, and what they decide");
  AddCreate(tree, group);
  AddGet(tree, group);
  AddList(tree, group);
  AddUpdate(tree, group);
  AddDelete(tree, group);
  AddPreview(tree, group);
  AddDecide(tree, group);
  AddView(tree, group);
}

}  // namespace whence::cli
