// Policies by the letter of docs/policies.md: every policy looked at anew for every question. No
// index, nothing remembered: what the compiled form is compared with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "access/policy.h"
#include "access/policy_set.h"

namespace whence::access::test {

struct PolicyQuestion {
  std::vector<int64_t> chain;  // the metastore and the links
  std::vector<catalog::Tag> asset_tags;
  std::vector<TaggedColumn> columns;
  std::vector<uint32_t> asked;  // empty: all
  Privilege privilege = Privilege::kSelect;
  Enforcement enforcement = Enforcement::kEnabled;
  std::function<bool(PrincipalId)> is_caller;
};

// Policies by id.
struct PolicyAnswer {
  int64_t denied_by = 0;
  std::vector<int64_t> audits;
  std::vector<int64_t> filters;
  std::vector<int64_t> masks;  // of the columns asked for; 0: none. Empty on a conflict
  std::optional<uint32_t> conflict;
  int64_t first = 0;
  int64_t second = 0;

  friend bool operator==(const PolicyAnswer&, const PolicyAnswer&) = default;
};

PolicyAnswer NaiveAnswer(std::span<const Policy> policies, const PolicyQuestion& question);

}  // namespace whence::access::test
