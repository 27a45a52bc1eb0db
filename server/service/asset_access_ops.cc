#include "service/asset_access_ops.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/grant.h"
#include "access/index.h"
#include "access/principal.h"
#include "access/reach.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "catalog/securable_list.h"
#include "service/access_chain.h"
#include "service/access_checks.h"
#include "service/access_securable.h"
#include "service/asset_access.h"
#include "service/list_place.h"
#include "service/need.h"
#include "service/paging.h"
#include "service/visibility.h"

namespace whence::service {
namespace {

using access::PrincipalId;

// A page token names the position, at which the name may have meant something else: whoever asks
// may ask about that today.
absl::Status NeedToAskAboutTarget(Call& call, const v1::ListAssetAccessRequest& request,
                                  const AccessTarget& target) {
  const std::string& name = request.securable().name();
  if (request.principal() == call.info().principal) {
    return target.id() == access::kMetastore ? absl::OkStatus()
                                             : NeedToSeeId(call, target.id(), name);
  }
  absl::Status browse = NeedOnMetastore(call, access::Privilege::kBrowse);
  if (!absl::IsPermissionDenied(browse)) return browse;
  if (target.id() == access::kMetastore) return NeedOnMetastore(call, access::Privilege::kManage);
  return NeedOnId(call, access::Privilege::kManage, target.id());
}

// Purpose: fills a page asset by asset, principal by principal; it may end in the middle of an
// asset. Ownership: borrows all. One thread, one use.
class AssetAccessPage {
 public:
  AssetAccessPage(Call& call, const Page& page, const access::Snapshot& access,
                  v1::ListAssetAccessResponse* response)
      : call_(call),
        page_(page),
        access_(access),
        teller_(call.connection(), access, page.position),
        response_(response) {}

  // `only`: kNobody for everybody.
  absl::Status Fill(const AccessTarget& target, PrincipalId only) {
    only_ = only;
    std::vector<std::string> key = page_.key;
    if (!key.empty()) {
      after_ = std::move(key.back());
      key.pop_back();
    }
    if (target.chain.depth == 3) {
      WHENCE_ASSIGN_OR_RETURN(const bool whole, Take(target.chain));
      if (!whole) SetToken({});
      return absl::OkStatus();
    }
    catalog::ListQuery query;
    query.as_of = page_.position;
    WHENCE_ASSIGN_OR_RETURN(query.after, FromKey(key, 3));
    if (target.chain.depth > 0) {
      WHENCE_ASSIGN_OR_RETURN(query.parent,
                              catalog::PathOf(call_.connection(), page_.position, target.id()));
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

  absl::StatusOr<bool> TakeAsset(const catalog::Securable& asset) {
    WHENCE_RETURN_IF_ERROR(call_.StillWanted());
    if (!call_.visibility().all()) {
      WHENCE_ASSIGN_OR_RETURN(const bool sees, call_.visibility().Sees(asset));
      if (!sees) return true;
    }
    WHENCE_ASSIGN_OR_RETURN(const access::Chain chain,
                            ChainOf(call_.connection(), access_, page_.position, asset));
    return Take(chain);
  }

  // Those who may have something there, by name, from `after_` on: one more than this page can look
  // at, by whom it is seen that they are not all. Remembered by whom grants and ownership name: on
  // most assets of a schema these are the same few.
  const std::vector<PrincipalId>& PeopleOn(const access::Chain& chain) {
    if (only_ != access::kNobody) {
      first_ = access_.NameOf(only_) > after_ ? std::vector<PrincipalId>{only_}
                                              : std::vector<PrincipalId>();
      return first_;
    }
    std::vector<PrincipalId> named = access::NamedOn(access_, chain);
    constexpr auto kMost = static_cast<size_t>(kMaxScanPerPage) + 1;
    if (!after_.empty()) {
      first_ = access::PeopleOf(access_, named, after_, kMost);
      return first_;
    }
    const auto known = people_.find(named);
    if (known != people_.end()) return known->second;
    std::vector<PrincipalId> people = access::PeopleOf(access_, named, after_, kMost);
    return people_.emplace(std::move(named), std::move(people)).first->second;
  }

  // False: the page is full, and `after_` says how far it came.
  absl::StatusOr<bool> Take(const access::Chain& chain) {
    WHENCE_RETURN_IF_ERROR(teller_.Open(chain));
    for (const PrincipalId id : PeopleOn(chain)) {
      WHENCE_RETURN_IF_ERROR(call_.StillWanted());
      const bool full = response_->items_size() >= page_.limit || bytes_ >= kMaxPageBytes ||
                        looked_at_ >= kMaxScanPerPage;
      if (full) return false;
      ++looked_at_;
      access::Identity who;
      who.principal = id;
      who.name = std::string(access_.NameOf(id));
      WHENCE_ASSIGN_OR_RETURN(std::optional<v1::AssetAccess> told, teller_.Tell(who));
      if (told.has_value()) {
        bytes_ += told->ByteSizeLong();
        *response_->add_items() = *std::move(told);
      }
      after_ = who.name;
    }
    after_.clear();
    return true;
  }

  Call& call_;
  const Page& page_;
  const access::Snapshot& access_;
  AssetAccessTeller teller_;
  v1::ListAssetAccessResponse* const response_;
  PrincipalId only_ = access::kNobody;
  std::string after_;  // of the asset that is next: the last principal that was looked at
  // By whom grants and ownership name on an asset; and of the page's first asset.
  std::map<std::vector<PrincipalId>, std::vector<PrincipalId>> people_;
  std::vector<PrincipalId> first_;
  int64_t looked_at_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<v1::ListAssetAccessResponse> ListAssetAccess(
    Call& call, const v1::ListAssetAccessRequest& request) {
  const v1::Securable& where = request.securable();
  WHENCE_ASSIGN_OR_RETURN(
      const Page page,
      OpenPage(call, request.page_size(), request.page_token(), request.as_of(),
               {"ListAssetAccess", absl::StrCat(static_cast<int>(where.type()), " ", where.name()),
                request.principal()}));
  WHENCE_ASSIGN_OR_RETURN(const access::Snapshot access, AccessAsOf(call, page.position));
  AccessTarget target;  // the metastore
  if (request.has_securable()) {
    WHENCE_ASSIGN_OR_RETURN(
        target, FindTarget(call.connection(), access, page.position, where, "securable"));
  }
  WHENCE_RETURN_IF_ERROR(NeedToAskAboutTarget(call, request, target));
  PrincipalId only = access::kNobody;
  if (!request.principal().empty()) {
    WHENCE_ASSIGN_OR_RETURN(
        const access::Principal principal,
        PrincipalNamed(call.connection(), page.position, request.principal(), "principal"));
    only = principal.id;
  }
  v1::ListAssetAccessResponse response;
  response.set_position(page.position);
  WHENCE_RETURN_IF_ERROR(AssetAccessPage(call, page, access, &response).Fill(target, only));
  return response;
}

}  // namespace whence::service
