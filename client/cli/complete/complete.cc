#include "cli/complete/complete.h"

#include <algorithm>

#include "CLI/CLI.hpp"
#include "base/strings.h"
#include "cli/config/config_file.h"
#include "cli/text/grant_words.h"
#include "cli/text/parse.h"
#include "cli/walk.h"

namespace whence::cli {
namespace {

// Whoever waits for a Tab; WHENCE_TIMEOUT says otherwise.
constexpr absl::Duration kDeadline = absl::Milliseconds(700);

Candidates FromNames(const std::vector<std::string>& names, const std::string& prefix) {
  Candidates found;
  for (const std::string& name : names) {
    if (name.starts_with(prefix)) found.list.push_back({name, ""});
  }
  return found;
}

Candidates Verbs(const CLI::App* node, const std::string& prefix) {
  Candidates found;
  for (const CLI::App* child : ChildrenOf(node)) {
    if (child->get_name().starts_with(prefix)) {
      found.list.push_back({child->get_name(), child->get_description()});
    }
  }
  return found;
}

Candidates Flags(const CLI::App* node, const std::string& prefix) {
  Candidates found;
  for (const CLI::Option* flag : FlagsOf(node)) {
    for (const std::string& name : flag->get_lnames()) {
      const std::string word = "--" + name;
      if (word.starts_with(prefix)) found.list.push_back({word, flag->get_description()});
    }
  }
  return found;
}

std::vector<std::string> FormatsOf(const CommandTree& tree, const CLI::App* node) {
  const Command* command = tree.Find(node);
  if (command == nullptr) return FormatNames();
  std::vector<std::string> names;
  for (const Format format : command->formats().formats()) names.emplace_back(NameOf(format));
  return names;
}

std::vector<std::string> ContextNames(const Environment& environment) {
  const absl::StatusOr<ConfigFile> config = LoadConfig(ConfigPath(environment));
  return config.ok() ? config->Names() : std::vector<std::string>();
}

// The global flags given so far, so that --server and --context hold for completion too.
GlobalFlags ReadFlags(const std::vector<std::string>& words) {
  GlobalFlags flags;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const auto take = [&](const char* name, std::string& value) {
      if (words[i] == name) value = words[i + 1];
      if (words[i].starts_with(StrCat(name, "=")))
        value = words[i].substr(std::string(name).size() + 1);
    };
    take("--server", flags.server);
    take("--context", flags.context);
    take("--token-file", flags.token_file);
  }
  return flags;
}

Candidates FromServer(const GlobalFlags& flags, const Environment& environment, Complete what,
                      const std::string& prefix) {
  absl::StatusOr<Target> target = ResolveTarget(flags, environment);
  if (!target.ok()) return {};
  if (!target->timeout_given) target->timeout = kDeadline;
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(*target);
  return connection.ok() ? CompleteNames(**connection, what, prefix) : Candidates{};
}

// The names of what has the same ones everywhere.
std::vector<std::string> NamesOf(Complete what) {
  switch (what) {
    case Complete::kKind:
      return KindNames();
    case Complete::kRunState:
      return RunStateNames();
    case Complete::kPredictionStatus:
      return PredictionStatusNames();
    case Complete::kTransformation:
      return TransformationNames();
    case Complete::kDistance:
      return DistanceNames();
    case Complete::kGrain:
      return GrainNames();
    case Complete::kPrincipalKind:
      return PrincipalKindNames();
    case Complete::kPolicyKind:
      return PolicyKindNames();
    case Complete::kPolicyState:
      return PolicyStateNames();
    case Complete::kEntryKind:
      return EntryKindNames();
    case Complete::kDialect:
      return SqlDialectNames();
    case Complete::kPrivilege:
      return PrivilegeNames();
    case Complete::kShell:
      return {"bash", "fish", "zsh"};
    default:
      return {};
  }
}

// Sentences: what the words before let follow.
Candidates Sentence(Complete what, const std::vector<std::string>& given,
                    const std::vector<std::string>& words, const Environment& environment,
                    const std::string& prefix) {
  const NextWords next = NextGrantWords(what, given);
  Candidates found = FromNames(next.words, prefix);
  if (next.names == Complete::kNothing) return found;
  Candidates names = FromServer(ReadFlags(words), environment, next.names, prefix);
  found.directive = names.directive;
  found.list.insert(found.list.end(), names.list.begin(), names.list.end());
  return found;
}

}  // namespace

Candidates CompleteWords(CommandTree& tree, const std::vector<std::string>& words,
                         const Environment& environment) {
  if (words.empty()) return Verbs(&tree.root(), "");
  std::string prefix = words.back();
  const Walk walk = WalkWords(tree, std::span(words).first(words.size() - 1));
  if (!walk.status.ok()) return {};
  const CLI::Option* option = walk.pending;
  std::string before;  // "--kind=", which the candidates must keep
  if (option == nullptr && !walk.only_arguments && prefix.starts_with("--")) {
    const size_t equals = prefix.find('=');
    if (equals == std::string::npos) return Flags(walk.node, prefix);
    option = FindFlag(walk.node, prefix.substr(0, equals));
    if (option == nullptr) return {};
    before = prefix.substr(0, equals + 1);
    prefix.erase(0, equals + 1);
  }
  if (option == nullptr && !ChildrenOf(walk.node).empty()) return Verbs(walk.node, prefix);
  if (option == nullptr) {
    const std::vector<const CLI::Option*> arguments = ArgumentsOf(walk.node);
    if (arguments.empty()) return {};
    option = arguments[std::min(walk.arguments.size(), arguments.size() - 1)];
    if (walk.arguments.size() >= arguments.size() && option->get_items_expected_max() <= 1) {
      return {};
    }
  }
  Candidates found;
  switch (const Complete what = tree.CompleterOf(option); what) {
    case Complete::kNothing:
      break;
    case Complete::kFile:
      found.directive = ":files";
      break;
    case Complete::kFolder:
      found.directive = ":folders";
      break;
    case Complete::kContext:
      found = FromNames(ContextNames(environment), prefix);
      break;
    case Complete::kFormat:
      found = FromNames(FormatsOf(tree, walk.node), prefix);
      break;
    case Complete::kGrant:
    case Complete::kRevoke:
    case Complete::kGrants:
    case Complete::kOwner:
    case Complete::kSecurable:
    case Complete::kQuestion:
      found = Sentence(what, walk.arguments, words, environment, prefix);
      break;
    case Complete::kCommand:
      found = Verbs(&tree.root(), prefix);
      break;
    default:
      // One of a few words, or a name that the server knows.
      if (const std::vector<std::string> names = NamesOf(what); !names.empty()) {
        found = FromNames(names, prefix);
      } else {
        found = FromServer(ReadFlags(words), environment, what, prefix);
      }
  }
  for (Candidate& candidate : found.list) candidate.text.insert(0, before);
  return found;
}

}  // namespace whence::cli
