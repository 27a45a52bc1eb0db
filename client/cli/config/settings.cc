#include "cli/config/settings.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "base/edit_distance.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "cli/error.h"
#include "cli/text/parse.h"

namespace whence::cli {
namespace {

constexpr std::string_view kDefaultPort = "7070";
constexpr size_t kMinColumns = 20;
constexpr size_t kMaxColumns = 10'000;

// The first that is given: flag, variable, context, default.
std::string Choose(const std::string& flag, const std::optional<std::string>& variable,
                   const std::string& context, const std::string& otherwise) {
  if (!flag.empty()) return flag;
  if (variable) return *variable;
  return context.empty() ? otherwise : context;
}

absl::StatusOr<ContextEntry> ChooseContext(const GlobalFlags& flags,
                                           const Environment& environment) {
  const std::string path = ConfigPath(environment);
  WHENCE_ASSIGN_OR_RETURN(const ConfigFile config, LoadConfig(path));
  const std::string name =
      Choose(flags.context, environment.Get("WHENCE_CONTEXT"), config.current, "");
  if (name.empty()) return ContextEntry{};
  if (const ContextEntry* entry = config.Find(name)) {
    ContextEntry chosen = *entry;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    for (std::string* file :
         {&chosen.token_file, &chosen.tls.ca, &chosen.tls.cert, &chosen.tls.key}) {
      if (!file->empty()) *file = (folder / *file).string();
    }
    return chosen;
  }
  const std::optional<std::string> closest = ClosestMatch(name, config.Names());
  return LocalError(
      StrCat("no context ", name, " in ", path),
      closest ? StrCat("did you mean ", *closest, "?") : std::string("see 'whence context list'"));
}

bool WantsColor(const GlobalFlags& flags, const Environment& environment) {
  return !flags.no_color && !environment.Get("NO_COLOR") && environment.Get("TERM") != "dumb";
}

// Columns to fit into: what COLUMNS says, else the terminal's; too few to be of use count as none.
size_t ChooseWidth(const Environment& environment) {
  size_t columns = environment.columns;
  if (const auto variable = environment.Get("COLUMNS")) {
    size_t given = 0;
    if (absl::SimpleAtoi(*variable, &given)) columns = given;
  }
  return columns == 0 ? 0 : std::clamp(columns, kMinColumns, kMaxColumns);
}

bool HasPort(std::string_view authority) {
  const size_t bracket = authority.rfind(']');
  const size_t from = bracket == std::string_view::npos ? 0 : bracket;
  return authority.find(':', from) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, bool>, 4> kSchemes = {
      {{"grpc://", false}, {"http://", false}, {"grpcs://", true}, {"https://", true}}};
  Address address;
  std::string_view rest = text;
  if (rest.starts_with("unix:")) return Address{std::string(rest), std::nullopt};
  for (const auto& [scheme, tls] : kSchemes) {
    if (!rest.starts_with(scheme)) continue;
    rest.remove_prefix(scheme.size());
    address.tls = tls;
    break;
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const bool many_colons = std::count(rest.begin(), rest.end(), ':') > 1 && !rest.starts_with('[');
  if (rest.empty() || rest.find_first_of("/ ") != std::string_view::npos || many_colons) {
    return UsageError(StrCat("not a server's address: ", QuoteForMessage(text)),
                      "write host:port, for example localhost:7070, or [::1]:7070");
  }
  address.target = HasPort(rest) ? std::string(rest) : StrCat(rest, ":", kDefaultPort);
  return address;
}

Display ResolveDisplay(const GlobalFlags& flags, const Environment& environment) {
  const bool color = WantsColor(flags, environment);
  Display display;
  display.color_out = color && environment.out_is_terminal;
  display.color_err = color && environment.err_is_terminal;
  display.quiet = flags.quiet;
  display.width = ChooseWidth(environment);
  return display;
}

absl::StatusOr<Target> ResolveTarget(const GlobalFlags& flags, const Environment& environment) {
  WHENCE_ASSIGN_OR_RETURN(const ContextEntry context, ChooseContext(flags, environment));
  Target target;
  target.context = context.name;
  const std::string server =
      Choose(flags.server, environment.Get("WHENCE_SERVER"), context.server, kDefaultServer);
  WHENCE_ASSIGN_OR_RETURN(Address address, ParseAddress(server));
  target.server = std::move(address.target);
  target.tls = context.tls;
  target.use_tls = address.tls.value_or(!context.tls.empty());
  WHENCE_ASSIGN_OR_RETURN(target.credential,
                          FindCredential(flags.token_file, context, target.server, environment));
  target.allow_plaintext_token =
      flags.allow_plaintext_token || environment.Get("WHENCE_ALLOW_PLAINTEXT_TOKEN").has_value();
  const std::string timeout = Choose(flags.timeout, environment.Get("WHENCE_TIMEOUT"), "", "");
  target.timeout = kDefaultTimeout;
  target.timeout_given = !timeout.empty();
  if (timeout.empty()) return target;
  const absl::StatusOr<absl::Duration> parsed = ParseDuration(timeout);
  if (!parsed.ok()) {
    const absl::string_view message = parsed.status().message();
    return UsageError(StrCat(flags.timeout.empty() ? "WHENCE_TIMEOUT: " : "--timeout: ", message));
  }
  target.timeout = *parsed;
  return target;
}

absl::StatusOr<Format> ResolveFormat(const GlobalFlags& flags, const Environment& environment,
                                     const FormatSet& supported, std::string_view command) {
  const bool from_flag = !flags.output.empty();
  const std::string name = from_flag ? flags.output : environment.Get("WHENCE_OUTPUT").value_or("");
  if (name.empty()) return supported.Default();
  const absl::StatusOr<Format> format = ParseFormat(name);
  if (!format.ok()) {
    const absl::string_view message = format.status().message();
    return UsageError(StrCat(from_flag ? "--output: " : "WHENCE_OUTPUT: ", message));
  }
  if (supported.Has(*format)) return *format;
  if (!from_flag) return supported.Default();
  if (supported.empty()) {
    return UsageError(StrCat("'", command, "' has one form of output only"), "leave -o out");
  }
  return UsageError(StrCat("'", command, "' has no output format ", name),
                    StrCat("use one of: ", supported.Names()));
}

}  // namespace whence::cli
