#include "cli/bulk/access_exporter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/name.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "cli/bulk/pages.h"
#include "cli/bulk/portable.h"
#include "cli/bulk/portable_access.h"
#include "cli/bulk/references.h"
#include "cli/error.h"
#include "cli/text/human.h"

namespace whence::cli {
namespace {

// What was deleted: its name may be another's by now.
bool IsDeleted(std::string_view name) { return name.starts_with("id:"); }

// Says what was asked for besides, and how to do without.
absl::Status NeedsMore(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kPermissionDenied) return status;
  return WithOtherHint(MakeError(status.code(),
                                 StrCat("exporting who may what needs BROWSE on the metastore: ",
                                        ToStd(status.message())),
                                 GetErrorDetail(status)),
                       "--no-access writes what you see without principals, grants, policies and "
                       "definitions of tags");
}

}  // namespace

absl::Status AccessExporter::WritePrincipals() {
  if (!whole()) return absl::OkStatus();
  std::vector<std::string> groups;
  std::vector<std::string> inactive;
  WHENCE_RETURN_IF_ERROR(
      NeedsMore(ForEachPage(app_, position_, kListPrincipals, v1::ListPrincipalsRequest(),
                            [&](const v1::ListPrincipalsResponse& page) -> absl::Status {
                              for (const v1::Principal& principal : page.principals()) {
                                for (const std::string& line : PrincipalLines(principal)) {
                                  WHENCE_RETURN_IF_ERROR(write_(line));
                                }
                                if (principal.kind() == v1::PRINCIPAL_KIND_GROUP)
                                  groups.push_back(principal.name());
                                if (principal.active()) continue;
                                if (MadeByFirstStart(principal)) {
                                  inactive_first_ = principal.name();
                                } else {
                                  inactive.push_back(principal.name());
                                }
                              }
                              return absl::OkStatus();
                            })));
  for (const std::string& name : inactive) WHENCE_RETURN_IF_ERROR(write_(InactiveLine(name)));
  for (const std::string& group : groups) WHENCE_RETURN_IF_ERROR(WriteMembers(group));
  return absl::OkStatus();
}

absl::Status AccessExporter::WriteMembers(const std::string& group) {
  v1::ListMembersRequest request;
  request.set_group(group);
  return ForEachPage(app_, position_, kListMembers, request,
                     [&](const v1::ListMembersResponse& page) -> absl::Status {
                       for (const v1::Principal& member : page.members()) {
                         v1::Membership membership;
                         membership.set_group(group);
                         membership.set_member(member.name());
                         WHENCE_RETURN_IF_ERROR(write_(RecordLine("membership", membership)));
                       }
                       return absl::OkStatus();
                     });
}

absl::Status AccessExporter::FindMetastoreOwner() {
  v1::GetMetastoreRequest request;
  request.mutable_as_of()->set_position(position_);
  WHENCE_ASSIGN_OR_RETURN(const v1::Metastore metastore, app_.Call(kGetMetastore, request));
  metastore_owner_ = metastore.owner();
  return absl::OkStatus();
}

absl::Status AccessExporter::WriteTagDefinitions() {
  WHENCE_RETURN_IF_ERROR(FindMetastoreOwner());
  return ForEachPage(
      app_, position_, kListTagDefinitions, v1::ListTagDefinitionsRequest(),
      [this](const v1::ListTagDefinitionsResponse& page) -> absl::Status {
        for (const v1::TagDefinition& listed : page.definitions()) {
          tag_keys_.insert(listed.key());
          if (!whole()) continue;
          v1::TagDefinition definition = listed;
          dropped_names_ += DropDeleted(definition, metastore_owner_);
          WHENCE_RETURN_IF_ERROR(write_(RecordLine("tag_definition", Portable(definition))));
        }
        return absl::OkStatus();
      });
}

absl::Status AccessExporter::WriteRules(const std::vector<std::string>& securables) {
  WHENCE_RETURN_IF_ERROR(WriteDeclassifications());
  // What hides is there before who may see it, and what forbids after all that it could forbid to
  // import.
  WHENCE_RETURN_IF_ERROR(SpoolPolicies({securables.begin(), securables.end()}));
  WHENCE_RETURN_IF_ERROR(WriteAll(other_policies_));
  v1::Securable securable;
  if (whole()) {
    securable.set_type(v1::SECURABLE_TYPE_METASTORE);
    WHENCE_RETURN_IF_ERROR(WriteGrants(securable));
    securable.clear_type();
  }
  for (const std::string& name : securables) {
    securable.set_name(name);
    WHENCE_RETURN_IF_ERROR(WriteGrants(securable));
  }
  return WriteLast();
}

absl::StatusOr<bool> AccessExporter::CanBeSaid(const v1::Declassification& declassification) {
  if (tag_keys_.count(declassification.key()) == 0) return false;
  v1::GetEffectiveTagsRequest request;
  request.set_reference(declassification.reference());
  request.mutable_as_of()->set_position(position_);
  const absl::Status status = app_.Call(kGetEffectiveTags, request).status();
  if (status.code() == absl::StatusCode::kNotFound) return false;
  if (!status.ok()) return status;
  return true;
}

