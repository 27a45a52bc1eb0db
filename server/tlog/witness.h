// What a log and its witnesses say to each other (c2sp.org/tlog-witness), without the network
// between them: a log asks for cosignatures of its newest checkpoint, and a witness gives one for
// what continues the checkpoint that it cosigned before. So a log that shows different histories to
// different people is found out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tlog/checkpoint.h"
#include "tlog/hash.h"
#include "tlog/note.h"

namespace whence::tlog {

// The body of POST add-checkpoint.
struct AddCheckpoint {
  uint64_t old_size = 0;    // of what this witness cosigned last; 0: nothing yet
  std::vector<Hash> proof;  // of consistency with that; empty from 0
  std::string checkpoint;   // the signed note

  friend bool operator==(const AddCheckpoint&, const AddCheckpoint&) = default;
};

// InvalidArgument WITNESS_REQUEST_MALFORMED. What stands behind the empty line is not looked at.
absl::StatusOr<AddCheckpoint> ParseAddCheckpoint(std::string_view body);
std::string FormatAddCheckpoint(const AddCheckpoint& request);

// Adds the cosignatures of a witness's answer that are of `witnesses`, and says how many there
// were; those of other keys are passed over. InvalidArgument NOTE_MALFORMED, SIGNATURE_INVALID,
// CHECKPOINT_MALFORMED; the note is then as it was.
absl::StatusOr<size_t> AddCosignatures(std::string_view answer,
                                       std::span<const VerifierKey> witnesses, Note* note);

// What a witness answers: a status of HTTP and a body.
struct WitnessAnswer {
  int http_status = 0;
  std::string body;
  // With 200: to be remembered, durably, before the answer is sent.
  Checkpoint latest;
};

// A witness's side. `latest` is what it cosigned last for this log, or a checkpoint of size 0;
// `logs` are the keys of the log `origin`; `key` is of type kCosignature (asserted); `time` is in
// seconds since 1970, over 0 (asserted). Whoever calls holds a lock from reading `latest` to
// storing the new one, or two answers could contradict each other.
WitnessAnswer AnswerAddCheckpoint(std::string_view body, std::string_view origin,
                                  std::span<const VerifierKey> logs, const Checkpoint& latest,
                                  const SignerKey& key, int64_t time);

}  // namespace whence::tlog
