// Operations on the ledger. What each does and how it fails stands in whence/v1/audit.proto.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ledger/entry_list.h"
#include "service/call.h"
#include "whence/v1/audit.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// What entries are asked for by, in whichever request: OK, or ValidateText's errors.
absl::Status ValidateEntryFilter(const ledger::EntryFilter& filter);

absl::StatusOr<v1::ListEntriesResponse> ListEntries(Call& call,
                                                    const v1::ListEntriesRequest& request);
absl::StatusOr<v1::LedgerEntry> GetEntry(Call& call, const v1::GetEntryRequest& request);

absl::StatusOr<v1::LedgerProof> GetProof(Call& call, const v1::GetProofRequest& request);
absl::StatusOr<v1::ConsistencyProof> GetConsistencyProof(
    Call& call, const v1::GetConsistencyProofRequest& request);
absl::StatusOr<v1::Checkpoint> GetCheckpoint(Call& call, const v1::GetCheckpointRequest& request);
absl::StatusOr<v1::ListKeysResponse> ListKeys(Call& call, const v1::ListKeysRequest& request);
absl::StatusOr<v1::ListWitnessesResponse> ListWitnesses(Call& call,
                                                        const v1::ListWitnessesRequest& request);
absl::StatusOr<v1::GetTileResponse> GetTile(Call& call, const v1::GetTileRequest& request);

absl::StatusOr<v1::Certificate> Certify(Call& call, const v1::CertifyRequest& request);

absl::Status ValidateErase(const v1::EraseRequest& request);
absl::StatusOr<v1::Erasure> Erase(Call& call, const v1::EraseRequest& request);

// What `path` ("tile/0/000") names, as it is served; for those who may read it.
absl::StatusOr<std::string> ReadTile(House& house, sql::Connection& connection,
                                     std::string_view path);
// The head that is served where nobody asks for a particular one: the newest that a witness has
// cosigned; where there are no witnesses, or none has answered yet, the newest. UNAVAILABLE
// LEDGER_UNSIGNED before the first.
absl::StatusOr<v1::Checkpoint> ServedCheckpoint(House& house);

// The proof of the entry at `position` against a signed head, with its leaf.
absl::StatusOr<v1::LedgerProof> ProveEntry(Call& call, Position position);

}  // namespace whence::service
