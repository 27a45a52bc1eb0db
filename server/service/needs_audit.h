// What the operations of AuditService need of their callers: see needs_catalog.h.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call.h"
#include "service/house.h"
#include "whence/v1/audit.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

absl::Status Needs(Call& call, const v1::ListEntriesRequest& request);
absl::Status Needs(Call& call, const v1::GetEntryRequest& request);
absl::Status Needs(Call& call, const v1::GetProofRequest& request);
absl::Status Needs(Call& call, const v1::GetConsistencyProofRequest& request);
absl::Status Needs(Call& call, const v1::GetCheckpointRequest& request);
absl::Status Needs(Call& call, const v1::ListKeysRequest& request);
absl::Status Needs(Call& call, const v1::ListWitnessesRequest& request);
absl::Status Needs(Call& call, const v1::GetTileRequest& request);
absl::Status Needs(Call& call, const v1::CertifyRequest& request);
absl::Status Needs(Call& call, const v1::EraseRequest& request);

// Whether the caller reads the whole record.
absl::StatusOr<bool> ReadsRecord(Call& call);
// To read the entries of `actor`: of oneself nothing, of others to read the record.
absl::Status NeedForEntriesOf(Call& call, std::string_view actor);

// The same for a stream, which is no operation of request and response. `info` has been admitted.
// Gives the actor whose entries alone the caller may be shown: empty for all.
absl::StatusOr<std::string> NeedForEntries(House& house, const CallInfo& info,
                                           std::string_view actor);

}  // namespace whence::service
