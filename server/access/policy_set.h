// Policies of one position, compiled: what stands at each securable, and what it means for one
// asset and everybody who may ask for it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "access/cow.h"
#include "access/decision.h"
#include "access/policy.h"
#include "catalog/tag.h"

namespace whence::access {

// Whether who asks is any of these principals, or in any of these groups, directly or through
// others: an Asker (asker.h).
using IsAnyOf = absl::FunctionRef<bool(std::span<const PrincipalId>)>;

// Whether a policy is for who asks: among those that it is TO, and none of its EXCEPT.
bool IsFor(const PolicyDefinition& definition, IsAnyOf is_any);

// A column with its tags: its own, and those that come to it by lineage.
struct TaggedColumn {
  std::string name;
  std::vector<catalog::Tag> tags;
};

// Whether a mask, deny or audit takes in that column: by names, by tags, or all.
bool SelectsColumn(const PolicyDefinition& definition, const TaggedColumn& column);

// Whether policies in dry run count: what is decided, and what would be decided if they were
// enabled.
enum class Enforcement : uint8_t { kEnabled, kWithDryRun };

// Two policies that put different masks on one column for one caller.
struct MaskConflict {
  uint32_t column = 0;
  const Policy* first = nullptr;  // null: there is no conflict
  const Policy* second = nullptr;
};
// FailedPrecondition MASK_CONFLICT, naming both.
absl::Status ConflictError(std::string_view column, const MaskConflict& conflict);

// Purpose: the policies that can touch one asset, worked out once for all callers. A question is
// then a few comparisons and allocates nothing (masks: while at most kFewMasks policies mask it).
// Holds the policies that it names. Ownership: a value. Thread-safety: as a value.
// Columns are numbers: places in the list that it was bound with. An empty list of columns asks for
// all of them.
class BoundPolicies {
 public:
  static constexpr size_t kFewMasks = 256;

  // The policy with the lowest id that denies one of the privileges on the asset, or on one of the
  // columns; null when none does.
  const Policy* FindDeny(IsAnyOf is_any, PrivilegeSet privileges,
                         std::span<const uint32_t> columns = {}) const;

  // Calls visit(policy) for each audit, by id, that puts a use by one of the privileges on the
  // record, of the asset or of one of the columns.
  void EachAudit(IsAnyOf is_any, PrivilegeSet privileges, std::span<const uint32_t> columns,
                 absl::FunctionRef<void(const Policy&)> visit) const;

  // Calls visit(policy) for each row filter that holds for the caller, by id. All are to be ANDed.
  void EachFilter(IsAnyOf is_any, absl::FunctionRef<void(const Policy&)> visit) const;

  // The policy whose mask is put on each of the columns, in their order; null for none. `masks` has
  // as many places as columns are asked for (asserted). Of equal masks, the policy with the lowest
  // id is named. On a conflict, which is told for the first such column, nothing may be shown.
  MaskConflict FindMasks(IsAnyOf is_any, std::span<const Policy*> masks,
                         std::span<const uint32_t> columns = {}) const;

  size_t column_count() const { return first_mask_.size() - 1; }
  bool has_denies() const { return !denies_.empty(); }
  bool has_audits() const { return !audits_.empty(); }
  // About how much memory it takes, for who keeps many.
  size_t ByteSize() const;
  // No policy takes anything of the asset from anybody.
  bool empty() const { return denies_.empty() && filters_.empty() && masks_.empty(); }

 private:
  friend class PolicyBinder;
  using PolicyRef = std::shared_ptr<const Policy>;

  // A deny or an audit.
  struct Rule {
    PolicyRef policy;
    bool by_column = false;
    std::vector<uint64_t> columns;  // bits, with `by_column`
  };
  // What choosing looks at. For one question there are hundreds of them, cold in memory: they are
  // small, and stand in the order in which the columns need them.
  struct MaskRule {
    const Policy* policy = nullptr;
    uint32_t rank = 0;  // equal priorities have equal ones
    uint32_t mask = 0;  // equal masks have equal numbers
    // Places in mask_principals_: TO from `to`, EXCEPT from `except`, up to the next one's `to`.
    uint32_t to = 0;
    uint32_t except = 0;
  };

