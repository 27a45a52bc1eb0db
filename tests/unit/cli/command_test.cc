// The whole command line without a server: parsing, help, suggestions, contexts, completion.

#include <catch2/catch.hpp>

#include <stdlib.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "CLI/CLI.hpp"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/commands/run_flags.h"
#include "cli/complete/complete.h"
#include "cli/help.h"
#include "cli/run.h"
#include "cli/walk.h"

namespace whence::cli {
namespace {

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

// A command line in a world of its own; no server listens at its address.
class World {
 public:
  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "whence-cli-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    variables = {{"WHENCE_CONFIG", StrCat(folder_, "/config.yaml")},
                 {"WHENCE_SERVER", "127.0.0.1:1"},
                 {"WHENCE_TIMEOUT", "2s"}};
  }
  ~World() { std::filesystem::remove_all(folder_); }

  Outcome Do(const std::vector<std::string>& words, const std::string& input = "",
             bool terminal = false) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Environment environment;
    environment.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    environment.in = &in;
    environment.in_is_terminal = terminal;
    environment.err_is_terminal = terminal;
    environment.out = &out;
    environment.err = &err;
    environment.user = "ana";
    Outcome outcome;
    outcome.code = Run(words, environment);
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }

  std::string Path(const std::string& name) const { return StrCat(folder_, "/", name); }

  std::map<std::string, std::string> variables;

 private:
  std::string folder_;
};

TEST_CASE("without words, and with --help, the commands are listed") {
  World world;
  const Outcome bare = world.Do({});
  CHECK(bare.code == 0);
  CHECK(bare.out == world.Do({"--help"}).out);
  CHECK(bare.out == world.Do({"help"}).out);
  CHECK(bare.out.find("\n  why ") != std::string::npos);
  CHECK(bare.out.find("--token-file FILE") != std::string::npos);
  CHECK(bare.err.empty());
}

TEST_CASE("every group and command has help, and every command an example") {
  World world;
  CommandTree tree;
  AddAllCommands(tree);
  size_t commands = 0;
  std::vector<const CLI::App*> nodes = {&tree.root()};
  while (!nodes.empty()) {
    const CLI::App* node = nodes.back();
    nodes.pop_back();
    for (const CLI::App* child : ChildrenOf(node)) nodes.push_back(child);
    const std::string path = PathOf(node);
    CAPTURE(path);
    CHECK_FALSE(node->get_description().empty());
    std::vector<std::string> words;
    std::istringstream split(path);
    for (std::string word; split >> word;) words.push_back(word);
    words.erase(words.begin());
    words.emplace_back("--help");
    const Outcome outcome = world.Do(words);
    CHECK(outcome.code == 0);
    CHECK(outcome.out == HelpText(tree, node, 0));
    CHECK(outcome.out.find(StrCat("Usage: ", path)) != std::string::npos);
    const Command* command = tree.Find(node);
    if (command == nullptr) continue;
    ++commands;
    CHECK(command->path() == path);
    CHECK(command->action() != nullptr);
    if (!node->get_group().empty()) CHECK_FALSE(command->examples().empty());
    for (const auto& [line, what] : command->examples()) {
      CAPTURE(line);
      CHECK(line.find(path) != std::string::npos);
    }
  }
  CHECK(commands > 50);
}

TEST_CASE("the version") {
  World world;
  CHECK(world.Do({"--version"}).out.starts_with("whence "));
  CHECK(world.Do({"--version"}).code == 0);
}

