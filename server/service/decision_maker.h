// How a question of engines is decided: grants, then denies, then filters and masks.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "access/index.h"
#include "access/policy.h"
#include "access/policy_set.h"
#include "access/privilege.h"
#include "base/position.h"
#include "service/access_securable.h"
#include "service/bound_cache.h"
#include "sql/connection.h"
#include "whence/v1/policy.pb.h"

namespace whence::service {

namespace v1 = ::whence::v1;

// What is asked, looked up.
struct DecisionQuestion {
  access::Identity who;
  access::Privilege privilege = access::Privilege::kSelect;
  AccessTarget target;
  std::vector<std::string> columns;  // none: all that are known
  // What the engine has for these; empty, or as many. An empty one: what is known.
  std::vector<std::string> column_types;
  // Whether who asks may be shown what masks hash with, which is in their SQL.
  bool shows_salts = false;
};

// Purpose: decides questions of one picture of access and one position. With
// Enforcement::kWithDryRun as if policies in dry run were enabled.
// What is told of filters and masks, in all its decisions together, has kMaxDecisionBytes.
// Ownership: borrows connection and snapshot. Thread-safety: the connection's.
class DecisionMaker {
 public:
  DecisionMaker(sql::Connection& connection, const access::Snapshot& access, Position as_of)
      : connection_(connection), access_(access), as_of_(as_of) {}

  // MASK_CONFLICT (FailedPrecondition) when two masks disagree on a column that is asked for,
  // DECISION_TOO_LARGE (FailedPrecondition) when there is too much to tell, SALT_WITHHELD
  // (PermissionDenied) when the SQL of a mask would show a salt, and the errors of compiled SQL
  // (SQL_NAME_UNREPRESENTABLE, SQL_TEXT_UNREPRESENTABLE).
  absl::StatusOr<v1::Decision> Decide(const DecisionQuestion& question,
                                      access::Enforcement enforcement, v1::SqlDialect dialect);

  // The names of the audits that put what was allowed so far on the record.
  const std::set<std::string>& audits() const { return audits_; }

 private:
  // The places of the columns that are asked for in what is bound, and what they are called.
  struct Columns {
    BoundRef bound;
    std::vector<uint32_t> places;  // of each that is asked for; empty: all
    std::vector<std::string> names;
    std::vector<const std::string*> types;  // that were given; empty: none were
  };

  absl::StatusOr<Columns> FindColumns(const DecisionQuestion& question);
  // Null: nothing denies it. It lives as long as the snapshot, as all policies here do.
  absl::StatusOr<const access::Policy*> FindDeny(const DecisionQuestion& question,
                                                 const Columns& columns, access::IsAnyOf is_any,
                                                 access::Enforcement enforcement);
  absl::Status PutFilters(const DecisionQuestion& question, const Columns& columns,
                          access::IsAnyOf is_any, access::Enforcement enforcement,
                          v1::SqlDialect dialect, v1::Decision* decision);
  absl::Status PutMasks(const DecisionQuestion& question, const Columns& columns,
                        access::IsAnyOf is_any, access::Enforcement enforcement,
                        v1::SqlDialect dialect, v1::Decision* decision);

  // Counts what a decision tells.
  absl::Status Tell(const google::protobuf::Message& part);

  sql::Connection& connection_;
  const access::Snapshot& access_;
  const Position as_of_;
  size_t bytes_ = 0;  // told so far
  std::set<std::string> audits_;
};

// OK unless the mask hashes with a salt and who asks may not be shown it: then its SQL is withheld,
// for whoever knows the salt can try out what was hashed. PermissionDenied SALT_WITHHELD.
absl::Status CheckSalt(bool shows_salts, const access::Policy& policy, std::string_view column);

// The policy that shuts a gate on the way to what the chain leads to; null when none does. It lives
// as long as the snapshot.
absl::StatusOr<const access::Policy*> FindShutGate(sql::Connection& connection,
                                                   const access::Snapshot& access, Position as_of,
                                                   const access::Chain& chain,
                                                   access::IsAnyOf is_any,
                                                   access::Enforcement enforcement);

}  // namespace whence::service
