#include "service/access_convert.h"

#include "absl/strings/str_cat.h"
#include "access/policy.h"
#include "base/status_macros.h"
#include "service/access_securable.h"
#include "service/time_convert.h"

namespace whence::service {

v1::PrincipalKind ToProto(access::PrincipalKind kind) {
  switch (kind) {
    case access::PrincipalKind::kUser:
      return v1::PRINCIPAL_KIND_USER;
    case access::PrincipalKind::kService:
      return v1::PRINCIPAL_KIND_SERVICE;
    case access::PrincipalKind::kGroup:
      return v1::PRINCIPAL_KIND_GROUP;
  }
  return v1::PRINCIPAL_KIND_UNSPECIFIED;
}

v1::Principal Convert(const access::Principal& principal) {
  v1::Principal message;
  message.set_name(principal.name);
  message.set_kind(ToProto(principal.kind));
  message.set_display_name(principal.display_name);
  for (const std::string& email : principal.emails) message.add_emails(email);
  message.set_external_id(principal.external_id);
  message.set_active(principal.active);
  message.set_max_calls_per_second(principal.max_calls_per_second);
  message.set_max_request_bytes_per_second(principal.max_request_bytes_per_second);
  message.set_state(principal.deleted ? v1::STATE_DELETED : v1::STATE_ACTIVE);
  message.set_id(principal.id);
  message.set_creator(principal.creator);
  *message.mutable_create_time() = TimeToProto(principal.create_time);
  message.set_updater(principal.updater);
  *message.mutable_update_time() = TimeToProto(principal.update_time);
  message.set_etag(principal.Etag());
  message.set_position(principal.position);
  return message;
}

absl::StatusOr<std::string> AccessNames::Principal(access::PrincipalId id) {
  const auto known = principals_.find(id);
  if (known != principals_.end()) return known->second;
  std::string name = absl::StrCat("id:", id);
  const absl::StatusOr<access::Principal> found = access::GetPrincipalById(connection_, as_of_, id);
  if (!found.ok() && !absl::IsNotFound(found.status())) return found.status();
  if (found.ok() && !found->deleted) name = found->name;
  return principals_.emplace(id, std::move(name)).first->second;
}

absl::StatusOr<v1::Securable> AccessNames::Securable(int64_t id) {
  const auto known = securables_.find(id);
  if (known != securables_.end()) return known->second;
  WHENCE_ASSIGN_OR_RETURN(v1::Securable message, SecurableMessage(connection_, as_of_, id));
  return securables_.emplace(id, std::move(message)).first->second;
}

absl::StatusOr<v1::AccessReason> AccessNames::Convert(const access::Reason& reason) {
  v1::AccessReason message;
  switch (reason.kind) {
    case access::Reason::Kind::kGrant:
      message.set_kind(v1::ACCESS_REASON_KIND_GRANT);
      message.set_privilege(std::string(access::PrivilegeName(reason.privilege)));
      break;
    case access::Reason::Kind::kOwner:
      message.set_kind(v1::ACCESS_REASON_KIND_OWNER);
      break;
    case access::Reason::Kind::kPolicy:
      message.set_kind(v1::ACCESS_REASON_KIND_POLICY);
      message.set_privilege(std::string(access::PrivilegeName(reason.privilege)));
      WHENCE_ASSIGN_OR_RETURN(const access::Policy policy,
                              access::GetPolicyById(connection_, as_of_, reason.policy));
      message.set_policy(policy.name);
      break;
  }
  WHENCE_ASSIGN_OR_RETURN(*message.mutable_securable(), Securable(reason.securable));
  for (const access::PrincipalId group : reason.through) {
    WHENCE_ASSIGN_OR_RETURN(*message.add_through(), Principal(group));
  }
  return message;
}

absl::StatusOr<v1::MissingGrant> AccessNames::Convert(const access::Lack& lack,
                                                      const std::string& principal) {
  v1::MissingGrant message;
  message.set_privilege(std::string(access::PrivilegeName(lack.privilege)));
  message.set_principal(principal);
  WHENCE_ASSIGN_OR_RETURN(*message.mutable_securable(), Securable(lack.securable));
  return message;
}

absl::StatusOr<v1::Token> AccessNames::Convert(const access::Token& token) {
  v1::Token message;
  message.set_id(token.id);
  WHENCE_ASSIGN_OR_RETURN(*message.mutable_principal(), Principal(token.principal));
  message.set_hint(token.hint);
  message.set_comment(token.comment);
  message.set_read_only(token.read_only);
  for (const int64_t id : token.scope) {
    WHENCE_ASSIGN_OR_RETURN(*message.add_scope(), Securable(id));
  }
  if (token.expire_time != absl::InfiniteFuture()) {
    *message.mutable_expire_time() = TimeToProto(token.expire_time);
  }
  message.set_creator(token.creator);
  *message.mutable_create_time() = TimeToProto(token.create_time);
  if (token.last_use_time.has_value()) {
    *message.mutable_last_use_time() = TimeToProto(*token.last_use_time);
  }
  if (token.revoke_time.has_value()) {
    *message.mutable_revoke_time() = TimeToProto(*token.revoke_time);
  }
  message.set_position(token.position);
  return message;
}

void PutPrivileges(access::PrivilegeSet set, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const access::Privilege privilege : access::ToList(set)) {
    *out->Add() = std::string(access::PrivilegeName(privilege));
  }
}

v1::AccessOutcome ToProto(access::Outcome outcome) {
  switch (outcome) {
    case access::Outcome::kAllowed:
      return v1::ACCESS_OUTCOME_ALLOWED;
    case access::Outcome::kNoPrivilege:
      return v1::ACCESS_OUTCOME_NO_PRIVILEGE;
    case access::Outcome::kNoUseCatalog:
      return v1::ACCESS_OUTCOME_NO_USE_CATALOG;
    case access::Outcome::kNoUseSchema:
      return v1::ACCESS_OUTCOME_NO_USE_SCHEMA;
    case access::Outcome::kDeniedByPolicy:
      return v1::ACCESS_OUTCOME_DENIED_BY_POLICY;
    case access::Outcome::kInactive:
      return v1::ACCESS_OUTCOME_PRINCIPAL_INACTIVE;
    case access::Outcome::kOutOfScope:
      return v1::ACCESS_OUTCOME_OUT_OF_SCOPE;
  }
  return v1::ACCESS_OUTCOME_UNSPECIFIED;
}

v1::CredentialKind ToProto(access::CredentialKind kind) {
  switch (kind) {
    case access::CredentialKind::kNone:
      break;
    case access::CredentialKind::kToken:
      return v1::CREDENTIAL_KIND_TOKEN;
    case access::CredentialKind::kJwt:
      return v1::CREDENTIAL_KIND_JWT;
    case access::CredentialKind::kCertificate:
      return v1::CREDENTIAL_KIND_CERTIFICATE;
  }
  return v1::CREDENTIAL_KIND_UNSPECIFIED;
}

}  // namespace whence::service
