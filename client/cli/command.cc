#include "cli/command.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "base/strings.h"

namespace whence::cli {

Parameter Parameter::Required(bool required) {
  option_->required(required);
  return *this;
}

Parameter Parameter::Between(int64_t least, int64_t most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

bool Parameter::given() const { return option_->count() > 0; }

std::string Parameter::name() const { return option_->get_name(); }

Command& Command::Formats(const FormatSet& formats) {
  formats_ = formats;
  return *this;
}

Command& Command::Example(std::string_view line, std::string_view what) {
  examples_.emplace_back(line, what);
  return *this;
}

Command& Command::About(std::string_view text) {
  about_ = std::string(text);
  return *this;
}

Parameter Command::Note(CLI::Option* option, const std::string& value_name, Complete what) {
  if (!value_name.empty()) option->type_name(value_name);
  if (what != Complete::kNothing) completers_->insert_or_assign(option, what);
  return Parameter(option);
}

Parameter Command::Argument(std::string& value, const std::string& name, const std::string& help,
                            Complete what) {
  return Note(app_->add_option(name, value, help)->required(), "", what);
}

Parameter Command::OptionalArgument(std::string& value, const std::string& name,
                                    const std::string& help, Complete what) {
  return Note(app_->add_option(name, value, help), "", what);
}

Parameter Command::Arguments(std::vector<std::string>& values, const std::string& name,
                             const std::string& help, Complete what) {
  return Note(app_->add_option(name, values, help)->required(), "", what);
}

Parameter Command::OptionalArguments(std::vector<std::string>& values, const std::string& name,
                                     const std::string& help, Complete what) {
  return Note(app_->add_option(name, values, help), "", what);
}

Parameter Command::Flag(std::string& value, const std::string& name, const std::string& value_name,
                        const std::string& help, Complete what) {
  return Note(app_->add_option(name, value, help), value_name, what);
}

Parameter Command::Flag(std::vector<std::string>& values, const std::string& name,
                        const std::string& value_name, const std::string& help, Complete what) {
  // One value each time the flag is given, or it would swallow the arguments behind it.
  return Note(app_->add_option(name, values, help)->allow_extra_args(false), value_name, what);
}

Parameter Command::Flag(int64_t& value, const std::string& name, const std::string& value_name,
                        const std::string& help) {
  return Note(app_->add_option(name, value, help), value_name, Complete::kNothing);
}

Parameter Command::Switch(bool& value, const std::string& name, const std::string& help) {
  return Parameter(app_->add_flag(name, value, help));
}

CommandTree::CommandTree()
    : root_(std::make_unique<CLI::App>(
          "Where did this come from? Registers data, models, prompts and predictions, and answers "
          "for each what it was made from and what depends on it.",
          "whence")) {
  root_->set_help_flag("-h,--help", "Show this help");
  root_->require_subcommand(0, 1);
  root_->fallthrough();
  AddGlobalFlags();
}

CommandTree::~CommandTree() = default;

void CommandTree::AddGlobalFlags() {
  const auto add = [this](const char* name, std::string& value, const char* type, const char* help,
                          Complete what) {
    CLI::Option* option = root_->add_option(name, value, help)->type_name(type);
    option->group("Global flags");
    if (what != Complete::kNothing) completers_.insert_or_assign(option, what);
  };
  add("--server", flags_.server, "HOST:PORT",
      "The server [WHENCE_SERVER; else the context's; else localhost:7070]", Complete::kNothing);
  add("--context", flags_.context, "NAME",
      "The context to use [WHENCE_CONTEXT; else the current one]", Complete::kContext);
  add("--token-file", flags_.token_file, "FILE",
      "File with the token to show [WHENCE_TOKEN, WHENCE_TOKEN_FILE; else the context's; else "
      "admin.token of WHENCE_DATA or ./whence-data, for a server on this machine]",
      Complete::kFile);
  add("-o,--output", flags_.output, "FORMAT",
      "table, json, jsonl, yaml, csv, tree, dot, mermaid, prov-json or markdown; each command says "
      "which it has [WHENCE_OUTPUT]",
      Complete::kFormat);
  add("--timeout", flags_.timeout, "DURATION",
      "Longest wait for an answer, for example 30s, the default [WHENCE_TIMEOUT]",
      Complete::kNothing);
  root_
      ->add_flag("--allow-plaintext-token", flags_.allow_plaintext_token,
                 "Show the token unencrypted to another machine [WHENCE_ALLOW_PLAINTEXT_TOKEN]")
      ->group("Global flags");
  root_->add_flag("--no-color", flags_.no_color, "Without colours [NO_COLOR]")
      ->group("Global flags");
  root_->add_flag("-q,--quiet", flags_.quiet, "Only data, errors and warnings")
      ->group("Global flags");
  root_->add_flag("--version", wants_version_, "Show the version")->group("Global flags");
}

CLI::App* CommandTree::Group(const std::string& name, const std::string& help) {
  CLI::App* group = root_->add_subcommand(name, help);
  group->require_subcommand(0, 1);
  return group;
}

Command& CommandTree::Verb(CLI::App* under, const std::string& name, const std::string& help) {
  CLI::App* parent = under == nullptr ? root_.get() : under;
  CLI::App* app = parent->add_subcommand(name, help);
  const std::string path = parent == root_.get() ? StrCat("whence ", name)
                                                 : StrCat("whence ", parent->get_name(), " ", name);
  auto command = std::make_unique<Command>(app, path, &completers_);
  Command& added = *command;
  commands_.insert_or_assign(app, std::move(command));
  return added;
}

const Command* CommandTree::Find(const CLI::App* app) const {
  const auto found = commands_.find(app);
  return found == commands_.end() ? nullptr : found->second.get();
}

Complete CommandTree::CompleterOf(const CLI::Option* option) const {
  const auto found = completers_.find(option);
  return found == completers_.end() ? Complete::kNothing : found->second;
}

}  // namespace whence::cli
