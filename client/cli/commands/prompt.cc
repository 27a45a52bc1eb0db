// whence prompt: create register get list diff.

#include <algorithm>
#include <set>

#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/commands/securable.h"
#include "cli/files.h"
#include "cli/text/diff.h"

namespace whence::cli {
namespace {

absl::Status NotAPrompt(const std::string& name, v1::Kind kind) {
  return LocalError(StrCat(name, " is a ", Lower(KindName(kind)), ", not a prompt"),
                    StrCat("see 'whence version get ", name, "'"));
}

void AddCreate(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "create", "Create a prompt; register gives it its versions");
  auto flags = std::make_shared<SecurableFlags>();
  command.Formats(kRecordFormats)
      .Example("whence prompt create prod.support.system_prompt --owner group:support")
      .Argument(flags->name, "name", "Full name, catalog.schema.prompt", Complete::kPrompt);
  flags->AddFields(command);
  command.Does([flags](App& app) -> absl::Status {
    v1::CreateAssetRequest request;
    request.mutable_asset()->set_kind(v1::KIND_PROMPT);
    WHENCE_RETURN_IF_ERROR(ApplyCreate(*flags, *request.mutable_asset()));
    return CreateSecurable<v1::Asset>(app, request);
  });
}

struct RegisterFlags {
  std::string name;
  std::string file;
  std::string text;
  std::vector<std::string> variables;
  std::string comment;
  std::vector<std::string> properties;
  Parameter file_option;
  Parameter text_option;
};

absl::Status FillPrompt(App& app, const RegisterFlags& flags, v1::Version& version) {
  if (flags.file_option.given() == flags.text_option.given()) {
    return UsageError("the template is missing or given twice",
                      "give either --template FILE (- for standard input) or --text TEXT");
  }
  v1::PromptDetail& prompt = *version.mutable_detail()->mutable_prompt();
  prompt.set_template_(flags.text);
  if (flags.file_option.given()) {
    WHENCE_ASSIGN_OR_RETURN(*prompt.mutable_template_(), ReadFile(flags.file, app.in()));
  }
  for (const std::string& variable : flags.variables) prompt.add_variables(variable);
  version.set_comment(flags.comment);
  return SetMap(flags.properties, "--property", version.mutable_properties());
}

void AddRegister(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "register",
                               "Register a prompt's template as a version; prints its reference");
  auto flags = std::make_shared<RegisterFlags>();
  command.Formats(kRecordFormats)
      .About("The template is stored exactly; {{ name }} stands for a variable.")
      .Example("whence prompt register prod.support.system_prompt --template system.txt")
      .Example("whence prompt register prod.support.greeting --text 'Hello {{ name }}'")
      .Argument(flags->name, "name", "Full name of the prompt", Complete::kPrompt);
  flags->file_option =
      command.Flag(flags->file, "--template", "FILE",
                   "File with the template; - for standard input", Complete::kFile);
  flags->text_option = command.Flag(flags->text, "--text", "TEXT", "The template itself");
  command.Flag(flags->variables, "--variable", "NAME",
               "A declared variable; without: those the template uses");
  command.Flag(flags->comment, "--comment", "TEXT", "Explanation for people");
  command.Flag(flags->properties, "--property", "KEY=VALUE", "A free property");
  command.Does([flags](App& app) -> absl::Status {
    v1::RegisterVersionRequest request;
    request.set_asset(flags->name);
    request.set_request_id(app.NewRequestId());
    WHENCE_RETURN_IF_ERROR(FillPrompt(app, *flags, *request.mutable_version()));
    WHENCE_ASSIGN_OR_RETURN(const v1::Asset asset, GetSecurable<v1::Asset>(app, flags->name, ""));
    if (asset.kind() != v1::KIND_PROMPT) return NotAPrompt(asset.name(), asset.kind());
    WHENCE_ASSIGN_OR_RETURN(const v1::Version version, app.Call(kRegisterVersion, request));
    return PrintRegistered(app, asset, version);
  });
}

absl::StatusOr<v1::Version> GetPrompt(App& app, const std::string& name, const std::string& as_of) {
  v1::GetVersionRequest request;
  request.set_name(name);
  WHENCE_RETURN_IF_ERROR(SetAsOf(as_of, request));
  WHENCE_ASSIGN_OR_RETURN(v1::Version version, app.Call(kGetVersion, request));
  if (version.kind() != v1::KIND_PROMPT) return NotAPrompt(version.name(), version.kind());
  return version;
}

