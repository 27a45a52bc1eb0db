#include "kill_access.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "kill_kind.h"
#include "whence/v1/access.grpc.pb.h"
#include "whence/v1/policy.grpc.pb.h"

namespace whence::test {
namespace {

// What was done to one user, as its steps say.
enum class Step {
  kCreateUser,
  kCreateToken,
  kGrant,
  kJoin,
  kDeny,
  kLiftDeny,
  kMask,
  kChangeMask,
  kRevokeToken,
  kLeave,
  kJoinAgain,
  kRevokeGrant,
  kDeleteMask,
  kDeactivate,
  kDeleteDeny,
  kDeleteUser,
  kCount
};
constexpr int kSteps = static_cast<int>(Step::kCount);

// The actions that the ledger has of them.
constexpr std::array<const char*, kSteps> kActions = {
    "CreatePrincipal", "CreateToken",     "ChangeGrants", "AddMember",
    "CreatePolicy",    "UpdatePolicy",    "CreatePolicy", "UpdatePolicy",
    "RevokeToken",     "RemoveMember",    "AddMember",    "ChangeGrants",
    "DeletePolicy",    "UpdatePrincipal", "DeletePolicy", "DeletePrincipal"};

// The naive model: what there is, and what follows from it.
struct Known {
  bool user = false, active = false;
  std::string token = "none";
  bool granted = false, member = false;
  std::string deny = "none";
  std::string mask = "none";

  void Do(Step step);
  std::string Decision() const;
  std::string Text() const {
    return "user " + Decision() + ", token " + token + ", deny " + deny + ", mask " + mask;
  }
};

void Known::Do(Step step) {
  switch (step) {
    case Step::kCreateUser:
      user = active = true;
      return;
    case Step::kCreateToken:
      token = "works";
      return;
    case Step::kGrant:
      granted = true;
      return;
    case Step::kJoin:
    case Step::kJoinAgain:
      member = true;
      return;
    case Step::kDeny:
      deny = "enabled";
      return;
    case Step::kLiftDeny:
      deny = "disabled";
      return;
    case Step::kMask:
      mask = "nullify";
      return;
    case Step::kChangeMask:
      mask = "redact";
      return;
    case Step::kRevokeToken:
      token = "revoked";
      return;
    case Step::kLeave:
      member = false;
      return;
    case Step::kRevokeGrant:
      granted = false;
      return;
    case Step::kDeleteMask:
      mask = "none";
      return;
    case Step::kDeactivate:
      active = false;
      return;
    case Step::kDeleteDeny:
      deny = "none";
      return;
    default:
      *this = Known();
  }
}

std::string Known::Decision() const {
  if (!user) return "unknown";
  if (!active) return "PRINCIPAL_INACTIVE";
  if (!member) return "NO_USE_CATALOG";
  if (!granted) return "NO_PRIVILEGE";
  if (deny == "enabled") return "DENIED_BY_POLICY";
  return mask == "none" ? "ALLOWED" : "ALLOWED " + mask;
}

// After so many steps.
Known After(int steps) {
  Known known;
  for (int i = 0; i < steps; ++i) known.Do(static_cast<Step>(i));
  return known;
}

class AccessWrites final : public Named {
 public:
  AccessWrites(const std::string& name, int round)
      : Named(name), name_(name), table_("kill.test.input-" + std::to_string(round)) {}
  void Connect(const std::shared_ptr<grpc::Channel>& channel) override {
    access_ = v1::AccessService::NewStub(channel);
    policies_ = v1::PolicyService::NewStub(channel);
    states_.clear();
  }
  std::optional<std::string> Send(int number) override;
  // It is whole as well when a later step shows that was sent: none is before this one.
  int Wholeness(int number) override {
    const std::string& state = StateOf(number / kSteps);
    seen_ = state + "; wanted: " + After(number % kSteps + 1).Text();
    const int step = number % kSteps;
    const int last = std::min(sent_ - number + step, kSteps - 1);
    for (int later = step; later <= last; ++later) {
      if (state == After(later + 1).Text()) return 1;
    }
    return state == After(step).Text() ? 0 : -1;
  }
  std::string Seen() const override { return seen_; }
  KillTotals TotalsOf(int number) const override {
    return {.entries = {{kActions[static_cast<size_t>(number % kSteps)], 1}}};
  }

 private:
  using Access = v1::AccessService::Stub;
  using Policy = v1::PolicyService::Stub;
  struct Token {
    int64_t id = 0;
    std::string secret;
  };

  std::string UserOf(int cycle) const { return KillUserOf(name_, cycle); }
  std::string DenyOf(int cycle) const { return "deny-" + IdOf(cycle); }
  std::string MaskOf(int cycle) const { return "mask-" + IdOf(cycle); }
  std::string ColumnOf(int cycle) const { return "hidden-" + IdOf(cycle); }

