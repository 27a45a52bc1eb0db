#pragma once

// What was changed in a time, by whom, and who was refused: from the ledger.

#include <string>

#include "absl/status/status.h"
#include "cli/app.h"
#include "whence/v1/audit.pb.h"

namespace whence::cli {

struct ChangesRequest {
  // What is listed: its times, and filters beside them. Kinds are the report's own.
  v1::ListEntriesRequest entries;
  std::string from;  // as they were asked for; empty: not
  std::string to;
};

// Writes the report as -o says, as entries arrive: Markdown, or JSON. Errors are the server's.
absl::Status ReportChanges(App& app, const ChangesRequest& request);

}  // namespace whence::cli
