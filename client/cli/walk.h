#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/command.h"

namespace whence::cli {

// Where the words of a command line lead, without parsing any value: for suggestions, for help and
// for completion.
struct Walk {
  // The group or command reached.
  const CLI::App* node = nullptr;
  // Arguments given to it.
  std::vector<std::string> arguments;
  // The flag whose value is the next word; nullptr where none waits.
  const CLI::Option* pending = nullptr;
  // "--" was given: all further words are arguments.
  bool only_arguments = false;
  // A usage error for the first unknown command or flag, with the nearest known one; else OK.
  absl::Status status;
};

Walk WalkWords(const CommandTree& tree, std::span<const std::string> words);

// The flag of `node` or of a group above it that `word` ("--owner", "-o") names; nullptr if none.
const CLI::Option* FindFlag(const CLI::App* node, std::string_view word);
// All flags that `node` takes, its own first, each as "--name".
std::vector<const CLI::Option*> FlagsOf(const CLI::App* node);
// The arguments of a command, in order.
std::vector<const CLI::Option*> ArgumentsOf(const CLI::App* node);
// The verbs under a node, as they were added.
std::vector<const CLI::App*> ChildrenOf(const CLI::App* node);
// "whence asset get".
std::string PathOf(const CLI::App* node);
// Whether the flag takes a value.
bool TakesValue(const CLI::Option* option);

}  // namespace whence::cli
