#include "whence/options.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "src/address.h"
#include "src/config_file.h"
#include "src/error_info.h"
#include "src/text_file.h"

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

// What the file holds, without the space around it. The error does not show it.
absl::StatusOr<std::string> TokenIn(const std::string& path) {
  const std::optional<std::string> text = client_internal::ReadTextFile(path);
  if (!text.has_value()) {
    return client_internal::MakeError(absl::StatusCode::kInvalidArgument,
                                      "cannot read the token file " + path, "TOKEN_FILE_UNREADABLE",
                                      "check the path and who may read it", "token_file");
  }
  std::string token(absl::StripAsciiWhitespace(*text));
  if (!token.empty()) return token;
  return client_internal::MakeError(absl::StatusCode::kInvalidArgument,
                                    "the token file " + path + " holds nothing", "TOKEN_MALFORMED",
                                    "a token looks like whence_..., on one line", "token_file");
}

// What was said here or by the environment; empty when nothing was.
absl::StatusOr<std::string> GivenToken(const ClientOptions& options) {
  if (!options.token.empty()) return options.token;
  if (!options.token_file.empty()) return TokenIn(options.token_file);
  if (std::string token = Either("", "WHENCE_TOKEN"); !token.empty()) return token;
  const std::string path = Either("", "WHENCE_TOKEN_FILE");
  return path.empty() ? std::string() : TokenIn(path);
}

// What a server on this machine wrote at its first start; empty where there is none to be read.
std::string AdminToken(const std::string& server) {
  const absl::StatusOr<client_internal::Address> address = client_internal::ParseAddress(server);
  if (!address.ok() || !client_internal::StaysHere(address->target)) return {};
  std::string folder = Either("", "WHENCE_DATA");
  if (folder.empty()) folder = "./whence-data";
  return TokenIn(folder + "/admin.token").value_or("");
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
  absl::StatusOr<std::string> token = GivenToken(options);
  if (!token.ok()) return token.status();
  options.token = *std::move(token);
  // Where nothing is left to find, a broken file must not be in the way.
  if (options.server.empty() || options.token.empty() || !options.context.empty()) {
    const absl::StatusOr<Context> context = ChosenContext(options);
    if (!context.ok()) return context.status();
    if (options.server.empty()) options.server = context->server;
    // A context's certificates and token are for its own server, not for whatever was named
    // instead.
    if (options.server == context->server) {
      if (!options.tls.Use()) options.tls = context->tls;
      if (options.token.empty() && !context->token_file.empty()) {
        token = TokenIn(context->token_file);
        if (!token.ok()) return token.status();
        options.token = *std::move(token);
      }
    }
  }
  if (options.server.empty()) options.server = kDefaultServer;
  if (options.token.empty()) options.token = AdminToken(options.server);
  return options;
}

}  // namespace whence
