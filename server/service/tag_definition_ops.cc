#include "service/tag_definition_ops.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/principal.h"
#include "access/tag_definition.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/securable.h"
#include "service/access_checks.h"
#include "service/access_convert.h"
#include "service/as_of.h"
#include "service/checks.h"
#include "service/paging.h"
#include "service/time_convert.h"
#include "service/update_mask.h"

namespace whence::service {
namespace {

using catalog::kNow;

constexpr std::string_view kMutableFields[] = {"values", "assigners", "propagates", "comment"};

// All of it but who the assigners are.
access::TagRules RulesOf(const v1::TagDefinition& definition) {
  access::TagRules rules;
  rules.values.assign(definition.values().begin(), definition.values().end());
  rules.propagates = definition.propagates();
  rules.comment = definition.comment();
  return rules;
}

absl::Status CheckDefinition(const v1::TagDefinition& definition) {
  WHENCE_RETURN_IF_ERROR(CheckTagKey(definition.key(), "definition.key"));
  access::TagRules rules = RulesOf(definition);
  // As many as there are; the ids are looked up later.
  rules.assigners.assign(static_cast<size_t>(definition.assigners_size()), access::kNobody);
  WHENCE_RETURN_IF_ERROR(access::ValidateTagRules(rules));
  for (int i = 0; i < definition.assigners_size(); ++i) {
    const std::string field = absl::StrCat("definition.assigners[", i, "]");
    WHENCE_RETURN_IF_ERROR(access::ParsePrincipalName(definition.assigners(i), field).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<access::PrincipalId>> FindAssigners(
    Call& call, const v1::TagDefinition& definition) {
  std::vector<access::PrincipalId> ids;
  for (int i = 0; i < definition.assigners_size(); ++i) {
    WHENCE_ASSIGN_OR_RETURN(const access::Principal principal,
                            PrincipalOfList(call.connection(), kNow, definition.assigners(i),
                                            absl::StrCat("definition.assigners[", i, "]")));
    ids.push_back(principal.id);
  }
  return ids;
}

absl::StatusOr<v1::TagDefinition> Convert(AccessNames& names,
                                          const access::TagDefinition& definition) {
  v1::TagDefinition message;
  message.set_key(definition.key);
  for (const std::string& value : definition.rules.values) message.add_values(value);
  for (const access::PrincipalId id : definition.rules.assigners) {
    WHENCE_ASSIGN_OR_RETURN(*message.add_assigners(), names.Principal(id));
  }
  message.set_propagates(definition.rules.propagates);
  message.set_comment(definition.rules.comment);
  message.set_updater(definition.updater);
  *message.mutable_update_time() = TimeToProto(definition.update_time);
  message.set_etag(definition.Etag());
  message.set_position(definition.position);
  return message;
}

absl::StatusOr<v1::TagDefinition> Convert(Call& call, Position as_of,
                                          const access::TagDefinition& definition) {
  AccessNames names(call.connection(), as_of);
  return Convert(names, definition);
}

std::string ResourceOf(std::string_view key) { return StrCat("tag:", key); }

// The present definition, when nobody changed it since the caller read it.
absl::StatusOr<access::TagDefinition> Current(Call& call, std::string_view key,
                                              std::string_view etag) {
  WHENCE_ASSIGN_OR_RETURN(access::TagDefinition current,
                          access::GetTagDefinition(call.connection(), kNow, key));
  if (etag.empty() || etag == current.Etag()) return current;
  return Aborted("ETAG_MISMATCH",
                 StrCat("the definition of tags with the key ", QuoteForMessage(key),
                        " was changed by ", current.updater, " since it was read"),
                 "read it again and repeat the change");
}

}  // namespace

absl::Status ValidateCreateTagDefinition(const v1::CreateTagDefinitionRequest& request) {
  return CheckDefinition(request.definition());
}

absl::StatusOr<v1::TagDefinition> CreateTagDefinition(
    Call& call, const v1::CreateTagDefinitionRequest& request) {
  const v1::TagDefinition& wanted = request.definition();
  access::TagRules rules = RulesOf(wanted);
  WHENCE_ASSIGN_OR_RETURN(rules.assigners, FindAssigners(call, wanted));
  const ledger::Change& change = call.Change(ResourceOf(wanted.key()));
  WHENCE_ASSIGN_OR_RETURN(const access::TagDefinition made,
                          access::CreateTagDefinition(call.write(), change, wanted.key(), rules));
  return Convert(call, kNow, made);
}

absl::StatusOr<v1::TagDefinition> GetTagDefinition(Call& call,
                                                   const v1::GetTagDefinitionRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckTagKey(request.key(), "key"));
  WHENCE_ASSIGN_OR_RETURN(const Position as_of, ResolveAsOf(call, request.as_of()));
  WHENCE_ASSIGN_OR_RETURN(const access::TagDefinition definition,
                          access::GetTagDefinition(call.connection(), as_of, request.key()));
  return Convert(call, as_of, definition);
}

absl::StatusOr<v1::ListTagDefinitionsResponse> ListTagDefinitions(
    Call& call, const v1::ListTagDefinitionsRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const Page page, OpenPage(call, request.page_size(), request.page_token(),
                                                    request.as_of(), {"ListTagDefinitions"}));
  WHENCE_ASSIGN_OR_RETURN(
      const std::vector<access::TagDefinition> definitions,
      access::ListTagDefinitions(call.connection(), page.position,
                                 page.key.empty() ? "" : page.key.front(), page.limit + 1));
  v1::ListTagDefinitionsResponse response;
  AccessNames names(call.connection(), page.position);
  size_t bytes = 0;
  for (const access::TagDefinition& definition : definitions) {
    if (response.definitions_size() == page.limit || bytes >= kMaxPageBytes) {
      response.set_next_page_token(NextPageToken(page, {response.definitions().rbegin()->key()}));
      break;
    }
    WHENCE_ASSIGN_OR_RETURN(*response.add_definitions(), Convert(names, definition));
    bytes += response.definitions().rbegin()->ByteSizeLong();
  }
  return response;
}

absl::Status ValidateUpdateTagDefinition(const v1::UpdateTagDefinitionRequest& request) {
  WHENCE_RETURN_IF_ERROR(CheckDefinition(request.definition()));
  return CheckUpdateMask(request.update_mask(), kMutableFields);
}

absl::StatusOr<v1::TagDefinition> UpdateTagDefinition(
    Call& call, const v1::UpdateTagDefinitionRequest& request) {
  const v1::TagDefinition& wanted = request.definition();
  WHENCE_ASSIGN_OR_RETURN(const access::TagDefinition current,
                          Current(call, wanted.key(), wanted.etag()));
  const UpdateMask mask(request.update_mask());
  const access::TagRules said = RulesOf(wanted);
  access::TagRules rules = current.rules;
  if (mask.Has("values", !said.values.empty())) rules.values = said.values;
  if (mask.Has("assigners", wanted.assigners_size() > 0)) {
    WHENCE_ASSIGN_OR_RETURN(rules.assigners, FindAssigners(call, wanted));
  }
  if (mask.Has("propagates", said.propagates)) rules.propagates = said.propagates;
  if (mask.Has("comment", !said.comment.empty())) rules.comment = said.comment;
  rules = access::Normalized(rules);
  WHENCE_RETURN_IF_ERROR(access::ValidateTagRules(rules));
  if (rules == current.rules) return Convert(call, kNow, current);
  const ledger::Change& change = call.Change(ResourceOf(current.key));
  WHENCE_ASSIGN_OR_RETURN(const access::TagDefinition made,
                          access::UpdateTagDefinition(call.write(), change, current, rules));
  return Convert(call, kNow, made);
}

absl::Status ValidateDeleteTagDefinition(const v1::DeleteTagDefinitionRequest& request) {
  return CheckTagKey(request.key(), "key");
}

absl::StatusOr<v1::DeleteTagDefinitionResponse> DeleteTagDefinition(
    Call& call, const v1::DeleteTagDefinitionRequest& request) {
  WHENCE_ASSIGN_OR_RETURN(const access::TagDefinition current,
                          Current(call, request.key(), request.etag()));
  const ledger::Change& change = call.Change(ResourceOf(current.key));
  WHENCE_RETURN_IF_ERROR(access::DeleteTagDefinition(call.write(), change, current));
  v1::DeleteTagDefinitionResponse response;
  response.set_position(change.position);
  return response;
}

}  // namespace whence::service
