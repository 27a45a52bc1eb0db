// What a check collects. For this room only.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "ledger/verify.h"

namespace whence::ledger::internal {

// Purpose: keeps the first kMaxLedgerFindings by position, and counts all. Ownership: borrows the
// report. Thread-safety: none.
class Findings {
 public:
  explicit Findings(VerifyReport* report) : report_(*report) {}

  void Add(Position position, std::string_view what) {
    ++report_.found;
    report_.findings.push_back({.position = position, .what = std::string(what)});
    if (report_.findings.size() >= 2 * kMaxLedgerFindings) Shorten();
  }

  // The report, when the check is done.
  VerifyReport Take() && {
    Shorten();
    return std::move(report_);
  }

 private:
  void Shorten() {
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.position < b.position; });
    if (report_.findings.size() > kMaxLedgerFindings) report_.findings.resize(kMaxLedgerFindings);
  }

  VerifyReport& report_;
};

}  // namespace whence::ledger::internal
