#include "service/decision_maker.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "access/asker.h"
#include "access/row_filter.h"
#include "access/sql_mask.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "service/access_convert.h"
#include "service/policy_convert.h"

namespace whence::service {
namespace {

using access::Enforcement;
using access::Outcome;
using access::Policy;
using access::Privilege;

// Filters and masks are about reading data.
bool Reads(Privilege privilege, catalog::Kind kind) {
  if (privilege == Privilege::kSelect) return true;
  return catalog::IsAssetKind(kind) && privilege == access::ReadPrivilege(kind);
}

std::string_view NameWithoutPrefix(std::string_view principal) {
  return principal.substr(principal.find(':') + 1);
}

void AddPolicy(const std::string& name, v1::Decision* decision) {
  const auto& names = decision->policies();
  if (std::find(names.begin(), names.end(), name) == names.end()) decision->add_policies(name);
}

std::string_view WhyNot(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNoPrivilege:
      return "it was not granted";
    case Outcome::kNoUseCatalog:
      return "USE CATALOG was not granted on its catalog";
    case Outcome::kNoUseSchema:
      return "USE SCHEMA was not granted on its schema";
    case Outcome::kInactive:
      return "the principal is not active";
    case Outcome::kOutOfScope:
      return "the token was made for less";
    case Outcome::kDeniedByPolicy:
    case Outcome::kAllowed:
      return "";
  }
  return "";
}

std::string Sentence(const DecisionQuestion& question, Outcome outcome, const Policy* deny,
                     const v1::Decision& decision) {
  const bool allowed = outcome == Outcome::kAllowed;
  std::string text = StrCat(question.who.name, allowed ? " may " : " may not ",
                            access::PrivilegeName(question.privilege), " on ",
                            SecurableText(question.target.message));
  if (deny != nullptr) {
    StrAppend(&text, ": policy ", deny->name, " denies it");
  } else if (!allowed) {
    StrAppend(&text, ": ", WhyNot(outcome));
  }
  if (decision.filters_size() > 0) {
    StrAppend(&text, "; some rows, by");
    for (const v1::DecidedFilter& filter : decision.filters()) {
      StrAppend(&text, &filter == &decision.filters(0) ? " " : ", ", filter.policy());
    }
  }
  if (decision.masks_size() > 0) {
    StrAppend(&text, "; masked columns: ", decision.masks_size());
  }
  return text;
}

// Its columns as SQL has them: under the names that they were asked by.
std::vector<access::SqlColumn> SqlColumns(const PolicyColumns& known) {
  std::vector<access::SqlColumn> columns;
  columns.reserve(known.columns.size());
  for (size_t i = 0; i < known.columns.size(); ++i) {
    columns.push_back({.name = known.columns[i].name, .type = known.types[i]});
  }
  return columns;
}

// Where the columns of that name are, compared as engines do; null when there is none.
const std::vector<uint32_t>* PlacesOf(const BoundSecurable& bound, const std::string& name) {
  const auto found = bound.places.find(absl::AsciiStrToLower(name));
  return found == bound.places.end() ? nullptr : &found->second;
}

}  // namespace

absl::StatusOr<DecisionMaker::Columns> DecisionMaker::FindColumns(
    const DecisionQuestion& question) {
  Columns found;
  const access::Chain& chain = question.target.chain;
  WHENCE_ASSIGN_OR_RETURN(found.bound, BoundAt(connection_, access_, as_of_, chain, chain.depth));
  // What is no asset has no columns, whatever is asked for.
  if (question.columns.empty() || !catalog::IsAssetKind(chain.kind)) return found;
  std::vector<std::string> unknown;
  absl::flat_hash_set<std::string> seen;
  std::vector<const std::vector<uint32_t>*> places(question.columns.size());
  for (size_t i = 0; i < places.size(); ++i) {
    const std::string& name = question.columns[i];
    places[i] = PlacesOf(*found.bound, name);
    if (places[i] != nullptr) continue;
    if (seen.insert(absl::AsciiStrToLower(name)).second) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    WHENCE_ASSIGN_OR_RETURN(found.bound, BoundWith(connection_, access_, as_of_, chain, unknown));
    for (size_t i = 0; i < places.size(); ++i) {
      places[i] = PlacesOf(*found.bound, question.columns[i]);
    }
  }
  found.places.reserve(places.size());
  found.names.reserve(places.size());
  const bool typed = !question.column_types.empty();
  if (typed) found.types.reserve(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    if (found.places.size() + places[i]->size() > kMaxColumns) {
      return InvalidArgument(
          "TOO_MANY_ITEMS", "columns",
          StrCat("they mean more than ", kMaxColumns,
                 " columns: of some there are several that differ in case alone"),
          "ask for fewer at a time");
    }
    for (const uint32_t place : *places[i]) {
      found.places.push_back(place);
      // Of several that differ in case alone, each under its own name.
      found.names.push_back(places[i]->size() == 1 ? question.columns[i]
                                                   : found.bound->columns->columns[place].name);
      if (typed) found.types.push_back(&question.column_types[i]);
    }
  }
  return found;
}

