#include "service/access_securable.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/link_cache.h"
#include "catalog/securable.h"
#include "service/access_chain.h"
#include "service/securable_names.h"

namespace whence::service {
namespace {

// The numbers of assets' types are those of their kinds, after the levels.
constexpr int kFirstKind = v1::SECURABLE_TYPE_TABLE - static_cast<int>(catalog::Kind::kTable);
static_assert(v1::SECURABLE_TYPE_DASHBOARD ==
              kFirstKind + static_cast<int>(catalog::Kind::kDashboard));

constexpr std::string_view kIdPrefix = "id:";

// A full name of any depth, or an id.
absl::StatusOr<NameOrId> ParseSecurableName(const std::string& name, std::string_view field) {
  const std::string at = StrCat(field, ".name");
  if (name.starts_with(kIdPrefix)) return ParseNameOrId(name, at, 1);
  NameOrId parsed;
  WHENCE_ASSIGN_OR_RETURN(parsed.path, ParseName(name, at, 1, kMaxNameParts));
  return parsed;
}

// Whether what was found is what was asked for.
absl::Status CheckType(const v1::Securable& found, v1::SecurableType wanted) {
  if (wanted == v1::SECURABLE_TYPE_UNSPECIFIED || wanted == found.type()) return absl::OkStatus();
  const bool is_asset = found.type() >= v1::SECURABLE_TYPE_TABLE;
  if (wanted == v1::SECURABLE_TYPE_ASSET && is_asset) return absl::OkStatus();
  return FailedPrecondition("SECURABLE_TYPE_MISMATCH",
                            StrCat(found.name(), " is a ", SecurableTypeWord(found.type()),
                                   ", not a ", SecurableTypeWord(wanted)),
                            StrCat("say ", SecurableText(found)));
}

absl::StatusOr<access::Chain> FindChainOf(sql::Connection& connection,
                                          const access::Snapshot& access, Position as_of,
                                          const NameOrId& target) {
  if (target.id == 0) return ChainOfPath(connection, access, as_of, target.path);
  WHENCE_ASSIGN_OR_RETURN(const bool live, catalog::IsLive(connection, as_of, target.id));
  if (!live) {
    return NotFound(
        "SECURABLE_NOT_FOUND", absl::StrCat("nothing live in the catalog has the id ", target.id),
        "ids are shown by get and list; undelete it, or ask as of a time when it existed");
  }
  return ChainOfId(connection, access, as_of, target.id);
}

}  // namespace

absl::Status CheckSecurable(const v1::Securable& securable, std::string_view field) {
  if (!v1::SecurableType_IsValid(securable.type())) {
    return InvalidArgument("ENUM_VALUE_UNKNOWN", StrCat(field, ".type"),
                           absl::StrCat(static_cast<int>(securable.type()), " is no type"),
                           "use a value of the contract");
  }
  if (securable.type() == v1::SECURABLE_TYPE_METASTORE) {
    if (securable.name().empty()) return absl::OkStatus();
    return InvalidArgument("SECURABLE_NAMED_METASTORE", StrCat(field, ".name"),
                           "the metastore has no name", "leave the name out");
  }
  if (securable.name().empty()) {
    return InvalidArgument("SECURABLE_MISSING", field, "it names nothing",
                           "give the name of a catalog, schema or asset, or the type METASTORE");
  }
  return ParseSecurableName(securable.name(), field).status();
}

absl::StatusOr<AccessTarget> FindTarget(sql::Connection& connection, const access::Snapshot& access,
                                        Position as_of, const v1::Securable& securable,
                                        std::string_view field) {
  WHENCE_RETURN_IF_ERROR(CheckSecurable(securable, field));
  AccessTarget target;
  if (securable.type() == v1::SECURABLE_TYPE_METASTORE) {
    target.name = SecurableTypeWord(v1::SECURABLE_TYPE_METASTORE);
    target.message.set_type(v1::SECURABLE_TYPE_METASTORE);
    return target;
  }
  WHENCE_ASSIGN_OR_RETURN(const NameOrId named, ParseSecurableName(securable.name(), field));
  WHENCE_ASSIGN_OR_RETURN(target.chain, FindChainOf(connection, access, as_of, named));
  if (named.id == 0) {  // found under that name: nobody needs to be asked for it
    target.message.set_type(SecurableTypeOf(target.chain.kind));
    target.message.set_id(target.id());
    target.message.set_name(FormatName(named.path));
  } else {
    WHENCE_ASSIGN_OR_RETURN(target.message, SecurableMessage(connection, as_of, named.id));
  }
  target.name = target.message.name();
  WHENCE_RETURN_IF_ERROR(CheckType(target.message, securable.type()));
  return target;
}

absl::StatusOr<v1::Securable> SecurableMessage(sql::Connection& connection, Position as_of,
                                               int64_t id) {
  v1::Securable message;
  if (id == 0) {
    message.set_type(v1::SECURABLE_TYPE_METASTORE);
    return message;
  }
  message.set_id(id);
  message.set_name(absl::StrCat(kIdPrefix.data(), id));
  WHENCE_ASSIGN_OR_RETURN(const catalog::SecurableLink* const link,
                          catalog::FindLink(connection, as_of, id));
  if (link == nullptr) return message;
  message.set_type(SecurableTypeOf(link->kind));
  WHENCE_ASSIGN_OR_RETURN(const bool live, catalog::IsLive(connection, as_of, id));
  if (!live) return message;
  WHENCE_ASSIGN_OR_RETURN(*message.mutable_name(), catalog::FullNameOf(connection, as_of, id));
  return message;
}

std::string SecurableText(const v1::Securable& securable) {
  if (securable.name().empty()) return std::string(SecurableTypeWord(securable.type()));
  return StrCat(SecurableTypeWord(securable.type()), " ", securable.name());
}

std::string_view SecurableTypeWord(v1::SecurableType type) {
  switch (type) {
    case v1::SECURABLE_TYPE_METASTORE:
      return "metastore";
    case v1::SECURABLE_TYPE_CATALOG:
      return "catalog";
    case v1::SECURABLE_TYPE_SCHEMA:
      return "schema";
    default:
      break;
  }
  const auto kind = catalog::KindFromNumber(static_cast<int>(type) - kFirstKind);
  return kind.has_value() && catalog::IsAssetKind(*kind) ? catalog::KindName(*kind) : "asset";
}

v1::SecurableType SecurableTypeOf(catalog::Kind kind) {
  switch (kind) {
    case catalog::Kind::kUnspecified:
      return v1::SECURABLE_TYPE_METASTORE;
    case catalog::Kind::kCatalog:
      return v1::SECURABLE_TYPE_CATALOG;
    case catalog::Kind::kSchema:
      return v1::SECURABLE_TYPE_SCHEMA;
    default:
      return static_cast<v1::SecurableType>(kFirstKind + static_cast<int>(kind));
  }
}

}  // namespace whence::service
