#include "service/governed_tags.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"
#include "service/access_convert.h"
#include "service/authority.h"

namespace whence::service {
namespace {

using catalog::kNow;

// Assigners that an error names: the rest is in the definition.
constexpr size_t kMaxNamedAssigners = 10;

}  // namespace

absl::Status CheckAssigner(Call& call, const access::TagDefinition& definition) {
  if (access::IsAssigner(definition.rules, call.access(), call.identity())) return absl::OkStatus();
  WHENCE_ASSIGN_OR_RETURN(
      const Verdict manages,
      call.authority().Decide(call.identity(), access::Privilege::kManage, access::Chain()));
  if (manages.allowed()) return absl::OkStatus();
  AccessNames names(call.connection(), kNow);
  std::string who;
  const std::vector<access::PrincipalId>& assigners = definition.rules.assigners;
  for (size_t i = 0; i < std::min(assigners.size(), kMaxNamedAssigners); ++i) {
    WHENCE_ASSIGN_OR_RETURN(const std::string name, names.Principal(assigners[i]));
    StrAppend(&who, i == 0 ? "" : ", ", name);
  }
  if (assigners.size() > kMaxNamedAssigners) StrAppend(&who, " and others");
  return PermissionDenied("TAG_NOT_ASSIGNABLE",
                          StrCat(call.info().principal, " may not assign tags with the key ",
                                 QuoteForMessage(definition.key)),
                          StrCat("who may: ", who));
}

absl::Status CheckGoverned(Call& call, const std::vector<catalog::Tag>& standing,
                           const std::vector<catalog::Tag>& set,
                           const std::vector<std::string>& remove) {
  sql::Connection& connection = call.connection();
  for (size_t i = 0; i < set.size(); ++i) {
    if (std::find(standing.begin(), standing.end(), set[i]) != standing.end()) continue;
    WHENCE_ASSIGN_OR_RETURN(const std::optional<access::TagDefinition> definition,
                            access::FindTagDefinition(connection, kNow, set[i].key));
    if (!definition.has_value()) continue;
    WHENCE_RETURN_IF_ERROR(CheckAssigner(call, *definition));
    WHENCE_RETURN_IF_ERROR(
        access::CheckTagValue(*definition, set[i], absl::StrCat("set[", i, "].value")));
  }
  for (const std::string& key : remove) {
    WHENCE_ASSIGN_OR_RETURN(const std::optional<access::TagDefinition> definition,
                            access::FindTagDefinition(connection, kNow, key));
    if (definition.has_value()) WHENCE_RETURN_IF_ERROR(CheckAssigner(call, *definition));
  }
  return absl::OkStatus();
}

}  // namespace whence::service
