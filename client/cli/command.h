#pragma once

// The tree of commands: verbs, their flags and arguments, what each can print, examples, and what
// completes each value. Parsing is CLI11's; everything that it does not know is kept beside it.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/app.h"
#include "cli/config/settings.h"
#include "cli/output/format.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace whence::cli {

// What a value is, for completion.
enum class Complete {
  kNothing,
  kFile,
  kFolder,
  kCatalog,  // names of catalogs
  kSchema,   // names of schemas
  kAsset,    // names of assets
  kModel,    // assets of one kind
  kPrompt,
  kEndpoint,
  kJob,
  kParent,     // a catalog or a schema
  kReference,  // anything
  kPrincipal,
  kPrincipalKind,
  kPolicyKind,
  kPolicyState,
  kDialect,
  kEntryKind,
  kUserOrService,
  kGroup,
  kPrivilege,
  kGrant,  // sentences, each to be completed word by word: see text/grant_words.h
  kRevoke,
  kGrants,
  kOwner,
  kSecurable,
  kQuestion,  // a principal, a privilege, a securable
  kRun,
  kPrediction,
  kContext,
  kKind,
  kRunState,
  kPredictionStatus,
  kTransformation,
  kDistance,
  kGrain,
  kFormat,
  kCommand,  // words of a command, for `whence help`
  kShell,
};

// A flag or an argument that was added to a command. A handle; copies mean the same.
class Parameter {
 public:
  Parameter() = default;
  explicit Parameter(CLI::Option* option) : option_(option) {}

  Parameter Required(bool required = true);
  // Numbers outside are a usage error.
  Parameter Between(int64_t least, int64_t most);

  // After parsing: whether it was given.
  bool given() const;
  // "--owner".
  std::string name() const;

 private:
  CLI::Option* option_ = nullptr;
};

// One command that does something. Owned by the tree; the CLI::App by CLI11.
class Command {
 public:
  using Action = std::function<absl::Status(App&)>;

  Command(CLI::App* app, std::string path, std::map<const CLI::Option*, Complete>* completers)
      : app_(app), path_(std::move(path)), completers_(completers) {}
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // What `-o` may say; the first is the default. Not called: the command takes no `-o`.
  Command& Formats(const FormatSet& formats);
  // A line of the help, and what it does.
  Command& Example(std::string_view line, std::string_view what = {});
  // A paragraph for the help, after the summary.
  Command& About(std::string_view text);

  // A required argument; `name` in capitals. Values live until the action has run.
  Parameter Argument(std::string& value, const std::string& name, const std::string& help,
                     Complete what = Complete::kNothing);
  Parameter OptionalArgument(std::string& value, const std::string& name, const std::string& help,
                             Complete what = Complete::kNothing);
  // One or more.
  Parameter Arguments(std::vector<std::string>& values, const std::string& name,
                      const std::string& help, Complete what = Complete::kNothing);
  // None or more.
  Parameter OptionalArguments(std::vector<std::string>& values, const std::string& name,
                              const std::string& help, Complete what = Complete::kNothing);
  // "--owner" with a value; `value_name` in capitals.
  Parameter Flag(std::string& value, const std::string& name, const std::string& value_name,
                 const std::string& help, Complete what = Complete::kNothing);
  // May be given several times.
  Parameter Flag(std::vector<std::string>& values, const std::string& name,
                 const std::string& value_name, const std::string& help,
                 Complete what = Complete::kNothing);
  Parameter Flag(int64_t& value, const std::string& name, const std::string& value_name,
                 const std::string& help);
  Parameter Switch(bool& value, const std::string& name, const std::string& help);

  void Does(Action action) { action_ = std::move(action); }

  CLI::App* app() const { return app_; }
  // "whence asset get".
  const std::string& path() const { return path_; }
  const FormatSet& formats() const { return formats_; }
  const std::string& about() const { return about_; }
  const std::vector<std::pair<std::string, std::string>>& examples() const { return examples_; }
  const Action& action() const { return action_; }

 private:
  Parameter Note(CLI::Option* option, const std::string& value_name, Complete what);

  CLI::App* const app_;
  const std::string path_;
  std::map<const CLI::Option*, Complete>* const completers_;
  FormatSet formats_;
  std::string about_;
  std::vector<std::pair<std::string, std::string>> examples_;
  Action action_;
};

// The whole tree. Built once per invocation.
class CommandTree {
 public:
  CommandTree();
  ~CommandTree();

  CLI::App& root() { return *root_; }
  const CLI::App& root() const { return *root_; }
  GlobalFlags& flags() { return flags_; }
  bool wants_version() const { return wants_version_; }

  // A word with verbs under it ("asset"), and a verb. `under` nullptr: the root.
  CLI::App* Group(const std::string& name, const std::string& help);
  Command& Verb(CLI::App* under, const std::string& name, const std::string& help);

  // The command of a parsed or walked-to node; nullptr for groups.
  const Command* Find(const CLI::App* app) const;
  Complete CompleterOf(const CLI::Option* option) const;

 private:
  void AddGlobalFlags();

  std::unique_ptr<CLI::App> root_;
  GlobalFlags flags_;
  bool wants_version_ = false;
  std::map<const CLI::App*, std::unique_ptr<Command>> commands_;
  std::map<const CLI::Option*, Complete> completers_;
};

// Every command of whence (commands/*.cc).
void AddAllCommands(CommandTree& tree);

}  // namespace whence::cli