  template <class Request>
  Request New(int number) const {
    Request request;
    request.set_request_id("access-" + IdOf(number));
    return request;
  }
  std::optional<std::string> SendToken(int number);
  std::optional<std::string> SendRevocation(int number);
  std::optional<std::string> SendMembership(int number);
  std::optional<std::string> SendGrants(int number);
  std::optional<std::string> SendUser(int number);
  std::optional<std::string> SendNewPolicy(int number);
  std::optional<std::string> SendPolicy(int number);
  std::optional<std::string> SendDeletion(int number);

  const std::string& StateOf(int cycle);
  std::string AskState(int cycle);
  std::string TokenState(int cycle, const std::string& decision);
  std::string DecisionState(int cycle, const std::string& token);
  std::string PolicyState(const std::string& policy);

  const std::string name_;
  const std::string table_;
  int sent_ = -1;  // the last
  std::string seen_;
  std::map<int, Token> tokens_;        // by cycle
  std::map<int, std::string> states_;  // asked for since the last write, by cycle
  std::unique_ptr<Access> access_;
  std::unique_ptr<Policy> policies_;
};

std::optional<std::string> AccessWrites::Send(int number) {
  sent_ = std::max(sent_, number);
  states_.clear();
  switch (static_cast<Step>(number % kSteps)) {
    case Step::kCreateToken:
      return SendToken(number);
    case Step::kRevokeToken:
      return SendRevocation(number);
    case Step::kJoin:
    case Step::kJoinAgain:
    case Step::kLeave:
      return SendMembership(number);
    case Step::kGrant:
    case Step::kRevokeGrant:
      return SendGrants(number);
    case Step::kDeny:
    case Step::kMask:
      return SendNewPolicy(number);
    case Step::kLiftDeny:
    case Step::kChangeMask:
      return SendPolicy(number);
    case Step::kDeleteDeny:
    case Step::kDeleteMask:
      return SendDeletion(number);
    default:
      return SendUser(number);
  }
}

// The secret is shown the first time only: all but it is the answer.
std::optional<std::string> AccessWrites::SendToken(int number) {
  auto request = New<v1::CreateTokenRequest>(number);
  request.mutable_token()->set_principal(UserOf(number / kSteps));
  const auto made = Call(*access_, &Access::CreateToken, request);
  if (!made) return std::nullopt;
  Token& token = tokens_[number / kSteps];
  token.id = made->token().id();
  if (!made->secret().empty()) token.secret = made->secret();
  return made->token().SerializeAsString();
}

std::optional<std::string> AccessWrites::SendRevocation(int number) {
  auto request = New<v1::RevokeTokenRequest>(number);
  request.set_id(tokens_[number / kSteps].id);
  return Text(Call(*access_, &Access::RevokeToken, request));
}

std::optional<std::string> AccessWrites::SendMembership(int number) {
  const auto fill = [&](auto request) {
    request.set_group(kGateGroup);
    request.set_member(UserOf(number / kSteps));
    return request;
  };
  if (static_cast<Step>(number % kSteps) == Step::kLeave) {
    return Text(Call(*access_, &Access::RemoveMember, fill(New<v1::RemoveMemberRequest>(number))));
  }
  return Text(Call(*access_, &Access::AddMember, fill(New<v1::AddMemberRequest>(number))));
}

std::optional<std::string> AccessWrites::SendGrants(int number) {
  auto request = New<v1::ChangeGrantsRequest>(number);
  request.mutable_securable()->set_name(table_);
  request.set_principal(UserOf(number / kSteps));
  const bool grant = static_cast<Step>(number % kSteps) == Step::kGrant;
  (grant ? request.add_add() : request.add_remove())->assign("SELECT");
  return Text(Call(*access_, &Access::ChangeGrants, request));
}

std::optional<std::string> AccessWrites::SendUser(int number) {
  const std::string user = UserOf(number / kSteps);
  const auto step = static_cast<Step>(number % kSteps);
  if (step == Step::kCreateUser) {
    auto request = New<v1::CreatePrincipalRequest>(number);
    request.mutable_principal()->set_name(user);
    return Text(Call(*access_, &Access::CreatePrincipal, request));
  }
  if (step == Step::kDeactivate) {
    auto request = New<v1::UpdatePrincipalRequest>(number);
    request.mutable_principal()->set_name(user);
    request.mutable_update_mask()->add_paths("active");
    return Text(Call(*access_, &Access::UpdatePrincipal, request));
  }
  auto request = New<v1::DeletePrincipalRequest>(number);
  request.set_name(user);
  return Text(Call(*access_, &Access::DeletePrincipal, request));
}

std::optional<std::string> AccessWrites::SendNewPolicy(int number) {
  const int cycle = number / kSteps;
  auto request = New<v1::CreatePolicyRequest>(number);
  v1::Policy& policy = *request.mutable_policy();
  policy.mutable_securable()->set_name(table_);
  policy.add_to(UserOf(cycle));
  if (static_cast<Step>(number % kSteps) == Step::kDeny) {
    policy.set_name(DenyOf(cycle));
    policy.set_kind(v1::POLICY_KIND_DENY);
    policy.add_privileges("SELECT");
  } else {
    policy.set_name(MaskOf(cycle));
    policy.set_kind(v1::POLICY_KIND_MASK);
    policy.mutable_mask()->set_type("nullify");
    policy.add_columns(ColumnOf(cycle));
  }
  return Text(Call(*policies_, &Policy::CreatePolicy, request));
}

std::optional<std::string> AccessWrites::SendPolicy(int number) {
  const int cycle = number / kSteps;
  auto request = New<v1::UpdatePolicyRequest>(number);
  v1::Policy& policy = *request.mutable_policy();
  if (static_cast<Step>(number % kSteps) == Step::kLiftDeny) {
    policy.set_name(DenyOf(cycle));
    policy.set_state(v1::POLICY_STATE_DISABLED);
    request.mutable_update_mask()->add_paths("state");
  } else {
    policy.set_name(MaskOf(cycle));
    policy.mutable_mask()->set_type("redact");
    request.mutable_update_mask()->add_paths("mask");
  }
  return Text(Call(*policies_, &Policy::UpdatePolicy, request));
}

std::optional<std::string> AccessWrites::SendDeletion(int number) {
  const int cycle = number / kSteps;
  auto request = New<v1::DeletePolicyRequest>(number);
  const bool mask = static_cast<Step>(number % kSteps) == Step::kDeleteMask;
  request.set_name(mask ? MaskOf(cycle) : DenyOf(cycle));
  return Text(Call(*policies_, &Policy::DeletePolicy, request));
}

// ---- what the server says now -------------------------------------------------------------------

const std::string& AccessWrites::StateOf(int cycle) {
  const auto found = states_.find(cycle);
  if (found != states_.end()) return found->second;
  return states_[cycle] = AskState(cycle);
}

// As Known::Text has it.
std::string AccessWrites::AskState(int cycle) {
  const std::string decision = DecisionState(cycle, "");
  return "user " + decision + ", token " + TokenState(cycle, decision) + ", deny " +
         PolicyState(DenyOf(cycle)) + ", mask " + PolicyState(MaskOf(cycle));
}

// What is stored of the token; and who has its secret is known by it exactly as long as it should
// be, and is then told about itself what the owner is told.
std::string AccessWrites::TokenState(int cycle, const std::string& decision) {
  const bool active = decision != "unknown" && decision != "PRINCIPAL_INACTIVE";
  v1::ListTokensRequest list;
  list.set_principal(UserOf(cycle));
  list.set_show_ended(true);
  grpc::Status status;
  const auto tokens = Call(*access_, &Access::ListTokens, list, &status);
  if (!tokens && status.error_code() != grpc::StatusCode::NOT_FOUND) return "not told";
  std::string state = "none";
  if (tokens && tokens->tokens_size() > 0) {
    state = tokens->tokens(0).has_revoke_time() ? "revoked" : "works";
  }
  const std::string& secret = tokens_[cycle].secret;
  if (secret.empty()) return state;
  const auto self = Call(*access_, &Access::WhoAmI, v1::WhoAmIRequest(), &status, secret);
  if (!self && status.error_code() != grpc::StatusCode::UNAUTHENTICATED) return "not told";
  if (self.has_value() != (state == "works" && active)) return state + ", but otherwise to itself";
  if (self && self->principal().name() != UserOf(cycle)) return "another's";
  // Who sees nothing of the table is told nothing about it.
  const std::string own = self ? DecisionState(cycle, secret) : decision;
  const bool hidden = own == "hidden" && !decision.starts_with("ALLOWED");
  return own == decision || hidden ? state : state + ", but tells itself " + own;
}

std::string AccessWrites::DecisionState(int cycle, const std::string& token) {
  v1::DecideRequest decide;
  if (token.empty()) decide.set_principal(UserOf(cycle));
  decide.set_privilege("SELECT");
  decide.mutable_securable()->set_name(table_);
  decide.add_columns(ColumnOf(cycle));
  grpc::Status status;
  const auto decision = Call(*policies_, &Policy::Decide, decide, &status, token);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return "unknown";
  if (status.error_code() == grpc::StatusCode::PERMISSION_DENIED) return "hidden";
  if (!decision) return "not told";
  std::string text = v1::AccessOutcome_Name(decision->outcome()).substr(sizeof("ACCESS_OUTCOME"));
  for (const v1::ColumnMask& mask : decision->masks()) text += " " + mask.mask().type();
  return text;
}

std::string AccessWrites::PolicyState(const std::string& policy) {
  v1::GetPolicyRequest get;
  get.set_name(policy);
  grpc::Status status;
  const auto found = Call(*policies_, &Policy::GetPolicy, get, &status);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return "none";
  if (!found) return "not told";
  if (found->kind() == v1::POLICY_KIND_MASK) return found->mask().type();
  return found->state() == v1::POLICY_STATE_ENABLED ? "enabled" : "disabled";
}

}  // namespace

std::unique_ptr<KillWrites> MakeAccessWrites(const std::string& name, int round) {
  return std::make_unique<AccessWrites>(name, round);
}

std::string KillUserOf(const std::string& name, int cycle) {
  return "user:kill-" + name + "-" + std::to_string(cycle);
}

}  // namespace whence::test
