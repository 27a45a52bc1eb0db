#include "service/version_ops.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/pin.h"
#include "catalog/version.h"
#include "service/as_of.h"
#include "service/asset_write.h"
#include "service/blobs.h"
#include "service/catalog_convert.h"
#include "service/checks.h"
#include "service/detail_check.h"
#include "service/paging.h"
#include "service/securable_names.h"
#include "service/update_mask.h"

namespace whence::service {
namespace {

using catalog::kNow;

// The reference in an update's `version.name`: of a version by its number.
absl::StatusOr<Reference> ParseVersionReference(std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(Reference reference, ParseReference(name, "version.name"));
  if (reference.kind == Reference::Kind::kVersion) return reference;
  return InvalidArgument("VERSION_REFERENCE_REQUIRED", "version.name",
                         StrCat(FormatReference(reference), " names no version by its number"),
                         "write it as catalog.schema.asset@number");
}

absl::Status Immutable(std::string_view member, const catalog::Version& current) {
  return InvalidArgument(
      "VERSION_IMMUTABLE", StrCat("version.", member),
      StrCat("the ", member, " of version ", current.number, " cannot change"),
      "versions are immutable but for comment and properties; register another version");
}

// Fields that say what the version is may be sent back as they are, and must not say anything else.
absl::Status CheckImmutable(const v1::Version& wanted, const catalog::Version& current) {
  if (!wanted.digest().empty() && wanted.digest() != current.digest) {
    return Immutable("digest", current);
  }
  if (!wanted.location().empty() && wanted.location() != current.location) {
    return Immutable("location", current);
  }
  if (wanted.has_detail() && SerializeDetail(StoredDetail(wanted.detail())) != current.detail) {
    return Immutable("detail", current);
  }
  return absl::OkStatus();
}

absl::Status CheckVersionMask(const google::protobuf::FieldMask& mask) {
  static constexpr std::string_view kImmutable[] = {"digest", "location", "detail", "number",
                                                    "asset",  "kind",     "name"};
  static constexpr std::string_view kMutable[] = {"comment", "properties"};
  for (const std::string& path : mask.paths()) {
    if (std::ranges::find(kImmutable, path) == std::end(kImmutable)) continue;
    return InvalidArgument("VERSION_IMMUTABLE", "update_mask",
                           StrCat("the ", path, " of a version cannot change"),
                           "only comment and properties can; register another version");
  }
  return CheckUpdateMask(mask, kMutable);
}

}  // namespace

absl::Status ValidateRegisterVersion(const v1::RegisterVersionRequest& request) {
  WHENCE_RETURN_IF_ERROR(ParsePath<v1::Asset>(request.asset(), "asset").status());
  return ValidateNewVersion(request.version(), "version");
}

absl::StatusOr<v1::Version> RegisterVersion(Call& call, const v1::RegisterVersionRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetLive<v1::Asset>(call, request.asset(), "asset"));
  WHENCE_ASSIGN_OR_RETURN(const catalog::Registered registered,
                          RegisterVersionOf(call, asset, request.version(), "version"));
  return Convert(call.connection(), kNow, asset, registered.version);
}

absl::StatusOr<v1::Version> GetVersion(Call& call, const v1::GetVersionRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const Reference reference, ParseReference(request.name(), "name"));
  if (reference.kind == Reference::Kind::kColumn) {
    return InvalidArgument("REFERENCE_NOT_AN_ASSET", "name",
                           StrCat(FormatReference(reference), " names a column"),
                           "name the version: asset@number or asset@alias");
  }
  absl::StatusOr<catalog::Pinned> pinned = catalog::Pin(connection, as_of, reference);
  if (!pinned.ok()) {
    return absl::IsInvalidArgument(pinned.status()) ? WithFieldPrefix(pinned.status(), "name")
                                                    : pinned.status();
  }
  if (pinned->version == 0) {
    return NotFound("VERSION_NOT_FOUND", StrCat(FormatReference(reference), " has no versions yet"),
                    "register one with 'whence version register'");
  }
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          catalog::GetSecurableById(connection, as_of, pinned->asset_id));
  WHENCE_ASSIGN_OR_RETURN(const catalog::Version version,
                          catalog::GetVersionById(connection, as_of, pinned->node_id));
  return Convert(connection, as_of, asset, version);
}

absl::StatusOr<v1::ListVersionsResponse> ListVersions(Call& call,
                                                      const v1::ListVersionsRequest& request) {
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                   {"ListVersions", request.asset()}));
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          GetAssetNamed(connection, page.position, request.asset(), "asset"));
  int64_t before = 0;
  if (!page.key.empty() && (!absl::SimpleAtoi(page.key.front(), &before) || before < 1)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "it was not made by this server",
                           "start again without a page_token");
  }
  v1::ListVersionsResponse response;
  size_t bytes = 0;
  int64_t last = 0;
  absl::Status failure;
  const auto add = [&](const catalog::Version& version) {
    if (failure = call.StillWanted(); !failure.ok()) return false;
    absl::StatusOr<v1::Version> message = Convert(connection, page.position, asset, version);
    failure = message.status();
    if (!failure.ok()) return false;
    bytes += message->ByteSizeLong();
    if (bytes > kMaxPageBytes && last != 0) return false;
    *response.add_versions() = *std::move(message);
    last = version.number;
    return response.versions_size() < page.limit;
  };
  WHENCE_RETURN_IF_ERROR(
      catalog::ListVersions(connection, page.position, asset.id, before, add).status());
  WHENCE_RETURN_IF_ERROR(failure);
  // Numbers have no gaps: below 1 there is nothing.
  if (last > 1) response.set_next_page_token(NextPageToken(page, {absl::StrCat(last)}));
  return response;
}

absl::Status ValidateUpdateVersion(const v1::UpdateVersionRequest& request) {
  const v1::Version& version = request.version();
  WHENCE_RETURN_IF_ERROR(ParseVersionReference(version.name()).status());
  WHENCE_RETURN_IF_ERROR(CheckVersionMask(request.update_mask()));
  WHENCE_RETURN_IF_ERROR(CheckComment(version.comment(), "version.comment"));
  return CheckProperties(version.properties(), "version.properties");
}

absl::StatusOr<v1::Version> UpdateVersion(Call& call, const v1::UpdateVersionRequest& request) {
  sql::Connection& connection = call.connection();
  const v1::Version& wanted = request.version();
  WHENCE_ASSIGN_OR_RETURN(const Reference reference, ParseVersionReference(wanted.name()));
  WHENCE_ASSIGN_OR_RETURN(const catalog::Securable asset,
                          catalog::GetSecurable(connection, kNow, reference.name));
  WHENCE_ASSIGN_OR_RETURN(catalog::Version version,
                          catalog::GetVersion(connection, kNow, asset.id, reference.version));
  WHENCE_RETURN_IF_ERROR(catalog::CheckEtag(version, wanted.etag()));
  WHENCE_RETURN_IF_ERROR(CheckImmutable(wanted, version));
  const UpdateMask mask(request.update_mask());
  catalog::VersionUpdate update;
  if (mask.Has("comment", !wanted.comment().empty())) update.comment = wanted.comment();
  if (mask.Has("properties", !wanted.properties().empty())) {
    update.properties = SerializeProperties(wanted.properties());
  }
  if (update.Changes(version)) {
    const ledger::Change& change = call.Change(FormatReference(reference));
    WHENCE_ASSIGN_OR_RETURN(version, catalog::UpdateVersion(call.write(), change, version, update));
  }
  return Convert(connection, kNow, asset, version);
}

}  // namespace whence::service
