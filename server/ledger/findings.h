// What a check collects. For this room only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/verify.h"

namespace whence::ledger::internal {

// Purpose: keeps the first `limit` by position, and counts all. Ownership: borrows the report.
// Thread-safety: none.
class Findings {
 public:
  Findings(VerifyReport* report, size_t limit) : report_(*report), limit_(limit) {}

  void Add(Position position, std::string_view what) {
    ++report_.found;
    report_.findings.push_back({.position = position, .what = std::string(what)});
    if (report_.findings.size() >= 2 * limit_) Shorten();
  }

  // The report, when the check is done: once.
  VerifyReport Take() {
    Shorten();
    return std::move(report_);
  }

 private:
  void Shorten() {
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.position < b.position; });
    if (report_.findings.size() > limit_) report_.findings.resize(limit_);
  }

  VerifyReport& report_;
  const size_t limit_;
};

}  // namespace whence::ledger::internal
