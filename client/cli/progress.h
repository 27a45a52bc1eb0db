#pragma once

// A progress bar on stderr, when that is a terminal that can wipe a line; nothing otherwise.

#include <ostream>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "cli/app.h"

namespace whence::cli {

// Shows `done` of `total` with a text behind it, at most ten times a second. One thread at a time.
// The bar is wiped when the object goes.
class Progress {
 public:
  explicit Progress(App& app)
      : out_(app.err()),
        on_(app.environment().err_is_terminal && app.environment().Get("TERM") != "dumb" &&
            !app.display().quiet) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { Clear(); }

  // `total` 0: not known.
  void Show(int64_t done, int64_t total, std::string_view text);
  // Takes the bar away, so that a message can be written.
  void Clear();

 private:
  std::ostream& out_;
  const bool on_;
  bool shown_ = false;
  absl::Time last_ = absl::InfinitePast();
};

// "[########----------------]  33%  text"; without a total only the text.
std::string ProgressLine(int64_t done, int64_t total, std::string_view text);

}  // namespace whence::cli
