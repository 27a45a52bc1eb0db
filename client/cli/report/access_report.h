#pragma once

// Who may do what with which asset, and how it came to that: for reviews of access. Written as it
// arrives, page by page.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/app.h"
#include "whence/v1/access.pb.h"

namespace whence::cli {

// What the report is about, for its head.
struct AccessReportScope {
  std::string securable;  // "schema prod.fraud", "metastore"
  std::string principal;  // empty: everybody
  std::string as_of;      // as it was asked for; empty: now
};

// Purpose: one report in the form that -o asks for. Ownership: borrows the app. Thread-safety:
// none.
class AccessReport {
 public:
  virtual ~AccessReport() = default;
  // A page; the first may be empty.
  virtual void Add(const v1::ListAssetAccessResponse& page) = 0;
  // After the last page.
  virtual void End() = 0;
};

std::unique_ptr<AccessReport> MakeAccessReport(App& app, const AccessReportScope& scope);

// All ways in which somebody came to something, each once: "SELECT on schema prod.fraud through
// group:analysts".
std::vector<std::string> WaysText(const v1::AssetAccess& access);
// What it does not see, in words: "rows by eu", "mask-pii (hash) on email", "no column ssn".
std::vector<std::string> LimitsText(const v1::AssetAccess& access);

}  // namespace whence::cli
