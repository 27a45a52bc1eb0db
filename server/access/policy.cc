#include "access/policy.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "access/index_change.h"
#include "access/policy_set.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/text.h"
#include "catalog/closest_name.h"
#include "catalog/securable.h"

// Of `policy p` joined with its `policy_state s`; ReadPolicy reads them.
#define WHENCE_POLICY_COLUMNS                                                         \
  "p.id, p.name, p.creator, p.create_time_us, s.valid_from, s.securable_id, s.state," \
  " s.definition, s.deleted, s.updater, s.update_time_us"

#define WHENCE_POLICY_AS_OF                                  \
  " FROM policy p JOIN policy_state s ON s.policy_id = p.id" \
  " WHERE s.valid_from <= ?1 AND s.valid_to > ?1 AND s.deleted = 0"

namespace whence::access {
namespace {

using catalog::kNow;

constexpr sql::Query kGetByName{"SELECT " WHENCE_POLICY_COLUMNS WHENCE_POLICY_AS_OF
                                " AND p.name = ?2 ORDER BY p.id DESC LIMIT 1"};

constexpr sql::Query kGetById{"SELECT " WHENCE_POLICY_COLUMNS
                              " FROM policy p JOIN policy_state s ON s.policy_id = p.id"
                              " WHERE p.id = ?2 AND s.valid_from <= ?1 AND s.valid_to > ?1"};

constexpr sql::Query kListAfter{"SELECT " WHENCE_POLICY_COLUMNS WHENCE_POLICY_AS_OF
                                " AND p.name > ?2 ORDER BY p.name LIMIT ?3"};

constexpr sql::Query kListAt{"SELECT " WHENCE_POLICY_COLUMNS WHENCE_POLICY_AS_OF
                             " AND s.securable_id = ?2 ORDER BY p.id"};

constexpr sql::Query kAll{"SELECT " WHENCE_POLICY_COLUMNS WHENCE_POLICY_AS_OF " ORDER BY p.id"};

constexpr sql::Query kCount{"SELECT count(*)" WHENCE_POLICY_AS_OF};

// Names before and from a wrong one, in order of names: as for principals.
constexpr sql::Query kNamesFrom{"SELECT p.name" WHENCE_POLICY_AS_OF
                                " AND p.name >= ?2 ORDER BY p.name LIMIT ?3"};
constexpr sql::Query kNamesBefore{"SELECT p.name" WHENCE_POLICY_AS_OF
                                  " AND p.name < ?2 ORDER BY p.name DESC LIMIT ?3"};

constexpr sql::Query kInsertPolicy{
    "INSERT INTO policy (id, name, creator, create_time_us, position)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};

constexpr sql::Query kInsertState{
    "INSERT INTO policy_state (policy_id, valid_from, valid_to, securable_id, state, definition,"
    " deleted, updater, update_time_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"};

constexpr sql::Query kCloseState{
    "UPDATE policy_state SET valid_to = ?3 WHERE policy_id = ?1 AND valid_from = ?2"};

constexpr sql::Query kEraseState{
    "DELETE FROM policy_state WHERE policy_id = ?1 AND valid_from = ?2"};

absl::StatusOr<Policy> ReadPolicy(sql::Rows& rows) {
  Policy policy;
  policy.id = rows.Int64(0);
  policy.name = std::string(rows.Text(1));
  policy.creator = std::string(rows.Text(2));
  policy.create_time = rows.Time(3);
  policy.position = rows.Int64(4);
  policy.securable = rows.Int64(5);
  policy.state = static_cast<PolicyState>(rows.Int(6));
  WHENCE_ASSIGN_OR_RETURN(policy.definition, ParseDefinition(rows.Text(7)));
  policy.deleted = rows.Bool(8);
  policy.updater = std::string(rows.Text(9));
  policy.update_time = rows.Time(10);
  return policy;
}

absl::StatusOr<std::optional<Policy>> ReadOne(sql::Rows rows) {
  if (rows.Next()) return ReadPolicy(rows);
  WHENCE_RETURN_IF_ERROR(rows.status());
  return std::nullopt;
}

absl::StatusOr<std::vector<Policy>> ReadAll(sql::Rows rows) {
  std::vector<Policy> policies;
  while (rows.Next()) {
    WHENCE_ASSIGN_OR_RETURN(Policy policy, ReadPolicy(rows));
    policies.push_back(std::move(policy));
  }
  WHENCE_RETURN_IF_ERROR(rows.status());
  return policies;
}

absl::Status CheckRoom(sql::Connection& connection) {
  sql::Rows rows = connection.Run(kCount, kNow);
  const int64_t count = rows.Next() ? rows.Int64(0) : 0;
  WHENCE_RETURN_IF_ERROR(rows.status());
  if (count < kMaxPolicies) return absl::OkStatus();
  return FailedPrecondition("TOO_MANY_POLICIES",
                            absl::StrCat("there are ", count, " policies, and that is the most"),
                            "select columns by tag: one policy then stands for many");
}

absl::Status InsertState(sql::Connection& connection, const Policy& policy) {
  return connection.Execute(kInsertState, policy.id, policy.position, kForever, policy.securable,
                            policy.state, FormatDefinition(policy.definition), policy.deleted,
                            policy.updater, policy.update_time);
}

void NotePolicy(sql::WriteContext& context, const ledger::Change& change, const Policy& policy) {
  NoteIndexChange(context, change.position, [policy](StateEdit& edit) {
    const auto& present = edit.state().policies;
    edit.SetPolicies((present == nullptr ? PolicySet() : *present).With(policy));
  });
}

// A second change in one mutation takes the place of the first: in between there was no position.
absl::StatusOr<Policy> WritePolicy(sql::WriteContext& context, const ledger::Change& change,
                                   const Policy& current, Policy next) {
  WHENCE_ASSERT(current.position <= change.position);
  next.position = change.position;
  next.updater = std::string(change.actor);
  next.update_time = change.time;
  sql::Connection& connection = context.connection();
  if (current.position == change.position) {
    WHENCE_RETURN_IF_ERROR(connection.Execute(kEraseState, current.id, current.position));
  } else {
    WHENCE_RETURN_IF_ERROR(
        connection.Execute(kCloseState, current.id, current.position, change.position));
  }
  WHENCE_RETURN_IF_ERROR(InsertState(connection, next));
  NotePolicy(context, change, next);
  return next;
}

}  // namespace

std::string Policy::Etag() const { return absl::StrCat(id, "-", position); }

absl::Status ValidatePolicyName(std::string_view name, std::string_view field) {
  if (name.empty()) {
    return InvalidArgument("POLICY_NAME_MISSING", field, "a policy needs a name",
                           "say what it is for: mask-email, eu-rows-only");
  }
  return ValidateText(name, field, kMaxPolicyNameBytes, /*allow_newlines=*/false);
}

absl::StatusOr<Policy> GetPolicy(sql::Connection& connection, Position as_of,
                                 std::string_view name) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Policy> policy,
                          ReadOne(connection.Run(kGetByName, as_of, name)));
  if (policy) return *std::move(policy);
  WHENCE_ASSIGN_OR_RETURN(
      const std::optional<std::string> closest,
      catalog::ClosestName(name, connection.Run(kNamesFrom, as_of, name, kHintNamesPerSide),
                           connection.Run(kNamesBefore, as_of, name, kHintNamesPerSide)));
  constexpr std::string_view kSee = "see 'whence policy list'";
  return NotFound("POLICY_NOT_FOUND", StrCat("no policy ", QuoteForMessage(name)),
                  closest ? StrCat(*closest, " exists; ", kSee) : std::string(kSee));
}

