// An app without a server, and what it prints.
#pragma once

#include <optional>
#include <sstream>
#include <string>

#include "cli/app.h"
#include "cli/audit/report.h"

namespace whence::cli::test {

class CapturedApp {
 public:
  explicit CapturedApp(Format format = Format::kTable)
      : environment_(Make()), app_(environment_, GlobalFlags{}, format) {}

  App& app() { return app_; }
  std::string Print(const AuditReport& report) {
    out_.str("");
    report.Print(app_);
    return out_.str();
  }

 private:
  Environment Make() {
    Environment environment;
    environment.variable = [](const std::string&) -> std::optional<std::string> {
      return std::nullopt;
    };
    environment.in = &in_;
    environment.out = &out_;
    environment.err = &err_;
    return environment;
  }

  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  const Environment environment_;
  App app_;
};

// What people read of the report.
inline std::string Printed(const AuditReport& report) { return CapturedApp().Print(report); }

}  // namespace whence::cli::test
