#include "whence/options.h"

#include <cstdlib>
#include <string>

#include "src/config_file.h"
#include "src/error_info.h"
#include "src/surroundings.h"

namespace whence {
namespace {

using client_internal::ConfigFile;
using client_internal::Context;

constexpr char kDefaultServer[] = "localhost:7070";

// The first that is set: what the caller said, or the environment variable.
std::string Either(const std::string& said, const char* variable) {
  if (!said.empty()) return said;
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : std::string(value);
}

// The file's context that counts; an empty one when there is none and none was asked for.
absl::StatusOr<Context> ChosenContext(const ClientOptions& options) {
  const std::string asked = Either(options.context, "WHENCE_CONTEXT");
  const bool named_file = !options.config_file.empty();
  const std::string path = named_file ? options.config_file : client_internal::DefaultConfigPath();
  absl::StatusOr<ConfigFile> file = client_internal::LoadConfigFile(path);
  if (!file.ok()) {
    const bool missing = absl::IsNotFound(file.status());
    if (missing && !named_file && asked.empty()) return Context();
    return file.status();
  }
  const std::string name = asked.empty() ? file->current_context : asked;
  if (name.empty()) return Context();
  const Context* context = file->Find(name);
  if (context != nullptr) return *context;
  std::string known;
  for (const Context& other : file->contexts) known += (known.empty() ? "" : ", ") + other.name;
  return client_internal::MakeError(
      absl::StatusCode::kNotFound, "no context " + name + " in " + path, "CONTEXT_NOT_FOUND",
      known.empty() ? "the file has no contexts; make one with 'whence context set'"
                    : "the file has " + known);
}

}  // namespace

absl::StatusOr<ClientOptions> ResolveClientOptions(ClientOptions options) {
  options.server = Either(options.server, "WHENCE_SERVER");
  options.principal = Either(options.principal, "WHENCE_PRINCIPAL");
  // Where nothing is left to find, a broken file must not be in the way.
  if (options.server.empty() || options.principal.empty() || !options.context.empty()) {
    const absl::StatusOr<Context> context = ChosenContext(options);
    if (!context.ok()) return context.status();
    if (options.server.empty()) options.server = context->server;
    // A context's certificates are for its own server, not for whatever was named instead.
    if (options.server == context->server && !options.tls.Use()) options.tls = context->tls;
    if (options.principal.empty()) options.principal = context->principal;
  }
  if (options.server.empty()) options.server = kDefaultServer;
  if (options.principal.empty()) options.principal = "user:" + client_internal::UserName();
  return options;
}

}  // namespace whence
