#include "service/need.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "access/grant.h"
#include "base/error.h"
#include "base/name.h"
#include "base/reference.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/access_chain.h"
#include "service/authority.h"
#include "service/securable_names.h"

namespace whence::service {
namespace {

using access::Chain;
using access::Outcome;
using access::Privilege;

// "catalog prod", "table prod.fraud.scores", "metastore".
absl::StatusOr<std::string> TextOf(Call& call, const Chain& chain) {
  if (chain.depth == 0) return std::string("metastore");
  const int64_t id = chain.links[static_cast<size_t>(chain.depth - 1)].id;
  WHENCE_ASSIGN_OR_RETURN(const std::string name,
                          catalog::FullNameOf(call.connection(), call.position(), id));
  return StrCat(catalog::KindName(chain.kind), " ", name);
}

// The grants that would allow it: "whence grant "USE CATALOG" on catalog prod to user:ana".
absl::StatusOr<std::string> Fix(Call& call, Privilege privilege, const Chain& chain) {
  const access::Explanation why = call.access().Explain(call.identity(), privilege, chain);
  std::string text;
  for (const access::Lack& lack : why.lacks) {
    Chain at;
    if (lack.securable != access::kMetastore) {
      WHENCE_ASSIGN_OR_RETURN(
          at, ChainOfId(call.connection(), call.access(), call.position(), lack.securable));
    }
    WHENCE_ASSIGN_OR_RETURN(const std::string on, TextOf(call, at));
    const std::string_view name = access::PrivilegeName(lack.privilege);
    const bool words = name.find(' ') != std::string_view::npos;
    StrAppend(&text, text.empty() ? "" : "; ", "whence grant ", words ? "\"" : "", name,
              words ? "\"" : "", " on ", on, " to ", call.info().principal);
  }
  return text.empty() ? std::string("ask an admin of the metastore") : text;
}

std::string Because(const Verdict& verdict) {
  switch (verdict.outcome) {
    case Outcome::kDeniedByPolicy:
      return StrCat(": policy ", verdict.policy->name, " denies it");
    case Outcome::kOutOfScope:
      return ": the token was made for less";
    case Outcome::kInactive:
      return ": the principal is not active";
    default:
      return "";
  }
}

// To those who may not know whether there is such a thing.
absl::Status DeniedOrNone(Call& call, std::string_view act, std::string_view name) {
  call.NoteRefused(name);
  return PermissionDenied(
      "PERMISSION_DENIED",
      StrCat(call.info().principal, " may not ", act, " ", name, ", or there is none"),
      "ask its owner for a grant, or look at the name again");
}

// To those who see it.
absl::Status DeniedOn(Call& call, Privilege privilege, const Verdict& verdict, const Chain& chain) {
  WHENCE_ASSIGN_OR_RETURN(const std::string what, TextOf(call, chain));
  const std::string message =
      StrCat(call.info().principal, " may not ", access::PrivilegeName(privilege), " on ", what,
             Because(verdict));
  if (verdict.outcome == Outcome::kOutOfScope) {
    return PermissionDenied("PERMISSION_DENIED", message, "use another token");
  }
  if (verdict.outcome == Outcome::kDeniedByPolicy) {
    return PermissionDenied("PERMISSION_DENIED", message,
                            "no grant helps; ask who manages the policy for an exception");
  }
  WHENCE_ASSIGN_OR_RETURN(const std::string fix, Fix(call, privilege, chain));
  return PermissionDenied("PERMISSION_DENIED", message, fix);
}

// What was decided, as the error that the caller gets.
absl::Status Answer(Call& call, Privilege privilege, const Verdict& verdict, const Chain& chain,
                    std::string_view name) {
  if (verdict.allowed()) return absl::OkStatus();
  if (chain.depth > 0) {
    WHENCE_ASSIGN_OR_RETURN(const bool sees, call.authority().Sees(call.identity(), chain));
    if (!sees) return DeniedOrNone(call, StrCat(access::PrivilegeName(privilege), " on"), name);
  }
  call.NoteRefused(chain.depth == 0 ? "metastore" : name);
  return DeniedOn(call, privilege, verdict, chain);
}

absl::Status Check(Call& call, Privilege privilege, const Chain& chain, std::string_view name,
                   std::span<const std::string> columns = {}) {
  WHENCE_ASSIGN_OR_RETURN(const Verdict verdict,
                          call.authority().Decide(call.identity(), privilege, chain, columns));
  WHENCE_RETURN_IF_ERROR(Answer(call, privilege, verdict, chain, name));
  return NoteRead(call, privilege, chain, name, columns);
}

// A name that leads nowhere: the operation says so, to those who see where it ends.
absl::Status CheckMissing(Call& call, std::string_view act, const Chain& found,
                          std::string_view name) {
  // Which catalogs there are is for those who see all of them.
  bool sees = call.access().SeesAll(call.identity());
  if (!sees && found.depth > 0) {
    WHENCE_ASSIGN_OR_RETURN(sees, call.authority().Sees(call.identity(), found));
  }
  return sees ? absl::OkStatus() : DeniedOrNone(call, act, name);
}

// What stood at the path then, with the owners and the place that it has now: names may be of the
// past, permission is of today.
absl::StatusOr<ChainFound> Find(Call& call, Position as_of, std::span<const std::string> path) {
  WHENCE_ASSIGN_OR_RETURN(ChainFound found,
                          FindChain(call.connection(), call.access(), as_of, path));
  if (as_of == call.position() || found.chain.depth == 0) return found;
  const int64_t id = found.chain.links[static_cast<size_t>(found.chain.depth - 1)].id;
  WHENCE_ASSIGN_OR_RETURN(found.chain,
                          ChainOfId(call.connection(), call.access(), call.position(), id));
  return found;
}

// What a request names. Nothing when the operation will refuse the name.
struct Named {
  ChainFound found;
  bool readable = false;
};

// Whether nothing is hidden from the caller, and nobody wants to know what it looks at.
bool SeesAllUnnoticed(Call& call) {
  return call.access().SeesAll(call.identity()) && !call.audits_reads();
}

// To see what was found.
absl::Status CheckSeen(Call& call, const ChainFound& found, std::string_view name) {
  WHENCE_RETURN_IF_ERROR(CheckMissing(call, "see", found.chain, name));
  return found.whole ? NoteRead(call, Privilege::kBrowse, found.chain, name) : absl::OkStatus();
}

absl::StatusOr<Named> FindNamed(Call& call, Position as_of, std::string_view name, size_t depth) {
  const absl::StatusOr<NameOrId> target = ParseNameOrId(name, "name", depth);
  Named named;
  if (!target.ok()) return named;
  named.readable = true;
  if (target->id == 0) {
    WHENCE_ASSIGN_OR_RETURN(named.found, Find(call, as_of, target->path));
    return named;
  }
  const absl::StatusOr<Chain> chain =
      ChainOfId(call.connection(), call.access(), call.position(), target->id);
  if (chain.ok()) named.found = {.chain = *chain, .whole = true};
  if (!chain.ok() && !absl::IsNotFound(chain.status())) return chain.status();
  return named;
}

}  // namespace

absl::Status NeedOnMetastore(Call& call, Privilege privilege) {
  return Check(call, privilege, Chain(), "the metastore");
}

absl::Status NeedOn(Call& call, Privilege privilege, std::string_view name, size_t depth) {
  return NeedOn(call, call.position(), privilege, name, depth);
}

absl::Status NeedOn(Call& call, Position as_of, Privilege privilege, std::string_view name,
                    size_t depth) {
  WHENCE_ASSIGN_OR_RETURN(const Named named, FindNamed(call, as_of, name, depth));
  if (!named.readable) return absl::OkStatus();
  if (!named.found.whole) {
    return CheckMissing(call, StrCat(access::PrivilegeName(privilege), " on"), named.found.chain,
                        name);
  }
  return Check(call, privilege, named.found.chain, name);
}

absl::Status NeedToSee(Call& call, Position as_of, std::string_view name, size_t depth) {
  if (SeesAllUnnoticed(call)) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const Named named, FindNamed(call, as_of, name, depth));
  return named.readable ? CheckSeen(call, named.found, name) : absl::OkStatus();
}

