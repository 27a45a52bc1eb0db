#pragma once

// Checks a log from its tiles up, as C2SP has it: nothing of it is believed but what is signed.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/app.h"
#include "cli/audit/head_check.h"
#include "cli/audit/report.h"
#include "cli/audit/source.h"
#include "cli/progress.h"
#include "tlog/appender.h"
#include "tlog/checkpoint.h"

namespace whence::cli {

// Purpose: all entries, all tiles and the heads of one log: every entry is the one that was hashed,
// every tile follows from those below it, and all of them together are what `head` signs and what
// each of `kept` signed. The first entry that is not is named, and each further one. Ownership:
// borrows everything. One thread.
class TreeCheck {
 public:
  TreeCheck(App& app, LogSource& source, const tlog::Checkpoint& head, AuditReport* report)
      : source_(source), head_(head), report_(*report), progress_(app) {}

  // What the tree must have had; a failure, in Run, where that is more than there is.
  void Keep(const KeptHead& kept);

  // Errors are the source's; what is wrong with the log is in the report. PermissionDenied for who
  // is shown no tiles: then nothing is in the report.
  absl::Status Run();

 private:
  struct Head {
    tlog::Hash root;
    std::string name;
  };

  absl::Status CheckBundle(uint64_t index, int width);
  // The entry, and the hash that stands for it in the tile: nothing where there is none.
  void CheckEntry(uint64_t index, std::string_view leaf, const std::optional<tlog::Hash>& stored);
  absl::Status CheckTiles(bool last);
  absl::Status CheckTile(const tlog::TileData& made);
  void CheckHeads();
  void FailHead(int64_t size, const std::string& name);
  // The tile's bytes; nothing, and a failure, where it is missing or is none.
  absl::StatusOr<std::optional<std::string>> Read(const std::string& path, int64_t position);

  LogSource& source_;
  const tlog::Checkpoint& head_;
  AuditReport& report_;
  Progress progress_;
  tlog::Appender appender_;
  std::map<int, tlog::TileData> edge_;   // of each level, the tile that is not full
  std::multimap<uint64_t, Head> heads_;  // not looked at yet
  uint64_t held_ = 0;                    // size of the last that holds
  std::optional<int64_t> wrong_;         // the first entry that is known to be wrong
  std::vector<KeptHead> cut_;            // larger than the log
  int64_t tiles_ = 0;
};

}  // namespace whence::cli