absl::StatusOr<Policy> GetPolicyById(sql::Connection& connection, Position as_of, int64_t id) {
  WHENCE_ASSIGN_OR_RETURN(std::optional<Policy> policy,
                          ReadOne(connection.Run(kGetById, as_of, id)));
  if (policy && !policy->deleted) return *std::move(policy);
  return NotFound("POLICY_NOT_FOUND", absl::StrCat("no policy with the id ", id),
                  "see 'whence policy list'");
}

absl::StatusOr<std::vector<Policy>> ListPolicies(sql::Connection& connection, Position as_of,
                                                 std::string_view after, int limit) {
  return ReadAll(connection.Run(kListAfter, as_of, after, limit));
}

absl::StatusOr<std::vector<Policy>> ListPoliciesAt(sql::Connection& connection, Position as_of,
                                                   int64_t securable) {
  return ReadAll(connection.Run(kListAt, as_of, securable));
}

absl::StatusOr<std::vector<Policy>> LoadPolicies(sql::Connection& connection, Position as_of) {
  return ReadAll(connection.Run(kAll, as_of));
}

absl::StatusOr<Policy> CreatePolicy(sql::WriteContext& context, const ledger::Change& change,
                                    const NewPolicy& wanted) {
  sql::Connection& connection = context.connection();
  WHENCE_ASSIGN_OR_RETURN(const std::optional<Policy> there,
                          ReadOne(connection.Run(kGetByName, kNow, wanted.name)));
  if (there) {
    return AlreadyExists("POLICY_ALREADY_EXISTS", StrCat("there is a policy ", wanted.name),
                         "update it, or choose another name");
  }
  WHENCE_RETURN_IF_ERROR(CheckRoom(connection));
  Policy policy;
  policy.id = context.Next(sql::Counter::kPolicyId);
  policy.name = wanted.name;
  policy.securable = wanted.securable;
  policy.state = wanted.state;
  policy.definition = Normalized(wanted.definition);
  policy.creator = policy.updater = std::string(change.actor);
  policy.create_time = policy.update_time = change.time;
  policy.position = change.position;
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertPolicy, policy.id, policy.name, policy.creator,
                                            policy.create_time, policy.position));
  WHENCE_RETURN_IF_ERROR(InsertState(connection, policy));
  NotePolicy(context, change, policy);
  return policy;
}

absl::StatusOr<Policy> UpdatePolicy(sql::WriteContext& context, const ledger::Change& change,
                                    const Policy& wanted) {
  WHENCE_ASSIGN_OR_RETURN(const Policy current,
                          GetPolicyById(context.connection(), kNow, wanted.id));
  Policy next = current;
  next.state = wanted.state;
  next.definition = Normalized(wanted.definition);
  return WritePolicy(context, change, current, std::move(next));
}

absl::StatusOr<Policy> DeletePolicy(sql::WriteContext& context, const ledger::Change& change,
                                    const Policy& policy) {
  WHENCE_ASSIGN_OR_RETURN(const Policy current,
                          GetPolicyById(context.connection(), kNow, policy.id));
  Policy next = current;
  next.deleted = true;
  return WritePolicy(context, change, current, std::move(next));
}

}  // namespace whence::access