absl::Status NeedOnParent(Call& call, Privilege privilege, std::string_view name, size_t depth) {
  const absl::StatusOr<std::vector<std::string>> path = ParseName(name, "name", depth, depth);
  if (!path.ok()) return absl::OkStatus();
  const std::span<const std::string> parent = std::span(*path).first(depth - 1);
  WHENCE_ASSIGN_OR_RETURN(const ChainFound found, Find(call, call.position(), parent));
  const std::string parent_name = FormatName(parent);
  if (!found.whole) {
    return CheckMissing(call, StrCat(access::PrivilegeName(privilege), " on"), found.chain,
                        parent_name);
  }
  return Check(call, privilege, found.chain, parent_name);
}

absl::Status NeedToUse(Call& call, Use use, std::string_view reference) {
  const absl::StatusOr<Reference> parsed = ParseReference(reference, "reference");
  if (!parsed.ok() || parsed->name.empty()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const ChainFound found, Find(call, call.position(), parsed->name));
  if (!found.whole) return CheckMissing(call, "use", found.chain, reference);
  const catalog::Kind kind = found.chain.kind;
  const std::span<const std::string> columns(&parsed->column, parsed->column.empty() ? 0 : 1);
  return Check(call, use == Use::kRead ? access::ReadPrivilege(kind) : access::WritePrivilege(kind),
               found.chain, reference, columns);
}

