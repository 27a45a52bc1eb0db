#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "whence/options.h"

namespace whence::client_internal {

// One server that the user works with, by name.
struct Context {
  std::string name;
  std::string server;
  std::string token_file;  // made absolute, as those of `tls`
  TlsOptions tls;          // file names made absolute
};

// The context file; see ClientOptions for its form. Keys that are not known are left alone.
struct ConfigFile {
  std::string current_context;
  std::vector<Context> contexts;

  const Context* Find(const std::string& name) const;  // null when there is none
};

// $WHENCE_CONFIG, else ${XDG_CONFIG_HOME:-~/.config}/whence/config.yaml; empty without a home.
std::string DefaultConfigPath();

// Reads the file. NOT_FOUND (CONFIG_NOT_FOUND) when there is none, INVALID_ARGUMENT
// (CONFIG_MALFORMED) with the line when it cannot be understood.
absl::StatusOr<ConfigFile> LoadConfigFile(const std::string& path);

}  // namespace whence::client_internal
