// Proofs that can be kept in a file and checked without any server (c2sp.org/tlog-proof): an
// entry's place in a log, and a signed checkpoint of that log. Files end in ".tlog-proof".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tlog/checkpoint.h"
#include "tlog/hash.h"

namespace whence::tlog {

struct TlogProof {
  // The application's; no signature covers it.
  std::optional<std::string> extra;
  uint64_t index = 0;
  std::vector<Hash> hashes;  // as InclusionProof gives them
  std::string checkpoint;    // the signed note

  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

// InvalidArgument TLOG_PROOF_MALFORMED; over kMaxTlogProofBytes, too. What stands behind the empty
// line is not looked at.
absl::StatusOr<TlogProof> ParseTlogProof(std::string_view text);
std::string FormatTlogProof(const TlogProof& proof);

// The checkpoint, if the policy believes it and the leaf is in its tree at the proof's index.
// InvalidArgument PROOF_INVALID, or an error of OpenCheckpoint.
absl::StatusOr<TrustedCheckpoint> CheckTlogProof(const TlogProof& proof, const Hash& leaf_hash,
                                                 const CheckpointPolicy& policy);

}  // namespace whence::tlog
