#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/strings.h"
#include "cli/config/config_file.h"
#include "cli/config/settings.h"
#include "cli/error.h"
#include "cli/files.h"

namespace whence::cli {
namespace {

// A folder of its own that goes with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "whence-cli-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  std::string Path(const std::string& name) const { return StrCat(path_, "/", name); }

 private:
  std::string path_;
};

Environment World(std::map<std::string, std::string> variables) {
  Environment environment;
  environment.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  environment.user = "ana";
  return environment;
}

TEST_CASE("a configuration is read and written") {
  const std::string text =
      "current-context: prod\ncontexts:\n  - name: prod\n    server: whence.example:7070\n"
      "    token-file: ana.token\n    tls:\n      ca: ca.pem\n      cert: me.pem\n      key: "
      "me.key\n"
      "  - name: local\n    server: localhost\n";
  const absl::StatusOr<ConfigFile> config = ParseConfig(text, "config.yaml");
  REQUIRE(config.ok());
  CHECK(config->current == "prod");
  REQUIRE(config->contexts.size() == 2);
  CHECK(config->Find("prod")->tls.cert == "me.pem");
  CHECK(config->Find("prod")->token_file == "ana.token");
  CHECK(*ParseConfig(FormatConfig(*config), "again") == *config);
  CHECK(ParseConfig("", "empty")->contexts.empty());
  CHECK(ParseConfig(FormatConfig(ConfigFile()), "empty")->contexts.empty());
}

TEST_CASE("a broken configuration is told with its place") {
  const auto message = [](const char* text) {
    return std::string(ParseConfig(text, "c.yaml").status().message());
  };
  CHECK(message("contexts: [") != "");
  CHECK(message("contexts: 1").find("c.yaml:1:11: 'contexts' must be a list") == 0);
  CHECK(message("contexts:\n  - server: x\n").find("a context without a name") !=
        std::string::npos);
  CHECK(message("contexts:\n  - {name: a, sever: x}\n").find("unknown key 'sever'") !=
        std::string::npos);
  CHECK(message("contexts:\n  - {name: a}\n  - {name: a}\n").find("comes twice") !=
        std::string::npos);
  CHECK(message("- a").find("a mapping is expected") != std::string::npos);
  CHECK(message("current-context: [a]").find("must be a text") != std::string::npos);
}

TEST_CASE("a configuration is written for its owner only, folders and all") {
  const ScratchFolder folder;
  const std::string path = folder.Path("a/b/config.yaml");
  ConfigFile config;
  config.contexts.push_back({"x", "h:1", "", {}});
  REQUIRE(SaveConfig(config, path).ok());
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(*LoadConfig(path) == config);
  CHECK(LoadConfig(folder.Path("none"))->contexts.empty());
  CHECK(LoadConfig("")->contexts.empty());
  CHECK_FALSE(SaveConfig(config, "").ok());
}

TEST_CASE("the configuration's place") {
  CHECK(ConfigPath(World({{"WHENCE_CONFIG", "/c"}, {"HOME", "/h"}})) == "/c");
  CHECK(ConfigPath(World({{"XDG_CONFIG_HOME", "/x"}, {"HOME", "/h"}})) == "/x/whence/config.yaml");
  CHECK(ConfigPath(World({{"HOME", "/h"}})) == "/h/.config/whence/config.yaml");
  CHECK(ConfigPath(World({})) == "");
}

TEST_CASE("flags win over the environment, that over the context, that over defaults") {
  const ScratchFolder folder;
  const std::string path = folder.Path("config.yaml");
  ConfigFile config;
  config.current = "prod";
  config.contexts.push_back({"prod", "prod:1", "p.token", {"ca.pem", "", ""}});
  config.contexts.push_back({"test", "test:2", "", {}});
  REQUIRE(SaveConfig(config, path).ok());
  for (const char* name : {"p", "e", "f"}) {
    std::ofstream(folder.Path(StrCat(name, ".token"))) << " " << name << "-secret\n";
  }
  const Environment plain = World({{"WHENCE_CONFIG", path}});

  absl::StatusOr<Target> target = ResolveTarget({}, plain);
  REQUIRE(target.ok());
  CHECK(target->server == "prod:1");
  CHECK(target->credential.token == "p-secret");
  CHECK(target->credential.from == folder.Path("p.token"));
  CHECK(target->use_tls);
  CHECK(target->tls.ca == folder.Path("ca.pem"));
  CHECK(target->timeout == kDefaultTimeout);
  CHECK_FALSE(target->timeout_given);

  const Environment with = World({{"WHENCE_CONFIG", path},
                                  {"WHENCE_CONTEXT", "test"},
                                  {"WHENCE_TOKEN_FILE", folder.Path("e.token")},
                                  {"WHENCE_TIMEOUT", "5s"}});
  target = ResolveTarget({}, with);
  REQUIRE(target.ok());
  CHECK(target->context == "test");
  CHECK(target->server == "test:2");
  CHECK(target->credential.token == "e-secret");
  CHECK(target->timeout == absl::Seconds(5));

  GlobalFlags flags;
  flags.server = "flag:3";
  flags.token_file = folder.Path("f.token");
  flags.timeout = "1m";
  target = ResolveTarget(flags, with);
  REQUIRE(target.ok());
  CHECK(target->server == "flag:3");
  CHECK(target->credential.token == "f-secret");
  CHECK(target->timeout == absl::Minutes(1));

  target = ResolveTarget({}, World({}));
  REQUIRE(target.ok());
  CHECK(target->server == kDefaultServer);
  CHECK(target->credential.token.empty());
  CHECK_FALSE(target->use_tls);

  flags.context = "prd";
  const absl::Status unknown = ResolveTarget(flags, plain).status();
  CHECK(HintOf(unknown) == "did you mean prod?");
  CHECK_FALSE(IsUsageError(unknown));
  flags.context.clear();
  flags.timeout = "soon";
  CHECK(IsUsageError(ResolveTarget(flags, plain).status()));
  flags.timeout.clear();
  flags.token_file = folder.Path("none.token");
  CHECK_FALSE(ResolveTarget(flags, plain).ok());
}

TEST_CASE("a token is looked for in its places, in order") {
  const ScratchFolder folder;
  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder.Path(name)).parent_path());
    std::ofstream(folder.Path(name)) << text;
    return folder.Path(name);
  };
  const std::string config =
      write("config.yaml",
            "contexts:\n  - {name: here, server: localhost, token-file: c.token}\n"
            "  - {name: away, server: 'whence.example:7070', token-file: c.token}\n");
  write("c.token", "context");
  write("data/admin.token", "admin\n");
  std::map<std::string, std::string> variables = {{"WHENCE_CONFIG", config},
                                                  {"WHENCE_CONTEXT", "here"},
                                                  {"WHENCE_TOKEN", "direct"},
                                                  {"WHENCE_TOKEN_FILE", write("f", "file")},
                                                  {"WHENCE_DATA", folder.Path("data")}};
  GlobalFlags flags;
  flags.token_file = write("flag", "flag");
  const auto found = [&] {
    const absl::StatusOr<Target> target = ResolveTarget(flags, World(variables));
    return target.ok() ? StrCat(target->credential.token, " of ", target->credential.from)
                       : std::string(target.status().message());
  };
  CHECK(found() == StrCat("flag of ", folder.Path("flag")));
  flags.token_file.clear();
  CHECK(found() == "direct of WHENCE_TOKEN");
  variables.erase("WHENCE_TOKEN");
  CHECK(found() == StrCat("file of ", folder.Path("f")));
  variables.erase("WHENCE_TOKEN_FILE");
  CHECK(found() == StrCat("context of ", folder.Path("c.token")));
  // A context's token is for its own server.
  flags.server = "localhost:7071";
  CHECK(found() == StrCat("admin of ", folder.Path("data/admin.token")));
  // What a server on this machine wrote is for servers on this machine.
  flags.server = "whence.example:7071";
  CHECK(found() == " of ");
  flags.server = "whence.example";  // the context's own, said otherwise
  variables["WHENCE_CONTEXT"] = "away";
  CHECK(found() == StrCat("context of ", folder.Path("c.token")));

  variables["WHENCE_DATA"] = folder.Path("nothing");
  variables["WHENCE_CONTEXT"] = "here";
  flags.server = "127.0.0.1:1";
  const absl::StatusOr<Target> none = ResolveTarget(flags, World(variables));
  REQUIRE(none.ok());
  CHECK(none->credential.looked == StrCat("--token-file, WHENCE_TOKEN, WHENCE_TOKEN_FILE, ",
                                          folder.Path("nothing/admin.token")));
}

