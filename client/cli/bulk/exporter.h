#pragma once

// Writes everything as records, in an order in which they can be imported.

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/bulk/spool.h"
#include "cli/progress.h"
#include "whence/v1/catalog.pb.h"

namespace whence::cli {

// One export, as of one position: what is written meanwhile does not show. Used by one thread.
class Exporter {
 public:
  // `catalog` empty: everything. `access`: with who may what.
  Exporter(App& app, std::ostream& out, std::string catalog, bool access)
      : app_(app), out_(out), catalog_(std::move(catalog)), with_access_(access), progress_(app) {}

  // Fails where the server does not answer or the output cannot be written, and where who may what
  // is asked for and may not be seen.
  absl::Status Run();

  int64_t records() const { return records_; }
  int64_t position() const { return position_; }

 private:
  absl::Status Pin();
  absl::Status WriteCatalog();
  absl::Status WriteCatalogs();
  absl::Status WriteSchemas();
  absl::Status WriteAssets();
  absl::Status WriteAsset(const v1::Asset& asset);
  absl::Status WriteVersions();
  absl::Status WriteVersionsOf(const v1::Asset& asset);
  absl::Status SpoolIdentities(const std::string& asset);
  absl::Status SpoolDeclarations(Spool& newest_first);
  absl::Status WriteDeclarations();
  absl::Status WriteRuns();
  absl::Status SpoolPredictions(Spool& newest_first);
  absl::Status WritePredictions();
  absl::Status Write(const std::string& line);
  // Whether a run, prediction or set of edges is to be written, and without what.
  template <class T>
  bool Take(T& record);

  // Says what the export does not have, and what it needs.
  void TellOmissions();

  App& app_;
  std::ostream& out_;
  std::string catalog_;
  const bool with_access_;
  Progress progress_;
  int64_t position_ = 0;
  int64_t records_ = 0;
  // Assets that have versions, by name, with their present detail.
  std::vector<v1::Asset> versioned_;
  std::vector<std::string> asset_names_;
  std::vector<std::string> container_names_;  // of catalogs and schemas
  Spool aliases_;
  Spool tags_;
  Spool identities_;
  // References to deleted assets that were left out, the records they were in, records that were
  // left out whole, and records that name other catalogs.
  int64_t dropped_references_ = 0;
  int64_t trimmed_records_ = 0;
  int64_t dropped_records_ = 0;
  int64_t beyond_records_ = 0;
};

}  // namespace whence::cli
