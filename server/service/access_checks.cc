#include "service/access_checks.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"

namespace whence::service {

absl::StatusOr<access::Principal> PrincipalNamed(sql::Connection& connection, Position as_of,
                                                 const std::string& name, std::string_view field) {
  WHENCE_RETURN_IF_ERROR(access::ParsePrincipalName(name, field).status());
  return access::GetPrincipal(connection, as_of, name);
}

absl::StatusOr<access::Principal> PrincipalOfList(sql::Connection& connection, Position as_of,
                                                  const std::string& name, std::string_view field) {
  absl::StatusOr<access::Principal> principal = PrincipalNamed(connection, as_of, name, field);
  if (!absl::IsNotFound(principal.status())) return principal;
  return WithFieldPrefix(principal.status(), field);
}

absl::StatusOr<access::Principal> GroupNamed(sql::Connection& connection, Position as_of,
                                             const std::string& name, std::string_view field) {
  WHENCE_ASSIGN_OR_RETURN(access::Principal group, PrincipalNamed(connection, as_of, name, field));
  if (group.kind == access::PrincipalKind::kGroup) return group;
  return InvalidArgument("PRINCIPAL_NOT_A_GROUP", field, StrCat(name, " is not a group"),
                         "only groups have members; see 'whence group list'");
}

absl::Status CheckPrincipalEtag(const access::Principal& current, std::string_view etag) {
  if (etag.empty() || etag == current.Etag()) return absl::OkStatus();
  return Aborted("ETAG_MISMATCH",
                 StrCat(current.name, " has changed: its etag is ", current.Etag(), ", not ",
                        QuoteForMessage(etag)),
                 "get it again, look at what changed, then retry with its new etag");
}

absl::StatusOr<access::PrivilegeSet> ParsePrivileges(
    const google::protobuf::RepeatedPtrField<std::string>& names, std::string_view field) {
  if (names.size() > access::kPrivilegeCount) {
    return InvalidArgument("TOO_MANY_ITEMS", field,
                           absl::StrCat("there are ", names.size(), " privileges, more than the ",
                                        access::kPrivilegeCount, " there are"),
                           "name each once");
  }
  access::PrivilegeSet set;
  for (int i = 0; i < names.size(); ++i) {
    WHENCE_ASSIGN_OR_RETURN(const access::Privilege privilege,
                            access::ParsePrivilege(names.Get(i), StrCat(field, "[", i, "]")));
    set |= privilege;
  }
  return set;
}

absl::StatusOr<access::Snapshot> AccessAsOf(Call& call, Position position) {
  if (call.access().position() <= position) return call.access();
  return call.house().past_access().At(call.connection(), position);
}

access::Identity IdentityOf(const access::Principal& principal) {
  access::Identity identity;
  identity.principal = principal.id;
  identity.name = principal.name;
  return identity;
}

absl::Status CheckNewOwner(Call& call, std::string_view owner, std::string_view present,
                           std::string_view field) {
  if (owner == present || call.access().Find(owner) != access::kNobody) return absl::OkStatus();
  absl::Status missing = access::GetPrincipal(call.connection(), catalog::kNow, owner).status();
  if (!missing.ok() && !absl::IsNotFound(missing)) return missing;
  return MakeError(
      absl::StatusCode::kNotFound, StrCat("the owner ", QuoteForMessage(owner), " is no principal"),
      {.reason = "OWNER_UNKNOWN",
       .field = std::string(field),
       .hint = missing.ok() ? "see 'whence principal list'" : GetErrorDetail(missing).hint,
       .metadata = {}});
}

}  // namespace whence::service
