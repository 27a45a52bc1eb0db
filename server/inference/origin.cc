#include "inference/origin.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/digest.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace whence::inference {
namespace {

constexpr sql::Query kFindOrigin{"SELECT id FROM origin WHERE digest = ?1"};
constexpr sql::Query kInsertOrigin{"INSERT INTO origin (id, digest, position) VALUES (?1, ?2, ?3)"};
constexpr sql::Query kInsertParent{
    "INSERT INTO origin_parent (origin_id, role, ordinal, node_id) VALUES (?1, ?2, ?3, ?4)"};
constexpr sql::Query kParents{
    "SELECT role, node_id FROM origin_parent WHERE origin_id = ?1 ORDER BY role, ordinal"};
constexpr sql::Query kWithParent{
    "SELECT DISTINCT origin_id FROM origin_parent WHERE node_id = ?1 AND role = ?2 "
    "ORDER BY origin_id"};
constexpr sql::Query kWithVersionOf{
    "SELECT DISTINCT p.origin_id FROM version AS v JOIN origin_parent AS p ON p.node_id = v.id "
    "WHERE v.asset_id = ?1 AND p.role = ?2 ORDER BY p.origin_id"};
constexpr sql::Query kDerived{
    "SELECT DISTINCT origin_id FROM origin_parent WHERE node_id = ?1 ORDER BY origin_id"};

// Whether the order of the parents in a role is the prediction's own. What was retrieved is told in
// order with the items; here it is a set, or every ranking would be an origin.
bool IsSequence(Role role) { return role != Role::kIndex && role != Role::kRetrievedSource; }

// By role, each parent once; inside a role in the order given, or by node where order says nothing.
std::vector<Parent> Canonical(std::span<const Parent> parents) {
  std::vector<Parent> canonical;
  canonical.reserve(parents.size());
  absl::flat_hash_set<std::pair<Role, int64_t>> seen;
  for (const Parent& parent : parents) {
    if (seen.emplace(parent.role, parent.node_id).second) canonical.push_back(parent);
  }
  std::stable_sort(canonical.begin(), canonical.end(), [](const Parent& a, const Parent& b) {
    if (a.role != b.role) return a.role < b.role;
    return !IsSequence(a.role) && a.node_id < b.node_id;
  });
  return canonical;
}

std::string DigestOf(std::span<const Parent> canonical) {
  std::string text;
  for (const Parent& parent : canonical) {
    StrAppend(&text, static_cast<int>(parent.role), ":", parent.node_id, "\n");
  }
  return Sha256Bytes(text);
}

void SortUnique(std::vector<int64_t>* ids) {
  std::sort(ids->begin(), ids->end());
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
}

absl::Status ReadIds(sql::Rows rows, std::vector<int64_t>* ids) {
  while (rows.Next()) ids->push_back(rows.Int64(0));
  return rows.status();
}

}  // namespace

absl::StatusOr<int64_t> InternOrigin(sql::WriteContext& context, const ledger::Change& change,
                                     std::span<const Parent> parents) {
  const std::vector<Parent> canonical = Canonical(parents);
  const std::string digest = DigestOf(canonical);
  sql::Connection& connection = context.connection();
  {
    sql::Rows rows = connection.Run(kFindOrigin, sql::Blob{digest});
    if (rows.Next()) return rows.Int64(0);
    WHENCE_RETURN_IF_ERROR(rows.status());
  }
  const int64_t id = context.Next(sql::Counter::kOriginId);
  WHENCE_RETURN_IF_ERROR(connection.Execute(kInsertOrigin, id, sql::Blob{digest}, change.position));
  Role role = Role::kEndpoint;
  int64_t ordinal = 0;
  for (const Parent& parent : canonical) {
    if (parent.role != role) ordinal = 0;
    role = parent.role;
    WHENCE_RETURN_IF_ERROR(
        connection.Execute(kInsertParent, id, parent.role, ordinal++, parent.node_id));
  }
  return id;
}

absl::StatusOr<std::vector<Parent>> ParentsOf(sql::Connection& connection, int64_t origin_id) {
  std::vector<Parent> parents;
  sql::Rows rows = connection.Run(kParents, origin_id);
  while (rows.Next()) parents.push_back({static_cast<Role>(rows.Int(0)), rows.Int64(1)});
  WHENCE_RETURN_IF_ERROR(rows.status());
  return parents;
}

absl::StatusOr<std::vector<int64_t>> OriginsWithParent(sql::Connection& connection, Role role,
                                                       int64_t node_id) {
  std::vector<int64_t> ids;
  WHENCE_RETURN_IF_ERROR(ReadIds(connection.Run(kWithParent, node_id, role), &ids));
  return ids;
}

absl::StatusOr<std::vector<int64_t>> OriginsWithAsset(sql::Connection& connection, Role role,
                                                      int64_t asset_id) {
  std::vector<int64_t> ids;
  WHENCE_RETURN_IF_ERROR(ReadIds(connection.Run(kWithParent, asset_id, role), &ids));
  WHENCE_RETURN_IF_ERROR(ReadIds(connection.Run(kWithVersionOf, asset_id, role), &ids));
  SortUnique(&ids);
  return ids;
}

absl::StatusOr<std::vector<int64_t>> OriginsDerivedFrom(sql::Connection& connection,
                                                        std::span<const int64_t> node_ids) {
  std::vector<int64_t> ids;
  for (const int64_t node_id : node_ids) {
    WHENCE_RETURN_IF_ERROR(ReadIds(connection.Run(kDerived, node_id), &ids));
  }
  SortUnique(&ids);
  return ids;
}

}  // namespace whence::inference
