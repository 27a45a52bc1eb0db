// Policies: masks, row filters, denies and audits that stand at a securable; as states in time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "access/policy_definition.h"
#include "base/position.h"
#include "ledger/change.h"
#include "sql/connection.h"
#include "sql/writer.h"

namespace whence::access {

// A policy as of a position.
struct Policy {
  int64_t id = 0;
  std::string name;
  int64_t securable = 0;  // what it stands at, and takes effect on and below; 0: the metastore
  PolicyState state = PolicyState::kEnabled;
  PolicyDefinition definition;
  bool deleted = false;
  std::string creator;
  absl::Time create_time;
  std::string updater;
  absl::Time update_time;
  Position position = kNoPosition;  // from which this state held

  std::string Etag() const;
  friend bool operator==(const Policy&, const Policy&) = default;
};

// OK for a name of 1 to kMaxPolicyNameBytes bytes without control characters. InvalidArgument
// POLICY_NAME_MISSING, TEXT_*.
absl::Status ValidatePolicyName(std::string_view name, std::string_view field);

// The live policy of that name. NotFound POLICY_NOT_FOUND, with the closest name in the hint.
absl::StatusOr<Policy> GetPolicy(sql::Connection& connection, Position as_of,
                                 std::string_view name);
absl::StatusOr<Policy> GetPolicyById(sql::Connection& connection, Position as_of, int64_t id);

// A page of live policies by name (byte by byte) after `after`, at most `limit`.
absl::StatusOr<std::vector<Policy>> ListPolicies(sql::Connection& connection, Position as_of,
                                                 std::string_view after, int limit);
// Live policies that stand at a securable itself, by id.
absl::StatusOr<std::vector<Policy>> ListPoliciesAt(sql::Connection& connection, Position as_of,
                                                   int64_t securable);
// All live policies, by id: for the index.
absl::StatusOr<std::vector<Policy>> LoadPolicies(sql::Connection& connection, Position as_of);

struct NewPolicy {
  std::string name;
  int64_t securable = 0;
  PolicyState state = PolicyState::kEnabled;
  PolicyDefinition definition;
};

// The caller has validated name and definition, and that securable and principals are there.
// AlreadyExists POLICY_ALREADY_EXISTS when a live one has the name; FailedPrecondition
// TOO_MANY_POLICIES beyond kMaxPolicies.
absl::StatusOr<Policy> CreatePolicy(sql::WriteContext& context, const ledger::Change& change,
                                    const NewPolicy& wanted);
// A new state with the state and definition of `wanted`, which has the id of a live policy. A
// policy keeps its name and place: a different one is another policy.
absl::StatusOr<Policy> UpdatePolicy(sql::WriteContext& context, const ledger::Change& change,
                                    const Policy& wanted);
// A tombstone: it has no effect any more, and its name is free.
absl::StatusOr<Policy> DeletePolicy(sql::WriteContext& context, const ledger::Change& change,
                                    const Policy& policy);

}  // namespace whence::access
