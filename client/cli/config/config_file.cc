#include "cli/config/config_file.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <span>
#include <sstream>

#include "absl/strings/str_join.h"
#include "base/edit_distance.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/error.h"
#include "cli/files.h"

namespace whence::cli {
namespace {

absl::Status At(const std::string& path, const YAML::Mark& mark, std::string_view what) {
  const std::string where =
      mark.is_null() ? path : StrCat(path, ":", mark.line + 1, ":", mark.column + 1);
  return LocalError(StrCat(where, ": ", what),
                    "correct the file, or name another with WHENCE_CONFIG");
}

// A field of a mapping, and where its text goes.
struct Field {
  std::string name;
  std::string* value;
};

// Reads a mapping whose keys are those of `fields`, plus `nested` which the caller reads.
absl::Status ReadFields(const YAML::Node& node, std::span<const Field> fields,
                        std::string_view nested, const std::string& path) {
  if (!node.IsMap()) return At(path, node.Mark(), "a mapping is expected here");
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    if (key == nested && !nested.empty()) continue;
    const Field* known = nullptr;
    std::vector<std::string> names;
    for (const Field& field : fields) {
      if (field.name == key) known = &field;
      names.push_back(field.name);
    }
    if (!nested.empty()) names.emplace_back(nested);
    if (known == nullptr) {
      return At(path, entry.first.Mark(),
                StrCat("unknown key '", key, "', known are ", absl::StrJoin(names, ", ")));
    }
    if (entry.second.IsNull()) continue;
    if (!entry.second.IsScalar()) {
      return At(path, entry.second.Mark(), StrCat("'", key, "' must be a text"));
    }
    *known->value = entry.second.Scalar();
  }
  return absl::OkStatus();
}

absl::StatusOr<ContextEntry> ReadContext(const YAML::Node& node, const std::string& path) {
  ContextEntry entry;
  const std::array<Field, 3> fields = {
      {{"name", &entry.name}, {"server", &entry.server}, {"token-file", &entry.token_file}}};
  WHENCE_RETURN_IF_ERROR(ReadFields(node, fields, "tls", path));
  if (entry.name.empty()) return At(path, node.Mark(), "a context without a name");
  if (const YAML::Node tls = node["tls"]; tls && !tls.IsNull()) {
    const std::array<Field, 3> files = {
        {{"ca", &entry.tls.ca}, {"cert", &entry.tls.cert}, {"key", &entry.tls.key}}};
    WHENCE_RETURN_IF_ERROR(ReadFields(tls, files, "", path));
  }
  return entry;
}

absl::StatusOr<ConfigFile> ReadDocument(const YAML::Node& document, const std::string& path) {
  ConfigFile config;
  if (!document || document.IsNull()) return config;
  const std::array<Field, 1> fields = {{{"current-context", &config.current}}};
  WHENCE_RETURN_IF_ERROR(ReadFields(document, fields, "contexts", path));
  const YAML::Node contexts = document["contexts"];
  if (!contexts || contexts.IsNull()) return config;
  if (!contexts.IsSequence()) return At(path, contexts.Mark(), "'contexts' must be a list");
  for (const YAML::Node& node : contexts) {
    WHENCE_ASSIGN_OR_RETURN(ContextEntry entry, ReadContext(node, path));
    if (config.Find(entry.name) != nullptr) {
      return At(path, node.Mark(), StrCat("the context '", entry.name, "' comes twice"));
    }
    config.contexts.push_back(std::move(entry));
  }
  return config;
}

}  // namespace

const ContextEntry* ConfigFile::Find(std::string_view name) const {
  for (const ContextEntry& entry : contexts) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::vector<std::string> ConfigFile::Names() const {
  std::vector<std::string> names;
  for (const ContextEntry& entry : contexts) names.push_back(entry.name);
  return names;
}

std::string ConfigPath(const Environment& environment) {
  if (const auto path = environment.Get("WHENCE_CONFIG")) return *path;
  if (const auto folder = environment.Get("XDG_CONFIG_HOME")) {
    return StrCat(*folder, "/whence/config.yaml");
  }
  if (const auto home = environment.Get("HOME"))
    return StrCat(*home, "/.config/whence/config.yaml");
  return "";
}

absl::StatusOr<ConfigFile> ParseConfig(const std::string& text, const std::string& path) {
  try {
    return ReadDocument(YAML::Load(text), path);
  } catch (const YAML::Exception& error) {  // yaml-cpp reports by exceptions
    return At(path, error.mark, error.msg);
  }
}

std::string FormatConfig(const ConfigFile& config) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  if (!config.current.empty())
    out << YAML::Key << "current-context" << YAML::Value << config.current;
  out << YAML::Key << "contexts" << YAML::Value << YAML::BeginSeq;
  for (const ContextEntry& entry : config.contexts) {
    const auto put = [&out](const char* key, const std::string& value) {
      if (!value.empty()) out << YAML::Key << key << YAML::Value << value;
    };
    out << YAML::BeginMap;
    put("name", entry.name);
    put("server", entry.server);
    put("token-file", entry.token_file);
    if (!entry.tls.empty()) {
      out << YAML::Key << "tls" << YAML::Value << YAML::BeginMap;
      put("ca", entry.tls.ca);
      put("cert", entry.tls.cert);
      put("key", entry.tls.key);
      out << YAML::EndMap;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  return StrCat(out.c_str(), "\n");
}

absl::StatusOr<ConfigFile> LoadConfig(const std::string& path) {
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return ConfigFile{};
  std::istringstream no_input;
  WHENCE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, no_input, size_t{1} << 20));
  return ParseConfig(text, path);
}

absl::Status SaveConfig(const ConfigFile& config, const std::string& path) {
  if (path.empty()) {
    return LocalError("there is no place for the configuration",
                      "set WHENCE_CONFIG to the path of a file");
  }
  return WriteFileAtomically(path, FormatConfig(config), 0600);
}

}  // namespace whence::cli
