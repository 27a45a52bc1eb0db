#include "service/policy_convert.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "access/privilege.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "google/protobuf/map.h"
#include "service/time_convert.h"

namespace whence::service {
namespace {

using DialectMap = google::protobuf::Map<std::string, std::string>;

// The numbers of kinds, states and dialects are those of the contract, but for the dialects' one
// more in front.
static_assert(static_cast<int>(access::PolicyKind::kDeny) == v1::POLICY_KIND_DENY);
static_assert(static_cast<int>(access::PolicyKind::kAudit) == v1::POLICY_KIND_AUDIT);
static_assert(static_cast<int>(access::PolicyState::kDisabled) == v1::POLICY_STATE_DISABLED);
static_assert(static_cast<int>(access::SqlDialect::kSqlite) + 1 == v1::SQL_DIALECT_SQLITE);

void PutDialects(const std::map<access::SqlDialect, std::string>& sql, DialectMap* out) {
  for (const auto& [dialect, text] : sql) (*out)[std::string(access::DialectName(dialect))] = text;
}

absl::StatusOr<std::map<access::SqlDialect, std::string>> ParseDialects(const DialectMap& sql,
                                                                        std::string_view field) {
  std::map<access::SqlDialect, std::string> parsed;
  for (const auto& [name, text] : sql) {
    WHENCE_ASSIGN_OR_RETURN(const access::SqlDialect dialect, access::ParseDialect(name, field));
    if (parsed.emplace(dialect, text).second) continue;
    return InvalidArgument("POLICY_ARGUMENT", field,
                           StrCat("there are two expressions for ", access::DialectName(dialect)),
                           "name each dialect once");
  }
  return parsed;
}

void PutTerms(const std::vector<access::TagTerm>& terms,
              google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const access::TagTerm& term : terms) *out->Add() = access::FormatTagTerm(term);
}

absl::StatusOr<std::vector<access::TagTerm>> ParseTerms(
    const google::protobuf::RepeatedPtrField<std::string>& terms, const std::string& field) {
  std::vector<access::TagTerm> parsed;
  for (int i = 0; i < terms.size(); ++i) {
    WHENCE_ASSIGN_OR_RETURN(access::TagTerm term,
                            access::ParseTagTerm(terms.Get(i), absl::StrCat(field, "[", i, "]")));
    parsed.push_back(std::move(term));
  }
  return parsed;
}

void PutCondition(const access::TagCondition& condition, v1::TagCondition* out) {
  PutTerms(condition.all, out->mutable_all());
  PutTerms(condition.any, out->mutable_any());
  PutTerms(condition.none, out->mutable_none());
}

absl::Status PutPrincipals(AccessNames& names, const std::vector<access::PrincipalId>& ids,
                           google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const access::PrincipalId id : ids) {
    WHENCE_ASSIGN_OR_RETURN(*out->Add(), names.Principal(id));
  }
  return absl::OkStatus();
}

absl::Status UnknownValue(std::string_view field, int value, std::string_view what) {
  return InvalidArgument("ENUM_VALUE_UNKNOWN", field, absl::StrCat(value, " is no ", what.data()),
                         "use a value of the contract");
}

}  // namespace

v1::Mask Convert(const access::Mask& mask) {
  v1::Mask message;
  message.set_type(std::string(access::MaskTypeName(mask.type)));
  message.set_constant(mask.constant);
  PutDialects(mask.custom, message.mutable_custom());
  message.set_salted(!mask.salt.empty());
  return message;
}

v1::RowFilter Convert(const access::RowFilter& filter) {
  v1::RowFilter message;
  message.set_conditions(access::FormatRowConditions(filter.conditions));
  PutDialects(filter.sql, message.mutable_sql());
  return message;
}

