#pragma once

// How entries, heads, keys and witnesses of the ledger look.

#include <vector>

#include "cli/output/card.h"
#include "cli/output/printer.h"
#include "whence/v1/audit.pb.h"

namespace whence::cli {

std::vector<ListColumn<v1::LedgerEntry>> EntryColumns();
std::vector<ListColumn<v1::LedgerKey>> KeyColumns();

Card EntryCard(const v1::LedgerEntry& entry);
Card CheckpointCard(const v1::Checkpoint& checkpoint, const v1::ListWitnessesResponse& witnesses);

// "mutation".
std::string EntryKindName(v1::EntryKind kind);

}  // namespace whence::cli
