#include "service/policy_ops.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "access/grant.h"
#include "access/policy.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable.h"
#include "service/access_convert.h"
#include "service/access_securable.h"
#include "service/as_of.h"
#include "service/need_policy.h"
#include "service/paging.h"
#include "service/policy_convert.h"
#include "service/policy_draft.h"

namespace whence::service {
namespace {

using catalog::kNow;

std::string ResourceOf(std::string_view name) { return StrCat("policy:", name); }

absl::StatusOr<v1::Policy> ToMessage(Call& call, Position as_of, const access::Policy& policy) {
  AccessNames names(call.connection(), as_of);
  return Convert(names, policy);
}

// --- Listing ---

// Purpose: the policies that a list is about, by name, as far as they fit on a page and may be
// seen. Ownership: borrows all. Thread-safety: one thread, one use.
class PolicyPages {
 public:
  PolicyPages(Call& call, const Page& page, const v1::ListPoliciesRequest& request)
      : call_(call),
        page_(page),
        request_(request),
        sees_(call),
        names_(call.connection(), page.position) {}

  absl::StatusOr<v1::ListPoliciesResponse> Fill() {
    std::string after = page_.key.empty() ? std::string() : page_.key.front();
    if (request_.has_securable()) {
      WHENCE_ASSIGN_OR_RETURN(const std::vector<access::Policy> there, AtSecurable(after));
      WHENCE_RETURN_IF_ERROR(Take(there).status());
      return std::move(response_);
    }
    constexpr int kChunk = 500;
    for (;;) {
      WHENCE_ASSIGN_OR_RETURN(
          const std::vector<access::Policy> some,
          access::ListPolicies(call_.connection(), page_.position, after, kChunk));
      WHENCE_ASSIGN_OR_RETURN(const bool full, Take(some));
      if (full || some.size() < kChunk) return std::move(response_);
      after = some.back().name;
    }
  }

 private:
  // What stands at the securable, and when it is asked for at what is above it, after that name.
  absl::StatusOr<std::vector<access::Policy>> AtSecurable(std::string_view after) {
    WHENCE_ASSIGN_OR_RETURN(const AccessTarget target,
                            FindTarget(call_.connection(), call_.access(), page_.position,
                                       request_.securable(), "securable"));
    std::vector<int64_t> places = {target.id()};
    if (request_.inherited() && target.chain.depth > 0) {
      places.push_back(access::kMetastore);
      for (int i = 0; i + 1 < target.chain.depth; ++i) {
        places.push_back(target.chain.links[static_cast<size_t>(i)].id);
      }
    }
    std::vector<access::Policy> found;
    for (const int64_t place : places) {
      WHENCE_ASSIGN_OR_RETURN(std::vector<access::Policy> here,
                              access::ListPoliciesAt(call_.connection(), page_.position, place));
      for (access::Policy& policy : here) {
        if (policy.name > after) found.push_back(std::move(policy));
      }
    }
    std::sort(found.begin(), found.end(),
              [](const access::Policy& a, const access::Policy& b) { return a.name < b.name; });
    return found;
  }

  // True when the page is full.
  absl::StatusOr<bool> Take(const std::vector<access::Policy>& policies) {
    for (const access::Policy& policy : policies) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      const bool wanted =
          request_.kind() == v1::POLICY_KIND_UNSPECIFIED ||
          static_cast<int>(request_.kind()) == static_cast<int>(policy.definition.kind);
      if (!wanted) continue;
      WHENCE_ASSIGN_OR_RETURN(const bool sees, sees_.At(policy.securable));
      if (!sees) continue;
      WHENCE_ASSIGN_OR_RETURN(v1::Policy message, Convert(names_, policy));
      bytes_ += message.ByteSizeLong();
      const bool no_room = response_.policies_size() >= page_.limit || bytes_ > kMaxPageBytes;
      if (no_room && !response_.policies().empty()) {
        const std::string& last = response_.policies(response_.policies_size() - 1).name();
        response_.set_next_page_token(NextPageToken(page_, {last}));
        return true;
      }
      *response_.add_policies() = std::move(message);
    }
    return false;
  }

  Call& call_;
  const Page& page_;
  const v1::ListPoliciesRequest& request_;
  PolicySight sees_;
  AccessNames names_;
  v1::ListPoliciesResponse response_;
  size_t bytes_ = 0;
};

}  // namespace