absl::Status AccessExporter::WriteDeclassifications() {
  std::vector<v1::Declassification> all;
  WHENCE_RETURN_IF_ERROR(
      ForEachPage(app_, position_, kListDeclassifications, v1::ListDeclassificationsRequest(),
                  [&](const v1::ListDeclassificationsResponse& page) {
                    for (const v1::Declassification& one : page.declassifications()) {
                      const bool here = whole() || InCatalog(one.reference(), catalog_);
                      if (here && !IsDeleted(one.reference())) all.push_back(Portable(one));
                    }
                    return absl::OkStatus();
                  }));
  // The server lists them by ids of assets, which another server gives otherwise.
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::pair(a.reference(), a.key()) < std::pair(b.reference(), b.key());
  });
  for (const v1::Declassification& one : all) {
    WHENCE_ASSIGN_OR_RETURN(const bool can_be_said, CanBeSaid(one));
    if (!can_be_said) {
      ++dropped_declassifications_;
      continue;
    }
    WHENCE_RETURN_IF_ERROR(write_(RecordLine("declassification", one)));
  }
  return absl::OkStatus();
}

absl::Status AccessExporter::SpoolPolicies(const std::set<std::string_view>& seen) {
  return ForEachPage(app_, position_, kListPolicies, v1::ListPoliciesRequest(),
                     [&](const v1::ListPoliciesResponse& page) -> absl::Status {
                       for (const v1::Policy& policy : page.policies()) {
                         const std::string& place = policy.securable().name();
                         const bool here = whole() || InCatalog(place, catalog_);
                         const bool nameless = place.empty() || IsDeleted(place);
                         if (here && !nameless && seen.count(place) == 0) {
                           ++policies_on_unseen_;
                         } else if (here) {
                           WHENCE_RETURN_IF_ERROR(SpoolPolicy(policy));
                         }
                       }
                       return absl::OkStatus();
                     });
}

absl::Status AccessExporter::SpoolPolicy(v1::Policy policy) {
  const std::string& place = policy.securable().name();
  bool pointless = IsDeleted(place);
  if (!pointless) dropped_names_ += DropDeleted(policy, pointless);
  if (pointless) {
    ++pointless_policies_;
    return absl::OkStatus();
  }
  const std::string line = RecordLine("policy", Portable(policy));
  if (policy.kind() != v1::POLICY_KIND_DENY) return other_policies_.Add(line);
  size_t depth = 0;
  if (!place.empty()) {
    WHENCE_ASSIGN_OR_RETURN(const std::vector<std::string> parts, ParseName(place, "name"));
    depth = std::min(parts.size(), std::size(denies_) - 1);
  }
  return denies_[depth].Add(line);
}

absl::Status AccessExporter::WriteGrants(const v1::Securable& securable) {
  v1::ListGrantsRequest request;
  *request.mutable_securable() = securable;
  std::vector<v1::Grant> grants;
  WHENCE_RETURN_IF_ERROR(ForEachPage(
      app_, position_, kListGrants, request, [&grants](const v1::ListGrantsResponse& page) {
        grants.insert(grants.end(), page.grants().begin(), page.grants().end());
        return absl::OkStatus();
      }));
  for (const std::string& line : GrantsLines(grants)) WHENCE_RETURN_IF_ERROR(write_(line));
  return absl::OkStatus();
}

absl::Status AccessExporter::WriteLast() {
  // The deepest first: a deny may take from who imports what the ones below need.
  for (size_t depth = std::size(denies_); depth-- > 0;) {
    WHENCE_RETURN_IF_ERROR(WriteAll(denies_[depth]));
  }
  if (!whole()) return absl::OkStatus();
  v1::Metastore metastore;
  metastore.set_owner(metastore_owner_);
  WHENCE_RETURN_IF_ERROR(write_(RecordLine("metastore", metastore)));
  if (inactive_first_.empty()) return absl::OkStatus();
  return write_(InactiveLine(inactive_first_));
}

void AccessExporter::TellOmissions() {
  // A deny that hides something from everybody hides it from who manages the deny as well.
  if (policies_on_unseen_ > 0) {
    app_.Warn(StrCat("left out ", CountOf(policies_on_unseen_, "policy", "policies"),
                     " with what they stand on, which you may manage and not see; "
                     "'whence admin backup' keeps everything"));
  }
  std::vector<std::string> parts;
  if (dropped_names_ > 0) {
    parts.push_back(StrCat(CountOf(dropped_names_, "deleted principal"), " in rules for others"));
  }
  if (pointless_policies_ > 0) {
    parts.push_back(StrCat(CountOf(pointless_policies_, "policy", "policies"),
                           " for or on nothing that is there"));
  }
  if (dropped_declassifications_ > 0) {
    parts.push_back(StrCat(CountOf(dropped_declassifications_, "declassification"),
                           " of a column or key that is there no more"));
  }
  if (parts.empty()) return;
  app_.Note(
      StrCat("left out, for it changes nothing of who may what: ", absl::StrJoin(parts, ", ")));
}

}  // namespace whence::cli
