#include "access/policy_definition.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"

namespace whence::access {
namespace {

bool Has(std::span<const catalog::Tag> tags, const TagTerm& term) {
  return std::any_of(tags.begin(), tags.end(), [&](const catalog::Tag& tag) {
    return tag.key == term.key && (!term.value || *term.value == tag.value);
  });
}

template <class T>
void SortUnique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

void SortUnique(TagCondition& condition) {
  SortUnique(condition.all);
  SortUnique(condition.any);
  SortUnique(condition.none);
}

absl::Status Argument(std::string_view field, std::string_view what) {
  return InvalidArgument("POLICY_ARGUMENT", field, what,
                         "a mask takes columns and a mask, a filter rows to show, a deny and an "
                         "audit privileges and columns");
}

absl::Status TooLarge(std::string_view field, size_t count, size_t most) {
  return InvalidArgument("POLICY_TOO_LARGE", field,
                         StrCat("there are ", count, "; at most ", most, " are kept"),
                         "use a group for principals, a tag for columns, a table for values");
}

absl::Status CheckTags(const TagCondition& condition, std::string_view field) {
  const size_t count = condition.all.size() + condition.any.size() + condition.none.size();
  if (count > kMaxPolicyTags) return TooLarge(field, count, kMaxPolicyTags);
  for (const auto* terms : {&condition.all, &condition.any, &condition.none}) {
    for (const TagTerm& term : *terms) {
      WHENCE_RETURN_IF_ERROR(ValidateText(term.key, field, kMaxTagKeyBytes, false));
      WHENCE_RETURN_IF_ERROR(
          ValidateText(term.value.value_or(""), field, kMaxTagValueBytes, false));
      if (term.key.empty() || term.key.find('=') != std::string::npos) {
        return Argument(field, "a tag's key is empty or has a = in it");
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckArguments(const PolicyDefinition& definition) {
  const bool masks = definition.kind == PolicyKind::kColumnMask;
  const bool filters = definition.kind == PolicyKind::kRowFilter;
  const bool denies = definition.kind == PolicyKind::kDeny;
  const bool audits = definition.kind == PolicyKind::kAudit;
  if (!masks && definition.mask != Mask{}) return Argument("mask", "only a mask takes one");
  if (!filters && definition.filter != RowFilter{}) {
    return Argument("filter", "only a filter takes one");
  }
  if (!denies && !audits && !definition.privileges.empty()) {
    return Argument("privileges", "only a deny or an audit takes privileges");
  }
  if (definition.privileges.Has(Privilege::kAllPrivileges)) {
    return Argument("privileges", "for everything, name no privilege");
  }
  if (!masks && definition.priority != 0) {
    return Argument("priority", "only a mask takes a priority");
  }
  if (filters && definition.selects_columns()) {
    return Argument("columns", "a filter is for whole rows");
  }
  if (masks) return ValidateMask(definition.mask, "mask");
  return filters ? ValidateRowFilter(definition.filter, "filter") : absl::OkStatus();
}

}  // namespace

std::string_view PolicyKindName(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kColumnMask:
      return "mask";
    case PolicyKind::kRowFilter:
      return "filter";
    case PolicyKind::kDeny:
      return "deny";
    case PolicyKind::kAudit:
      return "audit";
  }
  return "";
}

std::string_view PolicyStateName(PolicyState state) {
  switch (state) {
    case PolicyState::kEnabled:
      return "enabled";
    case PolicyState::kDryRun:
      return "dry run";
    case PolicyState::kDisabled:
      return "disabled";
  }
  return "";
}

absl::StatusOr<TagTerm> ParseTagTerm(std::string_view text, std::string_view field) {
  const size_t equals = text.find('=');
  TagTerm term{std::string(text.substr(0, equals)), std::nullopt};
  if (equals != std::string_view::npos) term.value = std::string(text.substr(equals + 1));
  if (!term.key.empty()) return term;
  return InvalidArgument("TAG_TERM_MALFORMED", field,
                         StrCat(QuoteForMessage(text), " names no tag"),
                         "write a key, such as pii, or a key and a value, such as pii=email");
}

std::string FormatTagTerm(const TagTerm& term) {
  return term.value ? StrCat(term.key, "=", *term.value) : term.key;
}

bool TagCondition::Holds(std::span<const catalog::Tag> tags) const {
  const auto has = [&](const TagTerm& term) { return Has(tags, term); };
  return std::all_of(all.begin(), all.end(), has) &&
         (any.empty() || std::any_of(any.begin(), any.end(), has)) &&
         std::none_of(none.begin(), none.end(), has);
}

PolicyDefinition Normalized(PolicyDefinition definition) {
  SortUnique(definition.to);
  SortUnique(definition.except);
  SortUnique(definition.columns);
  SortUnique(definition.column_tags);
  SortUnique(definition.asset_tags);
  return definition;
}

absl::Status ValidateDefinition(const PolicyDefinition& definition) {
  for (const auto& [list, field] :
       {std::pair(&definition.to, "to"), std::pair(&definition.except, "except")}) {
    if (list->size() > kMaxPolicyPrincipals) {
      return TooLarge(field, list->size(), kMaxPolicyPrincipals);
    }
  }
  if (definition.columns.size() > kMaxPolicyColumns) {
    return TooLarge("columns", definition.columns.size(), kMaxPolicyColumns);
  }
  for (const std::string& column : definition.columns) {
    WHENCE_RETURN_IF_ERROR(ValidateText(column, "columns", kMaxNamePartBytes, false));
    if (column.empty()) return Argument("columns", "a column's name is empty");
  }
  WHENCE_RETURN_IF_ERROR(CheckTags(definition.column_tags, "column_tags"));
  WHENCE_RETURN_IF_ERROR(CheckTags(definition.asset_tags, "asset_tags"));
  if (definition.priority > kMaxPolicyPriority || definition.priority < -kMaxPolicyPriority) {
    return InvalidArgument("POLICY_TOO_LARGE", "priority",
                           StrCat(definition.priority, " is beyond ", kMaxPolicyPriority),
                           "number priorities in tens");
  }
  WHENCE_RETURN_IF_ERROR(ValidateText(definition.comment, "comment", kMaxCommentBytes, true));
  WHENCE_RETURN_IF_ERROR(CheckArguments(definition));
  const size_t bytes = FormatDefinition(definition).size();
  if (bytes > kMaxPolicyBytes) return TooLarge("definition", bytes, kMaxPolicyBytes);
  return absl::OkStatus();
}

}  // namespace whence::access