absl::Status NeedToSeeReference(Call& call, Position as_of, std::string_view reference) {
  if (SeesAllUnnoticed(call)) return absl::OkStatus();
  const absl::StatusOr<Reference> parsed = ParseReference(reference, "reference");
  if (!parsed.ok() || parsed->name.empty()) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const ChainFound found, Find(call, as_of, parsed->name));
  return CheckSeen(call, found, reference);
}

absl::Status NeedOn(Call& call, Privilege privilege, const catalog::Securable& securable) {
  WHENCE_ASSIGN_OR_RETURN(const Chain chain,
                          ChainOf(call.connection(), call.access(), call.position(), securable));
  return Check(call, privilege, chain, securable.FullName());
}

absl::Status NeedOnId(Call& call, Privilege privilege, int64_t securable_id) {
  WHENCE_ASSIGN_OR_RETURN(const Chain chain, ChainOfId(call.connection(), call.access(),
                                                       call.position(), securable_id));
  return Check(call, privilege, chain, StrCat("id:", securable_id));
}

absl::Status NeedToUseAsset(Call& call, Use use, int64_t asset_id, catalog::Kind kind,
                            std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(const Chain chain,
                          ChainOfId(call.connection(), call.access(), call.position(), asset_id));
  return Check(call, use == Use::kRead ? access::ReadPrivilege(kind) : access::WritePrivilege(kind),
               chain, name);
}

absl::Status NeedToSeeId(Call& call, int64_t securable_id, std::string_view name) {
  if (SeesAllUnnoticed(call)) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const Chain chain, ChainOfId(call.connection(), call.access(),
                                                       call.position(), securable_id));
  return CheckSeen(call, {.chain = chain, .whole = true}, name);
}

absl::Status NeedToSeeAbove(Call& call, std::span<const std::string> path) {
  WHENCE_ASSIGN_OR_RETURN(const ChainFound found, Find(call, call.position(), path));
  return CheckMissing(call, "see", found.chain, FormatName(path));
}

absl::Status NeedToMove(Call& call, std::string_view name, std::string_view new_name) {
  const absl::StatusOr<std::vector<std::string>> from = ParseName(name, "name", 3, 3);
  const absl::StatusOr<std::vector<std::string>> into = ParseName(new_name, "new_name", 3, 3);
  if (!from.ok() || !into.ok()) return absl::OkStatus();
  if (std::equal(from->begin(), from->end() - 1, into->begin())) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(const ChainFound found, Find(call, call.position(), *from));
  return found.whole ? NeedToMake(call, found.chain.kind, *into) : absl::OkStatus();
}

absl::Status NotFoundOrDenied(Call& call, std::span<const std::string> path,
                              const absl::Status& status) {
  if (!absl::IsNotFound(status) || call.access().SeesAll(call.identity())) return status;
  WHENCE_RETURN_IF_ERROR(NeedToSeeAbove(call, path));
  return status;
}

absl::Status Discreet(Call& call, const absl::Status& status) {
  if (!absl::IsNotFound(status) || call.access().SeesAll(call.identity())) return status;
  ErrorDetail detail = GetErrorDetail(status);
  if (detail.reason.empty() || detail.hint.empty()) return status;
  detail.hint.clear();
  return MakeError(status.code(), ToStd(status.message()), detail);
}

absl::Status NeedToMake(Call& call, catalog::Kind kind, std::span<const std::string> path) {
  return NeedOnParent(call, access::CreatePrivilege(kind), FormatName(path), path.size());
}

absl::Status NeedToManagePolicies(Call& call, const Chain& chain, std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(const Verdict verdict,
                          call.authority().DecideOnPolicies(call.identity(), chain));
  return Answer(call, Privilege::kManage, verdict, chain, name);
}

absl::Status NoteRead(Call& call, Privilege privilege, const Chain& chain, std::string_view name,
                      std::span<const std::string> columns) {
  if (!call.audits_reads()) return absl::OkStatus();
  std::vector<std::string> policies;
  WHENCE_RETURN_IF_ERROR(call.authority().EachAudit(
      call.identity(), privilege, chain, columns,
      [&policies](const access::Policy& policy) { policies.push_back(policy.name); }));
  if (policies.empty()) return absl::OkStatus();
  std::string read(chain.depth == 0 ? "metastore" : name);
  if (chain.depth > 0) {
    const int64_t id = chain.links[static_cast<size_t>(chain.depth - 1)].id;
    absl::StatusOr<std::string> full = catalog::FullNameOf(call.connection(), call.position(), id);
    if (full.ok()) read = *std::move(full);
  }
  call.NoteAudited({.securable = std::move(read),
                    .privilege = std::string(access::PrivilegeName(privilege)),
                    .policies = std::move(policies)});
  return absl::OkStatus();
}

absl::Status Denied(Call& call, std::string_view what) {
  return PermissionDenied("PERMISSION_DENIED", StrCat(call.info().principal, " may not ", what),
                          "ask an owner of what it touches for a grant");
}

}  // namespace whence::service