absl::StatusOr<v1::Policy> Convert(AccessNames& names, const access::Policy& policy) {
  const access::PolicyDefinition& definition = policy.definition;
  v1::Policy message;
  message.set_name(policy.name);
  WHENCE_ASSIGN_OR_RETURN(*message.mutable_securable(), names.Securable(policy.securable));
  message.set_kind(static_cast<v1::PolicyKind>(definition.kind));
  message.set_state(static_cast<v1::PolicyState>(policy.state));
  WHENCE_RETURN_IF_ERROR(PutPrincipals(names, definition.to, message.mutable_to()));
  WHENCE_RETURN_IF_ERROR(PutPrincipals(names, definition.except, message.mutable_except()));
  if (!definition.asset_tags.empty()) {
    PutCondition(definition.asset_tags, message.mutable_asset_tags());
  }
  *message.mutable_columns() = {definition.columns.begin(), definition.columns.end()};
  if (!definition.column_tags.empty()) {
    PutCondition(definition.column_tags, message.mutable_column_tags());
  }
  if (definition.kind == access::PolicyKind::kColumnMask) {
    *message.mutable_mask() = Convert(definition.mask);
  }
  message.set_priority(definition.priority);
  if (definition.kind == access::PolicyKind::kRowFilter) {
    *message.mutable_filter() = Convert(definition.filter);
  }
  PutPrivileges(definition.privileges, message.mutable_privileges());
  message.set_comment(definition.comment);
  message.set_creator(policy.creator);
  *message.mutable_create_time() = TimeToProto(policy.create_time);
  message.set_updater(policy.updater);
  *message.mutable_update_time() = TimeToProto(policy.update_time);
  message.set_etag(policy.Etag());
  message.set_position(policy.position);
  return message;
}

absl::StatusOr<access::Mask> ParseMask(const v1::Mask& mask, std::string_view field) {
  access::Mask parsed;
  WHENCE_ASSIGN_OR_RETURN(parsed.type, access::ParseMaskType(mask.type(), StrCat(field, ".type")));
  parsed.salt = mask.salt();
  parsed.constant = mask.constant();
  WHENCE_ASSIGN_OR_RETURN(parsed.custom, ParseDialects(mask.custom(), StrCat(field, ".custom")));
  return parsed;
}

absl::StatusOr<access::RowFilter> ParseFilter(const v1::RowFilter& filter, std::string_view field) {
  access::RowFilter parsed;
  if (!filter.conditions().empty()) {
    WHENCE_ASSIGN_OR_RETURN(
        parsed.conditions,
        access::ParseRowConditions(filter.conditions(), StrCat(field, ".conditions")));
  }
  WHENCE_ASSIGN_OR_RETURN(parsed.sql, ParseDialects(filter.sql(), StrCat(field, ".sql")));
  return parsed;
}

absl::StatusOr<access::TagCondition> ParseCondition(const v1::TagCondition& condition,
                                                    std::string_view field) {
  access::TagCondition parsed;
  WHENCE_ASSIGN_OR_RETURN(parsed.all, ParseTerms(condition.all(), StrCat(field, ".all")));
  WHENCE_ASSIGN_OR_RETURN(parsed.any, ParseTerms(condition.any(), StrCat(field, ".any")));
  WHENCE_ASSIGN_OR_RETURN(parsed.none, ParseTerms(condition.none(), StrCat(field, ".none")));
  return parsed;
}

absl::StatusOr<access::PolicyKind> ParseKind(v1::PolicyKind kind, std::string_view field) {
  if (kind == v1::POLICY_KIND_UNSPECIFIED) {
    return InvalidArgument("POLICY_ARGUMENT", field, "it says no kind",
                           "say mask, filter, deny or audit");
  }
  if (!v1::PolicyKind_IsValid(kind)) return UnknownValue(field, kind, "kind");
  return static_cast<access::PolicyKind>(kind);
}

absl::StatusOr<access::PolicyState> ParseState(v1::PolicyState state, std::string_view field) {
  if (state == v1::POLICY_STATE_UNSPECIFIED) return access::PolicyState::kEnabled;
  if (!v1::PolicyState_IsValid(state)) return UnknownValue(field, state, "state");
  return static_cast<access::PolicyState>(state);
}

absl::StatusOr<access::SqlDialect> ParseDialect(v1::SqlDialect dialect, std::string_view field) {
  if (dialect == v1::SQL_DIALECT_UNSPECIFIED) {
    return InvalidArgument("DIALECT_MISSING", field, "it names no dialect",
                           "say whose SQL it shall be, for example TRINO");
  }
  if (!v1::SqlDialect_IsValid(dialect)) return UnknownValue(field, dialect, "dialect");
  return static_cast<access::SqlDialect>(static_cast<int>(dialect) - 1);
}

}  // namespace whence::service
