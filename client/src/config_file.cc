#include "src/config_file.h"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "src/error_info.h"
#include "src/text_file.h"

namespace whence::client_internal {
namespace {

namespace fs = std::filesystem;

// yaml-cpp tells of errors by exceptions; they end in LoadConfigFile.
std::string TextAt(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  if (!value || value.IsNull()) return {};
  if (!value.IsScalar()) throw YAML::Exception(value.Mark(), std::string(key) + " must be text");
  return value.Scalar();
}

std::string FileAt(const YAML::Node& map, const char* key, const fs::path& folder) {
  const std::string name = TextAt(map, key);
  return name.empty() ? name : (folder / name).lexically_normal().string();
}

TlsOptions ReadTls(const YAML::Node& node, const fs::path& folder) {
  if (!node || node.IsNull()) return {};
  if (node.IsScalar()) return {.enabled = node.as<bool>()};  // "tls: true"
  if (!node.IsMap()) throw YAML::Exception(node.Mark(), "tls must be a map or true");
  return {.enabled = true,
          .ca = FileAt(node, "ca", folder),
          .cert = FileAt(node, "cert", folder),
          .key = FileAt(node, "key", folder)};
}

ConfigFile ReadConfig(const YAML::Node& root, const fs::path& folder) {
  ConfigFile config;
  if (!root || root.IsNull()) return config;  // an empty file
  if (!root.IsMap()) throw YAML::Exception(root.Mark(), "a map with current-context and contexts");
  config.current_context = TextAt(root, "current-context");
  const YAML::Node contexts = root["contexts"];
  if (!contexts || contexts.IsNull()) return config;
  if (!contexts.IsSequence()) throw YAML::Exception(contexts.Mark(), "contexts must be a list");
  for (const YAML::Node& node : contexts) {
    if (!node.IsMap()) throw YAML::Exception(node.Mark(), "a context must be a map");
    config.contexts.push_back({.name = TextAt(node, "name"),
                               .server = TextAt(node, "server"),
                               .token_file = FileAt(node, "token-file", folder),
                               .tls = ReadTls(node["tls"], folder)});
    if (config.contexts.back().name.empty()) {
      throw YAML::Exception(node.Mark(), "a context needs a name");
    }
  }
  return config;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

const Context* ConfigFile::Find(const std::string& name) const {
  for (const Context& context : contexts) {
    if (context.name == name) return &context;
  }
  return nullptr;
}

std::string DefaultConfigPath() {
  if (std::string path = Environment("WHENCE_CONFIG"); !path.empty()) return path;
  std::string folder = Environment("XDG_CONFIG_HOME");
  if (folder.empty()) {
    const std::string home = Environment("HOME");
    if (home.empty()) return {};
    folder = home + "/.config";
  }
  return folder + "/whence/config.yaml";
}

absl::StatusOr<ConfigFile> LoadConfigFile(const std::string& path) {
  const std::optional<std::string> text = ReadTextFile(path);
  if (!text.has_value()) {
    return MakeError(absl::StatusCode::kNotFound, "cannot read the context file " + path,
                     "CONFIG_NOT_FOUND", "make one with 'whence context set', or name the server");
  }
  try {
    return ReadConfig(YAML::Load(*text), fs::absolute(path).parent_path());
  } catch (const YAML::Exception& error) {
    const std::string line =
        error.mark.is_null() ? "" : ", line " + std::to_string(error.mark.line + 1);
    return MakeError(
        absl::StatusCode::kInvalidArgument,
        "the context file " + path + line + " cannot be understood: " + error.msg,
        "CONFIG_MALFORMED",
        "it has current-context: NAME and contexts: [{name, server, token-file, tls}]");
  }
}

}  // namespace whence::client_internal