TEST_CASE("unknown commands, verbs and flags get a suggestion") {
  World world;
  Outcome outcome = world.Do({"asest", "get"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err ==
        "error: unknown command \"asest\" for 'whence'\nhint: did you mean 'whence asset'?\n");
  outcome = world.Do({"asset", "gte", "a.b.c"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err ==
        "error: unknown verb \"gte\" for 'whence asset'\nhint: did you mean 'whence asset get'?\n");
  outcome = world.Do({"asset", "get", "a.b.c", "--as-off", "3"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err ==
        "error: unknown flag --as-off for 'whence asset get'\nhint: did you mean --as-of?\n");
  outcome = world.Do({"asset", "frobnicate"});
  CHECK(outcome.err ==
        "error: unknown verb \"frobnicate\" for 'whence asset'\nhint: see 'whence asset --help'\n");
  CHECK(world.Do({"asset", "get", "a", "-z"}).code == 3);
}

TEST_CASE("missing, superfluous and malformed arguments") {
  World world;
  Outcome outcome = world.Do({"asset", "get"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err ==
        "error: 'whence asset get' needs NAME\nhint: see 'whence asset get --help'\n");
  outcome = world.Do({"asset", "create", "a.b.c"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err ==
        "error: 'whence asset create' needs --kind\nhint: see 'whence asset create --help'\n");
  outcome = world.Do({"asset", "get", "a.b.c", "more"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err ==
        "error: 'whence asset get' takes no further argument: more\n"
        "hint: see 'whence asset get --help'\n");
  outcome = world.Do({"asset", "create", "a.b.c", "--kind", "tabel"});
  CHECK(outcome.code == 3);
  CHECK(outcome.err.starts_with("error: --kind: unknown kind \"tabel\""));
  CHECK(world.Do({"asset", "list", "--limit", "x"}).code == 3);
  CHECK(world.Do({"asset", "list", "--limit", "0"}).code == 3);
  CHECK(world.Do({"lineage", "a.b.c", "--up", "--down"}).code == 3);
  CHECK(world.Do({"asset", "get", "a.b.c", "--as-of", "soon"}).code == 3);
  CHECK(world.Do({"why", "a.b.c", "-o", "csv"}).err ==
        "error: 'whence why' has no output format csv\n"
        "hint: use one of: tree, json, yaml, dot, mermaid, prov-json\n");
  CHECK(world.Do({"import", "x", "-o", "json"}).code == 3);
  CHECK(world.Do({"asset", "update", "a.b.c"}).err.starts_with("error: nothing to change\n"));
}

TEST_CASE("words of commands may stand as arguments, flags anywhere") {
  World world;
  // "catalog" and "run" are searched for, not run; there is no server, so the exit code is 7.
  CHECK(world.Do({"search", "catalog", "run", "why"}).code == 7);
  CHECK(world.Do({"--timeout", "1s", "asset", "-q", "get", "--server", "127.0.0.1:1", "a.b.c"})
            .code == 7);
  CHECK(world.Do({"asset", "get", "--server=127.0.0.1:1", "--", "a.b.c"}).code == 7);
}

TEST_CASE("no server: exit code 7, which server, and what to do") {
  World world;
  const Outcome outcome = world.Do({"admin", "info"});
  CHECK(outcome.code == 7);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.starts_with("error: no answer from 127.0.0.1:1: "));
  CHECK(outcome.err.find(" (UNAVAILABLE)\nhint: is whenced running there?") != std::string::npos);
}

TEST_CASE("help on exit codes") {
  World world;
  const Outcome outcome = world.Do({"help", "exit-codes"});
  CHECK(outcome.out.find("   5  not found: NOT_FOUND\n") != std::string::npos);
  CHECK(world.Do({"help", "asset", "get"}).out == world.Do({"asset", "get", "--help"}).out);
  CHECK(world.Do({"help", "asest"}).code == 3);
}

TEST_CASE("contexts are kept, used and deleted") {
  World world;
  world.variables.erase("WHENCE_SERVER");
  CHECK(world.Do({"context", "list"}).out.empty());
  CHECK(world.Do({"context", "set", "prod"}).code == 3);
  CHECK(world.Do({"context", "set", "prod", "--server", "p:1", "--token-file", "/etc/p.token"})
            .code == 0);
  CHECK(world.Do({"context", "set", "test", "--server", "t:2"}).code == 0);
  CHECK(world.Do({"context", "list"}).out ==
        "CURRENT  NAME  SERVER  TOKEN FILE    TLS\n"
        "*        prod  p:1     /etc/p.token\n"
        "         test  t:2\n");
  CHECK(world.Do({"context", "use", "test"}).err == "now using context test (t:2)\n");
  CHECK(world.Do({"context", "current"}).out.find("server         t:2\n") != std::string::npos);
  // It would show the token, which is not there.
  const Outcome gone = world.Do({"context", "current", "--context", "prod"});
  CHECK(gone.code == 1);
  CHECK(gone.err.find("/etc/p.token") != std::string::npos);
  const Outcome unknown = world.Do({"context", "use", "tset"});
  CHECK(unknown.code == 5);
  CHECK(unknown.err == "error: no context \"tset\" (NOT_FOUND)\nhint: did you mean test?\n");
  CHECK(world.Do({"context", "delete", "test"}).code == 0);
  CHECK(world.Do({"context", "delete", "test"}).code == 5);
  CHECK(world.Do({"context", "list", "-o", "json"}).out ==
        "{\n  \"contexts\": [\n    {\n      \"name\": \"prod\",\n      \"server\": \"p:1\",\n      "
        "\"token_file\": \"/etc/p.token\"\n    }\n  ]\n}\n");
  CHECK(world.Do({"context", "list", "-o", "csv"}).out ==
        "name,server,token_file,current\nprod,p:1,/etc/p.token,false\n");
}

TEST_CASE("a token does not leave this machine unencrypted, and is never printed") {
  World world;
  const std::string token = "whence_Ab3d0000000000000000000000x9Zq000000";
  world.variables["WHENCE_TOKEN"] = token;
  Outcome refused = world.Do({"catalog", "list", "--server", "whence.invalid:1"});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("not encrypted") != std::string::npos);
  CHECK(refused.err.find("--allow-plaintext-token") != std::string::npos);
  // Asked to, or encrypted, it is tried: nobody is there.
  world.variables["WHENCE_TIMEOUT"] = "100ms";
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"--server", "whence.invalid:1", "--allow-plaintext-token"},
           {"--server", "grpcs://whence.invalid:1"},
           {"--server", "127.0.0.1:1"}}) {
    std::vector<std::string> words = {"catalog", "list"};
    words.insert(words.end(), more.begin(), more.end());
    CHECK(world.Do(words).code == 7);
  }
  // The health service is everybody's, and gets no token.
  CHECK(world.Do({"admin", "health", "--server", "whence.invalid:1"}).code == 7);
  const Outcome current = world.Do({"context", "current"});
  CHECK(current.out.find("token          whence_Ab3d...x9Zq of WHENCE_TOKEN\n") !=
        std::string::npos);
  for (const Outcome& outcome :
       {refused, current, world.Do({"context", "current", "-o", "json"})}) {
    CHECK((outcome.out + outcome.err).find(token) == std::string::npos);
  }
}

std::vector<std::string> Completed(World& world, std::vector<std::string> words) {
  words.insert(words.begin(), "__complete");
  const Outcome outcome = world.Do(words);
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  std::vector<std::string> texts;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);)
    texts.push_back(line.substr(0, line.find('\t')));
  return texts;
}

