#include "service/effective_ops.h"

#include <string>
#include <utility>

#include "access/index.h"
#include "access/principal.h"
#include "base/status_macros.h"
#include "service/access_checks.h"
#include "service/access_convert.h"
#include "service/access_securable.h"
#include "service/as_of.h"
#include "service/authority.h"

namespace whence::service {
namespace {

// What both questions begin with.
struct Question {
  Position as_of = kNoPosition;
  access::Snapshot access{nullptr};
  access::Identity who;
  bool active = true;
  AccessTarget target;
};

template <class Request>
absl::StatusOr<Question> Open(Call& call, const Request& request) {
  Question question;
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(question.as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(question.access, AccessAsOf(call, question.as_of));
  access::Principal principal;
  if (request.principal().empty()) {
    WHENCE_ASSIGN_OR_RETURN(
        principal, access::GetPrincipalById(connection, question.as_of, call.identity().principal));
    // With the bounds of the token that was shown.
    question.who = call.identity();
  } else {
    WHENCE_ASSIGN_OR_RETURN(
        principal, PrincipalNamed(connection, question.as_of, request.principal(), "principal"));
    question.who = IdentityOf(principal);
  }
  question.active = principal.active && !principal.deleted;
  WHENCE_ASSIGN_OR_RETURN(question.target, FindTarget(connection, question.access, question.as_of,
                                                      request.securable(), "securable"));
  return question;
}

// The group that all reasons come through, when it is one and the same: what is missing is best
// granted to it too.
access::PrincipalId OnlyGroup(const access::Explanation& why) {
  access::PrincipalId only = access::kNobody;
  for (const access::Reason& reason : why.has) {
    if (reason.through.empty()) return access::kNobody;
    if (only != access::kNobody && only != reason.through.back()) return access::kNobody;
    only = reason.through.back();
  }
  return only;
}

}  // namespace

absl::StatusOr<v1::GetEffectivePrivilegesResponse> GetEffectivePrivileges(
    Call& call, const v1::GetEffectivePrivilegesRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Question question, Open(call, request));
  v1::GetEffectivePrivilegesResponse response;
  response.set_principal(question.who.name);
  *response.mutable_securable() = question.target.message;
  response.set_active(question.active);
  response.set_position(question.as_of);
  AccessNames names(call.connection(), question.as_of);
  Authority authority(call.connection(), question.access, question.as_of);
  const access::Chain& chain = question.target.chain;
  const access::PrivilegeSet has = question.access.Effective(question.who, chain) &
                                   access::ApplicablePrivileges(question.target.kind());
  WHENCE_ASSIGN_OR_RETURN(const access::PrivilegeSet denied, authority.Denied(question.who, chain));
  for (const access::Privilege privilege : access::ToList(has)) {
    WHENCE_RETURN_IF_ERROR(call.StillWanted());
    v1::EffectivePrivilege* const effective =
        denied.Has(privilege) ? response.add_denied() : response.add_privileges();
    effective->set_privilege(std::string(access::PrivilegeName(privilege)));
    WHENCE_ASSIGN_OR_RETURN(const access::Explanation why,
                            authority.Explain(question.who, privilege, chain));
    for (const access::Reason& reason : denied.Has(privilege) ? why.against : why.has) {
      if (reason.gives != privilege) continue;
      WHENCE_ASSIGN_OR_RETURN(*effective->add_reasons(), names.Convert(reason));
    }
  }
  return response;
}

absl::StatusOr<v1::ExplainAccessResponse> ExplainAccess(Call& call,
                                                        const v1::ExplainAccessRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const access::Privilege privilege,
                          access::ParsePrivilege(request.privilege(), "privilege"));
  WHENCE_ASSIGN_OR_RETURN(const Question question, Open(call, request));
  WHENCE_RETURN_IF_ERROR(access::CheckApplicable(privilege, question.target.kind(), "privilege"));
  Authority authority(call.connection(), question.access, question.as_of);
  WHENCE_ASSIGN_OR_RETURN(const access::Explanation why,
                          authority.Explain(question.who, privilege, question.target.chain));
  v1::ExplainAccessResponse response;
  response.set_allowed(why.outcome == access::Outcome::kAllowed);
  response.set_outcome(ToProto(why.outcome));
  response.set_principal(question.who.name);
  response.set_privilege(std::string(access::PrivilegeName(privilege)));
  *response.mutable_securable() = question.target.message;
  response.set_position(question.as_of);
  AccessNames names(call.connection(), question.as_of);
  for (const access::Reason& reason : why.has) {
    WHENCE_ASSIGN_OR_RETURN(*response.add_has(), names.Convert(reason));
  }
  for (const access::Reason& reason : why.against) {
    WHENCE_ASSIGN_OR_RETURN(*response.add_against(), names.Convert(reason));
  }
  std::string grantee = question.who.name;
  if (const access::PrincipalId group = OnlyGroup(why); group != access::kNobody) {
    WHENCE_ASSIGN_OR_RETURN(grantee, names.Principal(group));
  }
  for (const access::Lack& lack : why.lacks) {
    WHENCE_ASSIGN_OR_RETURN(*response.add_lacks(), names.Convert(lack, grantee));
  }
  return response;
}

}  // namespace whence::service
