#pragma once

// Checks heads of a log against each other: all that can be checked without its entries.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/audit/report.h"
#include "cli/audit/source.h"
#include "tlog/checkpoint.h"
#include "whence/v1/audit.pb.h"

namespace whence::cli {

// A head that somebody kept, and in which file.
struct KeptHead {
  tlog::Checkpoint checkpoint;
  std::string file;
};

// That `head` continues each of `kept`, by proofs that the log gives to everybody and that are
// checked here. Errors are the source's; what does not hold is in the report.
absl::Status CheckGrowth(LogSource& source, const tlog::Checkpoint& head,
                         const std::vector<KeptHead>& kept, AuditReport* report);

// A failure where the log is smaller than what was kept: whether it is.
bool IsCut(const tlog::Checkpoint& head, const KeptHead& kept, AuditReport* report);

// That the proof shows what it says: the tree of `old_root` grew into that of `new_root`. A
// LocalError where it does not.
absl::Status CheckConsistencyProof(const v1::ConsistencyProof& proof);

// The proof as text: sizes and heads of the two trees, then the hashes, one a line, as C2SP's
// formats write them.
std::string FormatConsistencyProof(const v1::ConsistencyProof& proof, const std::string& origin);

}  // namespace whence::cli
