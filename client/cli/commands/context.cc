// whence context: list use set delete current.

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/edit_distance.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/commands/shared.h"
#include "cli/config/config_file.h"
#include "cli/config/settings.h"
#include "cli/output/csv.h"
#include "cli/output/json.h"

namespace whence::cli {
namespace {

absl::Status NoContext(const ConfigFile& config, const std::string& name) {
  const std::optional<std::string> closest = ClosestMatch(name, config.Names());
  return WithHint(
      absl::NotFoundError(StrCat("no context ", QuoteForMessage(name))),
      closest ? StrCat("did you mean ", *closest, "?") : std::string("see 'whence context list'"));
}

Json ToJson(const ContextEntry& entry, bool current) {
  Json json = Json::Object();
  const auto put = [](Json& object, const char* key, const std::string& value) {
    if (!value.empty()) object.members.emplace_back(key, Json::String(value));
  };
  put(json, "name", entry.name);
  put(json, "server", entry.server);
  put(json, "token_file", entry.token_file);
  if (!entry.tls.empty()) {
    Json tls = Json::Object();
    put(tls, "ca", entry.tls.ca);
    put(tls, "cert", entry.tls.cert);
    put(tls, "key", entry.tls.key);
    json.members.emplace_back("tls", std::move(tls));
  }
  Json flag;
  flag.type = Json::Type::kTrue;
  if (current) json.members.emplace_back("current", flag);
  return json;
}

void PrintContexts(App& app, const ConfigFile& config) {
  if (app.format() == Format::kTable) {
    TableWriter table(app.out(), app.out_styler(), app.display().width,
                      {{"CURRENT"}, {"NAME"}, {"SERVER"}, {"TOKEN FILE"}, {"TLS"}});
    for (const ContextEntry& entry : config.contexts) {
      table.Add({{entry.name == config.current ? "*" : "", Tone::kGreen},
                 {entry.name, Tone::kBold},
                 {entry.server},
                 {entry.token_file},
                 {entry.tls.empty() ? "" : "yes"}});
    }
    table.Flush();
    return;
  }
  if (app.format() == Format::kCsv) {
    const std::vector<std::string> head = {"name", "server", "token_file", "current"};
    app.out() << CsvLine(head);
  }
  Json list = Json::Array();
  for (const ContextEntry& entry : config.contexts) {
    const bool current = entry.name == config.current;
    list.items.push_back(ToJson(entry, current));
    if (app.format() == Format::kJsonl) {
      app.out() << WriteJson(list.items.back(), /*pretty=*/false) << '\n';
    } else if (app.format() == Format::kCsv) {
      const std::vector<std::string> fields = {entry.name, entry.server, entry.token_file,
                                               current ? "true" : "false"};
      app.out() << CsvLine(fields);
    }
  }
  Json whole = Json::Object();
  whole.members.emplace_back("contexts", std::move(list));
  if (app.format() == Format::kJson) app.out() << WriteJson(whole, /*pretty=*/true) << '\n';
  if (app.format() == Format::kYaml) app.out() << WriteYaml(whole);
}

void AddList(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "list", "List contexts");
  command.Formats(kListFormats).Example("whence context list");
  command.Does([](App& app) -> absl::Status {
    const std::string path = ConfigPath(app.environment());
    WHENCE_ASSIGN_OR_RETURN(const ConfigFile config, LoadConfig(path));
    PrintContexts(app, config);
    if (config.contexts.empty()) {
      app.Note(StrCat("no contexts in ", path, "; make one with 'whence context set'"));
    }
    return absl::OkStatus();
  });
}

struct SetFlags {
  std::string name;
  std::string server;
  std::string token_file;
  TlsFiles tls;
  bool no_tls = false;
};

// Files are kept by their absolute path: the configuration lies in a folder of its own.
std::string Absolute(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.string();
}

absl::Status SetContext(App& app, const SetFlags& flags) {
  const std::string path = ConfigPath(app.environment());
  WHENCE_ASSIGN_OR_RETURN(ConfigFile config, LoadConfig(path));
  const bool is_new = config.Find(flags.name) == nullptr;
  if (flags.name.empty()) return UsageError("a context needs a name");
  if (is_new) config.contexts.push_back({flags.name, "", "", {}});
  const auto entry = std::find_if(config.contexts.begin(), config.contexts.end(),
                                  [&flags](const ContextEntry& e) { return e.name == flags.name; });
  if (!flags.server.empty()) {
    WHENCE_RETURN_IF_ERROR(ParseAddress(flags.server).status());
    entry->server = flags.server;
  }
  if (!flags.token_file.empty()) entry->token_file = Absolute(flags.token_file);
  if (flags.no_tls) entry->tls = TlsFiles();
  if (!flags.tls.ca.empty()) entry->tls.ca = Absolute(flags.tls.ca);
  if (!flags.tls.cert.empty()) entry->tls.cert = Absolute(flags.tls.cert);
  if (!flags.tls.key.empty()) entry->tls.key = Absolute(flags.tls.key);
  if (entry->server.empty()) {
    return UsageError(StrCat("context ", flags.name, " has no server"),
                      "give it one with --server");
  }
  const bool first = config.current.empty() && config.contexts.size() == 1;
  if (first) config.current = flags.name;
  WHENCE_RETURN_IF_ERROR(SaveConfig(config, path));
  app.Say(StrCat(is_new ? "added" : "changed", " context ", flags.name, " in ", path,
                 first ? "; it is the current one" : ""));
  return absl::OkStatus();
}

void AddSet(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "set", "Add a context, or change what is given of one");
  auto flags = std::make_shared<SetFlags>();
  command
      .About(
          "The server and the file of the token are those of --server and --token-file; the token "
          "itself is kept in its own file. The first context becomes the current one.")
      .Example("whence context set prod --server whence.example:7070 --token-file prod.token")
      .Example("whence context set prod --ca ca.pem --cert me.pem --key me.key")
      .Argument(flags->name, "name", "Name of the context", Complete::kContext);
  command.Flag(flags->tls.ca, "--ca", "FILE", "TLS: certificate authority (PEM)", Complete::kFile);
  command.Flag(flags->tls.cert, "--cert", "FILE", "TLS: own certificate (PEM)", Complete::kFile);
  command.Flag(flags->tls.key, "--key", "FILE", "TLS: own key (PEM)", Complete::kFile);
  command.Switch(flags->no_tls, "--no-tls", "Take TLS away");
  command.Does([flags](App& app) {
    SetFlags with = *flags;
    with.server = app.flags().server;
    with.token_file = app.flags().token_file;
    return SetContext(app, with);
  });
}

