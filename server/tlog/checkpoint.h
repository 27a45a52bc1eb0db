// Checkpoints (c2sp.org/tlog-checkpoint): a tree's size and head, as the text of a signed note.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tlog/hash.h"
#include "tlog/note.h"

namespace whence::tlog {

struct Checkpoint {
  // Which log: a URL without its scheme, by custom. Not empty, one line.
  std::string origin;
  uint64_t size = 0;
  Hash root;
  // Lines that mean nothing here; nobody audits them, so we write none. Not empty.
  std::vector<std::string> extensions;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text of a note. InvalidArgument CHECKPOINT_MALFORMED for anything but the one spelling of it,
// for a size over kMaxTreeSize, and for an empty tree with another head than it has.
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text);

// The same, to be signed. Origin and extensions must be lines of a note (asserted).
std::string FormatCheckpoint(const Checkpoint& checkpoint);

// Who must have signed a checkpoint for it to be believed.
struct CheckpointPolicy {
  std::string origin;
  // The log's keys: one of them has signed. Several while a key is replaced by another.
  std::vector<VerifierKey> logs;
  // Whose cosignatures count, and how many of them there must be. A public key counts once,
  // whatever names it goes by.
  std::vector<VerifierKey> witnesses;
  size_t quorum = 0;
};

// A witness that saw the checkpoint, and when (seconds since 1970).
struct Cosigned {
  std::string witness;
  int64_t time = 0;
};

// A checkpoint that the policy believes.
struct TrustedCheckpoint {
  Checkpoint checkpoint;
  Note note;
  std::vector<Cosigned> cosigned;
};

// Reads and checks a checkpoint with its signatures. InvalidArgument NOTE_MALFORMED,
// CHECKPOINT_MALFORMED; CHECKPOINT_OTHER_LOG: another origin; NOTE_NOT_SIGNED: by no key of the
// log; SIGNATURE_INVALID: one of the keys' does not hold; WITNESSES_TOO_FEW.
absl::StatusOr<TrustedCheckpoint> OpenCheckpoint(std::string_view note,
                                                 const CheckpointPolicy& policy);

}  // namespace whence::tlog