using Texts = std::vector<std::string>;

TEST_CASE("completion knows verbs, flags and fixed values") {
  World world;
  CHECK(Completed(world, {"as"}) == Texts{"asset"});
  CHECK(Completed(world, {"asset", "u"}) == Texts{"update", "undelete"});
  CHECK(Completed(world, {"asset", "get", "--as"}) == Texts{"--as-of"});
  CHECK(Completed(world, {"asset", "create", "--kind", "m"}) == Texts{"model"});
  CHECK(Completed(world, {"asset", "create", "--kind=p"}) == Texts{"--kind=prompt"});
  CHECK(Completed(world, {"why", "-o", ""}) ==
        Texts{"tree", "json", "yaml", "dot", "mermaid", "prov-json"});
  CHECK(Completed(world, {"run", "finish", "r", "--state", "c"}) == Texts{"complete"});
  CHECK(Completed(world, {"completion", ""}) == Texts{"bash", "fish", "zsh"});
  CHECK(Completed(world, {"help", "li"}) == Texts{"lineage"});
  CHECK(Completed(world, {"import", ""}) == Texts{":files"});
  CHECK(Completed(world, {"admin", "restore", "f", "--data", ""}) == Texts{":folders"});
  CHECK(Completed(world, {"nonsense", ""}) == Texts{});
  CHECK(Completed(world, {"catalog", "get", "prod", ""}) == Texts{});
  world.Do({"context", "set", "prod", "--server", "p:1"});
  CHECK(Completed(world, {"--context", "p"}) == Texts{"prod"});
  CHECK(Completed(world, {"context", "use", ""}) == Texts{"prod"});
}