TEST_CASE("what cannot be a token is refused, and not shown") {
  const ScratchFolder folder;
  for (const char* text : {"", " \n", "two words", "t\xC3\xA4glich", "a\x01z"}) {
    std::ofstream(folder.Path("token"), std::ios::trunc) << text;
    GlobalFlags flags;
    flags.token_file = folder.Path("token");
    const absl::Status status = ResolveTarget(flags, World({})).status();
    CAPTURE(text);
    CHECK_FALSE(status.ok());
    if (std::string_view(text).size() > 2) {
      CHECK(status.ToString().find(text) == std::string::npos);
    }
    CHECK(ResolveTarget({}, World({{"WHENCE_TOKEN", text}})).ok() == (*text == '\0'));
  }
}

TEST_CASE("a token is known by its ends, and only if it is Whence's") {
  CHECK(TokenHint("whence_Ab3d0000000000000000000000x9Zq000000") == "whence_Ab3d...x9Zq");
  for (const char* other : {"", "whence_", "whence_short", "eyJhbGciOi.eyJzdWIi.c2ln"}) {
    CHECK(TokenHint(other) == "***");
  }
}

TEST_CASE("what stays on this machine") {
  for (const char* here : {"unix:/run/w.sock", "localhost:1", "LocalHost:7070", "127.0.0.1:1",
                           "127.3.2.1:80", "[::1]:7070"}) {
    CAPTURE(here);
    CHECK(StaysHere(here));
  }
  for (const char* away : {"whence.example:7070", "127.evil.example:1", "localhost.example:1",
                           "10.0.0.1:7070", "[::2]:1", "1127.0.0.1:1", "0.0.0.0:1"}) {
    CAPTURE(away);
    CHECK_FALSE(StaysHere(away));
  }
}

