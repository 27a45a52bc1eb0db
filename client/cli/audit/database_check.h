#pragma once

// Checks a copy of a server's database against the ledger in it.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/app.h"
#include "cli/audit/report.h"
#include "tlog/checkpoint.h"
#include "whence/v1/audit.pb.h"

namespace whence::cli {

// Entries, tiles and heads of the database at `path`, and that its tables hold what the entries
// say: with the code that the server has for it; and that the file is sound and does nothing by
// itself. `folder` is the data folder, where the file is a server's own and no copy; empty: it is a
// copy. `kept` are heads that the tree must have. Errors are the file's (a LocalError for what is
// no database of Whence's); what is wrong is in the report. Nothing is written.
absl::Status CheckDatabase(App& app, const std::string& path, const std::string& folder,
                           const std::vector<tlog::Checkpoint>& kept, bool entries,
                           AuditReport* report);

// The keys that the database has of its log, and its newest head.
absl::StatusOr<v1::ListKeysResponse> KeysInDatabase(const std::string& path);
absl::StatusOr<std::string> CheckpointInDatabase(const std::string& path);

}  // namespace whence::cli
