// whence help, whence completion.

#include <memory>

#include "base/strings.h"
#include "cli/commands/shared.h"
#include "cli/complete/scripts.h"
#include "cli/help.h"
#include "cli/walk.h"

namespace whence::cli {

void AddHelpCommand(CommandTree& tree) {
  Command& command = tree.Verb(nullptr, "help", "Help on a command, or on exit-codes");
  auto words = std::make_shared<std::vector<std::string>>();
  command.Example("whence help asset create").Example("whence help exit-codes");
  command.Arguments(*words, "command", "Words of a command, or exit-codes", Complete::kCommand)
      .Required(false);
  command.Does([words, &tree](App& app) -> absl::Status {
    if (words->size() == 1 && words->front() == "exit-codes") {
      app.out() << ExitCodeHelp();
      return absl::OkStatus();
    }
    const Walk walk = WalkWords(tree, *words);
    if (!walk.status.ok()) return walk.status;
    app.out() << HelpText(tree, walk.node, app.display().width);
    return absl::OkStatus();
  });
}

void AddCompletionCommand(CommandTree& tree) {
  Command& command = tree.Verb(nullptr, "completion", "Print a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command
      .About(
          "Completes commands, flags, and names from the server. Put the line into your shell's "
          "start file.")
      .Example("source <(whence completion bash)", "for bash, in ~/.bashrc")
      .Example("source <(whence completion zsh)", "for zsh, in ~/.zshrc after compinit")
      .Example("whence completion fish | source", "for fish, in ~/.config/fish/config.fish")
      .Argument(*shell, "shell", "bash, zsh or fish", Complete::kShell);
  command.Does([shell](App& app) -> absl::Status {
    const std::string_view script = CompletionScript(*shell);
    if (script.empty()) return UsageError("no completion for this shell", "use bash, zsh or fish");
    app.out() << script;
    return absl::OkStatus();
  });
}

}  // namespace whence::cli