absl::StatusOr<const Policy*> DecisionMaker::FindDeny(const DecisionQuestion& question,
                                                      const Columns& columns,
                                                      access::IsAnyOf is_any,
                                                      Enforcement enforcement) {
  const access::Chain& chain = question.target.chain;
  const Policy* const deny =
      columns.bound->Of(enforcement).FindDeny(is_any, question.privilege, columns.places);
  if (question.privilege == Privilege::kBrowse) return deny;
  WHENCE_ASSIGN_OR_RETURN(const Policy* const shut,
                          FindShutGate(connection_, access_, as_of_, chain, is_any, enforcement));
  return shut != nullptr && (deny == nullptr || shut->id < deny->id) ? shut : deny;
}

absl::Status DecisionMaker::Tell(const google::protobuf::Message& part) {
  bytes_ += part.ByteSizeLong();
  if (bytes_ <= kMaxDecisionBytes) return absl::OkStatus();
  return FailedPrecondition(
      "DECISION_TOO_LARGE",
      StrCat("filters and masks would take over ", kMaxDecisionBytes, " bytes in one answer"),
      "ask for fewer columns at a time, or fewer questions");
}

absl::Status DecisionMaker::PutFilters(const DecisionQuestion& question, const Columns& columns,
                                       access::IsAnyOf is_any, Enforcement enforcement,
                                       v1::SqlDialect dialect, v1::Decision* decision) {
  std::vector<const Policy*> filters;
  columns.bound->Of(enforcement).EachFilter(is_any, [&filters](const Policy& policy) {
    filters.push_back(&policy);
  });
  if (filters.empty()) return absl::OkStatus();
  const std::vector<access::SqlColumn> sql_columns = SqlColumns(*columns.bound->columns);
  for (const Policy* const policy : filters) {
    v1::DecidedFilter* const filter = decision->add_filters();
    filter->set_policy(policy->name);
    *filter->mutable_filter() = Convert(policy->definition.filter);
    AddPolicy(policy->name, decision);
    if (dialect != v1::SQL_DIALECT_UNSPECIFIED) {
      WHENCE_ASSIGN_OR_RETURN(const access::SqlDialect engine, ParseDialect(dialect, "dialect"));
      WHENCE_ASSIGN_OR_RETURN(
          *filter->mutable_sql(),
          access::RowFilterSql(engine, policy->definition.filter, sql_columns,
                               {.name = std::string(NameWithoutPrefix(question.who.name))}));
    }
    WHENCE_RETURN_IF_ERROR(Tell(*filter));
  }
  return absl::OkStatus();
}

