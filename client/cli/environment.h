#pragma once

// The world around one invocation: variables, streams, terminal. The seam through which tests run
// the whole command line inside their own process.

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

namespace whence::cli {

// A plain bundle; the streams are not owned and outlive the invocation.
struct Environment {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Columns of the terminal; 0 where there is none or it does not say.
  size_t columns = 0;
  // Host and login name, as the system says; empty where it does not.
  std::string host;
  std::string user;
  // Where this program lies; empty where that is not known.
  std::string program_path;

  // The variable's value; nothing where it is unset or empty.
  std::optional<std::string> Get(const std::string& name) const;
};

// That of this process.
Environment ProcessEnvironment();

}  // namespace whence::cli
