#include "service/preview_ops.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/policy.h"
#include "access/policy_set.h"
#include "access/principal.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "catalog/securable_list.h"
#include "service/access_chain.h"
#include "service/access_checks.h"
#include "service/access_securable.h"
#include "service/list_place.h"
#include "service/need.h"
#include "service/paging.h"
#include "service/policy_difference.h"
#include "service/policy_draft.h"
#include "service/policy_tags.h"
#include "service/recent_reads.h"

namespace whence::service {
namespace {

// The policy as it is and as it would be.
struct Candidate {
  std::optional<access::Policy> before;
  access::Policy after;
};

absl::StatusOr<Candidate> FindCandidate(Call& call, Position as_of,
                                        const v1::PreviewPolicyRequest& request) {
  const v1::Policy& wanted = request.policy();
  Candidate candidate;
  absl::StatusOr<access::Policy> there = access::GetPolicy(call.connection(), as_of, wanted.name());
  if (there.ok()) {
    WHENCE_ASSIGN_OR_RETURN(candidate.after,
                            ApplyUpdate(call, as_of, *there, wanted, request.update_mask()));
    candidate.before = *std::move(there);
  } else {
    if (!absl::IsNotFound(there.status())) return there.status();
    WHENCE_RETURN_IF_ERROR(CheckPolicy(wanted));
    WHENCE_ASSIGN_OR_RETURN(const AccessTarget target,
                            FindTarget(call.connection(), call.access(), as_of, wanted.securable(),
                                       "policy.securable"));
    candidate.after.id = std::numeric_limits<int64_t>::max();  // the newest of all
    candidate.after.name = wanted.name();
    candidate.after.securable = target.id();
    candidate.after.state = wanted.state() == v1::POLICY_STATE_DISABLED
                                ? access::PolicyState::kDisabled
                                : access::PolicyState::kEnabled;
    WHENCE_ASSIGN_OR_RETURN(candidate.after.definition,
                            ResolveDefinition(call.connection(), as_of, wanted));
  }
  if (candidate.after.state == access::PolicyState::kDryRun) {
    candidate.after.state = access::PolicyState::kEnabled;
  }
  return candidate;
}

// A page token names the position, at which there may be a policy of that name, or something of its
// securable's, that is not what there is now: whoever asks manages the place that it comes to.
absl::Status NeedToManagePoliciesAt(Call& call, const access::Policy& policy) {
  WHENCE_ASSIGN_OR_RETURN(const access::Chain chain, ChainOfId(call.connection(), call.access(),
                                                               call.position(), policy.securable));
  return NeedToManagePolicies(call, chain, policy.name);
}

// Users and services by name, active ones.
absl::StatusOr<std::vector<access::Principal>> Everybody(Call& call, Position as_of,
                                                         bool* complete) {
  constexpr int kChunk = 500;
  std::vector<access::Principal> everybody;
  std::string after;
  for (;;) {
    WHENCE_ASSIGN_OR_RETURN(std::vector<access::Principal> some,
                            access::ListPrincipals(call.connection(), as_of, after, kChunk));
    for (access::Principal& principal : some) {
      WHENCE_RETURN_IF_ERROR(call.StillWanted());
      after = principal.name;
      if (principal.kind == access::PrincipalKind::kGroup || !principal.active) continue;
      if (everybody.size() == kMaxPreviewPrincipals) {
        *complete = false;
        return everybody;
      }
      everybody.push_back(std::move(principal));
    }
    if (some.size() < kChunk) return everybody;
  }
}

// Purpose: fills a page with effects, asset by asset, principal by principal. A page may end in the
// middle of an asset. Ownership: borrows all. One thread, one use.
class PreviewPage {
 public:
  PreviewPage(Call& call, const Page& page, const Candidate& candidate,
              PolicyDifference& difference, v1::PreviewPolicyResponse* response)
      : call_(call),
        page_(page),
        candidate_(candidate),
        difference_(difference),
        response_(response) {}

