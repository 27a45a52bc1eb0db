// A signed head of the ledger, and where its whole tree can be read.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "ledger/signer.h"
#include "service/call.h"
#include "sql/read_pool.h"

namespace whence::service {

// The newest head that was signed, if it has `least` entries; else one that is signed now: the call
// then goes on on a worker, and waits there for a batch of the writer. Errors of
// ledger::Log::CheckpointNow, and of Call::StillWanted.
absl::StatusOr<ledger::SignedCheckpoint> HeadWith(Call& call, uint64_t least);

// Purpose: a head and a connection whose snapshot has all of its tree: the call's, or one that is
// newer. Ownership: owns that one. Thread-safety: the call's.
class SignedHead {
 public:
  static absl::StatusOr<SignedHead> With(Call& call, uint64_t least);

  const ledger::SignedCheckpoint& head() const { return head_; }
  uint64_t size() const { return head_.size; }
  sql::Connection& connection() { return lease_.has_value() ? **lease_ : *connection_; }

 private:
  SignedHead(ledger::SignedCheckpoint head, sql::Connection* connection)
      : head_(std::move(head)), connection_(connection) {}

  ledger::SignedCheckpoint head_;
  sql::Connection* connection_;
  std::optional<sql::Lease> lease_;
};

}  // namespace whence::service
