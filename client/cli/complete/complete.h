#pragma once

// `whence __complete WORDS...`: what could stand in the place of the last word.

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/environment.h"

namespace whence::cli {

struct Candidate {
  std::string text;
  std::string what;

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct Candidates {
  // ":files", ":folders", ":nospace" or empty; see scripts.cc.
  std::string directive;
  std::vector<Candidate> list;
};

// The candidates for the last of `words`, from the tree alone or, for names, from the server with a
// short deadline. Never fails: without an answer there are no candidates.
Candidates CompleteWords(CommandTree& tree, const std::vector<std::string>& words,
                         const Environment& environment);

// The names that `prefix` may become: level by level, so that a schema is completed before the
// assets in it are asked for.
Candidates CompleteNames(Connection& connection, Complete what, const std::string& prefix);

}  // namespace whence::cli