void AddUse(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "use", "Make a context the current one");
  auto name = std::make_shared<std::string>();
  command.Example("whence context use prod")
      .Argument(*name, "name", "Name of the context", Complete::kContext);
  command.Does([name](App& app) -> absl::Status {
    const std::string path = ConfigPath(app.environment());
    WHENCE_ASSIGN_OR_RETURN(ConfigFile config, LoadConfig(path));
    const ContextEntry* entry = config.Find(*name);
    if (entry == nullptr) return NoContext(config, *name);
    config.current = *name;
    WHENCE_RETURN_IF_ERROR(SaveConfig(config, path));
    app.Say(StrCat("now using context ", *name, " (", entry->server, ")"));
    return absl::OkStatus();
  });
}

void AddDelete(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "delete", "Delete a context");
  auto name = std::make_shared<std::string>();
  command.Example("whence context delete staging")
      .Argument(*name, "name", "Name of the context", Complete::kContext);
  command.Does([name](App& app) -> absl::Status {
    const std::string path = ConfigPath(app.environment());
    WHENCE_ASSIGN_OR_RETURN(ConfigFile config, LoadConfig(path));
    if (config.Find(*name) == nullptr) return NoContext(config, *name);
    std::erase_if(config.contexts, [&name](const ContextEntry& e) { return e.name == *name; });
    const bool was_current = config.current == *name;
    if (was_current) config.current.clear();
    WHENCE_RETURN_IF_ERROR(SaveConfig(config, path));
    app.Say(StrCat("deleted context ", *name, was_current ? "; no context is current now" : ""));
    return absl::OkStatus();
  });
}

// Never the token itself.
std::string TokenText(const Credential& credential) {
  if (credential.token.empty()) return "none";
  return StrCat(TokenHint(credential.token), " of ", credential.from);
}

void AddCurrent(CommandTree& tree, CLI::App* group) {
  Command& command = tree.Verb(group, "current", "Which server is asked, and with which token");
  command.Formats({Format::kTable, Format::kJson, Format::kYaml}).Example("whence context current");
  command.Does([](App& app) -> absl::Status {
    WHENCE_ASSIGN_OR_RETURN(const Target target, ResolveTarget(app.flags(), app.environment()));
    if (app.format() == Format::kTable) {
      Card card;
      card.Line("context", target.context.empty() ? "none" : target.context, Tone::kBold)
          .Line("server", target.server)
          .Line("token", TokenText(target.credential))
          .Line("tls", target.use_tls ? "yes" : "no")
          .Line("configuration", ConfigPath(app.environment()), Tone::kDim);
      card.Print(app.out(), app.out_styler(), app.display().width);
      return absl::OkStatus();
    }
    Json json = ToJson(ContextEntry{target.context, target.server, {}, target.tls}, false);
    if (const Credential& credential = target.credential; !credential.token.empty()) {
      json.members.emplace_back("token", Json::String(TokenHint(credential.token)));
      json.members.emplace_back("token_from", Json::String(credential.from));
    }
    app.out() << (app.format() == Format::kYaml ? WriteYaml(json)
                                                : WriteJson(json, /*pretty=*/true) + "\n");
    return absl::OkStatus();
  });
}

}  // namespace

void AddContextCommands(CommandTree& tree) {
  CLI::App* group = tree.Group("context", "Contexts: which server to ask, and with which token");
  AddList(tree, group);
  AddUse(tree, group);
  AddSet(tree, group);
  AddDelete(tree, group);
  AddCurrent(tree, group);
}

}  // namespace whence::cli
