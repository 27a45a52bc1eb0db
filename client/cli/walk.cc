#include "cli/walk.h"

#include <algorithm>
#include <optional>

#include "CLI/CLI.hpp"
#include "base/edit_distance.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/error.h"
#include "cli/text/display_width.h"

namespace whence::cli {
namespace {

// "whence help" as a hint for what lies at `node`.
std::string SeeHelp(const CLI::App* node) { return StrCat("see '", PathOf(node), " --help'"); }

absl::Status UnknownWord(const CLI::App* node, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* child : ChildrenOf(node)) names.push_back(child->get_name());
  const std::optional<std::string> closest = ClosestMatch(word, names);
  const std::string what = node->get_parent() == nullptr ? "command" : "verb";
  return UsageError(
      StrCat("unknown ", what, " ", QuoteForMessage(word), " for '", PathOf(node), "'"),
      closest ? StrCat("did you mean '", PathOf(node), " ", *closest, "'?") : SeeHelp(node));
}

absl::Status UnknownFlag(const CLI::App* node, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* flag : FlagsOf(node)) {
    for (const std::string& name : flag->get_lnames()) names.push_back("--" + name);
  }
  const std::optional<std::string> closest = ClosestMatch(word, names);
  return UsageError(StrCat("unknown flag ", word, " for '", PathOf(node), "'"),
                    closest ? StrCat("did you mean ", *closest, "?") : SeeHelp(node));
}

// Takes a word that begins with '-'.
void TakeFlag(const std::string& word, Walk& walk) {
  if (word == "--") {
    walk.only_arguments = true;
    return;
  }
  const size_t equals = word.find('=');
  const bool is_long = word.starts_with("--");
  const std::string name = is_long ? word.substr(0, equals) : word.substr(0, 2);
  const CLI::Option* flag = FindFlag(walk.node, name);
  if (flag == nullptr) {
    walk.status = UnknownFlag(walk.node, OneLine(name));
    return;
  }
  const bool has_value = is_long ? equals != std::string::npos : word.size() > 2;
  if (TakesValue(flag) && !has_value) walk.pending = flag;
}

}  // namespace

std::vector<const CLI::App*> ChildrenOf(const CLI::App* node) {
  return node->get_subcommands([](const CLI::App* child) { return !child->get_name().empty(); });
}

std::string PathOf(const CLI::App* node) {
  const CLI::App* parent = node->get_parent();
  return parent == nullptr ? node->get_name() : StrCat(PathOf(parent), " ", node->get_name());
}

bool TakesValue(const CLI::Option* option) { return option->get_items_expected_max() > 0; }

const CLI::Option* FindFlag(const CLI::App* node, std::string_view word) {
  for (; node != nullptr; node = node->get_parent()) {
    for (const CLI::Option* option : node->get_options()) {
      if (option->nonpositional() && option->check_name(std::string(word))) return option;
    }
  }
  return nullptr;
}

std::vector<const CLI::Option*> FlagsOf(const CLI::App* node) {
  std::vector<const CLI::Option*> flags;
  for (; node != nullptr; node = node->get_parent()) {
    for (const CLI::Option* option : node->get_options()) {
      const bool repeated =
          std::any_of(flags.begin(), flags.end(), [option](const CLI::Option* known) {
            return known->get_lnames() == option->get_lnames();
          });
      if (option->nonpositional() && !repeated) flags.push_back(option);
    }
  }
  return flags;
}

std::vector<const CLI::Option*> ArgumentsOf(const CLI::App* node) {
  return node->get_options([](const CLI::Option* option) { return option->get_positional(); });
}

Walk WalkWords(const CommandTree& tree, std::span<const std::string> words) {
  Walk walk;
  walk.node = &tree.root();
  for (const std::string& word : words) {
    if (walk.pending != nullptr) {
      walk.pending = nullptr;
    } else if (!walk.only_arguments && word.size() > 1 && word.starts_with('-')) {
      TakeFlag(word, walk);
    } else if (const std::vector<const CLI::App*> children = ChildrenOf(walk.node);
               !children.empty()) {
      const auto child =
          std::find_if(children.begin(), children.end(),
                       [&word](const CLI::App* app) { return app->get_name() == word; });
      if (child == children.end()) {
        walk.status = UnknownWord(walk.node, word);
      } else {
        walk.node = *child;
      }
    } else {
      walk.arguments.push_back(word);
    }
    if (!walk.status.ok()) return walk;
  }
  return walk;
}

}  // namespace whence::cli
