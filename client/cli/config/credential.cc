#include "cli/config/credential.h"

#include <algorithm>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/config/settings.h"
#include "cli/error.h"
#include "cli/files.h"

namespace whence::cli {
namespace {

constexpr size_t kMaxTokenFileBytes = size_t{64} << 10;
constexpr std::string_view kTokenFileName = "admin.token";
constexpr std::string_view kDefaultDataFolder = "./whence-data";

// It travels as a header, which takes printable ASCII only. The message does not show it.
absl::StatusOr<Credential> Checked(std::string_view text, std::string_view from) {
  const std::string_view token = ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
  const bool printable =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (token.empty() || !printable) {
    return LocalError(StrCat(from, token.empty() ? " holds nothing" : " holds no token"),
                      "a token looks like whence_..., on one line");
  }
  return Credential{std::string(token), std::string(from), {}};
}

absl::StatusOr<Credential> FromFile(const std::string& path, const std::string& from) {
  std::istringstream no_input;
  WHENCE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, no_input, kMaxTokenFileBytes));
  return Checked(text, from);
}

// What the server on this machine wrote at its first start. Not there, or somebody else's: then
// there is none.
Credential FromDataFolder(const std::string& path) {
  absl::StatusOr<Credential> found = FromFile(path, path);
  return found.ok() ? *std::move(found) : Credential();
}

}  // namespace

absl::StatusOr<Credential> FindCredential(const std::string& token_file,
                                          const ContextEntry& context, const std::string& server,
                                          const Environment& environment) {
  if (!token_file.empty()) return FromFile(token_file, token_file);
  if (const auto token = environment.Get("WHENCE_TOKEN")) return Checked(*token, "WHENCE_TOKEN");
  if (const auto path = environment.Get("WHENCE_TOKEN_FILE")) return FromFile(*path, *path);
  std::string looked = "--token-file, WHENCE_TOKEN, WHENCE_TOKEN_FILE";
  // A context's token is for its own server, not for whatever was named instead.
  const absl::StatusOr<Address> own = ParseAddress(context.server);
  const bool is_own = own.ok() && own->target == server;
  if (is_own && !context.token_file.empty())
    return FromFile(context.token_file, context.token_file);
  if (is_own) StrAppend(&looked, ", the context ", context.name);
  if (!StaysHere(server)) return Credential{{}, {}, std::move(looked)};
  const std::string folder =
      environment.Get("WHENCE_DATA").value_or(std::string(kDefaultDataFolder));
  const std::string path = StrCat(folder, "/", kTokenFileName);
  Credential found = FromDataFolder(path);
  found.looked = StrCat(looked, ", ", path);
  return found;
}

bool StaysHere(std::string_view target) {
  if (target.starts_with("unix:")) return true;
  const size_t colon = target.rfind(':');
  const std::string_view host = target.substr(0, colon);
  if (absl::EqualsIgnoreCase(ToAbsl(host), "localhost") || host == "[::1]") return true;
  // 127.0.0.0/8, and no name that begins like it.
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string TokenHint(std::string_view token) {
  constexpr std::string_view kPrefix = "whence_";
  constexpr size_t kRandomChars = 30;
  constexpr size_t kCheckChars = 6;
  constexpr size_t kShown = 4;
  if (!token.starts_with(kPrefix)) return "***";
  token.remove_prefix(kPrefix.size());
  if (token.size() != kRandomChars + kCheckChars) return "***";
  return StrCat(kPrefix, token.substr(0, kShown), "...",
                token.substr(kRandomChars - kShown, kShown));
}

}  // namespace whence::cli