void AddGet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "get", "Show one version of a prompt");
  struct Flags {
    std::string name;
    std::string as_of;
    bool text = false;
  };
  auto flags = std::make_shared<Flags>();
  command.Formats(kRecordFormats)
      .Example("whence prompt get prod.support.system_prompt@champion")
      .Example("whence prompt get prod.support.system_prompt@3 --text > system.txt",
               "the template alone, byte for byte")
      .Argument(flags->name, "reference", "prompt@NUMBER, prompt@ALIAS, or prompt for its newest",
                Complete::kReference);
  command.Switch(flags->text, "--text", "Print the template alone, exactly");
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const v1::Version version, GetPrompt(app, flags->name, flags->as_of));
    if (flags->text) {
      app.out() << version.detail().prompt().template_();
      return absl::OkStatus();
    }
    return PrintRecord(app, version, VersionCard(version), VersionColumns());
  });
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List prompts");
  auto flags = std::make_shared<SecurableListFlags>();
  command.Formats(kListFormats)
      .Example("whence prompt list prod.support")
      .OptionalArgument(flags->parent, "parent", "A schema, or a catalog; everything without it",
                        Complete::kParent);
  flags->AddTo(command, "name, comment, owner, create_time, update_time, tags, properties");
  command.Does([flags](App& app) -> absl::Status {
    v1::ListAssetsRequest request;
    request.set_parent(flags->parent);
    WHENCE_RETURN_IF_ERROR(flags->Apply(request));
    request.set_filter(flags->filter.empty() ? "kind = PROMPT"
                                             : StrCat("kind = PROMPT AND (", flags->filter, ")"));
    ListPrinter<v1::Asset> printer(app, "assets", AssetColumns());
    return PrintList(app, kListAssets, request, &SecurableTraits<v1::Asset>::Items,
                     {flags->limit, "prompts"}, printer);
  });
}

// "prod.p@1" of the prompt and "1", "@1" or "@champion".
std::string VersionReference(const std::string& name, const std::string& version) {
  return StrCat(name, version.starts_with('@') ? "" : "@", version);
}

// The diff with its lines in their colours.
void PrintDiff(App& app, const std::string& diff) {
  const Styler styler = app.out_styler();
  for (size_t begin = 0; begin < diff.size();) {
    const size_t end = diff.find('\n', begin);
    const std::string line = diff.substr(begin, end - begin);
    const Tone tone = line.starts_with("---") || line.starts_with("+++") ? Tone::kBold
                      : line.starts_with("@@")                           ? Tone::kCyan
                      : line.starts_with('+')                            ? Tone::kGreen
                      : line.starts_with('-')                            ? Tone::kRed
                                                                         : Tone::kPlain;
    app.out() << styler.Paint(tone, line) << '\n';
    begin = end == std::string::npos ? diff.size() : end + 1;
  }
}

// Says which variables came and went.
void NoteVariables(App& app, const v1::PromptDetail& before, const v1::PromptDetail& after) {
  const std::set<std::string> old_names(before.variables().begin(), before.variables().end());
  const std::set<std::string> new_names(after.variables().begin(), after.variables().end());
  std::vector<std::string> changes;
  for (const std::string& name : old_names) {
    if (new_names.count(name) == 0) changes.push_back("-" + name);
  }
  for (const std::string& name : new_names) {
    if (old_names.count(name) == 0) changes.push_back("+" + name);
  }
  if (!changes.empty()) app.Note(StrCat("variables ", absl::StrJoin(changes, " ")));
}

void AddDiff(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "diff", "What changed between two versions of a prompt");
  struct Flags {
    std::string name;
    std::string from;
    std::string to;
    std::string as_of;
  };
  auto flags = std::make_shared<Flags>();
  command
      .About(
          "Prints a unified diff of the templates; nothing where they are equal. Ends with 0 "
          "either way.")
      .Example("whence prompt diff prod.support.system_prompt 1 2")
      .Example("whence prompt diff prod.support.system_prompt 1 @champion")
      .Argument(flags->name, "name", "Full name of the prompt", Complete::kPrompt);
  command.Argument(flags->from, "from", "NUMBER or @ALIAS of the older version");
  command.Argument(flags->to, "to", "NUMBER or @ALIAS of the newer version");
  AddAsOf(command, flags->as_of);
  command.Does([flags](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(
        const v1::Version from,
        GetPrompt(app, VersionReference(flags->name, flags->from), flags->as_of));
    WHENCE_ASSIGN_OR_RETURN(const v1::Version to,
                            GetPrompt(app, VersionReference(flags->name, flags->to), flags->as_of));
    const v1::PromptDetail& before = from.detail().prompt();
    const v1::PromptDetail& after = to.detail().prompt();
    const std::string diff =
        UnifiedDiff(from.name(), before.template_(), to.name(), after.template_());
    PrintDiff(app, diff);
    app.out().flush();
    if (diff.empty()) app.Note(StrCat(from.name(), " and ", to.name(), " have the same template"));
    NoteVariables(app, before, after);
    return absl::OkStatus();
  });
}

}  // namespace

void AddPromptCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("prompt", "Prompts: templates, their versions and what changed");
  AddCreate(tree, group);
  AddRegister(tree, group);
  AddGet(tree, group);
  AddList(tree, group);
  AddDiff(tree, group);
}

}  // namespace whence::cli
