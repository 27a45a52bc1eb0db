#include "cli/bulk/access_applier.h"

#include "base/clock.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "cli/bulk/calls.h"
#include "cli/bulk/differences.h"

namespace whence::cli {
namespace {

std::string NewUuid() {
  static const SystemClock clock;
  static RandomIdSource ids(&clock);
  return ids.NewUuid();
}

// Nearly 150 random bits.
std::string NewSalt() { return StrCat(NewUuid(), NewUuid()); }

// Where creating was answered that it is there: whether what is there is what the line says.
template <class T, class Get>
absl::Status CompareWithPresent(Connection& connection, const absl::Status& created, const T& said,
                                std::string_view name, const Method<Get, T>& method, const Get& get,
                                std::string_view fixed) {
  if (created.code() != absl::StatusCode::kAlreadyExists) return created;
  WHENCE_ASSIGN_OR_RETURN(const T present, CallPatiently(connection, method, get));
  const std::string differences = Differences(said, present);
  if (differences.empty()) return absl::OkStatus();
  return ExistsAndDiffers(created, name, differences, fixed);
}

}  // namespace

absl::Status AccessApplier::Apply(const v1::Principal& principal, const std::string& mask) const {
  if (!mask.empty()) {
    v1::UpdatePrincipalRequest update;
    *update.mutable_principal() = principal;
    FillMask(mask, update.mutable_update_mask());
    return CallPatiently(connection_, kUpdatePrincipal, update).status();
  }
  v1::CreatePrincipalRequest create;
  *create.mutable_principal() = principal;
  v1::GetPrincipalRequest get;
  get.set_name(principal.name());
  return CompareWithPresent(connection_,
                            CallPatiently(connection_, kCreatePrincipal, create).status(),
                            principal, principal.name(), kGetPrincipal, get, "");
}

absl::Status AccessApplier::Apply(const v1::Membership& membership, const std::string&) const {
  v1::AddMemberRequest request;
  request.set_group(membership.group());
  request.set_member(membership.member());
  return CallPatiently(connection_, kAddMember, request).status();
}

absl::Status AccessApplier::Apply(const v1::TagDefinition& definition,
                                  const std::string& mask) const {
  if (!mask.empty()) {
    v1::UpdateTagDefinitionRequest update;
    *update.mutable_definition() = definition;
    FillMask(mask, update.mutable_update_mask());
    return CallPatiently(connection_, kUpdateTagDefinition, update).status();
  }
  v1::CreateTagDefinitionRequest create;
  *create.mutable_definition() = definition;
  v1::GetTagDefinitionRequest get;
  get.set_key(definition.key());
  return CompareWithPresent(
      connection_, CallPatiently(connection_, kCreateTagDefinition, create).status(), definition,
      StrCat("the definition of ", definition.key()), kGetTagDefinition, get, "");
}

absl::Status AccessApplier::Apply(const v1::Declassification& declassification,
                                  const std::string&) const {
  v1::DeclassifyRequest request;
  request.set_reference(declassification.reference());
  request.set_key(declassification.key());
  request.set_comment(declassification.comment());
  return CallPatiently(connection_, kDeclassify, request).status();
}

absl::Status AccessApplier::Apply(const v1::Policy& policy, const std::string& mask) const {
  if (!mask.empty()) {
    v1::UpdatePolicyRequest update;
    *update.mutable_policy() = policy;
    FillMask(mask, update.mutable_update_mask());
    return CallPatiently(connection_, kUpdatePolicy, update).status();
  }
  v1::CreatePolicyRequest create;
  *create.mutable_policy() = policy;
  create.set_request_id(NewUuid());  // tried again, it must not find itself
  const bool needs_salt = policy.mask().salted() && policy.mask().salt().empty();
  if (needs_salt) create.mutable_policy()->mutable_mask()->set_salt(NewSalt());
  const absl::Status created = CallPatiently(connection_, kCreatePolicy, create).status();
  if (created.ok() && needs_salt) {
    const std::lock_guard lock(mutex_);
    new_salts_.insert(policy.name());
  }
  v1::GetPolicyRequest get;
  get.set_name(policy.name());
  return CompareWithPresent(connection_, created, policy, StrCat("policy ", policy.name()),
                            kGetPolicy, get, "kind, securable");
}

absl::Status AccessApplier::Apply(const v1::ChangeGrantsRequest& grants, const std::string&) const {
  return CallPatiently(connection_, kChangeGrants, grants).status();
}

absl::Status AccessApplier::Apply(const v1::Metastore& metastore, const std::string&) const {
  // Who owns it already has nobody to ask: the importer may not be the one who gives it away.
  WHENCE_ASSIGN_OR_RETURN(const v1::Metastore present,
                          CallPatiently(connection_, kGetMetastore, v1::GetMetastoreRequest()));
  if (present.owner() == metastore.owner()) return absl::OkStatus();
  v1::TransferMetastoreRequest request;
  request.set_owner(metastore.owner());
  return CallPatiently(connection_, kTransferMetastore, request).status();
}

std::set<std::string> AccessApplier::new_salts() const {
  const std::lock_guard lock(mutex_);
  return new_salts_;
}

}  // namespace whence::cli
