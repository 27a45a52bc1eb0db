// What a policy says. docs/policies.md is the same for admins.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/mask.h"
#include "access/principal.h"
#include "access/privilege.h"
#include "access/row_filter.h"
#include "catalog/tag.h"

namespace whence::access {

// Written by name in definitions.
enum class PolicyKind : int { kColumnMask = 1, kRowFilter = 2, kDeny = 3, kAudit = 4 };
// Stored, so numbers never change.
enum class PolicyState : int { kEnabled = 1, kDryRun = 2, kDisabled = 3 };

// "mask", "filter", "deny", "audit"; "enabled", "dry run", "disabled".
std::string_view PolicyKindName(PolicyKind kind);
std::string_view PolicyStateName(PolicyState state);

// A tag by its key, with any value or a certain one. In text: `pii` or `pii=email`.
struct TagTerm {
  std::string key;
  std::optional<std::string> value;

  friend auto operator<=>(const TagTerm&, const TagTerm&) = default;
};
// Everything before the first `=` is the key. InvalidArgument TAG_TERM_MALFORMED without a key.
absl::StatusOr<TagTerm> ParseTagTerm(std::string_view text, std::string_view field);
std::string FormatTagTerm(const TagTerm& term);

// All of `all`, one of `any` (unless it is empty) and none of `none`. Without terms it is true.
struct TagCondition {
  std::vector<TagTerm> all{};
  std::vector<TagTerm> any{};
  std::vector<TagTerm> none{};

  bool empty() const { return all.empty() && any.empty() && none.empty(); }
  bool Holds(std::span<const catalog::Tag> tags) const;
  friend bool operator==(const TagCondition&, const TagCondition&) = default;
};

struct PolicyDefinition {
  PolicyKind kind = PolicyKind::kDeny;
  // Principals that it is for, with the members of groups; empty: everybody. By id, so that a new
  // principal never steps into the place of a deleted one of the same name.
  std::vector<PrincipalId> to{};
  std::vector<PrincipalId> except{};  // who is left out again
  // Only where the asset's own and inherited tags are so.
  TagCondition asset_tags{};
  // Columns: those of the names, all without names; of these, where their tags are so. A mask is
  // put on each; a deny or an audit with names or tags of columns takes effect when one of them is
  // asked for. A row filter has neither.
  std::vector<std::string> columns{};
  TagCondition column_tags{};
  Mask mask{};                // kColumnMask
  RowFilter filter{};         // kRowFilter
  PrivilegeSet privileges{};  // kDeny, kAudit: what is denied or recorded; empty: everything
  // kColumnMask: of two different masks on one column, the one with the higher priority is put on.
  int64_t priority = 0;
  std::string comment{};

  bool selects_columns() const { return !columns.empty() || !column_tags.empty(); }
  // kDeny: what it denies.
  PrivilegeSet denied() const { return NamedOrEverything(); }
  // kAudit: the uses that it puts on the record.
  PrivilegeSet audited() const { return NamedOrEverything(); }
  friend bool operator==(const PolicyDefinition&, const PolicyDefinition&) = default;

 private:
  PrivilegeSet NamedOrEverything() const {
    return privileges.empty() ? PrivilegeSet::Everything() : privileges;
  }
};

// The same policy with lists in order and without repetitions, so that equal policies are equal
// texts.
PolicyDefinition Normalized(PolicyDefinition definition);

// OK for what can be stored: only arguments of its kind, within bounds. InvalidArgument
// POLICY_ARGUMENT for one that is missing or too much, POLICY_TOO_LARGE beyond a bound, and the
// errors of ValidateMask and ValidateRowFilter.
absl::Status ValidateDefinition(const PolicyDefinition& definition);

// Canonical JSON: members in order of their names, those that say nothing left out, no spaces.
std::string FormatDefinition(const PolicyDefinition& definition);
// DataLoss POLICY_DAMAGED for a text that FormatDefinition did not make.
absl::StatusOr<PolicyDefinition> ParseDefinition(std::string_view json);

}  // namespace whence::access