  absl::Status Fill(const access::Snapshot& access, std::vector<access::Principal> people,
                    const RecentReads& reads) {
    access_ = &access;
    people_ = std::move(people);
    reads_ = &reads;
    std::vector<std::string> key = page_.key;
    if (!key.empty()) {
      after_ = std::move(key.back());
      key.pop_back();
    }
    WHENCE_ASSIGN_OR_RETURN(
        const access::Chain place,
        ChainOfId(call_.connection(), access, page_.position, candidate_.after.securable));
    if (place.depth == 3) return FillAsset(place);
    catalog::ListQuery query;
    query.as_of = page_.position;
    query.max_rows = kMaxScanPerPage;
    WHENCE_ASSIGN_OR_RETURN(query.after, FromKey(key, 3));
    if (place.depth > 0) {
      WHENCE_ASSIGN_OR_RETURN(query.parent, catalog::PathOf(call_.connection(), page_.position,
                                                            candidate_.after.securable));
    }
    WHENCE_ASSIGN_OR_RETURN(
        const catalog::ListEnd end,
        catalog::ListSecurables(call_.connection(), query,
                                [&](const catalog::Securable& asset) { return TakeAsset(asset); }));
    if (!end.complete) SetToken(ToKey(end.place));
    return absl::OkStatus();
  }

 private:
  void SetToken(std::vector<std::string> key) {
    key.push_back(after_);
    response_->set_next_page_token(NextPageToken(page_, std::move(key)));
  }

  absl::Status FillAsset(const access::Chain& chain) {
    WHENCE_ASSIGN_OR_RETURN(const bool whole, Take(chain));
    if (!whole) SetToken({});
    return absl::OkStatus();
  }

  absl::StatusOr<bool> TakeAsset(const catalog::Securable& asset) {
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    WHENCE_ASSIGN_OR_RETURN(const access::Chain chain,
                            ChainOf(call_.connection(), *access_, page_.position, asset));
    return Take(chain);
  }

  // Whether the policy, as it is or would be, can touch the asset or the gates above it.
  absl::StatusOr<bool> Touches(const access::Chain& chain) {
    for (int level = 1; level <= chain.depth; ++level) {
      WHENCE_ASSIGN_OR_RETURN(const std::vector<catalog::Tag> tags,
                              TagsForPolicies(call_.connection(), page_.position, chain, level));
      if (candidate_.after.definition.asset_tags.Holds(tags)) return true;
      if (candidate_.before.has_value() && candidate_.before->definition.asset_tags.Holds(tags)) {
        return true;
      }
    }
    return false;
  }

  bool Concerns(const access::Identity& who) const {
    const auto is_any = [&](std::span<const access::PrincipalId> all) {
      return access_->IsInAny(who, all);
    };
    return access::IsFor(candidate_.after.definition, is_any) ||
           (candidate_.before.has_value() && access::IsFor(candidate_.before->definition, is_any));
  }

  // False: the page is full, and `after_` says how far it came.
  absl::StatusOr<bool> Take(const access::Chain& chain) {
    WHENCE_ASSIGN_OR_RETURN(const bool touches, Touches(chain));
    if (touches) {
      WHENCE_RETURN_IF_ERROR(difference_.Open(chain));
      const int64_t id = chain.links[static_cast<size_t>(chain.depth) - 1].id;
      WHENCE_ASSIGN_OR_RETURN(const v1::Securable asset,
                              SecurableMessage(call_.connection(), page_.position, id));
      for (const access::Principal& principal : people_) {
        if (principal.name <= after_) continue;
        WHENCE_RETURN_IF_ERROR(call_.StillWanted());
        const bool full = response_->effects_size() >= page_.limit || bytes_ >= kMaxPageBytes ||
                          looked_at_ >= kMaxScanPerPage;
        if (full) return false;
        ++looked_at_;
        WHENCE_RETURN_IF_ERROR(TakePair(principal, asset));
        after_ = principal.name;
      }
    }
    after_.clear();
    return true;
  }

