#include "cli/app.h"

#include <utility>

#include "base/clock.h"
#include "base/status_macros.h"
#include "base/uuid.h"

namespace whence::cli {

App::App(const Environment& environment, GlobalFlags flags, Format format)
    : environment_(environment),
      flags_(std::move(flags)),
      format_(format),
      display_(ResolveDisplay(flags_, environment)) {}

void App::Say(std::string_view sentence) {
  if (!display_.quiet) err() << sentence << std::endl;
}

void App::Note(std::string_view text) {
  if (!display_.quiet) err() << err_styler().Paint(Tone::kDim, "note:") << ' ' << text << std::endl;
}

void App::Warn(std::string_view text) {
  err() << err_styler().Paint(Tone::kYellow, "warning:") << ' ' << text << std::endl;
}

absl::StatusOr<Connection*> App::connection() {
  if (connection_ == nullptr) {
    WHENCE_ASSIGN_OR_RETURN(const Target target, ResolveTarget(flags_, environment_));
    WHENCE_ASSIGN_OR_RETURN(connection_, Connection::Open(target));
  }
  return connection_.get();
}

std::string App::NewRequestId() {
  static const SystemClock clock;
  static RandomIdSource ids(&clock);
  return ids.NewUuid();
}

}  // namespace whence::cli
