#include "service/policy_draft.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "service/access_checks.h"
#include "service/policy_convert.h"
#include "service/update_mask.h"

namespace whence::service {
namespace {

using Names = google::protobuf::RepeatedPtrField<std::string>;

constexpr std::string_view kMutableFields[] = {"state",   "to",          "except", "asset_tags",
                                               "columns", "column_tags", "mask",   "priority",
                                               "filter",  "privileges",  "comment"};

// The access room names the parts of a policy; a request has them in its `policy`.
absl::Status InPolicy(const absl::Status& status) {
  ErrorDetail detail = GetErrorDetail(status);
  if (status.ok() || detail.field.empty() || detail.field.starts_with("policy.")) return status;
  detail.field = StrCat("policy.", detail.field);
  return MakeError(status.code(), ToStd(status.message()), detail);
}

absl::Status NotOfKind(std::string_view field, std::string_view message) {
  return InvalidArgument("POLICY_ARGUMENT", field, message, "leave it out");
}

// Everything but the principals.
absl::StatusOr<access::PolicyDefinition> ParseParts(const v1::Policy& policy) {
  access::PolicyDefinition definition;
  WHENCE_ASSIGN_OR_RETURN(definition.kind, ParseKind(policy.kind(), "policy.kind"));
  WHENCE_ASSIGN_OR_RETURN(definition.asset_tags,
                          ParseCondition(policy.asset_tags(), "policy.asset_tags"));
  definition.columns = {policy.columns().begin(), policy.columns().end()};
  WHENCE_ASSIGN_OR_RETURN(definition.column_tags,
                          ParseCondition(policy.column_tags(), "policy.column_tags"));
  if (definition.kind == access::PolicyKind::kColumnMask) {
    WHENCE_ASSIGN_OR_RETURN(definition.mask, ParseMask(policy.mask(), "policy.mask"));
  } else if (policy.has_mask()) {
    return NotOfKind("policy.mask", "only a mask takes one");
  }
  if (definition.kind == access::PolicyKind::kRowFilter) {
    WHENCE_ASSIGN_OR_RETURN(definition.filter, ParseFilter(policy.filter(), "policy.filter"));
  } else if (policy.has_filter()) {
    return NotOfKind("policy.filter", "only a filter takes one");
  }
  WHENCE_ASSIGN_OR_RETURN(definition.privileges,
                          ParsePrivileges(policy.privileges(), "policy.privileges"));
  definition.priority = policy.priority();
  definition.comment = policy.comment();
  return definition;
}

absl::Status CheckPrincipals(const Names& names, std::string_view field) {
  for (int i = 0; i < names.size(); ++i) {
    WHENCE_RETURN_IF_ERROR(
        access::ParsePrincipalName(names.Get(i), StrCat(field, "[", i, "]")).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<access::PrincipalId>> FindPrincipals(sql::Connection& connection,
                                                                Position as_of, const Names& names,
                                                                std::string_view field) {
  std::vector<access::PrincipalId> ids;
  for (int i = 0; i < names.size(); ++i) {
    WHENCE_ASSIGN_OR_RETURN(
        const access::Principal principal,
        PrincipalOfList(connection, as_of, names.Get(i), StrCat(field, "[", i, "]")));
    ids.push_back(principal.id);
  }
  return ids;
}

absl::Status CheckSamePlace(Call& call, Position as_of, const access::Policy& current,
                            const v1::Policy& wanted) {
  if (wanted.kind() != v1::POLICY_KIND_UNSPECIFIED &&
      static_cast<int>(wanted.kind()) != static_cast<int>(current.definition.kind)) {
    return InvalidArgument(
        "POLICY_ARGUMENT", "policy.kind",
        StrCat(current.name, " is a ", access::PolicyKindName(current.definition.kind),
               ", and stays one"),
        "make another policy");
  }
  if (!wanted.has_securable()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(
      const AccessTarget target,
      FindTarget(call.connection(), call.access(), as_of, wanted.securable(), "policy.securable"));
  if (target.id() == current.securable) return absl::OkStatus();
  return InvalidArgument("POLICY_ARGUMENT", "policy.securable",
                         StrCat(current.name, " stands elsewhere, and stays there"),
                         "make another policy there");
}

// What the request sets takes the place of what the policy says.
absl::Status ApplyParts(sql::Connection& connection, Position as_of, const v1::Policy& wanted,
                        const UpdateMask& mask, access::PolicyDefinition& definition) {
  if (mask.Has("to", !wanted.to().empty())) {
    WHENCE_ASSIGN_OR_RETURN(definition.to,
                            FindPrincipals(connection, as_of, wanted.to(), "policy.to"));
  }
  if (mask.Has("except", !wanted.except().empty())) {
    WHENCE_ASSIGN_OR_RETURN(definition.except,
                            FindPrincipals(connection, as_of, wanted.except(), "policy.except"));
  }
  if (mask.Has("asset_tags", wanted.has_asset_tags())) {
    WHENCE_ASSIGN_OR_RETURN(definition.asset_tags,
                            ParseCondition(wanted.asset_tags(), "policy.asset_tags"));
  }
  if (mask.Has("columns", !wanted.columns().empty())) {
    definition.columns = {wanted.columns().begin(), wanted.columns().end()};
  }
  if (mask.Has("column_tags", wanted.has_column_tags())) {
    WHENCE_ASSIGN_OR_RETURN(definition.column_tags,
                            ParseCondition(wanted.column_tags(), "policy.column_tags"));
  }
  if (mask.Has("mask", wanted.has_mask()) && wanted.has_mask()) {
    std::string salt = std::move(definition.mask.salt);
    WHENCE_ASSIGN_OR_RETURN(definition.mask, ParseMask(wanted.mask(), "policy.mask"));
    const bool keeps = definition.mask.salt.empty() && access::TakesSalt(definition.mask.type);
    if (keeps) definition.mask.salt = std::move(salt);
  }
  if (mask.Has("priority", wanted.priority() != 0)) definition.priority = wanted.priority();
  if (mask.Has("filter", wanted.has_filter()) && wanted.has_filter()) {
    WHENCE_ASSIGN_OR_RETURN(definition.filter, ParseFilter(wanted.filter(), "policy.filter"));
  }
  if (mask.Has("privileges", !wanted.privileges().empty())) {
    WHENCE_ASSIGN_OR_RETURN(definition.privileges,
                            ParsePrivileges(wanted.privileges(), "policy.privileges"));
  }
  if (mask.Has("comment", !wanted.comment().empty())) definition.comment = wanted.comment();
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPolicy(const v1::Policy& policy) {
  WHENCE_RETURN_IF_ERROR(access::ValidatePolicyName(policy.name(), "policy.name"));
  WHENCE_RETURN_IF_ERROR(CheckSecurable(policy.securable(), "policy.securable"));
  WHENCE_RETURN_IF_ERROR(ParseState(policy.state(), "policy.state").status());
  WHENCE_RETURN_IF_ERROR(CheckPrincipals(policy.to(), "policy.to"));
  WHENCE_RETURN_IF_ERROR(CheckPrincipals(policy.except(), "policy.except"));
  absl::StatusOr<access::PolicyDefinition> definition = ParseParts(policy);
  if (!definition.ok()) return InPolicy(definition.status());
  // Who they are is not known yet, but how many.
  definition->to.resize(static_cast<size_t>(policy.to_size()));
  definition->except.resize(static_cast<size_t>(policy.except_size()));
  return InPolicy(access::ValidateDefinition(*definition));
}

absl::Status CheckPolicyUpdate(const v1::UpdatePolicyRequest& request) {
  const v1::Policy& policy = request.policy();
  WHENCE_RETURN_IF_ERROR(access::ValidatePolicyName(policy.name(), "policy.name"));
  WHENCE_RETURN_IF_ERROR(ParseState(policy.state(), "policy.state").status());
  WHENCE_RETURN_IF_ERROR(CheckPrincipals(policy.to(), "policy.to"));
  WHENCE_RETURN_IF_ERROR(CheckPrincipals(policy.except(), "policy.except"));
  return CheckUpdateMask(request.update_mask(), kMutableFields);
}

absl::StatusOr<access::PolicyDefinition> ResolveDefinition(sql::Connection& connection,
                                                           Position as_of,
                                                           const v1::Policy& policy) {
  absl::StatusOr<access::PolicyDefinition> definition = ParseParts(policy);
  if (!definition.ok()) return InPolicy(definition.status());
  WHENCE_ASSIGN_OR_RETURN(definition->to,
                          FindPrincipals(connection, as_of, policy.to(), "policy.to"));
  WHENCE_ASSIGN_OR_RETURN(definition->except,
                          FindPrincipals(connection, as_of, policy.except(), "policy.except"));
  WHENCE_RETURN_IF_ERROR(InPolicy(access::ValidateDefinition(*definition)));
  return definition;
}

absl::StatusOr<access::Policy> ApplyUpdate(Call& call, Position as_of,
                                           const access::Policy& current, const v1::Policy& wanted,
                                           const google::protobuf::FieldMask& paths) {
  WHENCE_RETURN_IF_ERROR(CheckSamePlace(call, as_of, current, wanted));
  access::Policy next = current;
  const UpdateMask mask(paths);
  if (mask.Has("state", wanted.state() != v1::POLICY_STATE_UNSPECIFIED)) {
    WHENCE_ASSIGN_OR_RETURN(next.state, ParseState(wanted.state(), "policy.state"));
  }
  WHENCE_RETURN_IF_ERROR(
      InPolicy(ApplyParts(call.connection(), as_of, wanted, mask, next.definition)));
  WHENCE_RETURN_IF_ERROR(InPolicy(access::ValidateDefinition(next.definition)));
  next.definition = access::Normalized(std::move(next.definition));
  return next;
}

absl::Status CheckPolicyEtag(const access::Policy& current, std::string_view etag) {
  if (etag.empty() || etag == current.Etag()) return absl::OkStatus();
  return Aborted("ETAG_MISMATCH",
                 StrCat("policy ", current.name, " has changed: its etag is ", current.Etag(),
                        ", not ", QuoteForMessage(etag)),
                 "get it again, look at what changed, then retry with its new etag");
}

}  // namespace whence::service
