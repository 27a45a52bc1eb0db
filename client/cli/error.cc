#include "cli/error.h"

#include "absl/strings/cord.h"
#include "base/error.h"
#include "base/strings.h"
#include "cli/exit_code.h"
#include "cli/text/display_width.h"

namespace whence::cli {
namespace {

// Payloads: whose error it is, and what to do where the server's detail has no say.
constexpr char kOriginUrl[] = "whence.cli/origin";
constexpr char kHintUrl[] = "whence.cli/hint";
constexpr char kUsage[] = "usage";
constexpr char kLocal[] = "local";

std::string Payload(const absl::Status& status, const char* url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload ? std::string(*payload) : "";
}

absl::Status Make(absl::StatusCode code, std::string_view message, std::string_view hint,
                  const char* origin) {
  absl::Status status(code, ToAbsl(message));
  status.SetPayload(kOriginUrl, absl::Cord(origin));
  if (!hint.empty()) status.SetPayload(kHintUrl, absl::Cord(ToAbsl(hint)));
  return status;
}

}  // namespace

absl::Status UsageError(std::string_view message, std::string_view hint) {
  return Make(absl::StatusCode::kInvalidArgument, message, hint, kUsage);
}

bool IsUsageError(const absl::Status& status) { return Payload(status, kOriginUrl) == kUsage; }

absl::Status LocalError(std::string_view message, std::string_view hint) {
  return Make(absl::StatusCode::kUnknown, message, hint, kLocal);
}

absl::Status WithHint(const absl::Status& status, std::string_view hint) {
  return HintOf(status).empty() ? WithOtherHint(status, hint) : status;
}

absl::Status WithOtherHint(const absl::Status& status, std::string_view hint) {
  if (status.ok()) return status;
  absl::Status with = status;
  with.SetPayload(kHintUrl, absl::Cord(ToAbsl(hint)));
  return with;
}

std::string HintOf(const absl::Status& status) {
  const std::string hint = Payload(status, kHintUrl);
  return hint.empty() ? GetErrorDetail(status).hint : hint;
}

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

std::string ErrorText(const absl::Status& status) {
  std::string text = OneLine({status.message().data(), status.message().size()});
  if (!Payload(status, kOriginUrl).empty()) return text;
  const std::string reason = GetErrorDetail(status).reason;
  return StrCat(text, " (", CodeName(status.code()), reason.empty() ? "" : ", ", reason, ")");
}

void PrintError(std::ostream& err, const Styler& styler, const absl::Status& status) {
  err << styler.Paint(Tone::kRed, "error:") << ' ' << ErrorText(status) << '\n';
  const std::string hint = HintOf(status);
  if (!hint.empty()) err << styler.Paint(Tone::kYellow, "hint:") << ' ' << OneLine(hint) << '\n';
  err.flush();
}

ExitCode ExitCodeFor(const absl::Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (IsUsageError(status)) return ExitCode::kUsage;
  switch (status.code()) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return ExitCode::kDenied;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return ExitCode::kConflict;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kError;
  }
}

std::string ExitCodeHelp() {
  return "code  meaning\n"
         "   0  ok\n"
         "   1  error: refused by the server, or something on this machine went wrong\n"
         "   2  condition not met: the answer is no, for example 'whence path' found none\n"
         "   3  usage: unknown command or flag, missing or malformed argument\n"
         "   4  denied: PERMISSION_DENIED, UNAUTHENTICATED\n"
         "   5  not found: NOT_FOUND\n"
         "   6  conflict: ALREADY_EXISTS, ABORTED (changed meanwhile)\n"
         "   7  unavailable: no server, or no answer in time (UNAVAILABLE, DEADLINE_EXCEEDED)\n";
}

}  // namespace whence::cli
