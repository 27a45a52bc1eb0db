// What several mutations do to an asset: create it, give it a version, keep search right. Shared by
// the operations on assets and versions and by those that record runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog/securable.h"
#include "catalog/securable_write.h"
#include "catalog/version.h"
#include "service/call.h"
#include "whence/v1/catalog.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// Creates a catalog, schema or asset. An empty owner becomes the caller. Assets are told to the
// lineage graph and can be searched at once. Errors of catalog::CheckCreatable.
absl::StatusOr<catalog::Securable> CreateInCatalog(Call& call, catalog::NewSecurable wanted);

// Looks at the fields of a version to be registered: digest, location, comment, properties, detail.
// Reasons: DIGEST_MALFORMED, those of ValidateText, CheckProperties and CheckDetail. Stateless.
absl::Status ValidateNewVersion(const v1::Version& version, std::string_view field);

// Registers `version` of `asset` (live, as read with catalog::kNow); returns the version with the
// same digest, unchanged, when there is one (then no position is taken). A detail of its own
// becomes the asset's too. Fails with DIGEST_REQUIRED when neither `version` nor the detail gives a
// digest, DETAIL_KIND_MISMATCH and INHERITED_DETAILS_TOO_LARGE. `version` must have passed
// ValidateNewVersion; `field` is its path, for errors.
absl::StatusOr<catalog::Registered> RegisterVersionOf(Call& call, const catalog::Securable& asset,
                                                      const v1::Version& version,
                                                      std::string_view field);

// Makes an asset found by what it now says. Called after every change of its name, comment, detail
// or tags; tombstones are found by nothing. Other securables are not searched: nothing happens.
absl::Status IndexForSearch(Call& call, const catalog::Securable& securable);

}  // namespace whence::service
