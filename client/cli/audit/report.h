#pragma once

// What a check found, what it looked at, and what it could not look at.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cli/app.h"

namespace whence::cli {

// What an entry says of itself, so that a finding at its position tells people more than a number.
struct EntrySaid {
  std::string action;
  std::string resource;  // empty: not known, or erased
  std::string actor;     // the same
  std::string via;
  absl::Time time;
  // What else the finding is about: references of things whose rows it names.
  std::vector<std::string> names = {};
};

// One check, of any kind. A value.
class AuditReport {
 public:
  // Something is not as it should be; `position` 0: of no entry.
  void Fail(int64_t position, std::string_view what);
  // What the entry at `position` says, where something was wrong at it.
  void Tell(int64_t position, EntrySaid said);
  // "4,812 entries".
  void Looked(std::string_view noun, int64_t count);
  // What holds, in one line, for people.
  void Holds(std::string_view what);
  // What nobody could check, and why.
  void Unchecked(std::string_view what);

  bool ok() const { return failures_.empty(); }
  int64_t failures() const { return count_; }

  // For people and programs, as -o says. A check that failed ends with kConditionNotMet.
  void Print(App& app) const;

 private:
  struct Failure {
    int64_t position = 0;
    std::string what;
  };

  void PrintJson(App& app) const;

  std::vector<Failure> failures_;  // the first kMaxLedgerFindings by position
  int64_t count_ = 0;
  std::map<int64_t, EntrySaid> said_;  // by position
  std::vector<std::pair<std::string, int64_t>> looked_;
  std::vector<std::string> holds_;
  std::vector<std::string> unchecked_;
};

}  // namespace whence::cli
