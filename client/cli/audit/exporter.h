#pragma once

// The ledger as files.

#include <string>

#include "absl/status/status.h"
#include "cli/app.h"

namespace whence::cli {

struct LedgerExport {
  std::string folder;
  bool tables = false;  // with whence.db
};

// Writes tiles, bundles of entries, `checkpoint`, `vkey` (the newest public key) and `keys.json`
// (all, with what the older ones signed). Full tiles that are there already are left alone; the
// checkpoint comes last, so that what is there at any time is whole.
absl::Status ExportLedger(App& app, const LedgerExport& what);

}  // namespace whence::cli
