// The operations of AuditService: one line each, in the order of the contract.
#pragma once

#include "service/audit_ops.h"
#include "service/needs_audit.h"
#include "service/operation.h"
#include "whence/v1/audit.pb.h"

namespace whence::service {

inline constexpr ReadOperation<v1::ListEntriesRequest, v1::ListEntriesResponse> kListEntries{
    "ListEntries", Pace::kLong, ListEntries};
inline constexpr ReadOperation<v1::GetEntryRequest, v1::LedgerEntry> kGetEntry{
    "GetEntry", Pace::kTry, GetEntry};
inline constexpr ReadOperation<v1::GetProofRequest, v1::LedgerProof> kGetProof{
    "GetProof", Pace::kTry, GetProof};
inline constexpr ReadOperation<v1::GetConsistencyProofRequest, v1::ConsistencyProof>
    kGetConsistencyProof{"GetConsistencyProof", Pace::kTry, GetConsistencyProof};
inline constexpr ReadOperation<v1::GetCheckpointRequest, v1::Checkpoint> kGetCheckpoint{
    "GetCheckpoint", Pace::kTry, GetCheckpoint};
inline constexpr ReadOperation<v1::ListKeysRequest, v1::ListKeysResponse> kListKeys{
    "ListKeys", Pace::kShort, ListKeys};
inline constexpr ReadOperation<v1::ListWitnessesRequest, v1::ListWitnessesResponse> kListWitnesses{
    "ListWitnesses", Pace::kShort, ListWitnesses};
inline constexpr ReadOperation<v1::GetTileRequest, v1::GetTileResponse> kGetTile{
    "GetTile", Pace::kShort, GetTile};
inline constexpr ReadOperation<v1::CertifyRequest, v1::Certificate> kCertify{"Certify", Pace::kLong,
                                                                             Certify};
inline constexpr MutationOperation<v1::EraseRequest, v1::Erasure> kErase{"Erase", ValidateErase,
                                                                         Erase};

}  // namespace whence::service