TEST_CASE("addresses get their port and lose their scheme") {
  const auto target = [](const char* text) {
    const absl::StatusOr<Address> address = ParseAddress(text);
    if (!address.ok()) return std::string("error");
    return StrCat(address->target, address->tls ? (*address->tls ? " tls" : " plain") : "");
  };
  CHECK(target("localhost") == "localhost:7070");
  CHECK(target("localhost:1") == "localhost:1");
  CHECK(target("https://w.example/") == "w.example:7070 tls");
  CHECK(target("grpc://w.example:9") == "w.example:9 plain");
  CHECK(target("[::1]") == "[::1]:7070");
  CHECK(target("[::1]:5") == "[::1]:5");
  CHECK(target("unix:/run/w.sock") == "unix:/run/w.sock");
  CHECK(target("") == "error");
  CHECK(target("a b") == "error");
  CHECK(target("::1") == "error");
  CHECK(target("http://a/b") == "error");
}

TEST_CASE("formats: a flag must suit, the environment is a wish") {
  GlobalFlags flags;
  const Environment plain = World({});
  CHECK(*ResolveFormat(flags, plain, kListFormats, "whence asset list") == Format::kTable);
  CHECK(*ResolveFormat(flags, plain, kWhyFormats, "whence why") == Format::kTree);
  CHECK(*ResolveFormat(flags, World({{"WHENCE_OUTPUT", "json"}}), kWhyFormats, "whence why") ==
        Format::kJson);
  CHECK(*ResolveFormat(flags, World({{"WHENCE_OUTPUT", "csv"}}), kWhyFormats, "whence why") ==
        Format::kTree);
  flags.output = "csv";
  const absl::Status status = ResolveFormat(flags, plain, kWhyFormats, "whence why").status();
  CHECK(status.message() == "'whence why' has no output format csv");
  CHECK(HintOf(status) == "use one of: tree, json, yaml, dot, mermaid, prov-json");
  flags.output = "jsn";
  CHECK(ToStd(ResolveFormat(flags, plain, kListFormats, "x").status().message())
            .ends_with("(did you mean json?)"));
  flags.output = "json";
  CHECK(IsUsageError(ResolveFormat(flags, plain, {}, "whence import").status()));
}

TEST_CASE("colours need a terminal and no objection") {
  Environment environment = World({});
  environment.out_is_terminal = true;
  environment.columns = 80;
  CHECK(ResolveDisplay({}, environment).color_out);
  CHECK_FALSE(ResolveDisplay({}, environment).color_err);
  CHECK(ResolveDisplay({}, environment).width == 80);
  GlobalFlags flags;
  flags.no_color = true;
  CHECK_FALSE(ResolveDisplay(flags, environment).color_out);
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"NO_COLOR", "1"}, {"TERM", "dumb"}}) {
    Environment objecting = World({{name, value}, {"COLUMNS", "60"}});
    objecting.out_is_terminal = true;
    CHECK_FALSE(ResolveDisplay({}, objecting).color_out);
    CHECK(ResolveDisplay({}, objecting).width == 60);
  }
  CHECK(ResolveDisplay({}, World({{"COLUMNS", "3"}})).width == 20);
  CHECK(ResolveDisplay({}, World({{"COLUMNS", "x"}})).width == 0);
}

TEST_CASE("files are read whole, and errors name them") {
  const ScratchFolder folder;
  std::istringstream in("from stdin");
  CHECK(*ReadFile("-", in) == "from stdin");
  REQUIRE(WriteFileAtomically(folder.Path("f"), "content").ok());
  CHECK(*ReadFile(folder.Path("f"), in) == "content");
  REQUIRE(WriteFileAtomically(folder.Path("f"), "").ok());
  CHECK(*ReadFile(folder.Path("f"), in) == "");
  CHECK(ReadFile(folder.Path("none"), in).status().message() ==
        StrCat("cannot read ", folder.Path("none"), ": No such file or directory"));
  CHECK_FALSE(ReadFile(folder.Path(""), in).ok());
}

}  // namespace
}  // namespace whence::cli
