#include "cli/run.h"

#include <algorithm>

#include "CLI/CLI.hpp"
#include "base/strings.h"
#include "base/version.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/complete/complete.h"
#include "cli/error.h"
#include "cli/help.h"
#include "cli/text/display_width.h"
#include "cli/walk.h"

namespace whence::cli {
namespace {

int Number(ExitCode code) { return static_cast<int>(code); }

int Fail(const Environment& environment, const GlobalFlags& flags, const absl::Status& status) {
  PrintError(*environment.err, Styler(ResolveDisplay(flags, environment).color_err), status);
  return Number(ExitCodeFor(status));
}

// CLI11's words for a missing argument or a malformed value, made ours.
absl::Status FromParseError(const CLI::ParseError& error, const CLI::App* node) {
  std::string message = error.what();
  const std::string see = StrCat("see '", PathOf(node), " --help'");
  if (message.ends_with(" is required")) {
    std::string name = message.substr(0, message.find(' '));
    if (!name.starts_with('-')) {
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    }
    return UsageError(StrCat("'", PathOf(node), "' needs ", name), see);
  }
  // "The following argument was not expected: x", "... arguments were not expected: x y".
  if (const size_t colon = message.find("not expected: "); colon != std::string::npos) {
    return UsageError(
        StrCat("'", PathOf(node), "' takes no further argument: ", message.substr(colon + 14)),
        see);
  }
  return UsageError(message, see);
}

// Help that CLI11 was asked for belongs to the deepest command given.
const CLI::App* DeepestParsed(const CLI::App* node) {
  while (!node->get_subcommands().empty()) node = node->get_subcommands().front();
  return node;
}

int RunCommand(CommandTree& tree, const Command& command, const Environment& environment) {
  const GlobalFlags& flags = tree.flags();
  const absl::StatusOr<Format> format =
      ResolveFormat(flags, environment, command.formats(), command.path());
  if (!format.ok()) return Fail(environment, flags, format.status());
  App app(environment, flags, *format);
  absl::Status status = command.action()(app);
  environment.out->flush();
  if (status.ok() && !environment.out->good()) {
    status = LocalError("cannot write to standard output");
  }
  return status.ok() ? Number(app.exit_code()) : Fail(environment, flags, status);
}

// `whence __complete WORDS...`, what the completion scripts call.
int PrintCandidates(CommandTree& tree, const std::vector<std::string>& words,
                    const Environment& environment) {
  const Candidates found = CompleteWords(tree, words, environment);
  if (!found.directive.empty()) *environment.out << found.directive << '\n';
  for (const Candidate& candidate : found.list) {
    *environment.out << candidate.text;
    if (!candidate.what.empty()) *environment.out << '\t' << OneLine(candidate.what);
    *environment.out << '\n';
  }
  environment.out->flush();
  return Number(ExitCode::kOk);
}

int Help(const CommandTree& tree, const CLI::App* node, const Environment& environment) {
  *environment.out << HelpText(tree, node, environment.columns) << std::flush;
  return Number(ExitCode::kOk);
}

}  // namespace

int Run(const std::vector<std::string>& words, const Environment& environment) {
  CommandTree tree;
  AddAllCommands(tree);
  if (!words.empty() && words.front() == "__complete") {
    return PrintCandidates(tree, {words.begin() + 1, words.end()}, environment);
  }
  const Walk walk = WalkWords(tree, words);
  if (!walk.status.ok()) return Fail(environment, tree.flags(), walk.status);
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    tree.root().parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return Help(tree, DeepestParsed(&tree.root()), environment);
  } catch (const CLI::ParseError& error) {  // CLI11 reports by exceptions
    return Fail(environment, tree.flags(), FromParseError(error, walk.node));
  }
  if (tree.wants_version()) {
    *environment.out << "whence " << kVersion << " (" << kBuild << ")\n" << std::flush;
    return Number(ExitCode::kOk);
  }
  const Command* command = tree.Find(walk.node);
  if (command == nullptr) return Help(tree, walk.node, environment);
  return RunCommand(tree, *command, environment);
}

}  // namespace whence::cli