absl::Status ValidateCreatePolicy(const v1::CreatePolicyRequest& request) {
  return CheckPolicy(request.policy());
}

absl::StatusOr<v1::Policy> CreatePolicy(Call& call, const v1::CreatePolicyRequest& request) {
  const v1::Policy& wanted = request.policy();
  sql::Connection& connection = call.connection();
  WHENCE_ASSIGN_OR_RETURN(
      const AccessTarget target,
      FindTarget(connection, call.access(), kNow, wanted.securable(), "policy.securable"));
  access::NewPolicy policy{.name = wanted.name(), .securable = target.id(), .definition = {}};
  WHENCE_ASSIGN_OR_RETURN(policy.state, ParseState(wanted.state(), "policy.state"));
  WHENCE_ASSIGN_OR_RETURN(policy.definition, ResolveDefinition(connection, kNow, wanted));
  const ledger::Change& change = call.Change(ResourceOf(wanted.name()));
  WHENCE_ASSIGN_OR_RETURN(const access::Policy created,
                          access::CreatePolicy(call.write(), change, policy));
  return ToMessage(call, kNow, created);
}

absl::StatusOr<v1::Policy> GetPolicy(Call& call, const v1::GetPolicyRequest& request) {
  WHENCE_RETURN_IF_ERROR(access::ValidatePolicyName(request.name(), "name"));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const access::Policy policy,
                          access::GetPolicy(call.connection(), as_of, request.name()));
  return ToMessage(call, as_of, policy);
}

absl::StatusOr<v1::ListPoliciesResponse> ListPolicies(Call& call,
                                                      const v1::ListPoliciesRequest& request) {
  if (!v1::PolicyKind_IsValid(request.kind())) {
    return InvalidArgument("ENUM_VALUE_UNKNOWN", "kind",
                           absl::StrCat(static_cast<int>(request.kind()), " is no kind"),
                           "use a value of the contract");
  }
  const std::string securable = request.has_securable()
                                    ? absl::StrCat(static_cast<int>(request.securable().type()),
                                                   " ", request.securable().name())
                                    : std::string();
  WHENCE_ASSIGN_OR_RETURN(
      const Page page, OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
                                {"ListPolicies", securable, request.inherited() ? "inherited" : "",
                                 absl::StrCat(static_cast<int>(request.kind()))}));
  return PolicyPages(call, page, request).Fill();
}

absl::Status ValidateUpdatePolicy(const v1::UpdatePolicyRequest& request) {
  return CheckPolicyUpdate(request);
}

absl::StatusOr<v1::Policy> UpdatePolicy(Call& call, const v1::UpdatePolicyRequest& request) {
  const v1::Policy& wanted = request.policy();
  WHENCE_ASSIGN_OR_RETURN(const access::Policy current,
                          access::GetPolicy(call.connection(), kNow, wanted.name()));
  WHENCE_RETURN_IF_ERROR(CheckPolicyEtag(current, wanted.etag()));
  WHENCE_ASSIGN_OR_RETURN(const access::Policy next,
                          ApplyUpdate(call, kNow, current, wanted, request.update_mask()));
  if (next == current) return ToMessage(call, kNow, current);
  const ledger::Change& change = call.Change(ResourceOf(current.name));
  WHENCE_ASSIGN_OR_RETURN(const access::Policy updated,
                          access::UpdatePolicy(call.write(), change, next));
  return ToMessage(call, kNow, updated);
}

absl::Status ValidateDeletePolicy(const v1::DeletePolicyRequest& request) {
  return access::ValidatePolicyName(request.name(), "name");
}

absl::StatusOr<v1::DeletePolicyResponse> DeletePolicy(Call& call,
                                                      const v1::DeletePolicyRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const access::Policy current,
                          access::GetPolicy(call.connection(), kNow, request.name()));
  WHENCE_RETURN_IF_ERROR(CheckPolicyEtag(current, request.etag()));
  const ledger::Change& change = call.Change(ResourceOf(current.name));
  WHENCE_RETURN_IF_ERROR(access::DeletePolicy(call.write(), change, current).status());
  v1::DeletePolicyResponse response;
  response.set_position(change.position);
  return response;
}

}  // namespace whence::service
