#include "whence/options.h"

#include <catch2/catch.hpp>

#include "client_test_util.h"
#include "whence/status.h"

namespace whence {
namespace {

using test::ScopedEnvironment;
using test::ScratchFolder;

constexpr char kConfig[] = R"(# made by whence context
current-context: prod
contexts:
  - name: prod
    server: whence.example:7443
    token-file: trainer.token
    tls: {ca: ca.pem, cert: /etc/cert.pem, key: ../key.pem}
  - {name: dev, server: "localhost:7170"}
  - {name: open, server: open.example, tls: true, unknown: [1, 2]}
)";

// No setting comes from where the test runs.
struct CleanEnvironment {
  ScratchFolder home;
  ScopedEnvironment h{"HOME", home.path()};
  ScopedEnvironment xdg{"XDG_CONFIG_HOME", std::nullopt};
  ScopedEnvironment config{"WHENCE_CONFIG", std::nullopt};
  ScopedEnvironment server{"WHENCE_SERVER", std::nullopt};
  ScopedEnvironment token{"WHENCE_TOKEN", std::nullopt};
  ScopedEnvironment token_file{"WHENCE_TOKEN_FILE", std::nullopt};
  ScopedEnvironment data{"WHENCE_DATA", home.path() + "/data"};
  ScopedEnvironment context{"WHENCE_CONTEXT", std::nullopt};
};

TEST_CASE("Without any setting it is localhost, and nobody", "[client][options]") {
  const CleanEnvironment clean;
  const auto options = ResolveClientOptions({});
  REQUIRE(options.ok());
  REQUIRE(options->server == "localhost:7070");
  REQUIRE(options->token.empty());
  REQUIRE_FALSE(options->tls.Use());
  REQUIRE(options->deadline == absl::Seconds(10));
}

TEST_CASE("The current context gives server, token and certificates", "[client][options]") {
  const CleanEnvironment clean;
  clean.home.Write(".config/whence/config.yaml", kConfig);
  clean.home.Write(".config/whence/trainer.token", " context-token\n");
  const auto options = ResolveClientOptions({});
  REQUIRE(options.ok());
  REQUIRE(options->server == "whence.example:7443");
  REQUIRE(options->token == "context-token");
  REQUIRE(options->tls.Use());
  REQUIRE(options->tls.ca == clean.home.path() + "/.config/whence/ca.pem");
  REQUIRE(options->tls.cert == "/etc/cert.pem");
  REQUIRE(options->tls.key == clean.home.path() + "/.config/key.pem");
}

TEST_CASE("What is nearer to the caller goes first", "[client][options]") {
  const CleanEnvironment clean;
  clean.home.Write(".config/whence/config.yaml", kConfig);
  clean.home.Write(".config/whence/trainer.token", " context-token\n");
  SECTION("the environment before the context, without the context's certificates and token") {
    const ScopedEnvironment server("WHENCE_SERVER", "other:1");
    const auto options = ResolveClientOptions({});
    REQUIRE(options.ok());
    REQUIRE(options->server == "other:1");
    REQUIRE(options->token.empty());
    REQUIRE_FALSE(options->tls.Use());
  }
  SECTION("the options before the environment") {
    const ScopedEnvironment server("WHENCE_SERVER", "other:1");
    const ScopedEnvironment token("WHENCE_TOKEN", "env");
    const auto options = ResolveClientOptions({.server = "mine:2"});
    REQUIRE(options.ok());
    REQUIRE(options->server == "mine:2");
    REQUIRE(options->token == "env");
    REQUIRE(ResolveClientOptions({.token = "me"})->token == "me");
  }
  SECTION("a context by name, from the options or the environment") {
    REQUIRE(ResolveClientOptions({.context = "dev"})->server == "localhost:7170");
    const ScopedEnvironment context("WHENCE_CONTEXT", "open");
    const auto open = ResolveClientOptions({});
    REQUIRE(open.ok());
    REQUIRE(open->server == "open.example");
    REQUIRE(open->tls.enabled);
    REQUIRE(ResolveClientOptions({.context = "dev"})->server == "localhost:7170");
  }
  SECTION("certificates in the options before the context's") {
    const auto options = ResolveClientOptions({.tls = {.ca = "mine.pem"}});
    REQUIRE(options.ok());
    REQUIRE(options->tls.ca == "mine.pem");
    REQUIRE(options->tls.cert.empty());
  }
}

TEST_CASE("The file is found by option, variable, XDG and home", "[client][options]") {
  const CleanEnvironment clean;
  clean.home.Write(".config/whence/config.yaml",
                   "current-context: a\ncontexts: [{name: a, server: home}]");
  REQUIRE(ResolveClientOptions({})->server == "home");
  clean.home.Write("xdg/whence/config.yaml",
                   "current-context: a\ncontexts: [{name: a, server: xdg}]");
  const ScopedEnvironment xdg("XDG_CONFIG_HOME", clean.home.path() + "/xdg");
  REQUIRE(ResolveClientOptions({})->server == "xdg");
  const ScopedEnvironment variable(
      "WHENCE_CONFIG",
      clean.home.Write("v.yaml", "current-context: a\ncontexts: [{name: a, server: variable}]"));
  REQUIRE(ResolveClientOptions({})->server == "variable");
  const std::string named =
      clean.home.Write("n.yaml", "current-context: a\ncontexts: [{name: a, server: named}]");
  REQUIRE(ResolveClientOptions({.config_file = named})->server == "named");
}

TEST_CASE("Files and contexts that are missing are errors only when asked for",
          "[client][options]") {
  const CleanEnvironment clean;
  const auto missing_file = ResolveClientOptions({.config_file = "/nowhere/config.yaml"});
  REQUIRE(ErrorReason(missing_file.status()) == "CONFIG_NOT_FOUND");
  REQUIRE(ErrorReason(ResolveClientOptions({.context = "prod"}).status()) == "CONFIG_NOT_FOUND");
  {
    const ScopedEnvironment variable("WHENCE_CONFIG", "/nowhere/config.yaml");
    REQUIRE(ResolveClientOptions({})->server == "localhost:7070");
  }
  clean.home.Write(".config/whence/config.yaml", kConfig);
  clean.home.Write(".config/whence/trainer.token", " context-token\n");
  const auto unknown = ResolveClientOptions({.context = "pord"});
  REQUIRE(absl::IsNotFound(unknown.status()));
  REQUIRE(ErrorReason(unknown.status()) == "CONTEXT_NOT_FOUND");
  REQUIRE(ErrorHint(unknown.status()) == "the file has prod, dev, open");
  clean.home.Write(".config/whence/config.yaml", "");
  REQUIRE(ResolveClientOptions({})->server == "localhost:7070");
}

TEST_CASE("A file that cannot be understood is named with its line", "[client][options]") {
  const CleanEnvironment clean;
  const auto resolve = [&clean](const std::string& text) {
    clean.home.Write(".config/whence/config.yaml", text);
    return ResolveClientOptions({}).status();
  };
  for (const char* text :
       {"contexts: [{name: a", "- a\n- b", "current-context: [a]", "contexts: {a: b}",
        "contexts: [a]", "contexts: [{server: x}]", "contexts: [{name: a, tls: [x]}]",
        "contexts: [{name: a, tls: perhaps}]", "\t:::"}) {
    const absl::Status status = resolve(text);
    CAPTURE(text, status.ToString());
    REQUIRE(absl::IsInvalidArgument(status));
    REQUIRE(ErrorReason(status) == "CONFIG_MALFORMED");
    REQUIRE(status.ToString().find("config.yaml") != std::string::npos);
  }
  REQUIRE(resolve("current-context: a\ncontexts:\n  - 7").ToString().find("line 3") !=
          std::string::npos);
  // It is not in the way of who needs nothing from it.
  REQUIRE(ResolveClientOptions({.server = "a", .token = "me"}).ok());
}

TEST_CASE("A token is looked for in its places, in order", "[client][options]") {
  const CleanEnvironment clean;
  const std::string file = clean.home.Write("file.token", "file\n");
  const std::string other = clean.home.Write("other.token", "other");
  clean.home.Write("data/admin.token", "admin\n");
  REQUIRE(ResolveClientOptions({})->token == "admin");
  REQUIRE(ResolveClientOptions({.server = "unix:/run/w.sock"})->token == "admin");
  // What a server on this machine wrote is for servers on this machine.
  REQUIRE(ResolveClientOptions({.server = "whence.example"})->token.empty());
  const ScopedEnvironment token_file("WHENCE_TOKEN_FILE", file);
  REQUIRE(ResolveClientOptions({})->token == "file");
  const ScopedEnvironment token("WHENCE_TOKEN", "direct");
  REQUIRE(ResolveClientOptions({})->token == "direct");
  REQUIRE(ResolveClientOptions({.token_file = other})->token == "other");
  REQUIRE(ResolveClientOptions({.token = "said", .token_file = other})->token == "said");
}

TEST_CASE("A token file that is named must hold a token", "[client][options]") {
  const CleanEnvironment clean;
  const std::string empty = clean.home.Write("empty.token", " \n");
  REQUIRE(ErrorReason(ResolveClientOptions({.token_file = empty}).status()) == "TOKEN_MALFORMED");
  REQUIRE(ErrorReason(ResolveClientOptions({.token_file = "/nowhere/t"}).status()) ==
          "TOKEN_FILE_UNREADABLE");
  const ScopedEnvironment token_file("WHENCE_TOKEN_FILE", "/nowhere/t");
  REQUIRE(ErrorReason(ResolveClientOptions({}).status()) == "TOKEN_FILE_UNREADABLE");
}

}  // namespace
}  // namespace whence