TEST_CASE("completion without a server is empty and quick") {
  World world;
  CHECK(Completed(world, {"asset", "get", "pro"}) == Texts{});
  CHECK(Completed(world, {"why", ""}) == Texts{"run:", "prediction:"});
}

TEST_CASE("completion scripts ask the hidden command") {
  World world;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK(world.Do({"completion", shell}).out.find("whence __complete") != std::string::npos);
  }
  CHECK(world.Do({"completion", "tcsh"}).code == 3);
}

TEST_CASE("help is wrapped") {
  CHECK(Wrap("one two three", 7, 2) == "one\n  two\n  three");
  CHECK(Wrap("one two", 80, 0) == "one two");
  CHECK(Wrap("a\nb", 80, 2) == "a\n  b");
}

TEST_CASE("column mappings on the command line") {
  absl::StatusOr<v1::ColumnMapping> mapping =
      ParseColumnMapping("a.b.out#x=a.b.in#y:transformation:masking,a.b.in#`q,r`");
  REQUIRE(mapping.ok());
  CHECK(mapping->column() == "a.b.out#x");
  REQUIRE(mapping->sources_size() == 2);
  CHECK(mapping->sources(0).column() == "a.b.in#y");
  CHECK(mapping->sources(0).transformation() == v1::TRANSFORMATION_TYPE_TRANSFORMATION);
  CHECK(mapping->sources(0).masking());
  CHECK(mapping->sources(1).column() == "a.b.in#`q,r`");
  CHECK_FALSE(ParseColumnMapping("a.b.out#x").ok());
  CHECK_FALSE(ParseColumnMapping("=a.b.in#y").ok());
  CHECK_FALSE(ParseColumnMapping("a.b.out#x=a.b.in#y:nonsense").ok());
}

TEST_CASE("what cannot be taken back is asked about first") {
  World world;
  const std::vector<std::vector<std::string>> commands = {
      {"principal", "delete", "user:bo"},
      {"group", "delete", "team"},
      {"token", "revoke", "2"},
      {"policy", "delete", "hide"},
      {"tag", "undefine", "pii"},
      {"owner", "of", "metastore", "to", "user:bo"},
      {"admin", "erase", "prediction:p-1"}};
  for (const std::vector<std::string>& words : commands) {
    INFO(words[0]);
    // Without a terminal nobody can answer: the flag that does is named.
    const Outcome piped = world.Do(words, "y\n");
    CHECK(piped.code == 3);
    CHECK(piped.err.find("hint: give --yes") != std::string::npos);
    for (const char* no : {"n\n", "\n", "", "maybe\n"}) {
      const Outcome refused = world.Do(words, no, /*terminal=*/true);
      CHECK(refused.code == 1);
      CHECK(refused.err.find("[y/N]") != std::string::npos);
      CHECK(refused.err.find("not confirmed; nothing was changed") != std::string::npos);
    }
    // No server listens: that is found out only by who goes on.
    CHECK(world.Do(words, "y\n", /*terminal=*/true).code == 7);
    CHECK(world.Do(words, "Yes\n", /*terminal=*/true).code == 7);
    std::vector<std::string> sure = words;
    sure.emplace_back("--yes");
    CHECK(world.Do(sure).code == 7);
  }
}

}  // namespace
}  // namespace whence::cli
