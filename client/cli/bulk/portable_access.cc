#include "cli/bulk/portable_access.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/strings.h"
#include "cli/bulk/portable.h"
#include "cli/output/json.h"

namespace whence::cli {
namespace {

using Names = google::protobuf::RepeatedPtrField<std::string>;

// Every server counts from here, and begins with one principal.
constexpr int64_t kFirstPrincipal = 1;

// The server lists them by ids, which another server gives otherwise.
void Sort(Names* names) { std::sort(names->begin(), names->end()); }

bool IsDeleted(const std::string& principal) { return principal.starts_with("id:"); }

int64_t DropDeleted(Names* names) {
  const auto first = std::remove_if(names->begin(), names->end(), IsDeleted);
  const int64_t count = names->end() - first;
  names->erase(first, names->end());
  return count;
}

}  // namespace

v1::Principal Portable(const v1::Principal& principal) {
  v1::Principal portable;
  portable.set_name(principal.name());
  portable.set_display_name(principal.display_name());
  *portable.mutable_emails() = principal.emails();
  portable.set_external_id(principal.external_id());
  portable.set_max_calls_per_second(principal.max_calls_per_second());
  portable.set_max_request_bytes_per_second(principal.max_request_bytes_per_second());
  return portable;
}

v1::TagDefinition Portable(const v1::TagDefinition& definition) {
  v1::TagDefinition portable;
  portable.set_key(definition.key());
  *portable.mutable_values() = definition.values();
  *portable.mutable_assigners() = definition.assigners();
  Sort(portable.mutable_assigners());
  portable.set_propagates(definition.propagates());
  portable.set_comment(definition.comment());
  return portable;
}

v1::Declassification Portable(const v1::Declassification& declassification) {
  v1::Declassification portable;
  portable.set_reference(declassification.reference());
  portable.set_key(declassification.key());
  portable.set_comment(declassification.comment());
  return portable;
}

v1::Policy Portable(const v1::Policy& policy) {
  v1::Policy portable = policy;
  portable.mutable_securable()->clear_id();
  portable.clear_creator();
  portable.clear_create_time();
  portable.clear_updater();
  portable.clear_update_time();
  portable.clear_etag();
  portable.clear_position();
  Sort(portable.mutable_to());
  Sort(portable.mutable_except());
  return portable;
}

bool MadeByFirstStart(const v1::Principal& principal) { return principal.id() == kFirstPrincipal; }

std::vector<std::string> PrincipalLines(const v1::Principal& principal) {
  const v1::Principal portable = Portable(principal);
  if (!MadeByFirstStart(principal)) return {RecordLine("principal", portable)};
  v1::Principal named;
  named.set_name(portable.name());
  std::string mask;
  for (const auto& [is_set, field] :
       {std::pair(!portable.display_name().empty(), "display_name"),
        std::pair(!portable.emails().empty(), "emails"),
        std::pair(!portable.external_id().empty(), "external_id"),
        std::pair(portable.max_calls_per_second() != 0, "max_calls_per_second"),
        std::pair(portable.max_request_bytes_per_second() != 0, "max_request_bytes_per_second")}) {
    if (is_set) StrAppend(&mask, mask.empty() ? "" : ",", field);
  }
  std::vector<std::string> lines = {RecordLine("principal", named)};
  if (!mask.empty()) lines.push_back(RecordLine("principal", portable, mask));
  return lines;
}

std::string InactiveLine(const std::string& principal) {
  Json body = Json::Object();
  body.members.emplace_back("name", Json::String(principal));
  Json no;
  no.type = Json::Type::kFalse;
  body.members.emplace_back("active", std::move(no));  // the default, which ToJson leaves out
  Json line = Json::Object();
  line.members.emplace_back("principal", std::move(body));
  line.members.emplace_back("update_mask", Json::String("active"));
  return WriteJson(line, /*pretty=*/false);
}

std::vector<std::string> GrantsLines(const std::vector<v1::Grant>& grants) {
  std::map<std::string, v1::ChangeGrantsRequest> by_principal;
  for (const v1::Grant& grant : grants) {
    v1::ChangeGrantsRequest& line = by_principal[grant.principal()];
    *line.mutable_securable() = grant.securable();
    line.mutable_securable()->clear_id();
    line.set_principal(grant.principal());
    line.add_add(grant.privilege());
  }
  std::vector<std::string> lines;
  for (const auto& [principal, line] : by_principal) lines.push_back(RecordLine("grants", line));
  return lines;
}

int64_t DropDeleted(v1::Policy& policy, bool& pointless) {
  const bool for_some = !policy.to().empty();
  pointless = for_some && std::all_of(policy.to().begin(), policy.to().end(), IsDeleted);
  if (pointless) return 0;
  return DropDeleted(policy.mutable_to()) + DropDeleted(policy.mutable_except());
}

int64_t DropDeleted(v1::TagDefinition& definition, const std::string& metastore_owner) {
  const bool for_some = !definition.assigners().empty();
  const int64_t count = DropDeleted(definition.mutable_assigners());
  if (for_some && definition.assigners().empty()) definition.add_assigners(metastore_owner);
  return count;
}

}  // namespace whence::cli
