#pragma once

// The file of contexts: which server, with which token.
//
//   current-context: prod
//   contexts:
//     - name: prod
//       server: whence.example:7070
//       token-file: prod.token
//       tls: {ca: /etc/ssl/whence.pem, cert: me.pem, key: me.key}

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/environment.h"

namespace whence::cli {

// Certificate files of a connection; relative paths are relative to the configuration file.
struct TlsFiles {
  std::string ca;
  std::string cert;
  std::string key;

  bool empty() const { return ca.empty() && cert.empty() && key.empty(); }
  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

struct ContextEntry {
  std::string name;
  std::string server;
  std::string token_file;  // relative paths as above
  TlsFiles tls;

  friend bool operator==(const ContextEntry&, const ContextEntry&) = default;
};

// The file's content. A plain value type; Load, change, Save.
struct ConfigFile {
  std::string current;
  std::vector<ContextEntry> contexts;

  const ContextEntry* Find(std::string_view name) const;
  std::vector<std::string> Names() const;

  friend bool operator==(const ConfigFile&, const ConfigFile&) = default;
};

// $WHENCE_CONFIG, or whence/config.yaml in $XDG_CONFIG_HOME or ~/.config; empty where none of these
// is known.
std::string ConfigPath(const Environment& environment);

// The configuration in `text`. A LocalError says what is wrong and where; unknown keys are errors,
// for they are mostly misspelt ones.
absl::StatusOr<ConfigFile> ParseConfig(const std::string& text, const std::string& path);
std::string FormatConfig(const ConfigFile& config);

// An absent file is an empty configuration.
absl::StatusOr<ConfigFile> LoadConfig(const std::string& path);
// Atomically, readable by its owner only.
absl::Status SaveConfig(const ConfigFile& config, const std::string& path);

}  // namespace whence::cli