absl::Status DecisionMaker::PutMasks(const DecisionQuestion& question, const Columns& columns,
                                     access::IsAnyOf is_any, Enforcement enforcement,
                                     v1::SqlDialect dialect, v1::Decision* decision) {
  const access::BoundPolicies& bound = columns.bound->Of(enforcement);
  const PolicyColumns& known = *columns.bound->columns;
  const bool all = columns.places.empty();
  std::vector<const Policy*> masks(all ? bound.column_count() : columns.places.size());
  const access::MaskConflict conflict =
      bound.FindMasks(is_any, {masks.data(), masks.size()}, columns.places);
  if (conflict.first != nullptr) {
    return access::ConflictError(known.columns[conflict.column].name, conflict);
  }
  for (size_t i = 0; i < masks.size(); ++i) {
    if (masks[i] == nullptr) continue;
    const size_t place = all ? i : columns.places[i];
    const std::string& name = all ? known.columns[i].name : columns.names[i];
    // The engine knows best what it puts the mask on.
    const bool typed = !columns.types.empty() && !columns.types[i]->empty();
    const std::string& type = typed ? *columns.types[i] : known.types[place];
    v1::ColumnMask* const mask = decision->add_masks();
    mask->set_column(name);
    mask->set_policy(masks[i]->name);
    *mask->mutable_mask() = Convert(masks[i]->definition.mask);
    AddPolicy(masks[i]->name, decision);
    if (dialect != v1::SQL_DIALECT_UNSPECIFIED) {
      WHENCE_RETURN_IF_ERROR(CheckSalt(question.shows_salts, *masks[i], name));
      WHENCE_ASSIGN_OR_RETURN(const access::SqlDialect engine, ParseDialect(dialect, "dialect"));
      WHENCE_ASSIGN_OR_RETURN(
          *mask->mutable_sql(),
          access::MaskSql(engine, masks[i]->definition.mask, {.name = name, .type = type}));
    }
    WHENCE_RETURN_IF_ERROR(Tell(*mask));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Decision> DecisionMaker::Decide(const DecisionQuestion& question,
                                                   Enforcement enforcement,
                                                   v1::SqlDialect dialect) {
  v1::Decision decision;
  decision.set_principal(question.who.name);
  decision.set_privilege(std::string(access::PrivilegeName(question.privilege)));
  *decision.mutable_securable() = question.target.message;
  decision.set_position(as_of_);
  Outcome outcome = access_.Decide(question.who, question.privilege, question.target.chain);
  const Policy* deny = nullptr;
  if (outcome == Outcome::kAllowed && !access_.policies()->empty()) {
    WHENCE_ASSIGN_OR_RETURN(const Columns columns, FindColumns(question));
    const access::Asker asker(access_, question.who);
    if (access_.HasDenies() || enforcement == Enforcement::kWithDryRun) {
      WHENCE_ASSIGN_OR_RETURN(deny, FindDeny(question, columns, asker, enforcement));
    }
    if (deny != nullptr) {
      outcome = Outcome::kDeniedByPolicy;
      AddPolicy(deny->name, &decision);
    } else if (Reads(question.privilege, question.target.kind())) {
      WHENCE_RETURN_IF_ERROR(PutFilters(question, columns, asker, enforcement, dialect, &decision));
      WHENCE_RETURN_IF_ERROR(PutMasks(question, columns, asker, enforcement, dialect, &decision));
    }
    if (deny == nullptr && enforcement == Enforcement::kEnabled) {
      columns.bound->in_force.EachAudit(
          asker, question.privilege, columns.places,
          [this](const Policy& policy) { audits_.insert(policy.name); });
    }
  }
  decision.set_reason(Sentence(question, outcome, deny, decision));
  decision.set_allowed(outcome == Outcome::kAllowed);
  decision.set_outcome(ToProto(outcome));
  return decision;
}

absl::Status CheckSalt(bool shows_salts, const Policy& policy, std::string_view column) {
  if (shows_salts || policy.definition.mask.salt.empty()) return absl::OkStatus();
  return PermissionDenied(
      "SALT_WITHHELD",
      StrCat("the SQL of policy ", policy.name, " for column ", column,
             " has its salt in it, which is for those who may ask about others"),
      "ask without a dialect, or with MANAGE on it or BROWSE on the metastore");
}

absl::StatusOr<const Policy*> FindShutGate(sql::Connection& connection,
                                           const access::Snapshot& access, Position as_of,
                                           const access::Chain& chain, access::IsAnyOf is_any,
                                           Enforcement enforcement) {
  const Policy* first = nullptr;
  for (int level = 1; level <= std::min(chain.depth, 2); ++level) {
    WHENCE_ASSIGN_OR_RETURN(const BoundRef gate, BoundAt(connection, access, as_of, chain, level));
    const Policy* const shut =
        gate->Of(enforcement)
            .FindDeny(is_any, level == 1 ? Privilege::kUseCatalog : Privilege::kUseSchema);
    if (shut != nullptr && (first == nullptr || shut->id < first->id)) first = shut;
  }
  return first;
}

}  // namespace whence::service
