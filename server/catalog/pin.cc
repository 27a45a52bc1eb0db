#include "catalog/pin.h"

#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/alias.h"
#include "catalog/version.h"

namespace whence::catalog {
namespace {

absl::Status NotAnAsset(const Reference& reference) {
  return InvalidArgument("REFERENCE_NOT_AN_ASSET", "",
                         StrCat(FormatReference(reference), " names no asset and no version"),
                         "name an asset (catalog.schema.asset), asset@number or asset@alias");
}

// The newest version when there is one.
absl::StatusOr<Pinned> PinNewest(sql::Connection& connection, Position as_of, Pinned pinned) {
  WHENCE_ASSIGN_OR_RETURN(const VersionId newest,
                          FindCurrentVersion(connection, as_of, pinned.asset_id));
  pinned.version = newest.number;
  pinned.node_id = newest.id != 0 ? newest.id : pinned.asset_id;
  return pinned;
}

absl::StatusOr<Pinned> PinNumber(sql::Connection& connection, Position as_of, Pinned pinned,
                                 int64_t number) {
  WHENCE_ASSIGN_OR_RETURN(const VersionId version,
                          FindVersion(connection, as_of, pinned.asset_id, number));
  if (version.id == 0) return VersionNotFound(connection, as_of, pinned.asset_id, number);
  pinned.version = version.number;
  pinned.node_id = version.id;
  return pinned;
}

absl::StatusOr<Pinned> PinAlias(sql::Connection& connection, Position as_of, Pinned pinned,
                                const std::string& name, Hints hints) {
  pinned.alias = name;
  if (name == kLatestAlias) {
    WHENCE_ASSIGN_OR_RETURN(pinned, PinNewest(connection, as_of, std::move(pinned)));
    if (pinned.version != 0) return pinned;
    WHENCE_ASSIGN_OR_RETURN(const std::string asset,
                            FullNameOf(connection, as_of, pinned.asset_id));
    return NotFound("VERSION_NOT_FOUND", StrCat(asset, " has no versions yet"),
                    "register one, or name the asset without @latest");
  }
  WHENCE_ASSIGN_OR_RETURN(const Alias alias,
                          GetAlias(connection, as_of, pinned.asset_id, name, hints));
  pinned.version = alias.number;
  pinned.node_id = alias.version_id;
  return pinned;
}

}  // namespace

absl::StatusOr<Pinned> Pin(sql::Connection& connection, Position as_of, const Reference& reference,
                           Hints hints) {
  if (reference.name.size() != NameDepth(Kind::kTable)) return NotAnAsset(reference);
  WHENCE_ASSIGN_OR_RETURN(const SecurableId asset,
                          RequireSecurable(connection, as_of, reference.name, hints));
  Pinned pinned;
  pinned.node_id = pinned.asset_id = asset.id;
  pinned.kind = asset.kind;
  if (reference.version != 0) {
    return PinNumber(connection, as_of, std::move(pinned), reference.version);
  }
  if (!reference.alias.empty()) {
    return PinAlias(connection, as_of, std::move(pinned), reference.alias, hints);
  }
  return PinNewest(connection, as_of, std::move(pinned));
}

}  // namespace whence::catalog
