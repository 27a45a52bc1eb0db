// Who cosigns the ledger's heads, and what each has cosigned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ledger/signer.h"
#include "sql/connection.h"
#include "sql/writer.h"
#include "tlog/note_key.h"

namespace whence::ledger {

// Who is asked to cosign.
struct Witness {
  std::string url;        // without a slash at its end
  tlog::VerifierKey key;  // of type kCosignature
};

// "https://witness.example.org=witness.example.org+1a2b3c4d+BA..." as a flag has it.
// InvalidArgument WITNESS_MALFORMED: another form, or a key that makes no cosignatures.
absl::StatusOr<Witness> ParseWitness(std::string_view text);

// What became of the questions to one witness.
struct WitnessState {
  std::string url;
  std::string vkey;
  // The newest head that it has cosigned, with its signature; nothing: none yet.
  std::optional<SignedCheckpoint> cosigned;
  absl::Time time = absl::InfinitePast();  // when it did, by its own clock
  std::string problem;                     // of the newest question; empty: it was answered well
};

// A witness's signature under a head.
struct CosignedBy {
  std::string witness;  // the key's name
  int64_t time = 0;     // seconds since 1970

  friend bool operator==(const CosignedBy&, const CosignedBy&) = default;
};

// Purpose: remembers, also from start to start, what witnesses have cosigned. Whoever asks them
// tells it. Ownership: owns what it remembers. Thread-safety: any thread; Store on the writer's.
class WitnessBook {
 public:
  // In place of those before: what is known of each from earlier starts is found again. At most
  // kMaxWitnesses, else InvalidArgument WITNESS_MALFORMED, as for two with one key; or the
  // connection's errors.
  absl::Status Open(sql::Connection& connection, std::vector<Witness> witnesses);

  std::vector<Witness> witnesses() const;
  // In the order of witnesses().
  std::vector<WitnessState> states() const;

  // The newest head that any of them has cosigned; of several notes under one head that with the
  // most signatures.
  std::optional<SignedCheckpoint> LatestCosigned() const;
  // Their signatures under a note.
  std::vector<CosignedBy> SignaturesOf(std::string_view note) const;

  // Remembers that witness `index` has cosigned the head: once the batch is durable. The
  // connection's errors.
  absl::Status Store(sql::WriteContext& context, size_t index, const SignedCheckpoint& cosigned);
  // What went wrong; empty: nothing.
  void NoteProblem(size_t index, std::string problem);

 private:
  void Remember(size_t index, const SignedCheckpoint& cosigned);

  mutable std::mutex mutex_;  // guards what follows
  std::vector<Witness> witnesses_;
  std::vector<WitnessState> states_;
};

}  // namespace whence::ledger
