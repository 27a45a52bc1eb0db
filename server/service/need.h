// The words in which needs_*.h say what an operation needs. Each is OK, or the error that its
// caller gets:
//   PERMISSION_DENIED  (PermissionDenied) it may not. The hint names the smallest grant that would
//                      allow it, to those who may know that the thing exists.
// What a name does not find is left to the operation, which says NOT_FOUND, when the caller may see
// where it would stand; else it is PERMISSION_DENIED as well, in the same words as for what is
// there and hidden.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "access/decision.h"
#include "access/privilege.h"
#include "catalog/kind.h"
#include "catalog/securable.h"
#include "service/call.h"

namespace whence::service {

// How the data of an asset is used; which privilege that is depends on its kind.
enum class Use { kRead, kWrite };

// A privilege on the metastore.
absl::Status NeedOnMetastore(Call& call, access::Privilege privilege);

// A privilege on what `name` (a full name of `depth` parts, or `id:<number>`) names. A name that is
// malformed is left to the operation.
absl::Status NeedOn(Call& call, access::Privilege privilege, std::string_view name, size_t depth);
// The same of what the name meant then; the privilege is one of today.
absl::Status NeedOn(Call& call, Position as_of, access::Privilege privilege, std::string_view name,
                    size_t depth);
// To see its metadata, as it was or is.
absl::Status NeedToSee(Call& call, Position as_of, std::string_view name, size_t depth);
// A privilege on the catalog or schema that `name`, a full name, stands in.
absl::Status NeedOnParent(Call& call, access::Privilege privilege, std::string_view name,
                          size_t depth);

// The same for references (`asset@3`, `asset#column`) of assets.
absl::Status NeedToUse(Call& call, Use use, std::string_view reference);
absl::Status NeedToSeeReference(Call& call, Position as_of, std::string_view reference);

// The same for what was found already.
absl::Status NeedOn(Call& call, access::Privilege privilege, const catalog::Securable& securable);
absl::Status NeedOnId(Call& call, access::Privilege privilege, int64_t securable_id);
// To use an asset that a reference was pinned to; `name` as the caller wrote it.
absl::Status NeedToUseAsset(Call& call, Use use, int64_t asset_id, catalog::Kind kind,
                            std::string_view name);
// To see what has the id; `name` as the caller wrote it.
absl::Status NeedToSeeId(Call& call, int64_t securable_id, std::string_view name);
// To see the nearest thing above a path that is there.
absl::Status NeedToSeeAbove(Call& call, std::span<const std::string> path);
// To take an asset from one schema into another: to make one there.
absl::Status NeedToMove(Call& call, std::string_view name, std::string_view new_name);
// To make an asset of that kind at that path.
absl::Status NeedToMake(Call& call, catalog::Kind kind, std::span<const std::string> path);

// The error of a look-up of `path`: itself where the caller sees what the path leads to as far as
// it goes, else PERMISSION_DENIED, as for what is there and hidden. Other errors come back
// unchanged.
absl::Status NotFoundOrDenied(Call& call, std::span<const std::string> path,
                              const absl::Status& status);
// An error as this caller may hear it: hints of NOT_FOUND name what exists nearby, which is for
// those who see everything.
absl::Status Discreet(Call& call, const absl::Status& status);

// To make, change and drop policies that stand at what the chain leads to: MANAGE, whatever
// policies that stand there themselves deny (Authority::DecideOnPolicies). `name` as the caller
// wrote it.
absl::Status NeedToManagePolicies(Call& call, const access::Chain& chain, std::string_view name);

// Something is read by that privilege, which the caller has: audits (docs/policies.md) may put that
// on the record. The words above that let a read through have done so already. OK for mutations,
// which are on the record anyway.
absl::Status NoteRead(Call& call, access::Privilege privilege, const access::Chain& chain,
                      std::string_view name, std::span<const std::string> columns = {});

// PERMISSION_DENIED: `what` says what may not be done, for example "see run:4f2a".
absl::Status Denied(Call& call, std::string_view what);

}  // namespace whence::service