  bool IsAbout(const Rule& rule, std::span<const uint32_t> columns) const;
  MaskConflict Choose(uint32_t column, std::span<uint8_t> known, IsAnyOf is_any,
                      const Policy*& chosen) const;
  bool IsMaskFor(uint32_t place, std::span<uint8_t> known, IsAnyOf is_any) const;

  std::vector<Rule> denies_;          // by id
  std::vector<Rule> audits_;          // by id
  std::vector<PolicyRef> filters_;    // by id
  std::vector<PolicyRef> masks_;      // those that mask a column: holds them
  std::vector<MaskRule> mask_rules_;  // of each of masks_, and an end
  std::vector<PrincipalId> mask_principals_;
  std::vector<uint32_t> first_mask_{0};  // of each column in column_masks_, and the end
  // Places in mask_rules_; for each column by priority, highest first, then id.
  std::vector<uint32_t> column_masks_;
};

// Purpose: all policies of one position. A copy with one changed costs little, however many there
// are. Ownership: a value, shared with its copies. Thread-safety: as a value.
class PolicySet {
 public:
  PolicySet() = default;
  explicit PolicySet(const std::vector<Policy>& policies);

  // The same with the policy as it is now; one that is disabled or deleted is left out.
  std::shared_ptr<const PolicySet> With(const Policy& policy) const;

  // Null without a policy of that id in force or dry run.
  const Policy* Find(int64_t id) const;

  bool empty() const { return count_ == 0; }
  // Something is denied to somebody. Without it there is no need to ask.
  bool has_denies() const { return deny_count_ > 0; }
  // Some reads go on the record.
  bool has_audits() const { return audit_count_ > 0; }
  // Some policies are in dry run: what would be decided may differ from what is.
  bool has_dry_run() const { return dry_run_count_ > 0; }
  // Calls visit(policy) for each deny in force that stands at the securable, by id. Whether it
  // holds for somebody and something is for the visitor to say.
  void EachDenyAt(int64_t securable, absl::FunctionRef<void(const Policy&)> visit) const;
  // The same of audits in force.
  void EachAuditAt(int64_t securable, absl::FunctionRef<void(const Policy&)> visit) const;
  // Whether a deny in force takes BROWSE from who asks on anything, whatever its tags: who sees
  // everything by a grant may not see all then.
  bool MayHide(IsAnyOf is_any) const;

  // What can touch the last link of the chain. `asset_tags`: its own and inherited ones.
  BoundPolicies Bind(const Chain& chain, std::span<const catalog::Tag> asset_tags,
                     std::span<const TaggedColumn> columns, Enforcement enforcement) const;

 private:
  using PolicyRef = std::shared_ptr<const Policy>;

  using PolicyList = std::vector<PolicyRef>;  // by id
  using PoliciesAt = CowMap<int64_t, std::shared_ptr<const PolicyList>>;

  void Set(const Policy& policy);
  static void EachAt(const PoliciesAt& at, int64_t securable,
                     absl::FunctionRef<void(const Policy&)> visit);
  static void SetIn(PoliciesAt& at, int64_t securable, int64_t id, const PolicyRef& policy);
  void Count(const Policy& policy, int by);

  CowMap<int64_t, PolicyRef> by_id_;
  PoliciesAt at_;         // by securable
  PoliciesAt denies_at_;  // of these the denies in force
  PoliciesAt audits_at_;  // and the audits
  PoliciesAt hiding_;     // of these those that can hide a whole thing
  int64_t count_ = 0;
  int64_t deny_count_ = 0;
  int64_t audit_count_ = 0;
  int64_t dry_run_count_ = 0;
};

}  // namespace whence::access
