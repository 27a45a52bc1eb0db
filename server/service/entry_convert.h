// Entries, heads and proofs of the ledger on the wire.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ledger/entry.h"
#include "ledger/log.h"
#include "ledger/signer.h"
#include "whence/v1/audit.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Without leaf and proof.
v1::LedgerEntry EntryToProto(const ledger::StoredEntry& stored);
// Nothing for ENTRY_KIND_UNSPECIFIED, and for what a later contract may add.
std::optional<ledger::EntryKind> EntryKindFromProto(v1::EntryKind kind);

// With the signatures of the log's witnesses.
v1::Checkpoint CheckpointToProto(ledger::Log& log, const ledger::SignedCheckpoint& head);

// 64 hexadecimal digits.
std::string HexOf(const tlog::Hash& hash);
// As repeated bytes.
template <class Repeated>
void AddHashes(std::span<const tlog::Hash> hashes, Repeated* out) {
  for (const tlog::Hash& hash : hashes) out->Add(std::string(hash.view()));
}

}  // namespace whence::service