  absl::Status TakePair(const access::Principal& principal, const v1::Securable& asset) {
    const access::Identity who = IdentityOf(principal);
    if (!Concerns(who)) return absl::OkStatus();
    WHENCE_ASSIGN_OR_RETURN(std::optional<v1::PolicyEffect> effect, difference_.EffectOn(who));
    if (!effect.has_value()) return absl::OkStatus();
    effect->set_principal(principal.name);
    *effect->mutable_securable() = asset;
    effect->set_recent_reads(reads_->Of(principal.name, asset.id()));
    effect->set_recent_decisions(reads_->DecisionsOf(principal.name, asset.name()));
    bytes_ += effect->ByteSizeLong();
    *response_->add_effects() = *std::move(effect);
    return absl::OkStatus();
  }

  Call& call_;
  const Page& page_;
  const Candidate& candidate_;
  PolicyDifference& difference_;
  v1::PreviewPolicyResponse* const response_;
  const access::Snapshot* access_ = nullptr;
  std::vector<access::Principal> people_;  // by name
  const RecentReads* reads_ = nullptr;
  std::string after_;  // of the asset that is next: the last principal that was looked at
  int64_t looked_at_ = 0;
  size_t bytes_ = 0;
};

absl::StatusOr<absl::Duration> WindowOf(const v1::PreviewPolicyRequest& request) {
  const absl::Duration window = absl::Seconds(request.window_seconds());
  if (window == absl::ZeroDuration()) return kDefaultPreviewWindow;
  if (window > absl::ZeroDuration() && window <= kMaxPreviewWindow) return window;
  return InvalidArgument("PREVIEW_WINDOW_OUT_OF_RANGE", "window_seconds",
                         absl::StrCat(request.window_seconds(), " is not between 1 and ",
                                      absl::ToInt64Seconds(kMaxPreviewWindow)),
                         "ask for at most 90 days");
}

std::string Truncation(bool people, bool reads) {
  std::string text;
  if (!people) {
    StrAppend(&text, "the first ", kMaxPreviewPrincipals,
              " users and services by name are looked at; ask for one by name");
  }
  if (!reads) {
    StrAppend(&text, text.empty() ? "" : "; ", "of recorded reads and entries the newest ",
              kMaxRecentReads, " are looked at; ask for a shorter window");
  }
  return text;
}

}  // namespace

absl::StatusOr<v1::PreviewPolicyResponse> PreviewPolicy(Call& call,
                                                        const v1::PreviewPolicyRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const absl::Duration window, WindowOf(request));
  WHENCE_ASSIGN_OR_RETURN(const Page page,
                          OpenPage(call, request.page_size(), request.page_token(), v1::AsOf(),
                                   {"PreviewPolicy", request.policy().SerializeAsString(),
                                    request.update_mask().SerializeAsString(), request.principal(),
                                    absl::StrCat(request.window_seconds())}));
  WHENCE_ASSIGN_OR_RETURN(const access::Snapshot before, AccessAsOf(call, page.position));
  WHENCE_ASSIGN_OR_RETURN(const Candidate candidate, FindCandidate(call, page.position, request));
  WHENCE_RETURN_IF_ERROR(NeedToManagePoliciesAt(call, candidate.after));
  const access::Snapshot after = WithPolicies(before, before.policies()->With(candidate.after));

  v1::PreviewPolicyResponse response;
  bool everybody = true;
  std::vector<access::Principal> people;
  if (request.principal().empty()) {
    WHENCE_ASSIGN_OR_RETURN(people, Everybody(call, page.position, &everybody));
  } else {
    WHENCE_ASSIGN_OR_RETURN(
        access::Principal one,
        PrincipalNamed(call.connection(), page.position, request.principal(), "principal"));
    people.push_back(std::move(one));
  }
  RecentReads reads;
  WHENCE_RETURN_IF_ERROR(reads.Count(call, page.position, call.house().clock().Now() - window));
  PolicyDifference difference(call.connection(), before, after, page.position);
  WHENCE_RETURN_IF_ERROR(PreviewPage(call, page, candidate, difference, &response)
                             .Fill(before, std::move(people), reads));
  response.set_truncated(Truncation(everybody, reads.complete()));
  response.set_position(page.position);
  return response;
}

}  // namespace whence::service
