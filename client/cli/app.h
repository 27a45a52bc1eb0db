#pragma once

// What a command acts through: the streams, how to show things, and the server.

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/config/settings.h"
#include "cli/environment.h"
#include "cli/exit_code.h"
#include "cli/rpc/connection.h"
#include "cli/text/style.h"

namespace whence::cli {

// One invocation. Used by one thread, but for the Connection, which is thread-safe. The environment
// is not owned.
class App {
 public:
  App(const Environment& environment, GlobalFlags flags, Format format);

  const Environment& environment() const { return environment_; }
  const GlobalFlags& flags() const { return flags_; }
  std::istream& in() { return *environment_.in; }
  // Data, and nothing else.
  std::ostream& out() { return *environment_.out; }
  // Messages; Say, Note and Warn are the usual way there.
  std::ostream& err() { return *environment_.err; }

  Format format() const { return format_; }
  const Display& display() const { return display_; }
  Styler out_styler() const { return Styler(display_.color_out); }
  Styler err_styler() const { return Styler(display_.color_err); }

  // What was done, on stderr; nothing with --quiet.
  void Say(std::string_view sentence);
  // "note: ..." on stderr; nothing with --quiet.
  void Note(std::string_view text);
  // "warning: ..." on stderr, always.
  void Warn(std::string_view text);

  // The server, opened at the first call. Fails as ResolveTarget and Connection::Open do.
  absl::StatusOr<Connection*> connection();

  // One unary call.
  template <class Request, class Response>
  absl::StatusOr<Response> Call(const Method<Request, Response>& method, const Request& request) {
    const absl::StatusOr<Connection*> opened = connection();
    if (!opened.ok()) return opened.status();
    return (*opened)->Call(method, request);
  }

  // A fresh id for a request, so that a retry on the way is harmless.
  std::string NewRequestId();

  // The answer is "no": the process ends with kConditionNotMet unless an error comes first.
  void ConditionNotMet() { exit_code_ = ExitCode::kConditionNotMet; }
  // Something failed and was said already.
  void Failed() { exit_code_ = ExitCode::kError; }
  ExitCode exit_code() const { return exit_code_; }

 private:
  const Environment& environment_;
  const GlobalFlags flags_;
  const Format format_;
  const Display display_;
  std::unique_ptr<Connection> connection_;
  ExitCode exit_code_ = ExitCode::kOk;
};

}  // namespace whence::cli
